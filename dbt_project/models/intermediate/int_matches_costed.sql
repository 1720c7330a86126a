with workouts as (

    select * from {{ ref('int_workouts_in_force') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

typed as (

    select * from {{ ref('int_activities_typed') }}

),

said as (

    select * from {{ ref('int_matches_decided') }}

),

constants as (

    {{ constants_row([
        'match_cost_max', 'match_same_day_cost_max', 'match_cost_per_day', 'match_cost_other_type',
        'match_cost_akin_type', 'match_cost_other_week', 'match_cost_early', 'match_gain_floor',
        'match_gain_per_squared_hour',
    ]) }}

),

-- Whom the athlete's word has settled: nobody else is looked at for these.
settled_workouts as (

    select * from said
    where verdict in ('done', 'not_done', 'skipped')

),

settled_activities as (

    select * from said
    where verdict = 'done'

),

refused as (

    select * from said
    where verdict = 'not_this'

),

open_workouts as (

    select workouts.*
    from workouts
    anti join settled_workouts
        on
            workouts.athlete_id = settled_workouts.athlete_id
            and workouts.plan_id = settled_workouts.plan_id
            and workouts.workout_id = settled_workouts.workout_id

),

-- Every day on which a workout may be done: an equal day is found faster than a day in between.
workout_days as (

    select
        open_workouts.*,
        open_workouts.workout_date + cast(shifts.shift_days as integer) as local_date
    from open_workouts
    inner join range(-2, 3) as shifts (shift_days)
        on abs(shifts.shift_days) <= open_workouts.tolerance_days

),

open_activities as (

    select
        activities.*,
        typed.run_type
    from activities
    left join typed
        on activities.athlete_id = typed.athlete_id and activities.activity_id = typed.activity_id
    anti join settled_activities
        on
            activities.athlete_id = settled_activities.athlete_id
            and activities.activity_id = settled_activities.activity_id

),

compared as (

    select
        workouts.athlete_id,
        workouts.plan_id,
        workouts.workout_id,
        workouts.workout_date,
        activities.activity_id,
        activities.started_at,
        {{ share_of_plan('activities.distance_m', 'workouts.planned_distance_m', 'workouts.advised_distance_m') }}
            as distance_ratio,
        {{ share_of_plan('activities.moving_s', 'workouts.planned_duration_s', 'workouts.advised_duration_s') }}
            as duration_ratio,
        abs(activities.local_date - workouts.workout_date) as shift_days,
        -- A long run may well be brought forward; other sessions of a later day hardly ever are.
        activities.local_date < workouts.workout_date and workouts.tolerance_days < 2 as is_early,
        (epoch(activities.local_started_at) - epoch(cast(workouts.workout_date as timestamp))) / 3600 - 12
            as hours_from_noon,
        date_trunc('week', activities.local_date) <> date_trunc('week', workouts.workout_date) as is_other_week,
        -- Without samples nobody sees what was in a run: by its mean pace every session of reps looks easy.
        activities.stream is null and activities.is_run and not activities.is_race as is_kind_unknown,
        {{ planned_family('workouts.workout_type') }} as planned_family,
        {{ planned_family('workouts.advised_type') }} as advised_family,
        case
            when not activities.is_run then 'cross'
            when activities.run_type in ('easy', 'recovery', 'steady') then 'easy'
            when activities.run_type in ('intervals', 'repetitions', 'hills', 'fartlek') then 'intervals'
            when activities.run_type in ('tempo', 'progression') then 'tempo'
            else activities.run_type
        end as done_family
    from workout_days as workouts
    inner join open_activities as activities
        on
            workouts.athlete_id = activities.athlete_id
            and workouts.local_date = activities.local_date
            -- A walk never completes a run, nor a run a cross-training session.
            and activities.is_run = (workouts.workout_type <> 'cross')
            and workouts.plan_made_at <= activities.started_at
    anti join refused
        on
            workouts.athlete_id = refused.athlete_id
            and workouts.plan_id = refused.plan_id
            and workouts.workout_id = refused.workout_id
            and activities.activity_id = refused.activity_id

),

costed as (

    select
        compared.*,
        coalesce(abs(ln(compared.distance_ratio)), 0)
        + coalesce(abs(ln(compared.duration_ratio)), 0)
        + constants.match_cost_per_day * compared.shift_days
        + case
            when compared.done_family in (compared.planned_family, compared.advised_family) then 0
            when compared.planned_family in ('easy', 'long') and compared.done_family in ('easy', 'long')
                then constants.match_cost_akin_type
            when compared.is_kind_unknown and compared.done_family in ('easy', 'long')
                then constants.match_cost_akin_type
            else constants.match_cost_other_type
        end
        -- Of two equally good days the one in the planned week.
        + case when compared.is_other_week then constants.match_cost_other_week else 0 end
        -- Of two that fit about as well the session of the day, not the one that is still to come.
        + case when compared.is_early then constants.match_cost_early else 0 end as match_cost
    from compared
    cross join constants
    -- Of what has neither a length nor a time nobody can say what it was.
    where coalesce(compared.distance_ratio, compared.duration_ratio) is not null

)

select
    costed.athlete_id,
    costed.plan_id,
    costed.workout_id,
    costed.activity_id,
    costed.done_family,
    costed.match_cost,
    -- A pair is worth what it costs less than leaving the workout alone. A session cut so short that only its day
    -- speaks for it is worth next to nothing: it stands where nothing better takes its place, and drives nobody out.
    -- Last of all counts how near in hours the two are, so that of equally good choices one is always the same.
    cast(
        round(
            1e9 * (
                greatest(0, constants.match_cost_max - costed.match_cost)
                + constants.match_gain_floor * (constants.match_same_day_cost_max + 1 - costed.match_cost)
                - constants.match_gain_per_squared_hour * power(costed.hours_from_noon, 2)
            )
        ) as bigint
    ) as gain,
    dense_rank() over (
        partition by costed.athlete_id order by costed.workout_date, costed.plan_id, costed.workout_id
    ) as workout_number,
    dense_rank() over (partition by costed.athlete_id order by costed.started_at, costed.activity_id)
        as activity_number
from costed
cross join constants
where
    costed.match_cost <= constants.match_cost_max + 1e-9
    or (costed.shift_days = 0 and costed.match_cost <= constants.match_same_day_cost_max + 1e-9)
