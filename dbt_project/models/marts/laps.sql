with activities as (

    select * from {{ ref('int_activities_merged') }}

),

file_laps as (

    select * from {{ ref('stg_files__laps') }}
    -- The same bytes may have come by two ways.
    qualify
        dense_rank() over (partition by athlete_id, file_sha256, session_number order by source) = 1
        and row_number() over (
            partition by athlete_id, file_sha256, session_number, source, lap_position order by started_at
        ) = 1

),

recorded_laps as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.sport,
        file_laps.* exclude (athlete_id, source, file_sha256, session_number)
    from activities
    inner join file_laps
        on
            activities.athlete_id = file_laps.athlete_id
            and activities.lap_file.file_sha256 = file_laps.file_sha256
            and activities.lap_file.session_number = file_laps.session_number

),

-- Where no file tells laps, a source may have listed them; of two such lists one is taken.
listed_laps as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.sport,
        laps.* exclude (athlete_id, recording_id)
    from {{ ref('stg_strava_api__laps') }} as laps
    inner join {{ ref('int_recordings_clustered') }} as memberships
        on laps.athlete_id = memberships.athlete_id and laps.recording_id = memberships.recording_id
    inner join activities
        on memberships.athlete_id = activities.athlete_id and memberships.activity_id = activities.activity_id
    anti join recorded_laps
        on activities.athlete_id = recorded_laps.athlete_id and activities.activity_id = recorded_laps.activity_id
    qualify
        dense_rank() over (partition by activities.athlete_id, activities.activity_id order by laps.recording_id) = 1

),

laps as (

    select * from recorded_laps
    union all by name
    select * from listed_laps

)

select
    athlete_id,
    activity_id,
    cast(
        row_number() over (partition by athlete_id, activity_id order by started_at, lap_position) as integer
    ) as lap_number,
    started_at,
    distance_m,
    moving_s,
    elapsed_s,
    1000 * moving_s / nullif(distance_m, 0) as pace_s_per_km,
    heart_rate_avg_bpm,
    heart_rate_max_bpm,
    elevation_gain_m,
    case when sport in ('run', 'walk', 'hike') then cadence_spm else cadence_spm / 2 end as cadence_spm,
    power_avg_w,
    intensity
from laps
