{% set best_fields = [
    'sport', 'title', 'gear_name', 'device_name', 'distance_m', 'moving_s', 'elapsed_s', 'elevation_gain_m',
    'heart_rate_avg_bpm', 'heart_rate_max_bpm', 'cadence_spm', 'power_avg_w', 'energy_kcal', 'perceived_exertion',
] %}

with recordings as (

    select
        memberships.activity_id,
        unioned.*
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join {{ ref('int_recordings_clustered') }} as memberships
        on unioned.athlete_id = memberships.athlete_id and unioned.recording_id = memberships.recording_id

),

athletes as (

    select * from {{ ref('stg_coach__athletes') }}

),

cycles as (

    select * from {{ ref('stg_whoop_export__cycles') }}

),

merged as (

    select
        athlete_id,
        activity_id,
        {% for field in best_fields %}
            arg_min({{ field }}, merge_rank) filter (where {{ field }} is not null) as {{ field }},
        {% endfor %}
        arg_min(started_at, merge_rank) as started_at,
        arg_min(utc_offset_s, merge_rank) filter (where utc_offset_s is not null) as utc_offset_s,
        bool_or(is_trail) as is_trail,
        bool_or(is_treadmill) as is_treadmill,
        bool_or(is_race) as is_race,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (where has_stream) as stream,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (
            where has_stream and heart_rate_avg_bpm is not null
        ) as heart_rate_stream,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (where file_sha256 is not null)
            as lap_file,
        count(*) as recording_count,
        string_agg(distinct source, ',' order by source) as sources,
        nullif(array_to_string(list_sort(list_distinct(flatten(list(faults)))), '; '), '') as faults,
        map_from_entries(
            list_filter(
                [
                    {% for field in best_fields %}
                        struct_pack(
                            field := '{{ field }}',
                            recording_id := arg_min(recording_id, merge_rank) filter (where {{ field }} is not null)
                        ){{ ',' if not loop.last }}
                    {% endfor %}
                ],
                lambda entry: entry.recording_id is not null
            )
        ) as provenance
    from recordings
    group by athlete_id, activity_id

),

-- The wall clock of a run: as the device says, else as the strap's cycle around it says, else as it is at home.
cycle_offsets as (

    select
        merged.athlete_id,
        merged.activity_id,
        arg_max(cycles.utc_offset_s, cycles.started_at) as utc_offset_s
    from merged
    inner join cycles
        on
            merged.athlete_id = cycles.athlete_id
            and merged.started_at >= cycles.started_at
            and merged.started_at < cycles.ended_at
    where merged.utc_offset_s is null and cycles.utc_offset_s is not null
    group by merged.athlete_id, merged.activity_id

),

placed as (

    select
        merged.* exclude (utc_offset_s, sport),
        coalesce(
            merged.sport,
            -- A file that names no sport and moves like a runner is taken for a run.
            case when merged.distance_m / merged.moving_s between 1.8 and 4.2 then 'run' end,
            'other'
        ) as sport,
        coalesce(
            merged.utc_offset_s,
            cycle_offsets.utc_offset_s,
            {{ zone_offset_s("coalesce(athletes.time_zone, 'UTC')", 'merged.started_at') }}
        ) as utc_offset_s
    from merged
    left join cycle_offsets
        on merged.athlete_id = cycle_offsets.athlete_id and merged.activity_id = cycle_offsets.activity_id
    left join athletes on merged.athlete_id = athletes.athlete_id

)

select
    *,
    sport = 'run' as is_run,
    {{ local_time('started_at', 'utc_offset_s') }} as local_started_at,
    cast({{ local_time('started_at', 'utc_offset_s') }} as date) as local_date
from placed
