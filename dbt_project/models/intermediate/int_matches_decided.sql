with words as (

    select * from {{ ref('stg_coach__matches') }}

),

clustered as (

    select * from {{ ref('int_recordings_clustered') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

-- What was said names a recording, which finds its activity however recordings are merged later; one that is gone, or
-- left out by hand, says nothing any more.
named as (

    select
        words.athlete_id,
        words.plan_id,
        words.workout_id,
        words.verdict,
        words.because,
        words.said_at,
        activities.activity_id
    from words
    left join clustered
        on words.athlete_id = clustered.athlete_id and words.recording_id = clustered.recording_id
    left join activities
        on clustered.athlete_id = activities.athlete_id and clustered.activity_id = activities.activity_id
    where words.recording_id is null or activities.activity_id is not null

),

-- Of words that contradict each other the later one holds: on a workout as a whole, on a pair, and on an activity that
-- can stand for one workout only.
latest_of_workouts as (

    select * from named
    where verdict in ('done', 'not_done', 'skipped')
    qualify row_number() over (partition by athlete_id, plan_id, workout_id order by said_at desc, activity_id asc) = 1

),

latest_of_activities as (

    select * from latest_of_workouts
    qualify
        verdict <> 'done'
        or row_number() over (
            partition by athlete_id, activity_id, verdict order by said_at desc, plan_id asc, workout_id asc
        ) = 1

),

latest_of_pairs as (

    select * from latest_of_activities
    union all
    select * from named
    where verdict = 'not_this'

)

select
    athlete_id,
    plan_id,
    workout_id,
    activity_id,
    verdict,
    because,
    said_at
from latest_of_pairs
qualify
    activity_id is null
    or row_number() over (
        partition by athlete_id, plan_id, workout_id, activity_id order by said_at desc, verdict asc
    ) = 1
