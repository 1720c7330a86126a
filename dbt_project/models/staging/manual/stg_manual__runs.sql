with payloads as (

    {{ latest_payloads('run', ['manual']) }}

)

select
    athlete_id,
    'manual:' || source_key as recording_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('started_at') }} as started_at,
    {{ flag('_is_start_assumed') }} as is_start_vague,
    try_cast({{ cell('utc_offset_s') }} as integer) as utc_offset_s,
    {{ sport_word(cell('sport')) }} as sport,
    {{ flag('is_trail') }} as is_trail,
    {{ flag('is_treadmill') }} as is_treadmill,
    {{ cell('title') }} as title,
    {{ number('distance_m') }} as distance_m,
    {{ number('moving_s') }} as moving_s,
    {{ number('elevation_gain_m') }} as elevation_gain_m,
    {{ number('heart_rate_avg_bpm') }} as heart_rate_avg_bpm,
    {{ number('perceived_exertion') }} as perceived_exertion,
    {{ flag('is_race') }} as is_race
from payloads
where not is_deleted
