with payloads as (

    {{ latest_payloads('hrv', ['garmin_api']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ number('lastNightAvg') }} as hrv_ms,
    {{ cell('status') }} as hrv_status
from payloads
where not is_deleted
