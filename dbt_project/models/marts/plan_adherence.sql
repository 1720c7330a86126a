with workouts as (

    select * from {{ ref('int_workouts_in_force') }}

),

matched as (

    select * from {{ ref('int_workouts_matched') }}

),

activities as (

    select * from {{ ref('activities') }}

),

freshness as (

    select * from {{ ref('source_freshness') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['completed_ratio_min']) }}

),

-- Until when a run would have been seen: a source of activities speaks for as long as it is fresh, by whatever it sent
-- last.
sources_heard as (

    select
        athlete_id,
        source,
        max(newest_local_date) as newest_local_date,
        max(expected_every_days) filter (where kind = 'activities') as expected_every_days
    from freshness
    group by athlete_id, source

),

heard as (

    select
        athlete_id,
        max(newest_local_date + expected_every_days) as heard_until_date
    from sources_heard
    where expected_every_days is not null
    group by athlete_id

),

joined as (

    select
        workouts.*,
        activities.activity_id,
        activities.local_date as done_date,
        activities.distance_m as done_distance_m,
        activities.moving_s as done_moving_s,
        coalesce(
            activities.moving_s / workouts.planned_duration_s, activities.distance_m / workouts.planned_distance_m
        ) as ratio,
        matched.match_cost,
        activities.local_date - workouts.workout_date as shift_days,
        workouts.workout_date >= clock.today_date as is_ahead,
        workouts.workout_date + workouts.tolerance_days < clock.today_date as is_window_closed,
        coalesce(heard.heard_until_date >= workouts.workout_date + workouts.tolerance_days, false) as is_heard,
        constants.completed_ratio_min
    from workouts
    left join matched
        on
            workouts.athlete_id = matched.athlete_id
            and workouts.plan_id = matched.plan_id
            and workouts.workout_id = matched.workout_id
    left join activities
        on matched.athlete_id = activities.athlete_id and matched.activity_id = activities.activity_id
    left join heard on workouts.athlete_id = heard.athlete_id
    cross join clock
    cross join constants

),

judged as (

    select
        *,
        case
            when activity_id is not null and ratio < completed_ratio_min - 1e-6 then 'partial'
            when activity_id is not null and shift_days <> 0 then 'moved'
            when activity_id is not null then 'completed'
            when is_ahead then 'planned'
            when is_window_closed and is_heard then 'missed'
            else 'unknown'
        end as status
    from joined

)

select
    athlete_id,
    plan_id,
    revision,
    workout_id,
    workout_date,
    workout_type,
    title,
    planned_distance_m,
    planned_duration_s,
    is_quality,
    activity_id,
    done_date,
    done_distance_m,
    done_moving_s,
    status,
    ratio,
    case when status = 'missed' then 'red' else {{ compliance('ratio') }} end as compliance,
    match_cost,
    case when match_cost is not null then greatest(0, 1 - match_cost / 2) end as match_confidence,
    case
        when status = 'partial' then 'done at ' || cast(round(100 * ratio) as integer) || ' % of the plan'
        when status = 'moved'
            then
                abs(shift_days) || case when abs(shift_days) = 1 then ' day ' else ' days ' end
                || case when shift_days > 0 then 'later' else 'earlier' end || ' than planned'
        when status = 'completed' then 'done on the day'
        when status = 'planned' then 'still ahead'
        when status = 'missed' then 'nothing like it was recorded, and recordings have arrived since'
        when not is_window_closed then 'may still be made up'
        else 'no recordings have arrived since'
    end as reason
from judged
