with payloads as (

    {{ latest_payloads('cycle', ['whoop_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at') }} as started_at,
    {{ instant('_ended_at') }} as ended_at,
    {{ instant('_wake_at') }} as wake_at,
    try_cast({{ cell('_utc_offset_s') }} as integer) as utc_offset_s,
    {{ number('Recovery score %') }} as recovery_score_pct,
    {{ number('Heart rate variability (ms)') }} as hrv_ms,
    {{ number('Resting heart rate (bpm)') }} as resting_heart_rate_bpm,
    {{ number('Respiratory rate (rpm)') }} as respiratory_rate_bpm,
    60 * {{ number('Asleep duration (min)') }} as sleep_s,
    60 * {{ number('Sleep need (min)') }} as sleep_need_s,
    {{ number('Sleep performance %') }} as sleep_performance_pct
from payloads
where not is_deleted
