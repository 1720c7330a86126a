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

)

select
    costed.athlete_id,
    costed.plan_id,
    costed.workout_id,
    costed.activity_id,
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
    cast(null as double) as match_cost,
    true as is_by_hand
from said
inner join workouts
    on
        said.athlete_id = workouts.athlete_id
        and said.plan_id = workouts.plan_id
        and said.workout_id = workouts.workout_id
where said.verdict = 'done'
