with payloads as (

    {{ latest_payloads('activity', ['file']) }}

)

select
    athlete_id,
    'table:' || source_key as recording_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at') }} as started_at,
    try_cast({{ cell('_utc_offset_s') }} as integer) as utc_offset_s,
    {{ cell('sport') }} as sport_type,
    coalesce({{ sport_word(cell('_sport')) }}, {{ sport_word(cell('sport')) }}) as sport,
    {{ flag('is_trail') }} or coalesce(regexp_matches({{ cell('_sport') }}, 'trail'), false) as is_trail,
    {{ flag('is_treadmill') }} or coalesce(regexp_matches({{ cell('_sport') }}, 'treadmill'), false) as is_treadmill,
    {{ cell('title') }} as title,
    {{ cell('gear_name') }} as gear_name,
    {{ cell('device_name') }} as device_name,
    {{ number('distance_m') }} as distance_m,
    {{ number('moving_s') }} as moving_s,
    {{ number('elapsed_s') }} as elapsed_s,
    {{ number('elevation_gain_m') }} as elevation_gain_m,
    {{ number('heart_rate_avg_bpm') }} as heart_rate_avg_bpm,
    {{ number('heart_rate_max_bpm') }} as heart_rate_max_bpm,
    {{ number('cadence_spm') }} as cadence_spm,
    {{ number('power_avg_w') }} as power_avg_w,
    {{ number('energy_kcal') }} as energy_kcal,
    {{ number('perceived_exertion') }} as perceived_exertion,
    {{ flag('is_race') }} as is_race
from payloads
where not is_deleted
