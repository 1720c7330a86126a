with payloads as (

    {{ latest_payloads('correction', ['manual']) }}

)

select
    athlete_id,
    source_key as recording_id,
    last_landed_at as said_at,
    {{ sport_word(cell('sport')) }} as sport,
    {{ cell('title') }} as title,
    {{ number('distance_m') }} as distance_m,
    {{ number('moving_s') }} as moving_s,
    {{ number('heart_rate_avg_bpm') }} as heart_rate_avg_bpm,
    {{ number('perceived_exertion') }} as perceived_exertion,
    {{ known_flag('is_race') }} as is_race,
    {{ known_flag('is_treadmill') }} as is_treadmill,
    {{ known_flag('is_ignored') }} as is_ignored
from payloads
where not is_deleted
