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
        'easy_share_of_threshold_heart_rate', 'easy_share_of_threshold_speed', 'heart_rate_zone2_from',
        'heart_rate_zone3_from', 'heart_rate_zone4_from', 'heart_rate_zone5a_from',
    ]) }}

),

-- Heart rate is weighed second by second: the load of an average is not the average load.
heart_beats as (

    select
        merged.athlete_id,
        merged.activity_id,
        merged.moving_s,
        unnest(measured.heart_rate_seconds) as beat
    from merged
    inner join measured
        on
            merged.athlete_id = measured.athlete_id
            and merged.heart_rate_stream.file_sha256 = measured.file_sha256
            and merged.heart_rate_stream.session_number = measured.session_number

),

heart_rates_weighed as (

    select
        heart_beats.athlete_id,
        heart_beats.activity_id,
        sum(heart_beats.beat.seconds) as heart_rate_s,
        -- Where the sensor was silent for part of the run, the rest is taken to have been alike.
        greatest(1, max(heart_beats.moving_s) / nullif(sum(heart_beats.beat.seconds), 0)) as whole_over_known,
        sum(
            {{ training_impulse(
                'heart_beats.beat.seconds',
                heart_rate_reserve(
                    'heart_beats.beat.heart_rate_bpm', 'athletes.resting_heart_rate_weighed_bpm',
                    'athletes.max_heart_rate_bpm'
                ),
                'athletes.sex'
            ) }}
        ) as banister_trimp,
        sum(
            {{ zone_impulse(
                'heart_beats.beat.seconds', 'heart_beats.beat.heart_rate_bpm', 'athletes.max_heart_rate_bpm'
            ) }}
        ) as edwards_trimp,
        {% for zone, from_share, below_share in [
            ('zone1_s', '0', 'constants.heart_rate_zone2_from'),
            ('zone2_s', 'constants.heart_rate_zone2_from', 'constants.heart_rate_zone3_from'),
            ('zone3_s', 'constants.heart_rate_zone3_from', 'constants.heart_rate_zone4_from'),
            ('zone4_s', 'constants.heart_rate_zone4_from', 'constants.heart_rate_zone5a_from'),
            ('zone5_s', 'constants.heart_rate_zone5a_from', '99'),
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

speeds_weighed as (

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

)

select
    coalesce(heart_rates_weighed.athlete_id, speeds_weighed.athlete_id) as athlete_id,
    coalesce(heart_rates_weighed.activity_id, speeds_weighed.activity_id) as activity_id,
    heart_rates_weighed.heart_rate_s,
    heart_rates_weighed.whole_over_known * heart_rates_weighed.banister_trimp as banister_trimp,
    heart_rates_weighed.whole_over_known * heart_rates_weighed.edwards_trimp as edwards_trimp,
    heart_rates_weighed.whole_over_known * {{ three_zone_impulse(
        'heart_rates_weighed.easy_s', 'heart_rates_weighed.heart_rate_s', 'heart_rates_weighed.hard_s'
    ) }} as lucia_trimp,
    heart_rates_weighed.zone1_s,
    heart_rates_weighed.zone2_s,
    heart_rates_weighed.zone3_s,
    heart_rates_weighed.zone4_s,
    heart_rates_weighed.zone5_s,
    case when heart_rates_weighed.activity_id is not null then 'heart_rate' else 'pace' end as intensity_method,
    coalesce(heart_rates_weighed.easy_s, speeds_weighed.easy_s) as easy_s,
    coalesce(
        heart_rates_weighed.heart_rate_s - heart_rates_weighed.easy_s - heart_rates_weighed.hard_s,
        speeds_weighed.speed_s - speeds_weighed.easy_s - speeds_weighed.hard_s
    ) as moderate_s,
    coalesce(heart_rates_weighed.hard_s, speeds_weighed.hard_s) as hard_s
from heart_rates_weighed
full join speeds_weighed
    on
        heart_rates_weighed.athlete_id = speeds_weighed.athlete_id
        and heart_rates_weighed.activity_id = speeds_weighed.activity_id
