with activities as (

    select * from {{ ref('int_activities_merged') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

constants as (

    {{ constants_row([
        'hard_effort_share_of_max_heart_rate', 'hard_marathon_share_of_max_heart_rate', 'effort_min_s', 'effort_max_s',
        'race_fitness_max', 'trial_share_of_max_heart_rate', 'threshold_held_s', 'record_drop_share_max',
        'record_drop_min_m',
    ]) }}

),

race_distances as (

    select unnest([5000, 10000, 15000, 21097.5, 42195]) as distance_m

),

-- The fastest stretch of each distance inside a run. A treadmill's distance is a guess and sets no record.
stretches as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.is_race,
        activities.heart_rate_stream = activities.stream as has_heart_rate,
        unnest(measured.efforts) as effort
    from activities
    inner join measured
        on
            activities.athlete_id = measured.athlete_id
            and activities.stream.file_sha256 = measured.file_sha256
            and activities.stream.session_number = measured.session_number
    where activities.is_run and not activities.is_treadmill

),

-- A whole run of about a race's distance counts as that distance: courses are measured, watches are not. Where only one
-- time was told it is the run's.
whole_runs as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.is_race,
        race_distances.distance_m,
        coalesce(activities.elapsed_s, activities.moving_s) as time_s,
        activities.heart_rate_avg_bpm
    from activities
    inner join race_distances
        on
            activities.distance_m between
            race_distances.distance_m * case when activities.is_race then 0.97 else 0.995 end
            and race_distances.distance_m * 1.02
    where
        activities.is_run
        and not activities.is_treadmill
        and coalesce(activities.elapsed_s, activities.moving_s) is not null

),

efforts as (

    select
        athlete_id,
        activity_id,
        local_date,
        is_race,
        effort.distance_m,
        effort.time_s,
        effort.started_offset_s,
        effort.elevation_drop_m,
        case when has_heart_rate then effort.heart_rate_avg_bpm end as heart_rate_avg_bpm,
        false as is_whole_run
    from stretches
    union all by name
    select
        athlete_id,
        activity_id,
        local_date,
        is_race,
        distance_m,
        time_s,
        heart_rate_avg_bpm,
        true as is_whole_run
    from whole_runs

),

-- To a hundredth of a second, as results are taken; each is scored once, however many ran it.
timed as (

    select
        *,
        round(time_s, 2) as result_s
    from efforts

),

results as (

    select distinct
        distance_m,
        result_s
    from timed

),

scores as (

    select
        results.distance_m,
        results.result_s,
        race_fitness(results.distance_m, results.result_s) as race_fitness
    from results
    cross join constants
    where results.result_s <= constants.effort_max_s

),

-- Nobody runs beyond the table's end; there the positions were wrong.
fastest as (

    select
        timed.* exclude (is_whole_run, elevation_drop_m),
        case when timed.result_s >= constants.effort_min_s then scores.race_fitness end as race_fitness,
        bool_or(timed.is_whole_run) over same_distance as is_whole_run,
        max(timed.elevation_drop_m) over same_distance as elevation_drop_m
    from timed
    left join scores on timed.distance_m = scores.distance_m and timed.result_s = scores.result_s
    cross join constants
    where coalesce(scores.race_fitness <= constants.race_fitness_max, true)
    window same_distance as (partition by timed.athlete_id, timed.activity_id, timed.distance_m)
    qualify
        row_number() over (
            partition by timed.athlete_id, timed.activity_id, timed.distance_m
            order by timed.is_race and timed.is_whole_run desc, timed.time_s asc, timed.is_whole_run asc
        ) = 1

)

select
    fastest.athlete_id,
    fastest.activity_id,
    fastest.local_date,
    fastest.distance_m,
    fastest.time_s,
    fastest.started_offset_s,
    fastest.elevation_drop_m,
    fastest.heart_rate_avg_bpm,
    fastest.is_whole_run,
    fastest.race_fitness,
    -- Downhill is easier; a course further down than this gives no record (unknown altitude is no reason against one).
    coalesce(
        fastest.elevation_drop_m > constants.record_drop_share_max * fastest.distance_m
        and fastest.elevation_drop_m > constants.record_drop_min_m,
        false
    ) as is_downhill,
    -- A race, or a stretch at the heart rate of threshold training and above. A maximum by age may be 20 bpm too low,
    -- and then every easy run would look hard.
    coalesce(
        fastest.is_race
        or (
            fastest.heart_rate_avg_bpm >= athletes.max_heart_rate_bpm * case
                when fastest.distance_m > 30000 then constants.hard_marathon_share_of_max_heart_rate
                else constants.hard_effort_share_of_max_heart_rate
            end
            and athletes.max_heart_rate_confidence <> 'low'
        ),
        false
    )
    and fastest.distance_m >= 3000 as is_hard,
    -- Threshold is held for about an hour: who runs for less at its heart rate trains, and shows too little.
    is_hard and coalesce(
        fastest.is_race
        or fastest.time_s >= constants.threshold_held_s
        or fastest.heart_rate_avg_bpm >= constants.trial_share_of_max_heart_rate * athletes.max_heart_rate_bpm,
        false
    ) as is_time_trial
from fastest
left join athletes on fastest.athlete_id = athletes.athlete_id
cross join constants
