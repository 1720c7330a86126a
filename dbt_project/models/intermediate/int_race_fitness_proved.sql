with efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

typed as (

    select * from {{ ref('int_activities_typed') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'race_fitness_window_days', 'race_fitness_hold_days', 'race_fitness_decay_per_week',
        'other_race_distance_ratio_min',
    ]) }}

),

-- What was proved in twelve weeks, as it counts today.
recent_efforts as (

    select
        efforts.athlete_id,
        efforts.activity_id,
        efforts.local_date,
        efforts.distance_m,
        efforts.time_s,
        clock.today_date - efforts.local_date as days_ago,
        -- What only looks like a race is a hard effort until the athlete says yes.
        typed.run_type = 'race' and typed.run_type_rule <> 'race_effort' as is_race,
        typed.run_type = 'race' and typed.run_type_rule <> 'race_effort' and efforts.is_whole_run as is_whole_race,
        efforts.race_fitness as race_fitness_peak,
        efforts.race_fitness
        - constants.race_fitness_decay_per_week
        * greatest(0, clock.today_date - efforts.local_date - constants.race_fitness_hold_days) / 7 as race_fitness
    from efforts
    inner join typed on efforts.athlete_id = typed.athlete_id and efforts.activity_id = typed.activity_id
    cross join clock
    cross join constants
    where
        efforts.is_time_trial
        and efforts.race_fitness is not null
        and efforts.local_date <= clock.today_date
        and clock.today_date - efforts.local_date < constants.race_fitness_window_days

),

best as (

    select * from recent_efforts
    qualify
        row_number() over (
            partition by athlete_id
            order by race_fitness desc, is_whole_race desc, local_date desc, activity_id asc, distance_m asc
        ) = 1

),

-- A second race of another length tells how the runner slows with distance; a stretch of the first one does not.
other_races as (

    select recent_efforts.*
    from recent_efforts
    inner join best
        on recent_efforts.athlete_id = best.athlete_id and recent_efforts.activity_id <> best.activity_id
    cross join constants
    where
        best.is_whole_race
        and recent_efforts.is_whole_race
        and greatest(recent_efforts.distance_m / best.distance_m, best.distance_m / recent_efforts.distance_m)
        >= constants.other_race_distance_ratio_min
    qualify
        row_number() over (
            partition by recent_efforts.athlete_id
            order by
                recent_efforts.race_fitness desc, recent_efforts.local_date desc,
                recent_efforts.activity_id asc, recent_efforts.distance_m asc
        ) = 1

)

select
    best.athlete_id,
    best.activity_id,
    best.local_date,
    best.days_ago,
    best.distance_m,
    best.time_s,
    case when best.is_race then 'race' else 'hard effort' end as race_fitness_source,
    best.race_fitness_peak,
    best.race_fitness,
    case
        when best.is_race and best.days_ago <= constants.race_fitness_hold_days then 'high'
        when best.is_race or best.days_ago <= constants.race_fitness_hold_days then 'medium'
        else 'low'
    end as race_fitness_confidence,
    other_races.distance_m as other_race_distance_m,
    other_races.time_s as other_race_time_s
from best
left join other_races on best.athlete_id = other_races.athlete_id
cross join constants
