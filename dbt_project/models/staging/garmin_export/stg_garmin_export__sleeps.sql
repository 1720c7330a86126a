with payloads as (

    {{ latest_payloads('sleep', ['garmin_export']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ unmarked_utc(cell('sleepStartTimestampGMT')) }} as sleep_onset_at,
    {{ unmarked_utc(cell('sleepEndTimestampGMT')) }} as wake_at,
    -- A row of mere dates has no durations and is no night.
    nullif(
        {{ number('deepSleepSeconds') }}
        + {{ number('lightSleepSeconds') }}
        + coalesce({{ number('remSleepSeconds') }}, 0),
        0
    ) as sleep_s,
    {{ number('lightSleepSeconds') }} as light_sleep_s,
    {{ number('deepSleepSeconds') }} as deep_sleep_s,
    {{ number('remSleepSeconds') }} as rem_sleep_s,
    {{ number('awakeSleepSeconds') }} as awake_s,
    {{ number_at('sleepScores.overallScore') }} as sleep_performance_pct,
    {{ number('averageRespiration') }} as respiratory_rate_bpm
from payloads
where not is_deleted
