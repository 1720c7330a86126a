with payloads as (

    {{ latest_payloads('hrv', ['garmindb']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ number('last_night_average') }} as hrv_ms
from payloads
where not is_deleted
