with activities as (

    select * from {{ ref('int_activities_merged') }}

),

laps as (

    select * from {{ ref('stg_files__laps') }}
    -- The same bytes may have come by two ways.
    qualify
        dense_rank() over (partition by athlete_id, file_sha256, session_number order by source) = 1
        and row_number() over (
            partition by athlete_id, file_sha256, session_number, source, lap_position order by started_at
        ) = 1

)

select
    activities.athlete_id,
    activities.activity_id,
    cast(
        row_number() over (
            partition by activities.athlete_id, activities.activity_id order by laps.started_at, laps.lap_position
        ) as integer
    ) as lap_number,
    laps.started_at,
    laps.distance_m,
    laps.moving_s,
    laps.elapsed_s,
    1000 * laps.moving_s / nullif(laps.distance_m, 0) as pace_s_per_km,
    laps.heart_rate_avg_bpm,
    laps.heart_rate_max_bpm,
    laps.elevation_gain_m,
    case when activities.sport in ('run', 'walk', 'hike') then laps.cadence_spm else laps.cadence_spm / 2 end
        as cadence_spm,
    laps.power_avg_w,
    laps.intensity
from activities
inner join laps
    on
        activities.athlete_id = laps.athlete_id
        and activities.lap_file.file_sha256 = laps.file_sha256
        and activities.lap_file.session_number = laps.session_number
