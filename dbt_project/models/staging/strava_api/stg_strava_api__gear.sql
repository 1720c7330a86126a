with payloads as (

    {{ latest_payloads('gear', ['strava_api']) }}

)

select
    athlete_id,
    source_key as gear_id,
    {{ cell('name') }} as gear_name
from payloads
where not is_deleted
