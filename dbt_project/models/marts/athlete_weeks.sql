{% set night_facts = {
    'recovery_score': 'recovery_score_pct', 'hrv': 'hrv_ms', 'resting_heart_rate': 'resting_heart_rate_bpm',
    'sleep': 'sleep_s',
} %}

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

constants as (

    {{ constants_row(['assumed_pace_s_per_km']) }}

),

weeks as (

    select
        athlete_id,
        cast(date_trunc('week', local_date) as date) as week_start_date,
        sum(run_count) as run_count,
        {{ exact_sum('distance_m') }} as distance_m,
        {{ exact_sum('moving_s') }} as moving_s,
        {{ exact_sum('training_load') }} as training_load,
        count(training_load) as load_days,
        max(longest_run_m) as longest_run_m,
        count(*) filter (where not is_run_known) as unknown_run_days,
        arg_max(fitness_ctl, local_date) filter (where fitness_ctl is not null) as fitness_ctl,
        -- The seven days to Sunday are the week itself.
        max(monotony) filter (where isodow(local_date) = 7) as monotony,
        max(strain) filter (where isodow(local_date) = 7) as strain
    from days
    group by 1, 2

),

nights_by_family as (

    select
        athlete_id,
        recovery_family,
        cast(date_trunc('week', local_date) as date) as week_start_date,
        {% for kept, fact in night_facts.items() %}
            {{ exact_sum(fact) }} as {{ kept }}_sum,
            count({{ fact }}) as {{ kept }}_nights,
        {% endfor %}
        count(*) as night_count
    from days
    where has_recovery
    group by 1, 2, 3

),

-- Levels differ between families of devices: a week has the nights of the one with the most of them, beside the same
-- family's nights of the four weeks before.
nights as (

    select
        athlete_id,
        week_start_date,
        {% for kept in night_facts %}
            {{ kept }}_nights,
            {{ kept }}_sum / nullif({{ kept }}_nights, 0) as {{ kept }}_mean,
            coalesce(sum({{ kept }}_nights) over four_weeks_before, 0) as {{ kept }}_4w_nights,
            sum({{ kept }}_sum) over four_weeks_before / nullif(sum({{ kept }}_nights) over four_weeks_before, 0)
                as {{ kept }}_4w_mean,
        {% endfor %}
        recovery_family
    from nights_by_family
    window
        four_weeks_before as (
            partition by athlete_id, recovery_family
            order by week_start_date range between interval 28 day preceding and interval 7 day preceding
        )
    qualify
        row_number() over (
            partition by athlete_id, week_start_date order by night_count desc, recovery_family asc
        ) = 1

),

runs_summed as (

    select
        athlete_id,
        cast(date_trunc('week', local_date) as date) as week_start_date,
        {{ exact_sum('elevation_gain_m') }} as elevation_gain_m,
        arg_min(activity_id, row(-distance_m, local_date, activity_id)) filter (where distance_m is not null)
            as long_run_activity_id,
        case when min(intensity_method) = max(intensity_method) then min(intensity_method) else 'mixed' end
            as intensity_method,
        {{ exact_sum('moving_s') }} as runs_moving_s,
        {{ exact_sum('easy_s') }} as easy_s,
        {{ exact_sum('moderate_s') }} as moderate_s,
        {{ exact_sum('hard_s') }} as hard_s
    from activities
    where is_run
    group by 1, 2

),

-- What became of each workout, as far as it is known; what is planned by distance weighs what it takes at an easy pace.
-- What was left out because rest was advised, or on days off that were told, is no departure from the plan; what was
-- left out by choice is.
outcomes as (

    select
        adherence.*,
        case
            when adherence.status in ('completed', 'moved', 'partial') then adherence.ratio
            when adherence.status = 'missed' or (adherence.status = 'skipped' and adherence.is_by_hand) then 0
        end as done_share,
        coalesce(
            adherence.planned_duration_s,
            adherence.planned_distance_m / 1000 * constants.assumed_pace_s_per_km
        ) as planned_s
    from adherence
    cross join constants

),

planned_summed as (

    select
        athlete_id,
        cast(date_trunc('week', workout_date) as date) as week_start_date,
        -- As in the plan itself: the race and cross-training are no training distance.
        {{ exact_sum('planned_distance_m', "workout_type not in ('race', 'cross')") }} as planned_distance_m,
        count(*) filter (where workout_type <> 'cross') as planned_run_count,
        count(*) filter (where status in ('completed', 'moved')) as completed_count,
        count(*) filter (where status = 'partial') as partial_count,
        count(*) filter (where status = 'missed') as missed_count,
        count(*) filter (where status = 'unknown') as unknown_count,
        count(*) filter (where status = 'skipped') as skipped_count,
        {{ exact_sum('least(1, done_share) * planned_s', 'done_share is not null') }}
        / nullif({{ exact_sum('planned_s', 'done_share is not null') }}, 0) as adherence_ratio,
        {{ exact_sum('greatest(0, done_share - 1) * planned_s', 'done_share is not null') }}
        / nullif({{ exact_sum('planned_s', 'done_share is not null') }}, 0) as overshoot_ratio
    from outcomes
    group by 1, 2

),

-- The weeks before this one of which every day is known: four of them reach over weeks of silence.
numbered as (

    select
        *,
        unknown_run_days = 0 as is_whole,
        count(*) filter (where unknown_run_days = 0) over (
            partition by athlete_id order by week_start_date rows between unbounded preceding and 1 preceding
        ) as whole_weeks_before
    from weeks

),

compared as (

    select
        *,
        lag(distance_m) over by_week as distance_1w_m,
        fitness_ctl - lag(fitness_ctl) over by_week as fitness_change_ctl,
        avg(distance_m) filter (where is_whole) over four_weeks_before as distance_4w_mean_m,
        max(distance_m) filter (where is_whole) over four_weeks_before as distance_4w_max_m,
        avg(moving_s) filter (where is_whole) over four_weeks_before as moving_4w_mean_s,
        avg(longest_run_m) filter (where is_whole) over four_weeks_before as longest_run_4w_mean_m
    from numbered
    window
        by_week as (partition by athlete_id order by week_start_date),
        four_weeks_before as (
            partition by athlete_id order by whole_weeks_before range between 4 preceding and 1 preceding
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
    nights.recovery_score_mean as recovery_score_mean_pct,
    cast(coalesce(nights.recovery_score_nights, 0) as integer) as recovery_nights,
    nights.hrv_mean as hrv_mean_ms,
    nights.resting_heart_rate_mean as resting_heart_rate_mean_bpm,
    nights.sleep_mean as sleep_mean_s,
    planned_summed.planned_distance_m,
    cast(planned_summed.planned_run_count as integer) as planned_run_count,
    cast(planned_summed.completed_count as integer) as completed_count,
    cast(planned_summed.partial_count as integer) as partial_count,
    cast(planned_summed.missed_count as integer) as missed_count,
    cast(planned_summed.unknown_count as integer) as unknown_count,
    planned_summed.adherence_ratio,
    runs_summed.long_run_activity_id,
    runs_summed.moderate_s / nullif(runs_summed.easy_s + runs_summed.moderate_s + runs_summed.hard_s, 0)
        as moderate_share,
    runs_summed.hard_s / nullif(runs_summed.easy_s + runs_summed.moderate_s + runs_summed.hard_s, 0) as hard_share,
    runs_summed.intensity_method,
    case
        when runs_summed.intensity_method is not null
            then
                least(
                    1,
                    (runs_summed.easy_s + runs_summed.moderate_s + runs_summed.hard_s)
                    / nullif(runs_summed.runs_moving_s, 0)
                )
    end as intensity_known_share,
    100 * (compared.distance_m / nullif(compared.distance_1w_m, 0) - 1) as distance_change_1w_pct,
    cast(compared.load_days as integer) as load_days,
    compared.fitness_ctl,
    compared.fitness_change_ctl,
    compared.monotony,
    compared.strain,
    nights.recovery_family,
    cast(coalesce(nights.hrv_nights, 0) as integer) as hrv_nights,
    cast(coalesce(nights.resting_heart_rate_nights, 0) as integer) as resting_heart_rate_nights,
    cast(coalesce(nights.sleep_nights, 0) as integer) as sleep_nights,
    nights.recovery_score_4w_mean as recovery_score_4w_mean_pct,
    nights.hrv_4w_mean as hrv_4w_mean_ms,
    nights.resting_heart_rate_4w_mean as resting_heart_rate_4w_mean_bpm,
    nights.sleep_4w_mean as sleep_4w_mean_s,
    cast(coalesce(nights.recovery_score_4w_nights, 0) as integer) as recovery_4w_nights,
    cast(coalesce(nights.hrv_4w_nights, 0) as integer) as hrv_4w_nights,
    cast(coalesce(nights.resting_heart_rate_4w_nights, 0) as integer) as resting_heart_rate_4w_nights,
    cast(coalesce(nights.sleep_4w_nights, 0) as integer) as sleep_4w_nights,
    cast(planned_summed.skipped_count as integer) as skipped_count,
    planned_summed.overshoot_ratio,
    cast(compared.unknown_run_days as integer) as unknown_run_days
from compared
left join nights
    on compared.athlete_id = nights.athlete_id and compared.week_start_date = nights.week_start_date
left join runs_summed
    on compared.athlete_id = runs_summed.athlete_id and compared.week_start_date = runs_summed.week_start_date
left join planned_summed
    on compared.athlete_id = planned_summed.athlete_id and compared.week_start_date = planned_summed.week_start_date
cross join clock
