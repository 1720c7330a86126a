with activities as (

    select * from {{ ref('int_activities_merged') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

detected as (

    select * from {{ ref('int_reps_detected') }}

),

reps as (

    select * from {{ ref('int_reps_numbered') }}

),

athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

efforts as (

    select * from {{ ref('int_efforts_scored') }}

),

fitness as (

    select * from {{ ref('int_fitness_dated') }}

),

outings as (

    select * from {{ ref('int_outings_gathered') }}

),

said as (

    select * from {{ ref('int_types_corrected') }}

),

constants as (

    {{ constants_row(['race_pace_tolerance', 'hard_effort_share_of_max_heart_rate', 'easy_below_threshold_bpm']) }}

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

work as (

    select
        athlete_id,
        activity_id,
        count(*) as rep_count,
        sum(duration_s) as work_s,
        max(duration_s) as longest_rep_s,
        avg(duration_s) as rep_mean_s,
        stddev_pop(duration_s) / avg(duration_s) as rep_variation,
        sum(flat_speed_m_per_s * duration_s) / sum(duration_s) as rep_speed_m_per_s,
        sum(flat_speed_m_per_s * duration_s) / nullif(sum(distance_m), 0) as effort_over_flat,
        sum(heart_rate_avg_bpm * duration_s) / sum(duration_s) filter (where heart_rate_avg_bpm is not null)
            as rep_heart_rate_bpm,
        any_value(detected_from) as detected_from
    from reps
    group by athlete_id, activity_id

)

select
    activities.athlete_id,
    activities.activity_id,
    activities.local_date,
    activities.is_race,
    activities.is_no_race,
    activities.is_treadmill,
    activities.moving_s,
    said.run_type as said_type,
    activities.heart_rate_avg_bpm / athletes.max_heart_rate_bpm as heart_rate_share,
    coalesce({{ is_hard_by_heart('activities', 'athletes', 'constants') }}, false) as is_hard_by_heart,
    work.rep_heart_rate_bpm / athletes.max_heart_rate_bpm as rep_heart_rate_share,
    measured.flat_speed_m_per_s,
    measured.progression_correlation,
    measured.progression_gain,
    coalesce(work.rep_count, 0) as rep_count,
    work.* exclude (athlete_id, activity_id, rep_count),
    whole_efforts.race_fitness as whole_race_fitness,
    whole_efforts.distance_m as whole_distance_m,
    fitness.race_fitness,
    fitness.threshold_speed_m_per_s,
    fitness.easy_fast_speed_m_per_s,
    case
        when
            fitness.marathon_speed_m_per_s is not null
            and detected.block_speeds_m_per_s is not null
            and not activities.is_trail
            and not activities.is_treadmill
            then
                120 * len(
                    list_filter(
                        detected.block_speeds_m_per_s,
                        lambda speed: abs(speed / fitness.marathon_speed_m_per_s - 1)
                        <= constants.race_pace_tolerance
                    )
                )
    end as race_pace_s,
    outings.outing_moving_s,
    outings.is_outing_main,
    outings.usual_outing_s,
    outings.usual_count,
    outings.longest_outing_s,
    outings.longest_of_week_s
from activities
left join measured
    on
        activities.athlete_id = measured.athlete_id
        and activities.stream.file_sha256 = measured.file_sha256
        and activities.stream.session_number = measured.session_number
left join detected
    on
        activities.athlete_id = detected.athlete_id
        and activities.stream.file_sha256 = detected.file_sha256
        and activities.stream.session_number = detected.session_number
left join work on activities.athlete_id = work.athlete_id and activities.activity_id = work.activity_id
left join said on activities.athlete_id = said.athlete_id and activities.activity_id = said.activity_id
left join athletes on activities.athlete_id = athletes.athlete_id
left join whole_efforts
    on activities.athlete_id = whole_efforts.athlete_id and activities.activity_id = whole_efforts.activity_id
left join fitness on activities.athlete_id = fitness.athlete_id and activities.local_date = fitness.local_date
inner join outings on activities.athlete_id = outings.athlete_id and activities.activity_id = outings.activity_id
cross join constants
where activities.is_run
