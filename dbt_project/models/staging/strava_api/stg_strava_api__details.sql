with payloads as (

    {{ latest_payloads('detail', ['strava_api']) }}

)

select
    athlete_id,
    'strava_api:' || source_key as recording_id,
    first_landed_at,
    last_landed_at,
    {{ number('calories') }} as energy_kcal,
    {{ number('perceived_exertion') }} as perceived_exertion,
    {{ cell('device_name') }} as device_name,
    {{ text_at('gear.name') }} as gear_name
from payloads
where not is_deleted
