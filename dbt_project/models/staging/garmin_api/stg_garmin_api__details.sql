with payloads as (

    {{ latest_payloads('detail', ['garmin_api']) }}

)

select
    athlete_id,
    'garmin:' || source_key as recording_id,
    first_landed_at,
    last_landed_at,
    {{ text_at('timeZoneUnitDTO.timeZone') }} as time_zone,
    -- Zero is the slider's resting place, not a rating.
    nullif({{ number_at('summaryDTO.directWorkoutRpe') }}, 0) / 10 as perceived_exertion
from payloads
where not is_deleted
