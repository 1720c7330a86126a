with payloads as (

    {{ latest_payloads('workout', ['whoop_export'], cells=[
        '_started_at', 'Activity name', '_ended_at', '_utc_offset_s', 'Duration (min)', 'Distance (meters)',
        'Altitude Gain (meters)', 'Average HR (bpm)', 'Max HR (bpm)', 'Energy burned (cal)',
    ]) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    'whoop:'
    || strftime({{ instant('_started_at', 'cells') }}, '%Y%m%dT%H%M%S')
    || '-'
    || regexp_replace(lower(coalesce({{ cell('Activity name', 'cells') }}, 'workout')), '[^a-z0-9]+', '-', 'g')
        as recording_id,
    {{ instant('_started_at', 'cells') }} as started_at,
    {{ instant('_ended_at', 'cells') }} as ended_at,
    try_cast({{ cell('_utc_offset_s', 'cells') }} as integer) as utc_offset_s,
    {{ sport_word(cell('Activity name', 'cells')) }} as sport,
    60 * {{ number('Duration (min)', 'cells') }} as duration_s,
    {{ number('Distance (meters)', 'cells') }} as distance_m,
    {{ number('Altitude Gain (meters)', 'cells') }} as elevation_gain_m,
    {{ number('Average HR (bpm)', 'cells') }} as heart_rate_avg_bpm,
    {{ number('Max HR (bpm)', 'cells') }} as heart_rate_max_bpm,
    {{ number('Energy burned (cal)', 'cells') }} as energy_kcal
from payloads
where not is_deleted
