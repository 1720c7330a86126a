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

fitness as (

    select * from {{ ref('int_race_fitness_proved') }}

),

critical_speeds as (

    select * from {{ ref('int_critical_speeds_fitted') }}
    where is_accepted

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'terrain_rolling_from_m_per_km', 'terrain_hilly_from_m_per_km', 'race_fitness_hold_days',
        'hard_effort_share_of_max_heart_rate', 'easy_below_threshold_bpm', 'easy_pace_run_shortest_s',
        'easy_pace_runs_min',
    ]) }}

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

closed_weeks as (

    select
        athletes.athlete_id,
        cast(date_trunc('week', clock.today_date) as date)
        - 7 * cast(unnest(range(1, 53)) as integer) as week_start_date
    from athletes
    cross join clock

),

-- Twelve closed weeks, known ones first, whether or not anything was run in them: weeks of silence are reached over.
last_weeks as (

    select
        closed_weeks.athlete_id,
        closed_weeks.week_start_date,
        coalesce(weeks.distance_m, 0) as distance_m,
        coalesce(weeks.run_count, 0) as run_count,
        row_number() over (
            partition by closed_weeks.athlete_id
            order by coalesce(weeks.unknown_run_days, 0) = 0 desc, closed_weeks.week_start_date desc
        ) as weeks_ago,
        weeks_ago <= 8 as is_of_8
    from closed_weeks
    left join weeks
        on closed_weeks.athlete_id = weeks.athlete_id and closed_weeks.week_start_date = weeks.week_start_date
    qualify weeks_ago <= 12

),

volumes as (

    select
        athlete_id,
        list(distance_m order by weeks_ago desc) filter (where is_of_8) as weekly_distances_m,
        list(week_start_date order by weeks_ago desc) filter (where is_of_8) as weekly_start_dates,
        avg(distance_m order by weeks_ago) filter (where is_of_8) as weekly_distance_8w_mean_m,
        median(distance_m) filter (where is_of_8) as weekly_distance_8w_median_m,
        avg(distance_m order by weeks_ago) as weekly_distance_12w_mean_m,
        median(distance_m) as weekly_distance_12w_median_m,
        avg(run_count) filter (where is_of_8) as runs_per_week,
        avg(run_count) as runs_per_week_12w,
        sum(run_count) filter (where is_of_8) as run_count_8w,
        count(*) filter (where run_count > 0 and is_of_8) as running_weeks_8w
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

regular_weeks as (

    select
        athlete_id,
        count(*) filter (where run_count >= 2) * 12 / 52.18 as running_months  -- a year has 52.18 weeks
    from weeks
    group by athlete_id

),

recent_runs as (

    select
        runs.*,
        runs.run_type in ('easy', 'recovery', 'long')
        and not runs.is_treadmill
        and runs.moving_s >= constants.easy_pace_run_shortest_s as is_easy_kind,
        not {{ is_hard_by_heart('runs', 'athletes', 'constants') }} as is_easy_by_heart,
        coalesce(bool_or(is_easy_kind and is_easy_by_heart) over (partition by runs.athlete_id), false)
            as has_easy_by_heart
    from runs
    inner join athletes on runs.athlete_id = athletes.athlete_id
    cross join constants
    where runs.days_ago < 84

),

-- Of each run the pace that its kind is about: the whole of an easy run, the work of a hard one. Easy is what was so by
-- heart rate; where no run tells that, by pace.
paced_runs as (

    select
        *,
        case
            when is_easy_kind and coalesce(is_easy_by_heart, not has_easy_by_heart) then 'easy'
            when run_type in ('tempo', 'intervals') then run_type
        end as pace_kind,
        case when run_type in ('tempo', 'intervals') then 1000 / rep_speed_m_per_s else pace_s_per_km end
            as typical_pace_s_per_km
    from recent_runs

),

typical_paces as (

    select
        athlete_id,
        {% for kind in ['easy', 'tempo', 'intervals'] %}
            median(typical_pace_s_per_km) filter (where pace_kind = '{{ kind }}') as {{ kind }}_pace_s_per_km,
            count(typical_pace_s_per_km) filter (where pace_kind = '{{ kind }}') as {{ kind }}_run_count,
            quantile_cont(typical_pace_s_per_km, 0.75) filter (where pace_kind = '{{ kind }}')
            - quantile_cont(typical_pace_s_per_km, 0.25) filter (where pace_kind = '{{ kind }}')
                as {{ kind }}_pace_spread_s_per_km,
        {% endfor %}
        1000 * sum(moving_s order by started_at) filter (where distance_m > 0 and moving_s > 0 and days_ago < 56)
        / nullif(
            sum(distance_m order by started_at) filter (where distance_m > 0 and moving_s > 0 and days_ago < 56), 0
        ) as training_pace_s_per_km,
        {% for ground, is_ground in [
            ('trail', 'is_trail'), ('treadmill', 'is_treadmill and not is_trail'),
            ('road', 'not is_trail and not is_treadmill'),
        ] %}
            coalesce(sum(distance_m order by started_at) filter (where {{ is_ground }}), 0)
            / nullif(sum(distance_m order by started_at), 0) as {{ ground }}_share,
        {% endfor %}
        1000 * sum(elevation_gain_m order by started_at) filter (where distance_m is not null)
        / nullif(sum(distance_m order by started_at) filter (where elevation_gain_m is not null), 0) as climb_m_per_km
    from paced_runs
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
        list(local_date order by started_at) filter (where days_ago < 40 and distance_m > 0) as run_dates,
        list(distance_m order by started_at) filter (where days_ago < 40 and distance_m > 0) as run_distances_m
    from runs
    group by athlete_id

),

run_days as (

    select
        athlete_id,
        local_date,
        {{ exact_sum('moving_s') }} as moving_s
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
    case when typical_paces.easy_run_count >= constants.easy_pace_runs_min then typical_paces.easy_pace_s_per_km end
        as easy_pace_s_per_km,
    typical_paces.tempo_pace_s_per_km,
    typical_paces.intervals_pace_s_per_km as interval_pace_s_per_km,
    athletes.max_heart_rate_bpm,
    athletes.max_heart_rate_method,
    athletes.max_heart_rate_confidence,
    athletes.resting_heart_rate_bpm,
    athletes.threshold_heart_rate_bpm,
    fitness.race_fitness,
    fitness.local_date as race_fitness_date,
    fitness.activity_id as race_fitness_activity_id,
    fitness.race_fitness_source,
    typical_paces.trail_share,
    typical_paces.climb_m_per_km,
    daily_times.median_daily_moving_s,
    case
        when volumes.running_weeks_8w = 8 and volumes.run_count_8w >= 16 then 'high'
        when volumes.running_weeks_8w >= 4 then 'medium'
        else 'low'
    end as confidence,
    {{ thin_evidence_words('volumes', 'fitness', 'athletes') }} as confidence_reasons,
    volumes.weekly_distance_8w_mean_m,
    volumes.weekly_distance_8w_median_m,
    volumes.weekly_distance_12w_mean_m,
    volumes.weekly_distance_12w_median_m,
    volumes.runs_per_week_12w,
    -- What a week and a run may rest on today; both are the planner's own rules.
    volume_reference_m(volumes.weekly_distances_m) as weekly_volume_reference_m,
    longest_safe_run_m(clock.today_date, summed.run_dates, summed.run_distances_m, summed.longest_run_90d_m)
        as longest_safe_run_m,
    cast(coalesce(typical_paces.easy_run_count, 0) as integer) as easy_run_count,
    typical_paces.easy_pace_spread_s_per_km,
    cast(coalesce(typical_paces.tempo_run_count, 0) as integer) as tempo_run_count,
    typical_paces.tempo_pace_spread_s_per_km,
    cast(coalesce(typical_paces.intervals_run_count, 0) as integer) as interval_run_count,
    typical_paces.intervals_pace_spread_s_per_km as interval_pace_spread_s_per_km,
    typical_paces.training_pace_s_per_km,
    athletes.threshold_heart_rate_origin,
    athletes.threshold_heart_rate_confidence,
    athletes.resting_heart_rate_origin,
    fitness.race_fitness_peak,
    cast(fitness.days_ago as integer) as race_fitness_age_days,
    fitness.distance_m as race_fitness_distance_m,
    fitness.time_s as race_fitness_time_s,
    fitness.race_fitness_confidence,
    fitness.other_race_distance_m,
    fitness.other_race_time_s,
    critical_speeds.critical_speed_m_per_s,
    critical_speeds.d_prime_m,
    critical_speeds.critical_speed_r2,
    cast(critical_speeds.critical_speed_effort_count as integer) as critical_speed_effort_count,
    typical_paces.road_share,
    typical_paces.treadmill_share,
    case
        when typical_paces.climb_m_per_km < constants.terrain_rolling_from_m_per_km then 'flat'
        when typical_paces.climb_m_per_km < constants.terrain_hilly_from_m_per_km then 'rolling'
        when typical_paces.climb_m_per_km >= constants.terrain_hilly_from_m_per_km then 'hilly'
    end as terrain,
    volumes.weekly_start_dates
from athletes
cross join clock
cross join constants
inner join volumes on athletes.athlete_id = volumes.athlete_id
left join current_weeks on athletes.athlete_id = current_weeks.athlete_id
left join regular_weeks on athletes.athlete_id = regular_weeks.athlete_id
left join summed on athletes.athlete_id = summed.athlete_id
left join typical_paces on athletes.athlete_id = typical_paces.athlete_id
left join daily_times on athletes.athlete_id = daily_times.athlete_id
left join fitness on athletes.athlete_id = fitness.athlete_id
left join critical_speeds on athletes.athlete_id = critical_speeds.athlete_id
