with payloads as (

    {{ latest_payloads('workout', ['whoop_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    'whoop:'
    || strftime({{ instant('_started_at') }}, '%Y%m%dT%H%M%S')
    || '-'
    || regexp_replace(lower(coalesce({{ cell('Activity name') }}, 'workout')), '[^a-z0-9]+', '-', 'g') as recording_id,
    {{ instant('_started_at') }} as started_at,
    {{ instant('_ended_at') }} as ended_at,
    try_cast({{ cell('_utc_offset_s') }} as integer) as utc_offset_s,
    {{ sport_word(cell('Activity name')) }} as sport,
    60 * {{ number('Duration (min)') }} as duration_s,
    {{ number('Distance (meters)') }} as distance_m,
    {{ number('Altitude Gain (meters)') }} as elevation_gain_m,
    {{ number('Average HR (bpm)') }} as heart_rate_avg_bpm,
    {{ number('Max HR (bpm)') }} as heart_rate_max_bpm,
    {{ number('Energy burned (cal)') }} as energy_kcal
from payloads
where not is_deleted
