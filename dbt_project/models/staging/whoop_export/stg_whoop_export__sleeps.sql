with payloads as (

    {{ latest_payloads('sleep', ['whoop_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_sleep_onset_at') }} as sleep_onset_at,
    {{ instant('_wake_at') }} as wake_at,
    try_cast({{ cell('_utc_offset_s') }} as integer) as utc_offset_s,
    coalesce(lower({{ cell('Nap') }}) in ('true', '1'), false) as is_nap,
    60 * {{ number('Asleep duration (min)') }} as sleep_s,
    60 * {{ number('Sleep need (min)') }} as sleep_need_s,
    {{ number('Sleep performance %') }} as sleep_performance_pct,
    {{ number('Respiratory rate (rpm)') }} as respiratory_rate_bpm
from payloads
where not is_deleted
