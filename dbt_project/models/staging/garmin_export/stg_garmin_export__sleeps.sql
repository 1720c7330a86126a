with payloads as (

    {{ latest_payloads('sleep', ['garmin_export'], cells=[
        'sleepStartTimestampGMT', 'sleepEndTimestampGMT', 'deepSleepSeconds', 'lightSleepSeconds', 'remSleepSeconds',
        'awakeSleepSeconds', 'averageRespiration',
    ]) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    {{ unmarked_utc(cell('sleepStartTimestampGMT', 'cells')) }} as sleep_onset_at,
    {{ unmarked_utc(cell('sleepEndTimestampGMT', 'cells')) }} as wake_at,
    -- A row of mere dates has no durations and is no night.
    nullif(
        {{ number('deepSleepSeconds', 'cells') }}
        + {{ number('lightSleepSeconds', 'cells') }}
        + coalesce({{ number('remSleepSeconds', 'cells') }}, 0),
        0
    ) as sleep_s,
    {{ number('lightSleepSeconds', 'cells') }} as light_sleep_s,
    {{ number('deepSleepSeconds', 'cells') }} as deep_sleep_s,
    {{ number('remSleepSeconds', 'cells') }} as rem_sleep_s,
    {{ number('awakeSleepSeconds', 'cells') }} as awake_s,
    {{ number_at('sleepScores.overallScore') }} as sleep_performance_pct,
    {{ number('averageRespiration', 'cells') }} as respiratory_rate_bpm
from payloads
where not is_deleted
