with matched as (

    select * from {{ ref('int_workouts_matched') }}

),

segments as (

    select * from {{ ref('stg_coach__planned_segments') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

reps as (

    select * from {{ ref('int_reps_matched') }}

),

constants as (

    {{ constants_row(['target_tolerance', 'easy_share_kept_min']) }}

),

matched_workouts as (

    select
        matched.athlete_id,
        matched.plan_id,
        matched.judged_revision as revision,
        matched.workout_id,
        matched.judged_type as workout_type,
        matched.activity_id
    from matched
    -- A race and another sport are no training session to be judged.
    where matched.judged_type not in ('race', 'cross')

),

targets as (

    select
        matched_workouts.athlete_id,
        matched_workouts.plan_id,
        matched_workouts.workout_id,
        matched_workouts.workout_type,
        matched_workouts.activity_id,
        segments.* exclude (athlete_id, plan_id, revision, workout_id),
        segments.segment_kind = 'work' and segments.intensity in ('M', 'T', 'I', 'R') as is_work,
        segments.segment_kind = 'whole' or segments.intensity = 'E' as is_easy
    from matched_workouts
    inner join segments
        on
            matched_workouts.athlete_id = segments.athlete_id
            and matched_workouts.plan_id = segments.plan_id
            and matched_workouts.revision = segments.revision
            and matched_workouts.workout_id = segments.workout_id

),

-- What the session asks for: a band for its work, or a cap where all of it is easy. Strides are neither.
asked as (

    select
        athlete_id,
        plan_id,
        workout_id,
        workout_type,
        activity_id,
        bool_or(is_work) as has_work,
        sum(repeats * planned_duration_s) filter (where is_work) as work_s,
        min(pace_fast_s_per_km) filter (where is_work) as work_fast_s_per_km,
        max(pace_slow_s_per_km) filter (where is_work) as work_slow_s_per_km,
        min(heart_rate_low_bpm) filter (where is_work) as work_low_bpm,
        max(heart_rate_high_bpm) filter (where is_work) as work_high_bpm,
        min(pace_fast_s_per_km) filter (where is_easy) as cap_s_per_km,
        max(heart_rate_high_bpm) filter (where is_easy) as cap_bpm
    from targets
    group by athlete_id, plan_id, workout_id, workout_type, activity_id

),

reps_counted as (

    select
        athlete_id,
        plan_id,
        workout_id,
        count(*) as planned_rep_count,
        count(done_rep_number) as done_rep_count,
        count(*) filter (where is_in_order) as in_order_rep_count,
        case when bool_or(pace_fast_s_per_km is not null) then count(*) filter (where is_on_target) end
            as on_target_rep_count,
        coalesce(sum(done_duration_s) filter (where is_on_target), 0)
        / sum(done_duration_s) filter (where is_on_target is not null) as share_on_target
    from reps
    group by athlete_id, plan_id, workout_id

),

limited as (

    select
        asked.athlete_id,
        asked.plan_id,
        asked.workout_id,
        asked.has_work,
        not asked.has_work and asked.workout_type in ('easy', 'recovery', 'long', 'run_walk') as is_easy,
        asked.work_s,
        1000 / ((1 + constants.target_tolerance) * asked.work_slow_s_per_km) as work_slow_m_per_s,
        1000 / ((1 - constants.target_tolerance) * asked.work_fast_s_per_km) as work_fast_m_per_s,
        (1 - constants.target_tolerance) * asked.work_low_bpm as work_low_bpm,
        (1 + constants.target_tolerance) * asked.work_high_bpm as work_high_bpm,
        1000 / ((1 - constants.target_tolerance) * asked.cap_s_per_km) as cap_m_per_s,
        (1 + constants.target_tolerance) * asked.cap_bpm as cap_bpm,
        case when not activities.is_treadmill then paced.speed_seconds end as speed_seconds,
        beating.heart_rate_seconds,
        activities.heart_rate_avg_bpm,
        -- Among hills and on a belt an average pace says nothing about effort.
        case
            when not activities.is_treadmill and not activities.is_trail
                then activities.distance_m / activities.moving_s
        end as speed_avg_m_per_s,
        constants.easy_share_kept_min
    from asked
    inner join activities
        on asked.athlete_id = activities.athlete_id and asked.activity_id = activities.activity_id
    left join measured as paced
        on
            activities.athlete_id = paced.athlete_id
            and activities.stream.file_sha256 = paced.file_sha256
            and activities.stream.session_number = paced.session_number
    left join measured as beating
        on
            activities.athlete_id = beating.athlete_id
            and activities.heart_rate_stream.file_sha256 = beating.file_sha256
            and activities.heart_rate_stream.session_number = beating.session_number
    cross join constants

),

-- Every second by itself, never the average of a session with work in it.
shared as (

    select
        *,
        {{ seconds_where('heart_rate_seconds', 'bin.heart_rate_bpm <= cap_bpm', 'cap_bpm') }}
        / nullif(list_sum([bin.seconds for bin in heart_rate_seconds]), 0) as easy_by_heart_rate,
        {{ seconds_where('speed_seconds', 'bin.speed_m_per_s <= cap_m_per_s', 'cap_m_per_s') }}
        / nullif(list_sum([bin.seconds for bin in speed_seconds]), 0) as easy_by_pace,
        {{ seconds_where(
            'speed_seconds', 'bin.speed_m_per_s between work_slow_m_per_s and work_fast_m_per_s', 'work_fast_m_per_s'
        ) }} / work_s as work_by_pace,
        {{ seconds_where(
            'heart_rate_seconds', 'bin.heart_rate_bpm between work_low_bpm and work_high_bpm', 'work_high_bpm'
        ) }} / work_s as work_by_heart_rate
    from limited

),

judged as (

    select
        shared.*,
        reps_counted.planned_rep_count,
        reps_counted.done_rep_count,
        reps_counted.on_target_rep_count,
        reps_counted.in_order_rep_count,
        case
            when shared.has_work and reps_counted.share_on_target is not null then 'reps'
            when shared.has_work and shared.work_by_pace is not null then 'pace'
            when shared.has_work and shared.work_by_heart_rate is not null then 'heart_rate'
            when shared.is_easy and shared.easy_by_heart_rate is not null then 'heart_rate'
            when shared.is_easy and shared.easy_by_pace is not null then 'pace'
        end as intensity_basis,
        case
            when shared.has_work and reps_counted.share_on_target is not null then reps_counted.share_on_target
            when shared.has_work and coalesce(shared.work_by_pace, shared.work_by_heart_rate) is not null
                then least(1, coalesce(shared.work_by_pace, shared.work_by_heart_rate))
            when shared.is_easy then coalesce(shared.easy_by_heart_rate, shared.easy_by_pace)
        end as intensity_share
    from shared
    left join reps_counted
        on
            shared.athlete_id = reps_counted.athlete_id
            and shared.plan_id = reps_counted.plan_id
            and shared.workout_id = reps_counted.workout_id

)

select
    athlete_id,
    plan_id,
    workout_id,
    intensity_share,
    intensity_basis,
    -- Without a recording of every second an easy run may be judged by its averages: it is meant to be even.
    case
        when is_easy
            then
                coalesce(
                    intensity_share < easy_share_kept_min, heart_rate_avg_bpm > cap_bpm, speed_avg_m_per_s > cap_m_per_s
                )
    end as is_too_fast,
    cast(planned_rep_count as integer) as planned_rep_count,
    cast(done_rep_count as integer) as done_rep_count,
    cast(on_target_rep_count as integer) as on_target_rep_count,
    cast(in_order_rep_count as integer) as in_order_rep_count
from judged
