with constants as (

    {{ constants_row(['race_fitness_window_days', 'race_fitness_hold_days', 'race_fitness_decay_per_week']) }}

),

-- Days are put into bins as wide as the window: an effort counts in its own bin and in the next, and days need be
-- compared with those of one bin only.
run_dates as (

    select distinct
        activities.athlete_id,
        activities.local_date,
        (activities.local_date - date '2000-01-01') // cast(constants.race_fitness_window_days as integer) as bin
    from {{ ref('int_activities_merged') }} as activities
    cross join constants
    where activities.is_run

),

hard_efforts as (

    select
        efforts.athlete_id,
        efforts.local_date,
        max(efforts.race_fitness) as race_fitness
    from {{ ref('int_efforts_scored') }} as efforts
    where efforts.is_hard and efforts.race_fitness is not null
    group by efforts.athlete_id, efforts.local_date

),

effort_bins as (

    select
        hard_efforts.*,
        (hard_efforts.local_date - date '2000-01-01') // cast(constants.race_fitness_window_days as integer)
        + unnest([0, 1]) as bin
    from hard_efforts
    cross join constants

),

-- What the runner could do on that day: the best effort of twelve weeks, fading after six.
fitness_by_date as (

    select
        run_dates.athlete_id,
        run_dates.local_date,
        max(
            efforts.race_fitness
            - constants.race_fitness_decay_per_week
            * greatest(0, run_dates.local_date - efforts.local_date - constants.race_fitness_hold_days) / 7
        ) as race_fitness
    from run_dates
    inner join effort_bins as efforts
        on run_dates.athlete_id = efforts.athlete_id and run_dates.bin = efforts.bin
    cross join constants
    where
        run_dates.local_date >= efforts.local_date
        and run_dates.local_date - efforts.local_date < constants.race_fitness_window_days
    group by run_dates.athlete_id, run_dates.local_date

),

fitness_rounded as (

    select distinct round(race_fitness, 4) as race_fitness from fitness_by_date

),

-- Paces are asked for once per ten-thousandth of a point: far closer together than a pace is written.
paces as (

    select
        race_fitness,
        1000 / training_pace_s_per_km(race_fitness, 'threshold') as threshold_speed_m_per_s,
        1000 / training_pace_s_per_km(race_fitness, 'marathon') as marathon_speed_m_per_s,
        1000 / training_pace_s_per_km(race_fitness, 'easy_fast') as easy_fast_speed_m_per_s
    from fitness_rounded

)

select
    fitness_by_date.athlete_id,
    fitness_by_date.local_date,
    fitness_by_date.race_fitness,
    paces.threshold_speed_m_per_s,
    paces.marathon_speed_m_per_s,
    paces.easy_fast_speed_m_per_s
from fitness_by_date
inner join paces on round(fitness_by_date.race_fitness, 4) = paces.race_fitness
