with athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

activities as (

    select * from {{ ref('activities') }}

),

typed as (

    select * from {{ ref('int_activities_typed') }}

),

weeks as (

    select * from {{ ref('athlete_weeks') }}

),

efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['race_fitness_window_days', 'race_fitness_hold_days', 'race_fitness_decay_per_week']) }}

),

runs as (

    select
        activities.*,
        typed.rep_speed_m_per_s,
        clock.today_date - activities.local_date as days_ago
    from activities
    inner join typed on activities.athlete_id = typed.athlete_id and activities.activity_id = typed.activity_id
    cross join clock
    where activities.local_date <= clock.today_date

),

week_numbers as (

    select unnest(generate_series(1, 8)) as weeks_ago

),

-- Eight closed weeks, whether or not anything was recorded in them.
last_weeks as (

    select
        athletes.athlete_id,
        week_numbers.weeks_ago,
        coalesce(weeks.distance_m, 0) as distance_m,
        coalesce(weeks.run_count, 0) as run_count
    from athletes
    cross join week_numbers
    cross join clock
    left join weeks
        on
            athletes.athlete_id = weeks.athlete_id
            and weeks.week_start_date
            = cast(date_trunc('week', clock.today_date) as date) - 7 * cast(week_numbers.weeks_ago as integer)

),

volumes as (

    select
        athlete_id,
        list(distance_m order by weeks_ago desc) as weekly_distances_m,
        avg(run_count) as runs_per_week,
        sum(run_count) as run_count_8w,
        count(*) filter (where run_count > 0) as running_weeks_8w
    from last_weeks
    group by athlete_id

),

current_weeks as (

    select
        weeks.athlete_id,
        weeks.distance_m
    from weeks
    cross join clock
    where weeks.week_start_date = cast(date_trunc('week', clock.today_date) as date)

),

-- Regular running is two runs a week; a month has 52.18 / 12 weeks.
regular_weeks as (

    select
        athlete_id,
        count(*) filter (where run_count >= 2) * 12 / 52.18 as running_months
    from weeks
    group by athlete_id

),

summed as (

    select
        athlete_id,
        max(distance_m) filter (where days_ago between 0 and 30) as longest_run_30d_m,
        max(distance_m) filter (where days_ago between 0 and 90) as longest_run_90d_m,
        max(local_date) as last_run_date,
        min(local_date) as first_run_date,
        count(*) filter (where is_race and days_ago < 548) as races_18m,
        median(pace_s_per_km) filter (
            where run_type in ('easy', 'recovery', 'long') and not is_treadmill and days_ago < 84
        ) as easy_pace_s_per_km,
        median(1000 / rep_speed_m_per_s) filter (where run_type = 'tempo' and days_ago < 84) as tempo_pace_s_per_km,
        median(1000 / rep_speed_m_per_s) filter (where run_type = 'intervals' and days_ago < 84)
            as interval_pace_s_per_km,
        coalesce(sum(distance_m) filter (where is_trail and days_ago < 84), 0)
        / nullif(sum(distance_m) filter (where days_ago < 84), 0) as trail_share,
        1000 * sum(elevation_gain_m) filter (where distance_m is not null and days_ago < 84)
        / nullif(sum(distance_m) filter (where elevation_gain_m is not null and days_ago < 84), 0) as climb_m_per_km
    from runs
    group by athlete_id

),

run_days as (

    select
        athlete_id,
        local_date,
        sum(moving_s) as moving_s
    from runs
    where days_ago < 56
    group by athlete_id, local_date

),

daily_times as (

    select
        athlete_id,
        median(moving_s) as median_daily_moving_s
    from run_days
    group by athlete_id

),

faded_efforts as (

    select
        efforts.athlete_id,
        efforts.activity_id,
        efforts.local_date,
        case when runs.is_race then 'race' else 'hard effort' end as race_fitness_source,
        efforts.race_fitness
        - constants.race_fitness_decay_per_week
        * greatest(0, runs.days_ago - constants.race_fitness_hold_days) / 7 as race_fitness
    from efforts
    inner join runs on efforts.athlete_id = runs.athlete_id and efforts.activity_id = runs.activity_id
    cross join constants
    where
        efforts.is_hard
        and efforts.race_fitness is not null
        and runs.days_ago < constants.race_fitness_window_days

),

-- The best effort of twelve weeks, fading after six; an easy run proves none.
fitness as (

    select * from faded_efforts
    qualify
        row_number() over (
            partition by athlete_id order by race_fitness desc, local_date desc, activity_id asc
        ) = 1

)

select
    athletes.athlete_id,
    clock.today_date as as_of_date,
    volumes.weekly_distances_m,
    coalesce(current_weeks.distance_m, 0) as current_week_distance_m,
    volumes.runs_per_week,
    summed.longest_run_30d_m,
    summed.longest_run_90d_m,
    summed.last_run_date,
    summed.first_run_date,
    coalesce(regular_weeks.running_months, 0) as running_months,
    cast(coalesce(summed.races_18m, 0) as integer) as races_18m,
    summed.easy_pace_s_per_km,
    summed.tempo_pace_s_per_km,
    summed.interval_pace_s_per_km,
    athletes.max_heart_rate_bpm,
    athletes.max_heart_rate_method,
    athletes.max_heart_rate_confidence,
    athletes.resting_heart_rate_bpm,
    athletes.threshold_heart_rate_bpm,
    fitness.race_fitness,
    fitness.local_date as race_fitness_date,
    fitness.activity_id as race_fitness_activity_id,
    fitness.race_fitness_source,
    summed.trail_share,
    summed.climb_m_per_km,
    daily_times.median_daily_moving_s,
    case
        when volumes.running_weeks_8w = 8 and volumes.run_count_8w >= 16 then 'high'
        when volumes.running_weeks_8w >= 4 then 'medium'
        else 'low'
    end as confidence
from athletes
cross join clock
inner join volumes on athletes.athlete_id = volumes.athlete_id
left join current_weeks on athletes.athlete_id = current_weeks.athlete_id
left join regular_weeks on athletes.athlete_id = regular_weeks.athlete_id
left join summed on athletes.athlete_id = summed.athlete_id
left join daily_times on athletes.athlete_id = daily_times.athlete_id
left join fitness on athletes.athlete_id = fitness.athlete_id
