with payloads as (

    {{ latest_payloads('file', ['garmin_api']) }}

)

select
    athlete_id,
    'garmin:' || source_key as recording_id,
    {{ cell('file_sha256') }} as file_sha256
from payloads
where not is_deleted
