with payloads as (

    {{ latest_payloads('sleep', ['garmin_api']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    make_timestamptz(1000 * try_cast({{ cell('sleepStartTimestampGMT') }} as bigint)) as sleep_onset_at,
    make_timestamptz(1000 * try_cast({{ cell('sleepEndTimestampGMT') }} as bigint)) as wake_at,
    -- Naps have a figure of their own.
    nullif({{ number('sleepTimeSeconds') }}, 0) as sleep_s,
    {{ number('lightSleepSeconds') }} as light_sleep_s,
    {{ number('deepSleepSeconds') }} as deep_sleep_s,
    {{ number('remSleepSeconds') }} as rem_sleep_s,
    {{ number('awakeSleepSeconds') }} as awake_s,
    60 * nullif({{ number_at('sleepNeed.actual') }}, 0) as sleep_need_s,
    {{ number_at('sleepScores.overall.value') }} as sleep_performance_pct,
    {{ number('averageRespirationValue') }} as respiratory_rate_bpm
from payloads
where not is_deleted
