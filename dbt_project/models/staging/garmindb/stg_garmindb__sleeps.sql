with payloads as (

    {{ latest_payloads('sleep', ['garmindb']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ instant('_sleep_onset_at') }} as sleep_onset_at,
    {{ instant('_wake_at') }} as wake_at,
    {{ clock_time_s('total_sleep') }} as sleep_s,
    {{ clock_time_s('light_sleep') }} as light_sleep_s,
    {{ clock_time_s('deep_sleep') }} as deep_sleep_s,
    {{ clock_time_s('rem_sleep') }} as rem_sleep_s,
    {{ clock_time_s('awake') }} as awake_s,
    nullif({{ number('score') }}, 0) as sleep_performance_pct,
    nullif({{ number('avg_rr') }}, 0) as respiratory_rate_bpm
from payloads
where not is_deleted
