with payloads as (

    {{ latest_payloads('streams', ['strava_api']) }}

)

select
    athlete_id,
    'strava_api:' || source_key as recording_id,
    {{ cell('file_sha256') }} as file_sha256
from payloads
where not is_deleted
