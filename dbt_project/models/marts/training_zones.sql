with profiles as (

    select
        profiles.*,
        training_pace_s_per_km(race_fitness, 'threshold') as threshold_pace_s_per_km
    from {{ ref('athlete_profile') }} as profiles

),

constants as (

    {{ constants_row([
        'heart_rate_zone2_from', 'heart_rate_zone3_from', 'heart_rate_zone4_from', 'heart_rate_zone5a_from',
        'heart_rate_zone5b_from', 'heart_rate_zone5c_from', 'pace_zone1_from', 'pace_zone2_from', 'pace_zone3_from',
        'pace_zone4_from', 'pace_zone5a_from', 'pace_zone5b_from', 'easy_share_of_threshold_heart_rate',
        'easy_share_of_critical_speed', 'easy_share_of_threshold_speed',
    ]) }}

),

-- Shares of the basis at which a zone begins and ends; null is open. Paces run the other way: the slowest is the first.
shares as (

    select zones.*
    from constants
    cross join lateral (
        values
        ('heart_rate', 'heart_rate', 1, '1', 'recovery', 0, heart_rate_zone2_from),
        ('heart_rate', 'heart_rate', 2, '2', 'aerobic', heart_rate_zone2_from, heart_rate_zone3_from),
        ('heart_rate', 'heart_rate', 3, '3', 'tempo', heart_rate_zone3_from, heart_rate_zone4_from),
        ('heart_rate', 'heart_rate', 4, '4', 'sub-threshold', heart_rate_zone4_from, heart_rate_zone5a_from),
        ('heart_rate', 'heart_rate', 5, '5a', 'super-threshold', heart_rate_zone5a_from, heart_rate_zone5b_from),
        ('heart_rate', 'heart_rate', 6, '5b', 'aerobic capacity', heart_rate_zone5b_from, heart_rate_zone5c_from),
        ('heart_rate', 'heart_rate', 7, '5c', 'anaerobic capacity', heart_rate_zone5c_from, null),
        ('pace', 'threshold_pace', 1, '1', 'recovery', pace_zone1_from, null),
        ('pace', 'threshold_pace', 2, '2', 'aerobic', pace_zone2_from, pace_zone1_from),
        ('pace', 'threshold_pace', 3, '3', 'tempo', pace_zone3_from, pace_zone2_from),
        ('pace', 'threshold_pace', 4, '4', 'sub-threshold', pace_zone4_from, pace_zone3_from),
        ('pace', 'threshold_pace', 5, '5a', 'super-threshold', pace_zone5a_from, pace_zone4_from),
        ('pace', 'threshold_pace', 6, '5b', 'aerobic capacity', pace_zone5b_from, pace_zone5a_from),
        ('pace', 'threshold_pace', 7, '5c', 'anaerobic capacity', 0, pace_zone5b_from),
        ('three_zone', 'heart_rate', 1, '1', 'easy', 0, easy_share_of_threshold_heart_rate),
        ('three_zone', 'heart_rate', 2, '2', 'moderate', easy_share_of_threshold_heart_rate, 1),
        ('three_zone', 'heart_rate', 3, '3', 'hard', 1, null),
        ('three_zone', 'critical_pace', 1, '1', 'easy', 1 / easy_share_of_critical_speed, null),
        ('three_zone', 'critical_pace', 2, '2', 'moderate', 1, 1 / easy_share_of_critical_speed),
        ('three_zone', 'critical_pace', 3, '3', 'hard', 0, 1),
        ('three_zone', 'hard_pace', 1, '1', 'easy', 1 / easy_share_of_threshold_speed, null),
        ('three_zone', 'hard_pace', 2, '2', 'moderate', 1, 1 / easy_share_of_threshold_speed),
        ('three_zone', 'hard_pace', 3, '3', 'hard', 0, 1)
    ) as zones (kind, basis, zone_order, zone, zone_name, from_share, below_share)

),

-- Hard begins at critical speed where efforts draw it, else at threshold pace.
bases as (

    select
        athlete_id,
        'heart_rate' as basis,
        threshold_heart_rate_bpm as basis_value,
        'bpm' as unit,
        threshold_heart_rate_origin as origin,
        threshold_heart_rate_confidence as confidence
    from profiles
    where threshold_heart_rate_bpm is not null
    union all
    select
        athlete_id,
        unnest(['threshold_pace', case when critical_speed_m_per_s is null then 'hard_pace' end]) as basis,
        threshold_pace_s_per_km as basis_value,
        's/km' as unit,
        race_fitness_source as origin,
        race_fitness_confidence as confidence
    from profiles
    where threshold_pace_s_per_km is not null
    union all
    select
        athlete_id,
        'critical_pace' as basis,
        1000 / critical_speed_m_per_s as basis_value,
        's/km' as unit,
        'critical_speed' as origin,
        race_fitness_confidence as confidence
    from profiles
    where critical_speed_m_per_s is not null

),

paces as (

    select
        profiles.athlete_id,
        'training_pace' as kind,
        intensities.zone_order,
        intensities.zone,
        intensities.zone as zone_name,
        training_pace_range_s_per_km(profiles.race_fitness, intensities.zone, profiles.easy_pace_s_per_km) as bounds,
        's/km' as unit,
        profiles.race_fitness_source as origin,
        profiles.race_fitness_confidence as confidence
    from profiles
    cross join
        (values (1, 'easy'), (2, 'marathon'), (3, 'threshold'), (4, 'interval'), (5, 'repetition'))
            as intensities (zone_order, zone)
    where profiles.race_fitness is not null

),

training_paces as (

    select
        * exclude (bounds),
        bounds.fastest as from_value,
        bounds.slowest as below_value
    from paces

),

zones as (

    select
        bases.athlete_id,
        shares.kind,
        shares.zone_order,
        shares.zone,
        shares.zone_name,
        shares.from_share * bases.basis_value as from_value,
        shares.below_share * bases.basis_value as below_value,
        bases.unit,
        bases.origin,
        bases.confidence
    from bases
    inner join shares on bases.basis = shares.basis
    union all by name
    select * from training_paces

)

select
    athlete_id,
    kind,
    zone,
    zone_name,
    from_value,
    below_value,
    unit,
    origin,
    confidence,
    zone_order
from zones
