with athletes as (

    select
        athlete_id,
        said_at,
        athlete
    from {{ source('ledger_coach', 'athletes') }}
    qualify row_number() over (partition by athlete_id order by said_at desc) = 1

)

select
    athlete_id,
    said_at,
    coalesce({{ cell('time_zone', 'athlete') }}, 'UTC') as time_zone,
    try_cast({{ cell('birth_year', 'athlete') }} as integer) as birth_year,
    lower(left({{ cell('sex', 'athlete') }}, 1)) as sex,
    {{ number('max_heart_rate_bpm', 'athlete') }} as max_heart_rate_bpm,
    {{ number('resting_heart_rate_bpm', 'athlete') }} as resting_heart_rate_bpm,
    {{ number('threshold_heart_rate_bpm', 'athlete') }} as threshold_heart_rate_bpm
from athletes
