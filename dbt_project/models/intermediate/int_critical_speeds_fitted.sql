with efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'race_fitness_window_days', 'critical_speed_efforts_min', 'critical_speed_shortest_m',
        'critical_speed_longest_m', 'critical_speed_r2_min', 'd_prime_min_m', 'd_prime_max_m',
    ]) }}

),

fastest as (

    select
        efforts.athlete_id,
        efforts.distance_m,
        min(efforts.time_s) as time_s,
        arg_min(efforts.is_time_trial, efforts.time_s) as is_time_trial
    from efforts
    cross join clock
    cross join constants
    where
        efforts.local_date <= clock.today_date
        and clock.today_date - efforts.local_date < constants.race_fitness_window_days
        and efforts.distance_m between constants.critical_speed_shortest_m and constants.critical_speed_longest_m
    group by efforts.athlete_id, efforts.distance_m

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
