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
        'race_fitness_max', 'trial_share_of_max_heart_rate', 'threshold_held_s',
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

-- A whole run of about a race's distance counts as that distance: courses are measured, watches are not.
whole_runs as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.is_race,
        race_distances.distance_m,
        activities.elapsed_s as time_s,
        activities.heart_rate_avg_bpm
    from activities
    inner join race_distances
        on
            activities.distance_m between
            race_distances.distance_m * case when activities.is_race then 0.97 else 0.995 end
            and race_distances.distance_m * 1.02
    where activities.is_run and not activities.is_treadmill and activities.elapsed_s is not null

),

efforts as (

    select
        athlete_id,
        activity_id,
        local_date,
        is_race,
        effort.distance_m,
        effort.time_s,
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

scored as (

    select
        efforts.*,
        case
            when efforts.time_s between constants.effort_min_s and constants.effort_max_s
                then race_fitness(efforts.distance_m, efforts.time_s)
        end as race_fitness
    from efforts
    cross join constants

),

-- Nobody runs beyond the table's end; there the positions were wrong.
fastest as (

    select
        scored.* exclude (is_whole_run),
        bool_or(scored.is_whole_run) over (partition by athlete_id, activity_id, distance_m) as is_whole_run
    from scored
    cross join constants
    where coalesce(scored.race_fitness <= constants.race_fitness_max, true)
    qualify
        row_number() over (
            partition by athlete_id, activity_id, distance_m
            order by is_race and is_whole_run desc, time_s asc, is_whole_run asc
        ) = 1

)

select
    fastest.athlete_id,
    fastest.activity_id,
    fastest.local_date,
    fastest.distance_m,
    fastest.time_s,
    fastest.heart_rate_avg_bpm,
    fastest.is_whole_run,
    fastest.race_fitness,
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
