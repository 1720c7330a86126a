with merged as (

    select * from {{ ref('int_activities_merged') }}

),

typed as (

    select * from {{ ref('int_activities_typed') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

constants as (

    {{ constants_row([
        'easy_share_of_threshold_heart_rate', 'easy_share_of_threshold_speed', 'effort_points_per_load',
        'intensity_easy', 'intensity_long', 'intensity_tempo', 'intensity_intervals', 'intensity_other',
    ]) }}

),

-- Heart rate is weighed second by second: the load of an average is not the average load.
heart_beats as (

    select
        merged.athlete_id,
        merged.activity_id,
        unnest(measured.heart_rate_seconds) as beat
    from merged
    inner join measured
        on
            merged.athlete_id = measured.athlete_id
            and merged.heart_rate_stream.file_sha256 = measured.file_sha256
            and merged.heart_rate_stream.session_number = measured.session_number

),

heart_rate_sums as (

    select
        heart_beats.athlete_id,
        heart_beats.activity_id,
        sum(
            {{ training_impulse(
                'heart_beats.beat.seconds',
                heart_rate_reserve(
                    'heart_beats.beat.heart_rate_bpm', 'athletes.resting_heart_rate_weighed_bpm', 'athletes.max_heart_rate_bpm'
                ),
                'athletes.sex'
            ) }}
        ) as training_impulse,
        sum(heart_beats.beat.seconds) as heart_rate_s,
        {% for zone, from_share, below_share in [
            ('zone1_s', 0, 0.85), ('zone2_s', 0.85, 0.90), ('zone3_s', 0.90, 0.95), ('zone4_s', 0.95, 1.0),
            ('zone5_s', 1.0, 99),
        ] %}
            coalesce(
                sum(heart_beats.beat.seconds) filter (
                    where
                    heart_beats.beat.heart_rate_bpm >= {{ from_share }} * athletes.threshold_heart_rate_bpm
                    and heart_beats.beat.heart_rate_bpm < {{ below_share }} * athletes.threshold_heart_rate_bpm
                ),
                0
            ) as {{ zone }},
        {% endfor %}
        coalesce(
            sum(heart_beats.beat.seconds) filter (
                where
                heart_beats.beat.heart_rate_bpm
                < constants.easy_share_of_threshold_heart_rate * athletes.threshold_heart_rate_bpm
            ),
            0
        ) as easy_s,
        coalesce(
            sum(heart_beats.beat.seconds) filter (
                where heart_beats.beat.heart_rate_bpm >= athletes.threshold_heart_rate_bpm
            ),
            0
        ) as hard_s
    from heart_beats
    inner join athletes on heart_beats.athlete_id = athletes.athlete_id
    cross join constants
    where athletes.threshold_heart_rate_bpm is not null
    group by heart_beats.athlete_id, heart_beats.activity_id

),

speeds as (

    select
        merged.athlete_id,
        merged.activity_id,
        typed.threshold_speed_m_per_s,
        unnest(measured.speed_seconds) as bin
    from merged
    inner join measured
        on
            merged.athlete_id = measured.athlete_id
            and merged.stream.file_sha256 = measured.file_sha256
            and merged.stream.session_number = measured.session_number
    inner join typed on merged.athlete_id = typed.athlete_id and merged.activity_id = typed.activity_id
    where typed.threshold_speed_m_per_s is not null and not merged.is_treadmill

),

speed_sums as (

    select
        speeds.athlete_id,
        speeds.activity_id,
        sum(speeds.bin.seconds) as speed_s,
        coalesce(
            sum(speeds.bin.seconds) filter (
                where
                speeds.bin.speed_m_per_s < constants.easy_share_of_threshold_speed * speeds.threshold_speed_m_per_s
            ),
            0
        ) as easy_s,
        coalesce(
            sum(speeds.bin.seconds) filter (where speeds.bin.speed_m_per_s >= speeds.threshold_speed_m_per_s), 0
        ) as hard_s
    from speeds
    cross join constants
    group by speeds.athlete_id, speeds.activity_id

),

described as (

    select
        merged.*,
        typed.run_type,
        typed.run_type_confidence,
        typed.run_type_rule,
        coalesce(merged.is_race or typed.run_type = 'race', false) and not coalesce(merged.is_no_race, false)
            as is_raced,
        case when merged.is_run and not merged.is_treadmill then measured.flat_speed_m_per_s end as flat_speed_m_per_s,
        measured.decoupling_pct,
        heart_rate_sums.* exclude (athlete_id, activity_id, training_impulse, heart_rate_s, easy_s, hard_s),
        coalesce(heart_rate_sums.easy_s, speed_sums.easy_s) as easy_s,
        coalesce(
            heart_rate_sums.heart_rate_s - heart_rate_sums.easy_s - heart_rate_sums.hard_s,
            speed_sums.speed_s - speed_sums.easy_s - speed_sums.hard_s
        ) as moderate_s,
        coalesce(heart_rate_sums.hard_s, speed_sums.hard_s) as hard_s,
        case
            when not merged.is_treadmill
                then
                    {{ pace_load(
                        'merged.moving_s', 'measured.normalised_speed_m_per_s', 'typed.threshold_speed_m_per_s'
                    ) }}
        end as pace_load,
        100 * coalesce(
            -- Where the sensor was silent for part of the run, the rest is taken to have been alike.
            heart_rate_sums.training_impulse
            * greatest(1, merged.moving_s / nullif(heart_rate_sums.heart_rate_s, 0)),
            {{ training_impulse(
                'merged.moving_s',
                heart_rate_reserve(
                    'merged.heart_rate_avg_bpm', 'athletes.resting_heart_rate_weighed_bpm', 'athletes.max_heart_rate_bpm'
                ),
                'athletes.sex'
            ) }}
        )
        / nullif(
            {{ training_impulse(
                '3600.0',
                heart_rate_reserve(
                    'athletes.threshold_heart_rate_bpm', 'athletes.resting_heart_rate_weighed_bpm',
                    'athletes.max_heart_rate_bpm'
                ),
                'athletes.sex'
            ) }},
            0
        ) as heart_rate_load,
        merged.perceived_exertion * coalesce(merged.moving_s, merged.elapsed_s) / 60 / constants.effort_points_per_load
            as effort_load,
        100 * coalesce(merged.moving_s, merged.elapsed_s) / 3600
        * power(
            case
                when not merged.is_run then constants.intensity_other
                when typed.run_type in ('race', 'intervals') then constants.intensity_intervals
                when typed.run_type in ('tempo', 'progression') then constants.intensity_tempo
                when typed.run_type in ('long', 'steady') then constants.intensity_long
                else constants.intensity_easy
            end,
            2
        ) as duration_load
    from merged
    left join typed on merged.athlete_id = typed.athlete_id and merged.activity_id = typed.activity_id
    left join measured
        on
            merged.athlete_id = measured.athlete_id
            and merged.stream.file_sha256 = measured.file_sha256
            and merged.stream.session_number = measured.session_number
    left join heart_rate_sums
        on merged.athlete_id = heart_rate_sums.athlete_id and merged.activity_id = heart_rate_sums.activity_id
    left join speed_sums
        on merged.athlete_id = speed_sums.athlete_id and merged.activity_id = speed_sums.activity_id
    left join athletes on merged.athlete_id = athletes.athlete_id
    cross join constants

)

select
    athlete_id,
    activity_id,
    sport,
    is_run,
    is_trail,
    is_treadmill,
    started_at,
    utc_offset_s,
    local_started_at,
    local_date,
    title,
    distance_m,
    moving_s,
    elapsed_s,
    1000 * moving_s / distance_m as pace_s_per_km,
    1000 / nullif(flat_speed_m_per_s, 0) as gap_s_per_km,
    elevation_gain_m,
    heart_rate_avg_bpm,
    heart_rate_max_bpm,
    cadence_spm,
    power_avg_w,
    energy_kcal,
    perceived_exertion,
    is_raced as is_race,
    coalesce(pace_load, heart_rate_load, effort_load, duration_load) as training_load,
    case
        when pace_load is not null then 'rtss'
        when heart_rate_load is not null then 'hrtss'
        when effort_load is not null then 'srpe'
        when duration_load is not null then 'duration'
    end as load_method,
    60 * flat_speed_m_per_s / heart_rate_avg_bpm as efficiency_factor,
    case when heart_rate_stream = stream and is_run and not is_treadmill then decoupling_pct end as decoupling_pct,
    zone1_s,
    zone2_s,
    zone3_s,
    zone4_s,
    zone5_s,
    easy_s,
    moderate_s,
    hard_s,
    run_type,
    run_type_confidence,
    run_type_rule,
    device_name,
    gear_name,
    cast(recording_count as integer) as recording_count,
    sources,
    cast(to_json(provenance) as text) as provenance,
    faults
from described
