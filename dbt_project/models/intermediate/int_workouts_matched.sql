{% set rounds = 5 %}

with workouts as (

    select * from {{ ref('int_workouts_in_force') }}

),

activities as (

    select * from {{ ref('activities') }}

),

constants as (

    {{ constants_row(['match_cost_max', 'match_same_day_cost_max']) }}

),

compared as (

    select
        workouts.athlete_id,
        workouts.plan_id,
        workouts.workout_id,
        workouts.workout_date,
        activities.activity_id,
        activities.local_date,
        activities.distance_m / workouts.planned_distance_m as distance_ratio,
        activities.moving_s / workouts.planned_duration_s as duration_ratio,
        abs(activities.local_date - workouts.workout_date) as shift_days,
        date_trunc('week', activities.local_date) <> date_trunc('week', workouts.workout_date) as is_other_week,
        case
            when workouts.workout_type = 'cross' then 'cross'
            when workouts.workout_type in ('easy', 'recovery', 'run_walk') then 'easy'
            when workouts.workout_type in ('intervals', 'repetitions', 'hills', 'fartlek') then 'intervals'
            when workouts.workout_type in ('tempo', 'race_pace') then 'tempo'
            else workouts.workout_type
        end as planned_family,
        case
            when not activities.is_run then 'cross'
            when activities.run_type in ('easy', 'recovery', 'steady') then 'easy'
            when activities.run_type in ('tempo', 'progression') then 'tempo'
            else activities.run_type
        end as done_family
    from workouts
    inner join activities
        on
            workouts.athlete_id = activities.athlete_id
            and activities.local_date between workouts.workout_date - workouts.tolerance_days
            and workouts.workout_date + workouts.tolerance_days
            -- A walk never completes a run, nor a run a cross-training session.
            and activities.is_run = (workouts.workout_type <> 'cross')
            and workouts.plan_made_at <= activities.started_at

),

costed as (

    select
        *,
        coalesce(abs(ln(distance_ratio)), 0)
        + coalesce(abs(ln(duration_ratio)), 0)
        + 0.25 * shift_days
        + case
            when planned_family = done_family then 0
            when planned_family in ('easy', 'long') and done_family in ('easy', 'long') then 0.25
            else 0.5
        end
        -- Of two equally good days the one in the planned week.
        + case when is_other_week then 0.1 else 0 end as match_cost
    from compared

),

round_0 as (

    select
        costed.athlete_id,
        costed.plan_id,
        costed.workout_id,
        costed.activity_id,
        costed.workout_date,
        costed.match_cost
    from costed
    cross join constants
    where
        costed.match_cost <= constants.match_cost_max
        or (costed.shift_days = 0 and costed.match_cost <= constants.match_same_day_cost_max)

),

-- Pairs that prefer each other above all others are matched; what they leave is looked at again.
{% for number in range(1, rounds + 1) %}
    chosen_{{ number }} as (

        select * from round_{{ number - 1 }}
        qualify
            row_number() over (
                partition by athlete_id, plan_id, workout_id order by match_cost, workout_date, workout_id, activity_id
            ) = 1
            and row_number() over (
                partition by athlete_id, activity_id order by match_cost, workout_date, workout_id, activity_id
            ) = 1

    ),

    round_{{ number }} as (

        select left_over.*
        from round_{{ number - 1 }} as left_over
        where
            not exists (
                select 1
                from chosen_{{ number }} as chosen
                where
                    chosen.athlete_id = left_over.athlete_id
                    and (
                        (chosen.plan_id = left_over.plan_id and chosen.workout_id = left_over.workout_id)
                        or chosen.activity_id = left_over.activity_id
                    )
            )

    ),

{% endfor %}
matched as (

    {% for number in range(1, rounds + 1) %}
        select * from chosen_{{ number }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select
    athlete_id,
    plan_id,
    workout_id,
    activity_id,
    match_cost
from matched
