with payloads as (

    {{ latest_payloads('health', ['garmin_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    list_first(
        list_filter(
            list_transform(
                cast(payload -> '$.metrics' as json[]),
                lambda metric: case when metric ->> '$.type' = 'HRV' then {{ number('value', 'metric') }} end
            ),
            lambda value: value is not null
        )
    ) as hrv_ms
from payloads
where not is_deleted
