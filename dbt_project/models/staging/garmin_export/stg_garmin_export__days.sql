with payloads as (

    {{ latest_payloads('day', ['garmin_export']) }}

),

listed as (

    select
        athlete_id,
        source,
        source_key,
        first_landed_at,
        last_landed_at,
        payload,
        cast(payload -> '$.allDayStress.aggregatorList' as json[]) as stresses,
        cast(payload -> '$.bodyBattery.bodyBatteryStatList' as json[]) as batteries
    from payloads
    where not is_deleted

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ number('restingHeartRate') }} as resting_heart_rate_bpm,
    list_max(
        list_transform(
            stresses,
            lambda part: case
                when part ->> '$.type' = 'TOTAL' and {{ number('averageStressLevel', 'part') }} >= 0
                    then {{ number('averageStressLevel', 'part') }}
            end
        )
    ) as stress_avg,
    list_max(
        list_transform(
            batteries,
            lambda part: case
                when part ->> '$.bodyBatteryStatType' = 'HIGHEST' then {{ number('statsValue', 'part') }}
            end
        )
    ) as body_battery_max,
    list_min(
        list_transform(
            batteries,
            lambda part: case
                when part ->> '$.bodyBatteryStatType' = 'LOWEST' then {{ number('statsValue', 'part') }}
            end
        )
    ) as body_battery_min
from listed
