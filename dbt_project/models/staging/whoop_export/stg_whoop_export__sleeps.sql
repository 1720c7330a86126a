with payloads as (

    {{ latest_payloads('sleep', ['whoop_export'], cells=[
        '_sleep_onset_at', '_wake_at', '_utc_offset_s', 'Nap', 'Asleep duration (min)', 'Sleep need (min)',
        'Sleep performance %', 'Respiratory rate (rpm)',
    ]) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ instant('_sleep_onset_at', 'cells') }} as sleep_onset_at,
    {{ instant('_wake_at', 'cells') }} as wake_at,
    try_cast({{ cell('_utc_offset_s', 'cells') }} as integer) as utc_offset_s,
    coalesce(lower({{ cell('Nap', 'cells') }}) in ('true', '1'), false) as is_nap,
    60 * {{ number('Asleep duration (min)', 'cells') }} as sleep_s,
    60 * {{ number('Sleep need (min)', 'cells') }} as sleep_need_s,
    {{ number('Sleep performance %', 'cells') }} as sleep_performance_pct,
    {{ number('Respiratory rate (rpm)', 'cells') }} as respiratory_rate_bpm
from payloads
where not is_deleted
