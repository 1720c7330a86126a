with cycles as (

    select * from {{ ref('stg_whoop_export__cycles') }}

),

sleeps as (

    select * from {{ ref('stg_whoop_export__sleeps') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

-- A night belongs to the day on which the athlete woke, on the wall clock of where that was.
nights as (

    select
        athlete_id,
        cast({{ local_time('wake_at', 'coalesce(utc_offset_s, 0)') }} as date) as local_date,
        source,
        last_landed_at,
        wake_at,
        recovery_score_pct,
        hrv_ms,
        resting_heart_rate_bpm,
        respiratory_rate_bpm,
        sleep_s,
        sleep_need_s,
        sleep_performance_pct
    from cycles
    cross join clock
    where wake_at between timestamptz '2000-01-01 00:00:00+00' and clock.as_of_at + interval 1 day

),

-- Two cycles can end on one date; the one with a score is the night, and of two the longer sleep.
best_nights as (

    select * from nights
    qualify
        row_number() over (
            partition by athlete_id, local_date
            order by recovery_score_pct is not null desc, sleep_s desc nulls last, wake_at asc
        ) = 1

),

main_sleeps as (

    select
        athlete_id,
        cast({{ local_time('wake_at', 'coalesce(utc_offset_s, 0)') }} as date) as local_date,
        source,
        last_landed_at,
        wake_at,
        respiratory_rate_bpm,
        sleep_s,
        sleep_need_s,
        sleep_performance_pct
    from sleeps
    cross join clock
    where not is_nap and wake_at between timestamptz '2000-01-01 00:00:00+00' and clock.as_of_at + interval 1 day
    qualify row_number() over (partition by athlete_id, local_date order by sleep_s desc nulls last, wake_at asc) = 1

)

select
    coalesce(best_nights.athlete_id, main_sleeps.athlete_id) as athlete_id,
    coalesce(best_nights.local_date, main_sleeps.local_date) as local_date,
    coalesce(best_nights.source, main_sleeps.source) as recovery_source,
    greatest(best_nights.last_landed_at, main_sleeps.last_landed_at) as last_landed_at,
    coalesce(best_nights.wake_at, main_sleeps.wake_at) as wake_at,
    -- What no body does is unknown rather than a reason to stop the morning.
    case
        when best_nights.recovery_score_pct between 0 and 100 then best_nights.recovery_score_pct
    end as recovery_score_pct,
    case when best_nights.hrv_ms between 1 and 400 then best_nights.hrv_ms end as hrv_ms,
    case
        when best_nights.resting_heart_rate_bpm between 25 and 130 then best_nights.resting_heart_rate_bpm
    end as resting_heart_rate_bpm,
    coalesce(best_nights.respiratory_rate_bpm, main_sleeps.respiratory_rate_bpm) as respiratory_rate_bpm,
    case
        when coalesce(best_nights.sleep_s, main_sleeps.sleep_s) between 1 and 86400
            then coalesce(best_nights.sleep_s, main_sleeps.sleep_s)
    end as sleep_s,
    coalesce(best_nights.sleep_need_s, main_sleeps.sleep_need_s) as sleep_need_s,
    coalesce(best_nights.sleep_performance_pct, main_sleeps.sleep_performance_pct) as sleep_performance_pct
from best_nights
full outer join main_sleeps
    on best_nights.athlete_id = main_sleeps.athlete_id and best_nights.local_date = main_sleeps.local_date
