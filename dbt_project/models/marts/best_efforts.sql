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
    row_number() over (partition by athlete_id, distance_m order by time_s, local_date, activity_id) = 1
        as is_personal_best
from efforts
where distance_m <> 15000
