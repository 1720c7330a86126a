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
        'heart_rate_max_agreement_bpm', 'heart_rate_max_below_estimate_bpm', 'heart_rate_max_above_mean_bpm',
        'heart_rate_max_possible_bpm', 'heart_rate_mean_shortest_s', 'threshold_share_of_max_heart_rate',
        'threshold_share_of_max_heart_rate_least', 'hard_effort_share_of_max_heart_rate',
        'resting_heart_rate_assumed_bpm',
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
        coalesce(measured.heart_rate_max_bpm, activities.heart_rate_max_bpm) as heart_rate_max_bpm,
        measured.heart_rate_max_bpm is not null as is_cleaned,
        measured.heart_rate_30min_bpm
    from activities
    left join measured
        on
            activities.athlete_id = measured.athlete_id
            and activities.heart_rate_stream.file_sha256 = measured.file_sha256
            and activities.heart_rate_stream.session_number = measured.session_number
    cross join clock
    where activities.is_run and activities.local_date <= clock.today_date

),

-- The last year in which a heart was measured, however long ago it was: an old maximum serves the runs of its time.
last_year as (

    select
        *,
        max(local_date) over (partition by athlete_id) as last_date
    from run_heart_rates
    where heart_rate_max_bpm is not null
    qualify local_date > last_date - 365

),

-- What a vendor lists was not cleaned of a sensor's faults, so it counts only where samples are wanting.
maxima as (

    select
        *,
        row_number() over (
            partition by athlete_id order by heart_rate_max_bpm desc, local_date desc, is_cleaned desc
        ) as place
    from (
        select * from last_year
        qualify is_cleaned or count(*) filter (where is_cleaned) over (partition by athlete_id) < 3
    ) as believed

),

run_maxima as (

    select
        athlete_id,
        max(heart_rate_max_bpm) filter (where place = 1) as highest_bpm,
        max(heart_rate_max_bpm) filter (where place = 2) as second_highest_bpm,
        max(heart_rate_max_bpm) filter (where place = 3) as third_highest_bpm,
        bool_and(is_cleaned) as is_cleaned,
        max(last_date) as last_date
    from maxima
    group by athlete_id

),

-- Nobody runs ten minutes at the maximum: it lies above the mean of every run.
run_means as (

    select
        athlete_id,
        max(heart_rate_avg_bpm + heart_rate_max_above_mean_bpm) as least_max_bpm
    from (
        select
            run_heart_rates.*,
            constants.heart_rate_max_above_mean_bpm
        from run_heart_rates
        cross join constants
        where
            run_heart_rates.moving_s >= constants.heart_rate_mean_shortest_s
            and run_heart_rates.heart_rate_avg_bpm
            <= constants.heart_rate_max_possible_bpm - constants.heart_rate_max_above_mean_bpm
        qualify is_cleaned or count(*) filter (where is_cleaned) over (partition by run_heart_rates.athlete_id) < 3
    ) as believed
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
        said.threshold_heart_rate_bpm as said_threshold_bpm,
        run_maxima.second_highest_bpm,
        run_means.least_max_bpm,
        run_maxima.is_cleaned,
        run_maxima.last_date > clock.today_date - 365 as is_recent,
        -- One reading alone may be a fault of the sensor: another run, higher or lower, must come as near.
        least(
            run_maxima.highest_bpm - run_maxima.second_highest_bpm,
            run_maxima.second_highest_bpm - run_maxima.third_highest_bpm
        ) as apart_bpm,
        -- Tanaka 2001; limits of agreement are some 20 bpm either way.
        208 - 0.7 * (year(clock.today_date) - said.birth_year) as tanaka_bpm,
        coalesce(said.resting_heart_rate_bpm, resting.resting_heart_rate_bpm) as resting_heart_rate_bpm,
        case
            when said.resting_heart_rate_bpm is not null then 'said'
            when resting.resting_heart_rate_bpm is not null then 'measured'
        end as resting_heart_rate_origin
    from athletes
    left join said on athletes.athlete_id = said.athlete_id
    left join run_maxima on athletes.athlete_id = run_maxima.athlete_id
    left join run_means on athletes.athlete_id = run_means.athlete_id
    left join resting on athletes.athlete_id = resting.athlete_id
    cross join clock

),

chosen as (

    select
        estimated.*,
        case
            when estimated.said_max_bpm is not null then 'said'
            when
                estimated.apart_bpm <= constants.heart_rate_max_agreement_bpm
                and estimated.second_highest_bpm
                >= coalesce(estimated.tanaka_bpm - constants.heart_rate_max_below_estimate_bpm, 0)
                then case when estimated.is_cleaned then 'measured' else 'listed' end
            -- Two runs went higher than the formula: then it is too low, whatever they disagree on.
            when estimated.is_cleaned and estimated.second_highest_bpm > coalesce(estimated.tanaka_bpm, 0)
                then 'measured_once'
            when estimated.tanaka_bpm is null and estimated.second_highest_bpm is not null then 'listed'
            when estimated.tanaka_bpm is not null then 'tanaka'
        end as likeliest_method,
        case likeliest_method
            when 'said' then estimated.said_max_bpm
            when 'tanaka' then estimated.tanaka_bpm
            else estimated.second_highest_bpm
        end as likeliest_bpm,
        coalesce(likeliest_method, '') <> 'said' and least_max_bpm > coalesce(likeliest_bpm, 0) as is_too_low
    from estimated
    cross join constants

),

with_maximum as (

    select
        *,
        case when is_too_low then least_max_bpm else likeliest_bpm end as max_heart_rate_bpm,
        case when is_too_low then 'run_mean' else likeliest_method end as max_heart_rate_method,
        case
            when max_heart_rate_method = 'said' then 'high'
            -- Without an age nobody can tell the highest of easy runs from a maximum, and an old one has fallen since.
            when max_heart_rate_method = 'measured' and tanaka_bpm is not null and is_recent then 'medium'
            else 'low'
        end as max_heart_rate_confidence
    from chosen

),

-- Friel's threshold: the best half hour of a race or hard effort that was not much longer than it. Against a maximum
-- that is itself a guess no effort is known to be hard.
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
        and coalesce(
            run_heart_rates.heart_rate_30min_bpm between
            constants.threshold_share_of_max_heart_rate_least * with_maximum.max_heart_rate_bpm
            and with_maximum.max_heart_rate_bpm,
            true
        )
        and (
            run_heart_rates.is_race
            or (
                run_heart_rates.heart_rate_avg_bpm
                >= constants.hard_effort_share_of_max_heart_rate * with_maximum.max_heart_rate_bpm
                and with_maximum.max_heart_rate_confidence <> 'low'
            )
        )
    group by with_maximum.athlete_id

),

with_threshold as (

    select
        with_maximum.*,
        hard_half_hours.heart_rate_30min_bpm,
        case
            when with_maximum.said_threshold_bpm is not null then 'said'
            when hard_half_hours.heart_rate_30min_bpm is not null then 'measured'
            when with_maximum.max_heart_rate_bpm is not null then 'share_of_max'
        end as threshold_heart_rate_origin
    from with_maximum
    left join hard_half_hours on with_maximum.athlete_id = hard_half_hours.athlete_id

)

select
    with_threshold.athlete_id,
    with_threshold.sex,
    with_threshold.max_heart_rate_bpm,
    with_threshold.max_heart_rate_method,
    with_threshold.max_heart_rate_confidence,
    with_threshold.resting_heart_rate_bpm,
    with_threshold.resting_heart_rate_origin,
    coalesce(with_threshold.resting_heart_rate_bpm, constants.resting_heart_rate_assumed_bpm)
        as resting_heart_rate_weighed_bpm,
    case with_threshold.threshold_heart_rate_origin
        when 'said' then with_threshold.said_threshold_bpm
        when 'measured' then with_threshold.heart_rate_30min_bpm
        when 'share_of_max' then constants.threshold_share_of_max_heart_rate * with_threshold.max_heart_rate_bpm
    end as threshold_heart_rate_bpm,
    with_threshold.threshold_heart_rate_origin,
    case
        when with_threshold.threshold_heart_rate_origin = 'said' then 'high'
        when with_threshold.threshold_heart_rate_origin = 'measured' then 'medium'
        else 'low'
    end as threshold_heart_rate_confidence
from with_threshold
cross join constants
