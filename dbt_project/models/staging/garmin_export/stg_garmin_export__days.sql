with payloads as (

    {{ latest_payloads('day', ['garmin_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ number('restingHeartRate') }} as resting_heart_rate_bpm,
    list_first(
        list_filter(
            list_transform(
                cast(payload -> '$.allDayStress.aggregatorList' as json[]),
                lambda part: case when part ->> '$.type' = 'TOTAL' then {{ number('averageStressLevel', 'part') }} end
            ),
            lambda level: level >= 0
        )
    ) as stress_avg,
    {% for name, kind in [('body_battery_max', 'HIGHEST'), ('body_battery_min', 'LOWEST')] %}
        list_first(
            list_filter(
                list_transform(
                    cast(payload -> '$.bodyBattery.bodyBatteryStatList' as json[]),
                    lambda part: case
                        when part ->> '$.bodyBatteryStatType' = '{{ kind }}' then {{ number('statsValue', 'part') }}
                    end
                ),
                lambda level: level is not null
            )
        ) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from payloads
where not is_deleted
