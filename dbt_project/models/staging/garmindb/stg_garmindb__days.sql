with payloads as (

    {{ latest_payloads('day', ['garmindb']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ number('rhr') }} as resting_heart_rate_bpm,
    case when {{ number('stress_avg') }} >= 0 then {{ number('stress_avg') }} end as stress_avg,
    {{ number('bb_max') }} as body_battery_max,
    {{ number('bb_min') }} as body_battery_min
from payloads
where not is_deleted
