with activities as (

    select * from {{ ref('int_activities_merged') }}

),

described as (

    select * from {{ ref('int_runs_described') }}

),

efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'race_fitness_window_days', 'hard_effort_share_of_max_heart_rate', 'hard_marathon_share_of_max_heart_rate',
        'race_offer_share_of_best_min', 'race_offer_over_usual_speed_min', 'race_offers_max',
    ]) }}

),

recent_runs as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.distance_m / activities.moving_s as speed_m_per_s
    from activities
    cross join clock
    cross join constants
    where
        activities.is_run
        and activities.local_date <= clock.today_date
        and clock.today_date - activities.local_date < constants.race_fitness_window_days

),

usual as (

    select
        athlete_id,
        median(speed_m_per_s) as usual_speed_m_per_s
    from recent_runs
    group by athlete_id

),

best as (

    select
        efforts.athlete_id,
        max(efforts.race_fitness) as best_race_fitness
    from efforts
    semi join recent_runs
        on efforts.athlete_id = recent_runs.athlete_id and efforts.activity_id = recent_runs.activity_id
    where efforts.distance_m >= 3000
    group by efforts.athlete_id

),

-- A race's distance at a race's heart rate, or nearly as good as the best of twelve weeks and faster than usual. What
-- a source calls a race needs no asking, and who answered is not asked again.
races as (

    select
        efforts.athlete_id,
        'race' as kind,
        efforts.activity_id,
        efforts.local_date,
        efforts.distance_m,
        efforts.time_s,
        efforts.race_fitness
    from efforts
    inner join activities
        on efforts.athlete_id = activities.athlete_id and efforts.activity_id = activities.activity_id
    inner join described
        on efforts.athlete_id = described.athlete_id and efforts.activity_id = described.activity_id
    inner join recent_runs
        on efforts.athlete_id = recent_runs.athlete_id and efforts.activity_id = recent_runs.activity_id
    inner join usual on efforts.athlete_id = usual.athlete_id
    inner join best on efforts.athlete_id = best.athlete_id
    cross join constants
    where
        efforts.is_whole_run
        and efforts.race_fitness is not null
        and not efforts.is_downhill
        and not coalesce(activities.is_race, false)
        and not activities.is_no_race
        and described.said_type is null
        and (
            described.heart_rate_share >= case
                when efforts.distance_m > 30000 then constants.hard_marathon_share_of_max_heart_rate
                else constants.hard_effort_share_of_max_heart_rate
            end
            or (
                efforts.race_fitness >= constants.race_offer_share_of_best_min * best.best_race_fitness
                and recent_runs.speed_m_per_s
                >= constants.race_offer_over_usual_speed_min * usual.usual_speed_m_per_s
            )
        )
    -- A marathon is no half-marathon, and of many the best come first.
    qualify
        row_number() over (partition by efforts.athlete_id, efforts.activity_id order by efforts.distance_m desc) = 1

),

offered as (

    select races.*
    from races
    cross join constants
    qualify
        row_number() over (
            partition by races.athlete_id order by races.race_fitness desc, races.local_date desc, races.activity_id asc
        ) <= constants.race_offers_max

),

doubts as (

    select
        doubted.athlete_id,
        doubted.better_id as activity_id,
        doubted.activity_id as other_id,
        better.local_date,
        better.distance_m,
        better.moving_s as time_s,
        recordings.distance_m as other_distance_m
    from {{ ref('int_activities_doubted') }} as doubted
    inner join activities as better
        on doubted.athlete_id = better.athlete_id and doubted.better_id = better.activity_id
    inner join {{ ref('int_recordings_ranked') }} as ranked
        on
            doubted.athlete_id = ranked.athlete_id
            and doubted.activity_id = ranked.activity_id
            and ranked.merge_rank = 1
    inner join {{ ref('int_recordings_unioned') }} as recordings
        on ranked.athlete_id = recordings.athlete_id and ranked.recording_id = recordings.recording_id
    cross join clock
    cross join constants
    where clock.today_date - better.local_date < constants.race_fitness_window_days

)

select
    athlete_id,
    kind || ':' || activity_id as question_id,
    kind,
    activity_id,
    cast(null as varchar) as other_id,
    local_date,
    distance_m,
    cast(time_s as double) as time_s,
    cast(null as double) as other_distance_m
from offered
union all by name
select
    athlete_id,
    'overlap:' || other_id as question_id,
    'overlap' as kind,
    activity_id,
    other_id,
    local_date,
    distance_m,
    cast(time_s as double) as time_s,
    cast(other_distance_m as double) as other_distance_m
from doubts
