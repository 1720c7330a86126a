-- The parts of every planned workout with their targets, one row each, for the adherence models; a workout without parts
-- stands in one row of kind 'whole'. What was planned before is taken from the plans as they were written.
create table coach.planned_segments (
    athlete_id text not null,
    plan_id text not null,
    revision integer not null,
    workout_id text not null,
    segment_number integer not null,
    kind text not null,
    intensity text,
    distance_m double not null,
    duration_s double not null,
    repeats integer not null,
    recovery_s double not null,
    recovery_distance_m double not null,
    pace_fast_s_per_km double,
    pace_slow_s_per_km double,
    heart_rate_low_bpm double,
    heart_rate_high_bpm double,
    made_at timestamptz not null,
    primary key (athlete_id, plan_id, revision, workout_id, segment_number)
);

insert into coach.planned_segments
with workouts as (

    select
        athlete_id,
        plan_id,
        revision,
        made_at,
        unnest(plan -> '$.weeks[*].workouts[*]') as workout
    from coach.plan_revisions

),

parts as (

    select
        *,
        workout ->> '$.workout_id' as workout_id,
        unnest(
            case
                when json_array_length(workout, '$.segments') > 0 then workout -> '$.segments[*]'
                else [json_object(
                    'kind', 'whole', 'distance_m', workout -> '$.distance_m', 'duration_s', workout -> '$.duration_s',
                    'target', workout -> '$.target'
                )]
            end
        ) as part,
        generate_subscripts(
            case
                when json_array_length(workout, '$.segments') > 0 then workout -> '$.segments[*]' else [workout]
            end,
            1
        ) as segment_number
    from workouts
    where (workout ->> '$.workout_type') <> 'rest'

)

select
    athlete_id,
    plan_id,
    revision,
    workout_id,
    segment_number,
    part ->> '$.kind',
    part ->> '$.intensity',
    coalesce(cast(part ->> '$.distance_m' as double), 0),
    coalesce(cast(part ->> '$.duration_s' as double), 0),
    coalesce(cast(part ->> '$.repeats' as integer), 1),
    coalesce(cast(part ->> '$.recovery_s' as double), 0),
    coalesce(cast(part ->> '$.recovery_distance_m' as double), 0),
    cast(part ->> '$.target.pace_fast_s_per_km' as double),
    cast(part ->> '$.target.pace_slow_s_per_km' as double),
    cast(part ->> '$.target.heart_rate_low_bpm' as double),
    cast(part ->> '$.target.heart_rate_high_bpm' as double),
    made_at
from parts;
