with payloads as (

    {{ latest_payloads('day', ['garmin_api']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    -- Where no resting heart rate exists this summary gives the day's lowest instead, and nothing in it says which of
    -- the two it is. So an equal pair is unknown; another source of the same day may still know.
    case
        when coalesce({{ number_at('heartRate.restingValue') }} <> {{ number_at('heartRate.minValue') }}, true)
            then {{ number_at('heartRate.restingValue') }}
    end as resting_heart_rate_bpm,
    -- Below zero means that none could be computed.
    case when {{ number_at('stress.avgLevel') }} >= 0 then {{ number_at('stress.avgLevel') }} end as stress_avg,
    {{ number_at('bodyBattery.maxValue') }} as body_battery_max,
    {{ number_at('bodyBattery.minValue') }} as body_battery_min
from payloads
where not is_deleted
