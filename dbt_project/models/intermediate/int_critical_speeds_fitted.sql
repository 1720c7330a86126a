with efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'race_fitness_window_days', 'critical_speed_efforts_min', 'critical_speed_shortest_m',
        'critical_speed_longest_m', 'critical_speed_r2_min', 'critical_speed_part_exponent', 'd_prime_min_m',
        'd_prime_max_m',
    ]) }}

),

recent as (

    select efforts.*
    from efforts
    cross join clock
    cross join constants
    where
        efforts.local_date <= clock.today_date
        and clock.today_date - efforts.local_date < constants.race_fitness_window_days
        and efforts.distance_m between constants.critical_speed_shortest_m and constants.critical_speed_longest_m

),

-- A kilometre in the middle of a 5000 m race was not run all-out: at the pace of the whole it is only a part of it.
parts as (

    select distinct
        shorter.athlete_id,
        shorter.activity_id,
        shorter.distance_m
    from recent as shorter
    inner join recent as longer
        on
            shorter.athlete_id = longer.athlete_id
            and shorter.activity_id = longer.activity_id
            and shorter.distance_m < longer.distance_m
    cross join constants
    where
        shorter.time_s / shorter.distance_m
        > longer.time_s / longer.distance_m
        * power(shorter.distance_m / longer.distance_m, constants.critical_speed_part_exponent)

),

fastest as (

    select
        recent.athlete_id,
        recent.distance_m,
        min(recent.time_s) as time_s,
        arg_min(recent.is_time_trial, recent.time_s) as is_time_trial
    from recent
    anti join parts
        on
            recent.athlete_id = parts.athlete_id
            and recent.activity_id = parts.activity_id
            and recent.distance_m = parts.distance_m
    group by recent.athlete_id, recent.distance_m

),

-- Jogging has a straight line too. Beyond the longest effort that was a race or run at the heart rate of one, nothing
-- is known to be all-out; the shorter ones show by the reserve above the line.
up_to_proof as (

    select *
    from fastest
    qualify distance_m <= max(case when is_time_trial then distance_m end) over (partition by athlete_id)

),

-- Least squares of distance on time (Monod and Scherrer): its slope is critical speed, its intercept the reserve.
lines as (

    select
        athlete_id,
        regr_slope(distance_m, time_s order by distance_m) as critical_speed_m_per_s,
        regr_intercept(distance_m, time_s order by distance_m) as d_prime_m,
        regr_r2(distance_m, time_s order by distance_m) as critical_speed_r2,
        count(*) as critical_speed_effort_count
    from up_to_proof
    group by athlete_id
    having count(*) >= 2

)

select
    lines.*,
    coalesce(
        lines.critical_speed_effort_count >= constants.critical_speed_efforts_min
        and lines.critical_speed_r2 >= constants.critical_speed_r2_min
        and lines.d_prime_m between constants.d_prime_min_m and constants.d_prime_max_m,
        false
    ) as is_accepted
from lines
cross join constants
