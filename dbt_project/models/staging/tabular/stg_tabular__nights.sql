with payloads as (

    {{ latest_payloads('night', ['file']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_sleep_onset_at') }} as sleep_onset_at,
    {{ instant('_wake_at') }} as wake_at,
    try_cast({{ cell('_utc_offset_s') }} as integer) as utc_offset_s,
    {{ flag('_is_nap') }} as is_nap,
    {{ number('sleep_s') }} as sleep_s,
    {{ number('light_sleep_s') }} as light_sleep_s,
    {{ number('deep_sleep_s') }} as deep_sleep_s,
    {{ number('rem_sleep_s') }} as rem_sleep_s,
    {{ number('awake_s') }} as awake_s,
    {{ number('sleep_need_s') }} as sleep_need_s,
    {{ number('hrv_rmssd_ms') }} as hrv_ms,
    {{ number('resting_heart_rate_bpm') }} as resting_heart_rate_bpm,
    {{ number('recovery_score_pct') }} as recovery_score_pct,
    {{ number('respiratory_rate_bpm') }} as respiratory_rate_bpm,
    {{ number('sleep_performance_pct') }} as sleep_performance_pct,
    {{ number('stress_avg') }} as stress_avg,
    {{ number('body_battery_max') }} as body_battery_max
from payloads
where not is_deleted
