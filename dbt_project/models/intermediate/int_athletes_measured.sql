with activities as (

    select * from {{ ref('int_activities_merged') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

nights as (

    select * from {{ ref('int_recovery_days') }}

),

said as (

    select * from {{ ref('stg_coach__athletes') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'heart_rate_max_agreement_bpm', 'heart_rate_max_below_estimate_bpm', 'threshold_share_of_max_heart_rate',
        'hard_effort_share_of_max_heart_rate', 'resting_heart_rate_assumed_bpm',
    ]) }}

),

athletes as (

    select athlete_id from activities
    union
    select athlete_id from nights
    union
    select athlete_id from said

),

run_heart_rates as (

    select
        activities.athlete_id,
        activities.local_date,
        activities.is_race,
        activities.moving_s,
        activities.heart_rate_avg_bpm,
        measured.heart_rate_max_bpm,
        measured.heart_rate_30min_bpm,
        row_number() over (
            partition by activities.athlete_id order by measured.heart_rate_max_bpm desc nulls last
        ) as place
    from activities
    inner join measured
        on
            activities.athlete_id = measured.athlete_id
            and activities.heart_rate_stream.file_sha256 = measured.file_sha256
            and activities.heart_rate_stream.session_number = measured.session_number
    cross join clock
    where
        activities.is_run
        and activities.local_date > clock.today_date - 365
        and activities.local_date <= clock.today_date

),

run_maxima as (

    select
        athlete_id,
        max(heart_rate_max_bpm) filter (where place = 1) as highest_bpm,
        max(heart_rate_max_bpm) filter (where place = 2) as second_highest_bpm
    from run_heart_rates
    group by athlete_id

),

recent_nights as (

    select
        nights.athlete_id,
        nights.recovery_family,
        nights.resting_heart_rate_bpm,
        first_value(nights.recovery_family) over (
            partition by nights.athlete_id order by nights.local_date desc
        ) as newest_family
    from nights
    cross join clock
    where
        nights.local_date > clock.today_date - 60
        and nights.local_date <= clock.today_date
        and nights.resting_heart_rate_bpm is not null

),

-- Two makes of device do not mean the same by it, so only the newest one's nights are averaged.
resting as (

    select
        athlete_id,
        avg(resting_heart_rate_bpm) as resting_heart_rate_bpm
    from recent_nights
    where recovery_family is not distinct from newest_family
    group by athlete_id

),

estimated as (

    select
        athletes.athlete_id,
        said.sex,
        said.max_heart_rate_bpm as said_max_bpm,
        run_maxima.highest_bpm,
        run_maxima.second_highest_bpm,
        -- Tanaka 2001; limits of agreement are some 20 bpm either way.
        208 - 0.7 * (year(clock.today_date) - said.birth_year) as tanaka_bpm,
        coalesce(said.resting_heart_rate_bpm, resting.resting_heart_rate_bpm) as resting_heart_rate_bpm
    from athletes
    left join said on athletes.athlete_id = said.athlete_id
    left join run_maxima on athletes.athlete_id = run_maxima.athlete_id
    left join resting on athletes.athlete_id = resting.athlete_id
    cross join clock

),

chosen as (

    select
        estimated.*,
        case
            when estimated.said_max_bpm is not null then 'said'
            when
                estimated.highest_bpm - estimated.second_highest_bpm <= constants.heart_rate_max_agreement_bpm
                and estimated.second_highest_bpm
                >= coalesce(estimated.tanaka_bpm - constants.heart_rate_max_below_estimate_bpm, 0)
                then 'measured'
            when estimated.tanaka_bpm is not null then 'tanaka'
            when estimated.second_highest_bpm is not null then 'measured_once'
        end as max_heart_rate_method
    from estimated
    cross join constants

),

with_maximum as (

    select
        *,
        case max_heart_rate_method
            when 'said' then said_max_bpm
            when 'tanaka' then tanaka_bpm
            else second_highest_bpm
        end as max_heart_rate_bpm,
        case max_heart_rate_method
            when 'said' then 'high'
            when 'measured' then 'medium'
            else 'low'
        end as max_heart_rate_confidence
    from chosen

),

-- Friel's threshold: the best half hour of a race or hard effort that was not much longer than it.
hard_half_hours as (

    select
        with_maximum.athlete_id,
        max(run_heart_rates.heart_rate_30min_bpm) as heart_rate_30min_bpm
    from with_maximum
    inner join run_heart_rates on with_maximum.athlete_id = run_heart_rates.athlete_id
    cross join clock
    cross join constants
    where
        run_heart_rates.local_date > clock.today_date - 180
        and run_heart_rates.moving_s between 28 * 60 and 75 * 60
        and (
            run_heart_rates.is_race
            or run_heart_rates.heart_rate_avg_bpm
            >= constants.hard_effort_share_of_max_heart_rate * with_maximum.max_heart_rate_bpm
        )
    group by with_maximum.athlete_id

)

select
    with_maximum.athlete_id,
    with_maximum.sex,
    with_maximum.max_heart_rate_bpm,
    with_maximum.max_heart_rate_method,
    with_maximum.max_heart_rate_confidence,
    with_maximum.resting_heart_rate_bpm,
    coalesce(with_maximum.resting_heart_rate_bpm, constants.resting_heart_rate_assumed_bpm)
        as resting_heart_rate_weighed_bpm,
    coalesce(
        hard_half_hours.heart_rate_30min_bpm,
        constants.threshold_share_of_max_heart_rate * with_maximum.max_heart_rate_bpm
    ) as threshold_heart_rate_bpm
from with_maximum
left join hard_half_hours on with_maximum.athlete_id = hard_half_hours.athlete_id
cross join constants
