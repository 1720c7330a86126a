with payloads as (

    {{ latest_payloads('cycle', ['whoop_export'], cells=[
        '_started_at', '_ended_at', '_wake_at', '_utc_offset_s', 'Recovery score %', 'Heart rate variability (ms)',
        'Resting heart rate (bpm)', 'Respiratory rate (rpm)', 'Asleep duration (min)', 'Sleep need (min)',
        'Sleep performance %',
    ]) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at', 'cells') }} as started_at,
    {{ instant('_ended_at', 'cells') }} as ended_at,
    {{ instant('_wake_at', 'cells') }} as wake_at,
    try_cast({{ cell('_utc_offset_s', 'cells') }} as integer) as utc_offset_s,
    {{ number('Recovery score %', 'cells') }} as recovery_score_pct,
    {{ number('Heart rate variability (ms)', 'cells') }} as hrv_ms,
    {{ number('Resting heart rate (bpm)', 'cells') }} as resting_heart_rate_bpm,
    {{ number('Respiratory rate (rpm)', 'cells') }} as respiratory_rate_bpm,
    60 * {{ number('Asleep duration (min)', 'cells') }} as sleep_s,
    60 * {{ number('Sleep need (min)', 'cells') }} as sleep_need_s,
    {{ number('Sleep performance %', 'cells') }} as sleep_performance_pct
from payloads
where not is_deleted
