with activities as (

    select * from {{ ref('int_activities_merged') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

constants as (

    {{ constants_row([
        'race_fitness_window_days', 'race_fitness_hold_days', 'race_fitness_decay_per_week',
        'hard_effort_share_of_max_heart_rate', 'hard_marathon_share_of_max_heart_rate',
    ]) }}

),

run_dates as (

    select distinct
        athlete_id,
        local_date
    from activities
    where is_run

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
    inner join efforts
        on
            run_dates.athlete_id = efforts.athlete_id
            and run_dates.local_date >= efforts.local_date
    cross join constants
    where
        efforts.is_hard
        and efforts.race_fitness is not null
        and run_dates.local_date - efforts.local_date < constants.race_fitness_window_days
    group by run_dates.athlete_id, run_dates.local_date

),

paces_by_date as (

    select
        athlete_id,
        local_date,
        race_fitness,
        1000 / training_pace_s_per_km(race_fitness, 'threshold') as threshold_speed_m_per_s,
        1000 / training_pace_s_per_km(race_fitness, 'easy_fast') as easy_fast_speed_m_per_s
    from fitness_by_date

),

whole_efforts as (

    select
        athlete_id,
        activity_id,
        max(race_fitness) as race_fitness,
        max(distance_m) as distance_m
    from efforts
    where is_whole_run
    group by athlete_id, activity_id

),

lap_structures as (

    select
        athlete_id,
        file_sha256,
        session_number,
        count(*) filter (where intensity in ('active', 'interval')) as work_laps,
        count(*) filter (where intensity in ('rest', 'recovery')) as rest_laps
    from {{ ref('stg_files__laps') }}
    group by athlete_id, file_sha256, session_number, source
    qualify row_number() over (partition by athlete_id, file_sha256, session_number order by source) = 1

),

described as (

    select
        activities.athlete_id,
        activities.activity_id,
        activities.local_date,
        activities.started_at,
        activities.is_race,
        activities.is_no_race,
        activities.is_treadmill,
        activities.moving_s,
        activities.heart_rate_avg_bpm / athletes.max_heart_rate_bpm as heart_rate_share,
        measured.flat_speed_m_per_s,
        measured.progression_correlation,
        measured.progression_gain,
        coalesce(lap_structures.work_laps >= 3 and lap_structures.rest_laps >= 2, false) as has_lap_structure,
        case
            -- Among hills the pace goes up and down by itself.
            when not activities.is_trail and coalesce(activities.elevation_gain_m / activities.distance_m, 0) < 0.015
                then measured.reps
        end as reps,
        whole_efforts.race_fitness as whole_race_fitness,
        whole_efforts.distance_m as whole_distance_m,
        paces.race_fitness,
        paces.threshold_speed_m_per_s,
        paces.easy_fast_speed_m_per_s,
        median(activities.moving_s) over last_8_weeks as usual_moving_s,
        count(*) over last_8_weeks as usual_count,
        max(activities.moving_s) over last_4_weeks as longest_moving_s
    from activities
    left join measured
        on
            activities.athlete_id = measured.athlete_id
            and activities.stream.file_sha256 = measured.file_sha256
            and activities.stream.session_number = measured.session_number
    left join lap_structures
        on
            activities.athlete_id = lap_structures.athlete_id
            and activities.stream.file_sha256 = lap_structures.file_sha256
            and activities.stream.session_number = lap_structures.session_number
    left join athletes on activities.athlete_id = athletes.athlete_id
    left join whole_efforts
        on activities.athlete_id = whole_efforts.athlete_id and activities.activity_id = whole_efforts.activity_id
    left join paces_by_date as paces
        on activities.athlete_id = paces.athlete_id and activities.local_date = paces.local_date
    where activities.is_run
    window
        last_8_weeks as (
            partition by activities.athlete_id order by activities.local_date
            range between interval 56 day preceding and interval 1 day preceding
        ),
        last_4_weeks as (
            partition by activities.athlete_id order by activities.local_date
            range between interval 28 day preceding and interval 1 day preceding
        )

),

with_reps as (

    select
        *,
        coalesce(len(reps), 0) as rep_count,
        list_sum([rep.duration_s for rep in reps]) as work_s,
        list_max([rep.duration_s for rep in reps]) as longest_rep_s,
        list_avg([rep.duration_s for rep in reps]) as rep_mean_s,
        list_stddev_pop([rep.duration_s for rep in reps]) / list_avg([rep.duration_s for rep in reps]) as rep_variation,
        list_sum([rep.duration_s * rep.flat_speed_m_per_s for rep in reps])
        / list_sum([rep.duration_s for rep in reps]) as rep_speed_m_per_s
    from described

),

-- The first rule that fits names the run. Long reps at threshold are a tempo run and come before short ones.
ruled as (

    select
        with_reps.*,
        case
            when with_reps.is_race then 'race_tag'
            when
                not coalesce(with_reps.is_no_race, false)
                and with_reps.whole_race_fitness >= 0.97 * with_reps.race_fitness
                and with_reps.heart_rate_share >= case
                    when with_reps.whole_distance_m > 30000 then constants.hard_marathon_share_of_max_heart_rate
                    else constants.hard_effort_share_of_max_heart_rate
                end
                then 'race_effort'
            when
                with_reps.rep_count between 1 and 5
                and with_reps.rep_mean_s >= 300
                and with_reps.rep_speed_m_per_s / with_reps.threshold_speed_m_per_s between 0.96 and 1.04
                then 'threshold_reps'
            when with_reps.has_lap_structure then 'lap_structure'
            when
                with_reps.rep_count >= 3
                and with_reps.work_s >= 240
                and coalesce(with_reps.rep_speed_m_per_s >= 0.97 * with_reps.threshold_speed_m_per_s, true)
                then case when with_reps.rep_variation <= 0.2 then 'even_reps' else 'varied_reps' end
            when
                with_reps.rep_count between 1 and 2
                and with_reps.longest_rep_s >= 900
                and coalesce(
                    with_reps.rep_speed_m_per_s / with_reps.threshold_speed_m_per_s between 0.96 and 1.04, true
                )
                then 'threshold_block'
            when with_reps.heart_rate_share between 0.88 and 0.93 and with_reps.moving_s >= 900
                then 'threshold_heart_rate'
            when with_reps.progression_correlation >= 0.95 and with_reps.progression_gain >= 0.08 then 'faster_blocks'
            when
                with_reps.moving_s >= 5400
                or (
                    with_reps.usual_count >= 4
                    and (
                        with_reps.moving_s >= 1.35 * with_reps.usual_moving_s
                        or (
                            with_reps.moving_s >= 0.9 * with_reps.longest_moving_s
                            and with_reps.moving_s >= 1.2 * with_reps.usual_moving_s
                        )
                    )
                )
                then 'long_for_this_runner'
        end as hard_rule
    from with_reps
    cross join constants

),

followed as (

    select
        *,
        coalesce(
            bool_or(hard_rule is not null) over (
                partition by athlete_id order by local_date
                range between interval 1 day preceding and interval 1 day preceding
            ),
            false
        ) as is_day_after_hard
    from ruled

),

named as (

    select
        *,
        case
            when hard_rule is not null then hard_rule
            when moving_s <= 2400 and heart_rate_share < 0.75 and is_day_after_hard then 'short_and_low_after_hard'
            when heart_rate_share < 0.81 then 'low_heart_rate'
            when heart_rate_share is null and not is_treadmill and flat_speed_m_per_s < easy_fast_speed_m_per_s
                then 'slower_than_easy'
            when
                heart_rate_share is null
                and (flat_speed_m_per_s is null or easy_fast_speed_m_per_s is null or is_treadmill)
                then 'assumed_easy'
            else 'none_of_these'
        end as run_type_rule
    from followed

)

select
    athlete_id,
    activity_id,
    case run_type_rule
        when 'race_tag' then 'race'
        when 'race_effort' then 'race'
        when 'lap_structure' then 'intervals'
        when 'even_reps' then 'intervals'
        when 'varied_reps' then 'intervals'
        when 'threshold_reps' then 'tempo'
        when 'threshold_block' then 'tempo'
        when 'threshold_heart_rate' then 'tempo'
        when 'faster_blocks' then 'progression'
        when 'long_for_this_runner' then 'long'
        when 'short_and_low_after_hard' then 'recovery'
        when 'none_of_these' then 'steady'
        else 'easy'
    end as run_type,
    cast(
        case run_type_rule
            when 'race_tag' then 0.95
            when 'lap_structure' then 0.9
            when 'race_effort' then 0.8
            when 'even_reps' then 0.8
            when 'threshold_reps' then 0.8
            when 'long_for_this_runner' then 0.8
            when 'low_heart_rate' then 0.8
            when 'assumed_easy' then 0.3
            else 0.6
        end as double
    ) as run_type_confidence,
    run_type_rule,
    rep_speed_m_per_s,
    race_fitness,
    threshold_speed_m_per_s
from named
