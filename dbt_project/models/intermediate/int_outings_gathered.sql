with constants as (

    {{ constants_row(['outing_gap_s']) }}

),

runs as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.started_at,
        activities.moving_s,
        max(epoch(activities.started_at) + coalesce(activities.elapsed_s, activities.moving_s)) over (
            partition by activities.athlete_id order by activities.started_at, activities.activity_id
            rows between unbounded preceding and 1 preceding
        ) as others_ended_s
    from {{ ref('int_activities_merged') }} as activities
    where activities.is_run

),

-- A warm-up, the work and a cool-down that are recordings of their own are one outing.
numbered as (

    select
        runs.*,
        count(*) filter (
            where coalesce(epoch(runs.started_at) - runs.others_ended_s >= constants.outing_gap_s, true)
        ) over (
            partition by runs.athlete_id order by runs.started_at, runs.activity_id rows unbounded preceding
        ) as outing_number
    from runs
    cross join constants

),

gathered as (

    select
        athlete_id,
        activity_id,
        local_date,
        moving_s,
        sum(moving_s) over (partition by athlete_id, outing_number) as outing_moving_s,
        row_number() over (
            partition by athlete_id, outing_number order by moving_s desc nulls last, started_at asc, activity_id asc
        ) = 1 as is_outing_main
    from numbered

)

select
    athlete_id,
    activity_id,
    outing_moving_s,
    is_outing_main,
    median(outing_moving_s) filter (where is_outing_main) over last_8_weeks as usual_outing_s,
    count(*) filter (where is_outing_main) over last_8_weeks as usual_count,
    max(outing_moving_s) over last_4_weeks as longest_outing_s,
    max(outing_moving_s) over last_6_days as longest_of_week_s
from gathered
window
    last_8_weeks as (
        partition by athlete_id order by local_date
        range between interval 56 day preceding and interval 1 day preceding
    ),
    last_4_weeks as (
        partition by athlete_id order by local_date
        range between interval 28 day preceding and interval 1 day preceding
    ),
    last_6_days as (
        partition by athlete_id order by local_date
        range between interval 6 day preceding and interval 1 day preceding
    )
