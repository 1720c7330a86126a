with efforts as (

    select * from {{ ref('int_efforts_scored') }}

)

select
    athlete_id,
    activity_id,
    local_date,
    distance_m,
    time_s,
    race_fitness,
    not is_downhill
    and row_number() over (
        partition by athlete_id, distance_m, is_downhill order by time_s, local_date, activity_id
    ) = 1 as is_personal_best,
    started_offset_s,
    heart_rate_avg_bpm,
    elevation_drop_m,
    is_downhill,
    is_whole_run
from efforts
