with planned as (

    select * from {{ ref('stg_coach__planned_workouts') }}

),

revisions as (

    select * from {{ ref('stg_coach__plan_revisions') }}

),

states as (

    select * from {{ ref('stg_coach__plan_states') }}

),

athletes as (

    select * from {{ ref('stg_coach__athletes') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

state_spans as (

    select
        athlete_id,
        plan_id,
        state,
        said_at as active_from_at,
        coalesce(
            lead(said_at) over (partition by athlete_id, plan_id order by said_at), timestamptz '9999-01-01 00:00:00+00'
        ) as active_until_at
    from states

),

-- A plan about which nothing was said counts from its first revision on.
active_spans as (

    select
        athlete_id,
        plan_id,
        active_from_at,
        active_until_at
    from state_spans
    where state = 'active'
    union all
    select
        revisions.athlete_id,
        revisions.plan_id,
        min(revisions.made_at) as active_from_at,
        timestamptz '9999-01-01 00:00:00+00' as active_until_at
    from revisions
    anti join states
        on revisions.athlete_id = states.athlete_id and revisions.plan_id = states.plan_id
    group by revisions.athlete_id, revisions.plan_id

),

first_runs as (

    select
        athlete_id,
        local_date,
        min(started_at) as first_run_at
    from activities
    where is_run
    group by athlete_id, local_date

),

plan_days as (

    select distinct
        planned.athlete_id,
        planned.plan_id,
        planned.workout_date,
        timezone(coalesce(athletes.time_zone, 'UTC'), cast(planned.workout_date as timestamp)) as day_begins_at,
        timezone(coalesce(athletes.time_zone, 'UTC'), cast(planned.workout_date + 1 as timestamp)) as day_ends_at
    from planned
    left join athletes on planned.athlete_id = athletes.athlete_id

),

-- Each day belongs to the plan that was active on it; where one replaced another, to the newer.
active_days as (

    select
        plan_days.*,
        first_runs.first_run_at,
        least(plan_days.day_ends_at, clock.as_of_at) as decided_at
    from plan_days
    inner join active_spans
        on plan_days.athlete_id = active_spans.athlete_id and plan_days.plan_id = active_spans.plan_id
    left join first_runs
        on plan_days.athlete_id = first_runs.athlete_id and plan_days.workout_date = first_runs.local_date
    cross join clock
    where
        active_spans.active_from_at <= least(plan_days.day_ends_at, clock.as_of_at)
        and active_spans.active_until_at > least(plan_days.day_begins_at, clock.as_of_at)
    qualify
        dense_rank() over (
            partition by plan_days.athlete_id, plan_days.workout_date
            order by active_spans.active_from_at desc, plan_days.plan_id asc
        ) = 1

),

revisions_so_far as (

    select
        athlete_id,
        plan_id,
        made_at,
        max(revision) over (partition by athlete_id, plan_id order by made_at) as revision,
        min(made_at) over (partition by athlete_id, plan_id) as plan_made_at
    from revisions
    qualify row_number() over (partition by athlete_id, plan_id, made_at order by revision desc) = 1

),

-- What counts is the revision in force when the run began; on a day without a run, or with one from before the plan,
-- the last one of that day. (least() skips nulls.)
revision_days as (

    select
        active_days.athlete_id,
        active_days.plan_id,
        active_days.workout_date,
        coalesce(at_run.revision, at_end.revision) as revision,
        at_end.plan_made_at
    from active_days
    asof inner join revisions_so_far as at_end
        on
            active_days.athlete_id = at_end.athlete_id
            and active_days.plan_id = at_end.plan_id
            and active_days.decided_at >= at_end.made_at
    asof left join revisions_so_far as at_run
        on
            active_days.athlete_id = at_run.athlete_id
            and active_days.plan_id = at_run.plan_id
            and least(active_days.first_run_at, active_days.decided_at) >= at_run.made_at

),

-- What a morning makes of a session is advice for its day; the plan stays what was approved.
approved as (

    select planned.*
    from planned
    inner join revisions
        on
            planned.athlete_id = revisions.athlete_id
            and planned.plan_id = revisions.plan_id
            and planned.revision = revisions.revision
    where revisions.is_approved

)

select
    planned.athlete_id,
    planned.plan_id,
    planned.revision,
    planned.workout_id,
    planned.workout_date,
    approved.workout_type,
    approved.title,
    approved.planned_distance_m,
    approved.planned_duration_s,
    approved.is_quality,
    approved.revision as approved_revision,
    planned.workout_type as advised_type,
    case when planned.workout_type = 'rest' then 0 else planned.planned_distance_m end as advised_distance_m,
    case when planned.workout_type = 'rest' then 0 else planned.planned_duration_s end as advised_duration_s,
    revision_days.plan_made_at,
    case approved.workout_type when 'long' then 2 else 1 end as tolerance_days
from planned
asof inner join approved
    on
        planned.athlete_id = approved.athlete_id
        and planned.plan_id = approved.plan_id
        and planned.workout_id = approved.workout_id
        and planned.revision >= approved.revision
inner join revision_days
    on
        planned.athlete_id = revision_days.athlete_id
        and planned.plan_id = revision_days.plan_id
        and planned.workout_date = revision_days.workout_date
        and planned.revision = revision_days.revision
where approved.workout_type <> 'rest'
-- A workout moved after its first day had passed stands once, where the later revision puts it.
qualify
    row_number() over (
        partition by planned.athlete_id, planned.plan_id, planned.workout_id
        order by planned.revision desc, planned.workout_date desc
    ) = 1
