with loads as (

    select * from {{ ref('int_loads_smoothed') }}

),

activities as (

    select * from {{ ref('activities') }}

),

nights as (

    select * from {{ ref('int_readiness_scored') }}

),

runs_heard as (

    select * from {{ ref('int_athletes_heard') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

constants as (

    {{ constants_row([
        'provisional_days', 'acute_days', 'chronic_days', 'ratio_days_known_min', 'monotony_cap',
        'readiness_hrv_amber_sd', 'readiness_hrv_high_sd',
    ]) }}

),

runs_summed as (

    select
        athlete_id,
        local_date,
        count(*) as run_count,
        {{ exact_sum('distance_m') }} as distance_m,
        {{ exact_sum('moving_s') }} as moving_s,
        max(distance_m) as longest_run_m
    from activities
    where is_run
    group by athlete_id, local_date

),

joined as (

    select
        loads.*,
        coalesce(runs_summed.run_count, 0) as run_count,
        runs_summed.distance_m as run_distance_m,
        runs_summed.moving_s as run_moving_s,
        runs_summed.longest_run_m,
        -- Silence is not rest: a day without a run is free of runs only where the sources that the runs come by have
        -- spoken since, or the athlete said so.
        coalesce(
            runs_summed.athlete_id is not null
            or days_off.athlete_id is not null
            or loads.local_date <= runs_heard.heard_until_date,
            false
        ) as is_run_known
    from loads
    left join runs_summed
        on loads.athlete_id = runs_summed.athlete_id and loads.local_date = runs_summed.local_date
    left join runs_heard on loads.athlete_id = runs_heard.athlete_id
    left join days_off on loads.athlete_id = days_off.athlete_id and loads.local_date = days_off.local_date

),

numbered as (

    select
        *,
        case when run_count > 0 then run_distance_m when is_run_known then 0 end as distance_m,
        case when run_count > 0 then run_moving_s when is_run_known then 0 end as moving_s,
        -- The known days before this one: a window of thirty of them reaches over what is unknown.
        count(*) filter (where is_run_known) over (
            partition by athlete_id order by local_date rows between unbounded preceding and 1 preceding
        ) as known_days_before
    from joined

),

-- One row a day without holes, so that rows are days.
windowed as (

    select
        *,
        lag(fitness_ctl - fatigue_atl) over by_day as form_tsb_morning,
        count(training_load) over week_to_here as load_days_7d,
        avg(training_load) over week_to_here as load_7d_mean,
        sum(training_load) over week_to_here as load_7d_sum,
        stddev_pop(training_load) over week_to_here as load_7d_sd,
        count(training_load) over four_weeks_to_here as load_days_28d,
        avg(training_load) over four_weeks_to_here as load_28d_mean,
        avg(training_load) over three_weeks_before as load_21d_mean,
        max(longest_run_m) over thirty_days_before as longest_run_30d_m
    from numbered
    window
        by_day as (partition by athlete_id order by local_date),
        week_to_here as (partition by athlete_id order by local_date rows 6 preceding),
        four_weeks_to_here as (partition by athlete_id order by local_date rows 27 preceding),
        three_weeks_before as (partition by athlete_id order by local_date rows between 27 preceding and 7 preceding),
        thirty_days_before as (
            partition by athlete_id order by known_days_before range between 30 preceding and 1 preceding
        )

),

judged as (

    select
        windowed.*,
        -- Joined only now: what is sorted for the windows above is narrow.
        nights.* exclude (athlete_id, local_date),
        constants.*,
        -- No ratio before four weeks have passed, of which three must be known.
        windowed.day_number + 1 >= constants.chronic_days
        and windowed.load_days_28d >= constants.ratio_days_known_min
        and windowed.training_load is not null as has_ratio,
        case
            when windowed.load_days_7d = constants.acute_days
                then {{ monotony('windowed.load_7d_mean', 'windowed.load_7d_sd', 'constants.monotony_cap') }}
        end as monotony
    from windowed
    left join nights on windowed.athlete_id = nights.athlete_id and windowed.local_date = nights.local_date
    cross join constants

)

select
    athlete_id,
    local_date,
    cast(run_count as integer) as run_count,
    distance_m,
    moving_s,
    longest_run_m,
    training_load,
    load_is_known,
    is_run_known,
    fitness_ctl,
    fatigue_atl,
    form_tsb_morning,
    fitness_ctl - fatigue_atl as form_tsb_evening,
    day_number < provisional_days as is_provisional,
    case when has_ratio then load_7d_mean / nullif(load_28d_mean, 0) end as acwr_coupled,
    case when has_ratio then load_7d_mean / nullif(load_21d_mean, 0) end as acwr_uncoupled,
    case when has_ratio then acute_ewma / nullif(chronic_ewma, 0) end as acwr_ewma,
    monotony,
    load_7d_sum * monotony as strain,
    longest_run_30d_m,
    {{ spike_state('longest_run_m', 'longest_run_30d_m') }} as spike_state,
    recovery_score_pct,
    hrv_ms,
    resting_heart_rate_bpm,
    sleep_s,
    sleep_need_s,
    sleep_performance_pct,
    respiratory_rate_bpm,
    recovery_source,
    ln_hrv_7d_mean,
    ln_hrv_60d_mean,
    ln_hrv_60d_sd,
    cast(coalesce(hrv_nights_7d, 0) as integer) as hrv_nights_7d,
    cast(coalesce(hrv_nights_60d, 0) as integer) as hrv_nights_60d,
    resting_heart_rate_60d_mean_bpm,
    resting_heart_rate_60d_sd_bpm,
    sleep_28d_mean_s,
    coalesce(has_recovery, false) as has_recovery,
    recovery_family,
    light_sleep_s,
    deep_sleep_s,
    rem_sleep_s,
    awake_s,
    stress_avg,
    body_battery_max,
    body_battery_min,
    cast(load_days_7d as integer) as load_days_7d,
    cast(load_days_28d as integer) as load_days_28d,
    hrv_cv_7d_pct,
    resting_heart_rate_7d_mean_bpm,
    cast(coalesce(resting_heart_rate_nights_60d, 0) as integer) as resting_heart_rate_nights_60d,
    sleep_28d_sd_s,
    cast(coalesce(sleep_nights_28d, 0) as integer) as sleep_nights_28d,
    recovery_score_28d_mean_pct,
    recovery_score_28d_sd_pct,
    cast(coalesce(recovery_score_nights_28d, 0) as integer) as recovery_score_nights_28d,
    cast(fatigue_score as integer) as fatigue_score,
    cast(soreness_score as integer) as soreness_score,
    cast(mood_score as integer) as mood_score,
    cast(sleep_score as integer) as sleep_score,
    feeling_pct,
    readiness_hrv_pct,
    readiness_resting_heart_rate_pct,
    readiness_sleep_pct,
    readiness_feeling_pct,
    readiness_score_pct,
    readiness_source,
    readiness_night_pct,
    readiness_feeling_share,
    readiness_floor_pct,
    exp(ln_hrv_60d_mean - readiness_hrv_amber_sd * ln_hrv_60d_sd) as hrv_normal_low_ms,
    exp(ln_hrv_60d_mean + readiness_hrv_high_sd * ln_hrv_60d_sd) as hrv_normal_high_ms
from judged
