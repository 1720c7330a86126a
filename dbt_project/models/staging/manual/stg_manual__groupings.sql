with payloads as (

    {{ latest_payloads('grouping', ['manual']) }}

)

select
    athlete_id,
    source_key as entry_id,
    last_landed_at as said_at,
    {{ cell('kind') }} as kind,
    try_cast(payload -> '$.recordings' as varchar[][]) as recordings
from payloads
where not is_deleted
