with matched as (

    select * from {{ ref('int_workouts_matched') }}

),

segments as (

    select * from {{ ref('stg_coach__planned_segments') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

detected as (

    select * from {{ ref('int_reps_detected') }}

),

constants as (

    {{ constants_row(['target_tolerance', 'rep_misfit_max']) }}

),

-- Where a recording can show reps: on hills, trails and belts it may not, so that none there means nothing.
sessions as (

    select
        matched.athlete_id,
        matched.plan_id,
        matched.judged_revision as revision,
        matched.workout_id,
        matched.activity_id,
        detected.reps
    from matched
    inner join activities
        on matched.athlete_id = activities.athlete_id and matched.activity_id = activities.activity_id
    inner join detected
        on
            activities.athlete_id = detected.athlete_id
            and activities.stream.file_sha256 = detected.file_sha256
            and activities.stream.session_number = detected.session_number
    where
        (len(detected.reps) > 0 and (not activities.is_trail or detected.detected_from = 'laps'))
        or (
            matched.judged_type <> 'hills'
            and not activities.is_treadmill
            and not activities.is_trail
        )

),

-- Strides are too short to be judged by satellites, and turns of running and walking are no work.
planned as (

    select
        sessions.athlete_id,
        sessions.plan_id,
        sessions.workout_id,
        sessions.activity_id,
        segments.segment_number,
        segments.intensity,
        segments.planned_distance_m,
        segments.planned_duration_s,
        segments.pace_fast_s_per_km,
        segments.pace_slow_s_per_km,
        segments.recovery_s as planned_rest_s,
        unnest(range(1, segments.repeats + 1)) as repeat_number
    from sessions
    inner join segments
        on
            sessions.athlete_id = segments.athlete_id
            and sessions.plan_id = segments.plan_id
            and sessions.revision = segments.revision
            and sessions.workout_id = segments.workout_id
    where segments.segment_kind = 'work' and segments.intensity in ('M', 'T', 'I', 'R')

),

planned_numbered as (

    select
        *,
        row_number() over (
            partition by athlete_id, plan_id, workout_id order by segment_number, repeat_number
        ) as rep_number,
        dense_rank() over (
            partition by athlete_id, plan_id, workout_id order by planned_distance_m, planned_duration_s
        ) as size_number
    from planned

),

planned_by_size as (

    select
        *,
        row_number() over (partition by athlete_id, plan_id, workout_id, size_number order by rep_number)
            as place_among_alike
    from planned_numbered

),

sizes as (

    select distinct
        athlete_id,
        plan_id,
        workout_id,
        size_number,
        planned_distance_m,
        planned_duration_s
    from planned_numbered

),

done as (

    select
        athlete_id,
        plan_id,
        workout_id,
        unnest(reps) as rep,
        generate_subscripts(reps, 1) as done_rep_number
    from sessions

),

-- A rep run stands for the planned size that it is nearest to, by its length or by its time, whichever fits better:
-- strides before the work and a rep cut in half stand for none.
done_sized as (

    select
        done.*,
        sizes.size_number,
        least(
            abs(ln(done.rep.distance_m / sizes.planned_distance_m)),
            abs(ln(done.rep.duration_s / sizes.planned_duration_s))
        ) as misfit
    from done
    inner join sizes
        on
            done.athlete_id = sizes.athlete_id
            and done.plan_id = sizes.plan_id
            and done.workout_id = sizes.workout_id
    cross join constants
    where misfit <= constants.rep_misfit_max
    qualify
        row_number() over (
            partition by done.athlete_id, done.plan_id, done.workout_id, done.done_rep_number
            order by misfit, sizes.size_number
        ) = 1

),

done_by_size as (

    select
        *,
        row_number() over (partition by athlete_id, plan_id, workout_id, size_number order by done_rep_number)
            as place_among_alike
    from done_sized

),

paired as (

    select
        planned_by_size.athlete_id,
        planned_by_size.plan_id,
        planned_by_size.workout_id,
        planned_by_size.rep_number,
        planned_by_size.segment_number,
        planned_by_size.intensity,
        planned_by_size.planned_distance_m,
        planned_by_size.planned_duration_s,
        planned_by_size.pace_fast_s_per_km,
        planned_by_size.pace_slow_s_per_km,
        planned_by_size.planned_rest_s,
        planned_by_size.activity_id,
        done_by_size.done_rep_number,
        done_by_size.rep.distance_m as done_distance_m,
        done_by_size.rep.duration_s as done_duration_s,
        1000 / done_by_size.rep.flat_speed_m_per_s as done_gap_s_per_km,
        (planned_by_size.pace_fast_s_per_km + planned_by_size.pace_slow_s_per_km) / 2 as pace_middle_s_per_km,
        constants.target_tolerance
    from planned_by_size
    left join done_by_size
        on
            planned_by_size.athlete_id = done_by_size.athlete_id
            and planned_by_size.plan_id = done_by_size.plan_id
            and planned_by_size.workout_id = done_by_size.workout_id
            and planned_by_size.size_number = done_by_size.size_number
            and planned_by_size.place_among_alike = done_by_size.place_among_alike
    cross join constants

)

select
    athlete_id,
    plan_id,
    workout_id,
    cast(rep_number as integer) as rep_number,
    segment_number,
    intensity,
    planned_distance_m,
    planned_duration_s,
    pace_fast_s_per_km,
    pace_slow_s_per_km,
    planned_rest_s,
    activity_id,
    cast(done_rep_number as integer) as done_rep_number,
    done_distance_m,
    done_duration_s,
    done_gap_s_per_km,
    done_gap_s_per_km / pace_middle_s_per_km - 1 as pace_deviation,
    -- The target's own range, and never less than the tolerance on either side of its middle.
    done_gap_s_per_km between least(pace_fast_s_per_km, (1 - target_tolerance) * pace_middle_s_per_km)
    and greatest(pace_slow_s_per_km, (1 + target_tolerance) * pace_middle_s_per_km) as is_on_target,
    case
        when done_rep_number is not null
            then
                done_rep_number > coalesce(
                    max(done_rep_number) over (
                        partition by athlete_id, plan_id, workout_id
                        order by rep_number rows between unbounded preceding and 1 preceding
                    ),
                    0
                )
    end as is_in_order
from paired
