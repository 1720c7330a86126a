with payloads as (

    {{ latest_payloads('sleep', ['whoop_api']) }}

),

scored as (

    select
        *,
        {{ cell('score_state') }} = 'SCORED' as is_scored,
        payload -> '$.score.stage_summary' as stage_sums,
        payload -> '$.score.sleep_needed' as needs
    from payloads
    where not is_deleted

)

select
    athlete_id,
    source,
    source_key as sleep_id,
    {{ cell('cycle_id') }} as cycle_id,
    first_landed_at,
    last_landed_at,
    {{ instant('start') }} as sleep_onset_at,
    {{ instant('end') }} as wake_at,
    cast({{ written_offset_s(cell('timezone_offset')) }} as integer) as utc_offset_s,
    {{ flag('nap') }} as is_nap,
    {{ cell('score_state') }} as score_state,
    case
        when is_scored
            then
                (
                    {{ number('total_light_sleep_time_milli', 'stage_sums') }}
                    + {{ number('total_slow_wave_sleep_time_milli', 'stage_sums') }}
                    + {{ number('total_rem_sleep_time_milli', 'stage_sums') }}
                ) / 1000
    end as sleep_s,
    case when is_scored then {{ number('total_light_sleep_time_milli', 'stage_sums') }} / 1000 end as light_sleep_s,
    case when is_scored then {{ number('total_slow_wave_sleep_time_milli', 'stage_sums') }} / 1000 end as deep_sleep_s,
    case when is_scored then {{ number('total_rem_sleep_time_milli', 'stage_sums') }} / 1000 end as rem_sleep_s,
    case when is_scored then {{ number('total_awake_time_milli', 'stage_sums') }} / 1000 end as awake_s,
    case
        when is_scored
            then
                (
                    {{ number('baseline_milli', 'needs') }}
                    + coalesce({{ number('need_from_sleep_debt_milli', 'needs') }}, 0)
                    + coalesce({{ number('need_from_recent_strain_milli', 'needs') }}, 0)
                    + coalesce({{ number('need_from_recent_nap_milli', 'needs') }}, 0)
                ) / 1000
    end as sleep_need_s,
    case when is_scored then {{ number_at('score.respiratory_rate') }} end as respiratory_rate_bpm,
    case when is_scored then {{ number_at('score.sleep_performance_percentage') }} end as sleep_performance_pct
from scored
