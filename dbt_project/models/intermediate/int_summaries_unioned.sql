{% set facts = [
    'file_sha256', 'started_at', 'utc_offset_s', 'sport', 'title', 'distance_m', 'moving_s',
    'elapsed_s', 'elevation_gain_m', 'heart_rate_avg_bpm', 'heart_rate_max_bpm', 'cadence_spm', 'power_avg_w',
    'energy_kcal',
    'perceived_exertion',
] %}
{# What only the others tell. #}
{% set more_facts = ['gear_name', 'device_name', 'relative_effort'] %}
{% set flags = ['is_trail', 'is_treadmill', 'is_race'] %}

with strava_rows as (

    select
        *,
        -- By this both of Strava's ways know one activity.
        recording_id as vendor_key
    from {{ ref('stg_strava_archive__activities') }}

),

strava_api_rows as (

    select
        activities.* exclude (gear_id, device_name, vendor_id, sport_type, time_zone),
        'strava:' || activities.vendor_id as vendor_key,
        sampled.file_sha256,
        coalesce(details.gear_name, gear.gear_name) as gear_name,
        coalesce(activities.device_name, details.device_name) as device_name,
        details.energy_kcal,
        details.perceived_exertion
    from {{ ref('stg_strava_api__activities') }} as activities
    left join {{ ref('stg_strava_api__streams') }} as sampled
        on activities.athlete_id = sampled.athlete_id and activities.recording_id = sampled.recording_id
    left join {{ ref('stg_strava_api__details') }} as details
        on activities.athlete_id = details.athlete_id and activities.recording_id = details.recording_id
    left join {{ ref('stg_strava_api__gear') }} as gear
        on activities.athlete_id = gear.athlete_id and activities.gear_id = gear.gear_id

),

garmin_api_rows as (

    select
        activities.* exclude (vendor_id, sport_type),
        activities.recording_id as vendor_key,
        files.file_sha256,
        details.perceived_exertion
    from {{ ref('stg_garmin_api__activities') }} as activities
    left join {{ ref('stg_garmin_api__files') }} as files
        on activities.athlete_id = files.athlete_id and activities.recording_id = files.recording_id
    left join {{ ref('stg_garmin_api__details') }} as details
        on activities.athlete_id = details.athlete_id and activities.recording_id = details.recording_id

),

garmin_export_rows as (

    select
        * exclude (vendor_id, sport_type),
        recording_id as vendor_key
    from {{ ref('stg_garmin_export__activities') }}

),

garmindb_rows as (

    select
        * exclude (vendor_id, sport_type),
        'garmin:' || vendor_id as vendor_key
    from {{ ref('stg_garmindb__activities') }}

),

whoop_api_rows as (

    select
        * exclude (
            workout_id, sport_type, score_state, duration_s, strain, zone0_s, zone1_s, zone2_s, zone3_s, zone4_s,
            zone5_s
        ),
        duration_s as moving_s,
        duration_s as elapsed_s
    from {{ ref('stg_whoop_api__workouts') }}

),

-- The export has whole seconds and no ids; the interface has both. One start, one workout.
whoop_export_rows as (

    select
        exported.* exclude (recording_id, duration_s),
        coalesce(fetched.recording_id, exported.recording_id) as recording_id,
        exported.recording_id as export_id,
        exported.duration_s as moving_s,
        coalesce(epoch(exported.ended_at) - epoch(exported.started_at), exported.duration_s) as elapsed_s
    from {{ ref('stg_whoop_export__workouts') }} as exported
    left join whoop_api_rows as fetched
        on
            exported.athlete_id = fetched.athlete_id
            and fetched.started_at between exported.started_at - interval 1 second
            and exported.started_at + interval 1 second
    qualify
        row_number() over (
            partition by exported.athlete_id, exported.recording_id
            order by abs(epoch(fetched.started_at) - epoch(exported.started_at)), fetched.recording_id
        ) = 1

),

garmin_rows as (

    {% for rows, rank in [('garmin_api_rows', 1), ('garmin_export_rows', 2), ('garmindb_rows', 1)] %}
        select
            *,
            {{ rank }} as source_rank
        from {{ rows }}
        {% if not loop.last %}
            union all by name
        {% endif %}
    {% endfor %}

),

-- A multisport activity is what its legs are; where they are known, the whole would count them twice.
parents as (

    select
        athlete_id,
        'garmin:' || parent_vendor_id as vendor_key
    from garmin_rows
    where parent_vendor_id is not null
    union
    select
        garmin_rows.athlete_id,
        garmin_rows.vendor_key
    from garmin_rows
    inner join {{ ref('int_sessions_deduplicated') }} as sessions
        on
            garmin_rows.athlete_id = sessions.athlete_id
            and garmin_rows.file_sha256 = sessions.file_sha256
            and sessions.session_number = 2
    where garmin_rows.is_parent

),

garmin_legs as (

    select garmin_rows.*
    from garmin_rows
    anti join parents
        on garmin_rows.athlete_id = parents.athlete_id and garmin_rows.vendor_key = parents.vendor_key

),

-- What was fetched and exported too; all else of Garmin is told once and needs no comparison.
garmin_twins as (

    select
        fetched.athlete_id,
        fetched.recording_id
    from {{ ref('stg_garmin_api__activities') }} as fetched
    semi join {{ ref('stg_garmin_export__activities') }} as exported
        on fetched.athlete_id = exported.athlete_id and fetched.recording_id = exported.recording_id

),

told_once as (

    select garmin_legs.*
    from garmin_legs
    anti join garmin_twins
        on garmin_legs.athlete_id = garmin_twins.athlete_id and garmin_legs.recording_id = garmin_twins.recording_id
    {% for rows in ['strava_rows', 'strava_api_rows', ref('stg_tabular__activities'), ref('stg_manual__runs')] %}
        union all by name
        select * from {{ rows }}
    {% endfor %}

),

told_twice as (

    select garmin_legs.*
    from garmin_legs
    semi join garmin_twins
        on garmin_legs.athlete_id = garmin_twins.athlete_id and garmin_legs.recording_id = garmin_twins.recording_id
    {% for rows, rank in [('whoop_api_rows', 1), ('whoop_export_rows', 2)] %}
        union all by name
        select
            *,
            {{ rank }} as source_rank
        from {{ rows }}
    {% endfor %}

)

select
    athlete_id,
    recording_id,
    {% for fact in facts + more_facts %}
        {{ fact }},
    {% endfor %}
    source,
    vendor_key,
    {% for flag in flags + ['is_start_vague'] %}
        coalesce({{ flag }}, false) as {{ flag }},
    {% endfor %}
    first_landed_at,
    last_landed_at,
    [struct_pack(source, landed_at := last_landed_at)] as arrivals,
    cast([] as text[]) as other_names
from told_once
union all by name
select
    athlete_id,
    recording_id,
    {% for fact in facts %}
        arg_min({{ fact }}, source_rank) filter (where {{ fact }} is not null) as {{ fact }},
    {% endfor %}
    arg_min(source, source_rank) as source,
    min(vendor_key) as vendor_key,
    false as is_start_vague,
    {% for flag in flags %}
        coalesce(bool_or({{ flag }}), false) as {{ flag }},
    {% endfor %}
    min(first_landed_at) as first_landed_at,
    max(last_landed_at) as last_landed_at,
    list_sort(list(struct_pack(source, landed_at := last_landed_at))) as arrivals,
    list_sort(list_distinct(list(export_id))) as other_names
from told_twice
group by athlete_id, recording_id
