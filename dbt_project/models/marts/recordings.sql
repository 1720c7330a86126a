with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

ranked as (

    select * from {{ ref('int_recordings_ranked') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

athletes as (

    select * from {{ ref('stg_coach__athletes') }}

),

placed as (

    select
        recordings.*,
        ranked.activity_id,
        ranked.is_cover,
        ranked.is_part,
        ranked.merge_rank as place,
        ranked.link_rule,
        activities.activity_id is null as is_ignored,
        coalesce(
            recordings.utc_offset_s,
            activities.utc_offset_s,
            {{ zone_offset_s("coalesce(athletes.time_zone, 'UTC')", 'recordings.started_at') }}
        ) as offset_s
    from recordings
    inner join ranked
        on recordings.athlete_id = ranked.athlete_id and recordings.recording_id = ranked.recording_id
    left join activities
        on ranked.athlete_id = activities.athlete_id and ranked.activity_id = activities.activity_id
    left join athletes on recordings.athlete_id = athletes.athlete_id

)

select
    athlete_id,
    recording_id,
    activity_id,
    source,
    started_at,
    cast({{ local_time('started_at', 'offset_s') }} as date) as local_date,
    distance_m,
    moving_s,
    device_name,
    is_cover,
    is_part,
    cast(place as integer) as merge_rank,
    link_rule,
    is_ignored,
    nullif(array_to_string(list_sort(list_distinct(faults)), '; '), '') as faults
from placed
