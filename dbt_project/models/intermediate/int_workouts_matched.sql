with costed as (

    select * from {{ ref('int_matches_costed') }}

),

said as (

    select * from {{ ref('int_matches_decided') }}

),

workouts as (

    select * from {{ ref('int_workouts_in_force') }}

),

-- Each workout and each activity at most once, so that the gains add up to the most: `dbt_project/assignment.py`.
weighed as (

    select
        athlete_id,
        list(workout_number order by workout_number, activity_number) as workout_numbers,
        list(activity_number order by workout_number, activity_number) as activity_numbers,
        list(gain order by workout_number, activity_number) as gains
    from costed
    group by athlete_id

),

answered as (

    select
        athlete_id,
        unnest(workout_numbers) as workout_number,
        unnest(activity_numbers) as activity_number,
        unnest(chosen_pairs(workout_numbers, activity_numbers, gains)) as is_chosen
    from weighed

),

paired as (

    select
        costed.athlete_id,
        costed.plan_id,
        costed.workout_id,
        costed.activity_id,
        costed.done_family,
        costed.match_cost,
        false as is_by_hand
    from costed
    inner join answered
        on
            costed.athlete_id = answered.athlete_id
            and costed.workout_number = answered.workout_number
            and costed.activity_number = answered.activity_number
    where answered.is_chosen

    union all

    -- What the athlete said needs no weighing.
    select
        said.athlete_id,
        said.plan_id,
        said.workout_id,
        said.activity_id,
        cast(null as varchar) as done_family,
        cast(null as double) as match_cost,
        true as is_by_hand
    from said
    where said.verdict = 'done'

),

-- Who was advised another kind of session and ran the approved one is judged by that one.
looked_at as (

    select
        paired.*,
        workouts.revision,
        workouts.approved_revision,
        workouts.workout_type,
        workouts.advised_type,
        {{ planned_family('workouts.advised_type') }} as advised_family,
        advised_family <> {{ planned_family('workouts.workout_type') }}
        and coalesce(paired.done_family <> advised_family, true) as is_as_approved
    from paired
    inner join workouts
        on
            paired.athlete_id = workouts.athlete_id
            and paired.plan_id = workouts.plan_id
            and paired.workout_id = workouts.workout_id

)

select
    athlete_id,
    plan_id,
    workout_id,
    activity_id,
    match_cost,
    is_by_hand,
    case when is_as_approved then approved_revision else revision end as judged_revision,
    case when is_as_approved then workout_type else advised_type end as judged_type
from looked_at
