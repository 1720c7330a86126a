with profiles as (

    select * from {{ ref('athlete_profile') }}

),

constants as (

    {{ constants_row([
        'equivalent_near_ratio', 'equivalent_far_ratio', 'race_fitness_hold_days', 'race_fitness_min',
        'race_fitness_max', 'effort_min_s', 'effort_max_s',
    ]) }}

),

distances as (

    select told.*
    from (
        values
        (1500.0, '1500 m'), (1609.344, 'mile'), (3000.0, '3000 m'), (5000.0, '5 km'), (10000.0, '10 km'),
        (15000.0, '15 km'), (21097.5, 'half marathon'), (42195.0, 'marathon')
    ) as told (distance_m, distance_name)

),

-- One call for each of the few rows: the models are the coach's own.
computed as (

    select
        profiles.athlete_id,
        profiles.race_fitness,
        profiles.race_fitness_source,
        profiles.race_fitness_age_days,
        profiles.race_fitness_activity_id,
        profiles.race_fitness_date,
        cast(distances.distance_m as double) as distance_m,
        distances.distance_name,
        greatest(
            distances.distance_m / profiles.race_fitness_distance_m,
            profiles.race_fitness_distance_m / distances.distance_m
        ) as distance_ratio,
        race_equivalent(
            cast(distances.distance_m as double),
            struct_pack(
                race_fitness := profiles.race_fitness,
                race_distance_m := profiles.race_fitness_distance_m,
                races := case
                    when profiles.other_race_distance_m is not null
                        then
                            [
                                [profiles.race_fitness_distance_m, profiles.race_fitness_time_s],
                                [profiles.other_race_distance_m, profiles.other_race_time_s]
                            ]
                end,
                weekly_km := profiles.weekly_distance_8w_mean_m / 1000,
                training_pace_s_per_km := profiles.training_pace_s_per_km,
                critical_speed_m_per_s := profiles.critical_speed_m_per_s
            )
        ) as equivalent,
        race_time_s(profiles.race_fitness, cast(distances.distance_m as double)) as race_fitness_time_s
    from profiles
    cross join distances
    where profiles.race_fitness is not null

),

-- How good a judge the effort is: near or far in distance, less if it is old or no race, none beyond the tables.
judged as (

    select
        computed.*,
        case
            when computed.distance_ratio <= constants.equivalent_near_ratio then 2
            when computed.distance_ratio <= constants.equivalent_far_ratio then 1
            else 0
        end
        - case when computed.race_fitness_source = 'race' then 0 else 1 end
        - case when computed.race_fitness_age_days > constants.race_fitness_hold_days then 1 else 0 end
        - case
            when
                computed.race_fitness between constants.race_fitness_min and constants.race_fitness_max
                and computed.race_fitness_time_s between constants.effort_min_s and constants.effort_max_s
                then 0
            else 2
        end as certainty
    from computed
    cross join constants

)

select
    athlete_id,
    distance_m,
    distance_name,
    equivalent.time_s,
    equivalent.fastest_s,
    equivalent.slowest_s,
    cast(len(equivalent.methods) as integer) as method_count,
    equivalent.methods,
    race_fitness_activity_id as basis_activity_id,
    race_fitness_date as basis_date,
    case
        when certainty >= 2 then 'high'
        when certainty = 1 then 'medium'
        else 'low'
    end as confidence,
    race_fitness_time_s
from judged
where equivalent is not null
