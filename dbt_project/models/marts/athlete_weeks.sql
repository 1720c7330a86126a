with days as (

    select * from {{ ref('athlete_days') }}

),

activities as (

    select * from {{ ref('activities') }}

),

adherence as (

    select * from {{ ref('plan_adherence') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

weeks as (

    select
        athlete_id,
        cast(date_trunc('week', local_date) as date) as week_start_date,
        sum(run_count) as run_count,
        sum(distance_m) as distance_m,
        sum(moving_s) as moving_s,
        sum(training_load) as training_load,
        max(longest_run_m) as longest_run_m,
        avg(recovery_score_pct) as recovery_score_mean_pct,
        count(recovery_score_pct) as recovery_nights,
        avg(hrv_ms) as hrv_mean_ms,
        avg(resting_heart_rate_bpm) as resting_heart_rate_mean_bpm,
        avg(sleep_s) as sleep_mean_s
    from days
    group by 1, 2

),

runs_summed as (

    select
        athlete_id,
        cast(date_trunc('week', local_date) as date) as week_start_date,
        sum(elevation_gain_m) as elevation_gain_m,
        sum(easy_s) as easy_s,
        sum(moderate_s) as moderate_s,
        sum(hard_s) as hard_s
    from activities
    where is_run
    group by 1, 2

),

planned_summed as (

    select
        athlete_id,
        cast(date_trunc('week', workout_date) as date) as week_start_date,
        -- As in the plan itself: the race and cross-training are no training distance.
        sum(planned_distance_m) filter (where workout_type not in ('race', 'cross')) as planned_distance_m,
        count(*) filter (where workout_type <> 'cross') as planned_run_count,
        count(*) filter (where status in ('completed', 'moved')) as completed_count,
        count(*) filter (where status = 'partial') as partial_count,
        count(*) filter (where status = 'missed') as missed_count,
        count(*) filter (where status = 'unknown') as unknown_count,
        sum(least(coalesce(ratio, 0), 1) * coalesce(planned_duration_s, planned_distance_m)) filter (
            where status in ('completed', 'moved', 'partial', 'missed')
        )
        / nullif(
            sum(coalesce(planned_duration_s, planned_distance_m)) filter (
                where status in ('completed', 'moved', 'partial', 'missed')
            ),
            0
        ) as adherence_ratio
    from adherence
    group by 1, 2

),

compared as (

    select
        *,
        avg(distance_m) over four_weeks_before as distance_4w_mean_m,
        max(distance_m) over four_weeks_before as distance_4w_max_m,
        avg(moving_s) over four_weeks_before as moving_4w_mean_s,
        avg(longest_run_m) over four_weeks_before as longest_run_4w_mean_m
    from weeks
    window four_weeks_before as (
        partition by athlete_id order by week_start_date rows between 4 preceding and 1 preceding
    )

)

select
    compared.athlete_id,
    compared.week_start_date,
    cast(isoyear(compared.week_start_date) as integer) as iso_year,
    cast(weekofyear(compared.week_start_date) as integer) as iso_week,
    compared.week_start_date + 6 < clock.today_date as is_closed,
    cast(compared.run_count as integer) as run_count,
    compared.distance_m,
    compared.moving_s,
    compared.training_load,
    compared.longest_run_m,
    compared.longest_run_m / nullif(compared.distance_m, 0) as long_run_share,
    runs_summed.elevation_gain_m,
    runs_summed.easy_s,
    runs_summed.moderate_s,
    runs_summed.hard_s,
    runs_summed.easy_s / nullif(runs_summed.easy_s + runs_summed.moderate_s + runs_summed.hard_s, 0) as easy_share,
    compared.distance_4w_mean_m,
    compared.distance_4w_max_m,
    compared.moving_4w_mean_s,
    compared.longest_run_4w_mean_m,
    -- Against the highest of four weeks, so that the week after a cutback is no leap.
    compared.distance_m / nullif(compared.distance_4w_max_m, 0) as ramp_ratio,
    compared.recovery_score_mean_pct,
    cast(compared.recovery_nights as integer) as recovery_nights,
    compared.hrv_mean_ms,
    compared.resting_heart_rate_mean_bpm,
    compared.sleep_mean_s,
    planned_summed.planned_distance_m,
    cast(planned_summed.planned_run_count as integer) as planned_run_count,
    cast(planned_summed.completed_count as integer) as completed_count,
    cast(planned_summed.partial_count as integer) as partial_count,
    cast(planned_summed.missed_count as integer) as missed_count,
    cast(planned_summed.unknown_count as integer) as unknown_count,
    planned_summed.adherence_ratio
from compared
left join runs_summed
    on compared.athlete_id = runs_summed.athlete_id and compared.week_start_date = runs_summed.week_start_date
left join planned_summed
    on compared.athlete_id = planned_summed.athlete_id and compared.week_start_date = planned_summed.week_start_date
cross join clock
