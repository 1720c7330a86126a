with payloads as (

    {{ latest_payloads('recovery', ['whoop_api']) }}

),

scored as (

    select
        *,
        {{ cell('score_state') }} = 'SCORED' as is_scored
    from payloads
    where not is_deleted

)

select
    athlete_id,
    source,
    source_key as cycle_id,
    {{ cell('sleep_id') }} as sleep_id,
    first_landed_at,
    last_landed_at,
    {{ cell('score_state') }} as score_state,
    case when is_scored then {{ number_at('score.recovery_score') }} end as recovery_score_pct,
    case when is_scored then {{ number_at('score.resting_heart_rate') }} end as resting_heart_rate_bpm,
    case when is_scored then {{ number_at('score.hrv_rmssd_milli') }} end as hrv_ms
from scored
