with nights as (

    select * from {{ ref('int_nights_merged') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['recovery_family_slack_nights']) }}

),

first_nights as (

    select
        athlete_id,
        min(local_date) as first_date
    from nights
    group by athlete_id

),

families as (

    select
        athlete_id,
        family,
        min(local_date) as known_since_date
    from nights
    group by athlete_id, family

),

days as (

    select
        first_nights.athlete_id,
        families.family,
        families.known_since_date,
        cast(unnest(generate_series(first_nights.first_date, clock.today_date, interval 1 day)) as date) as local_date
    from first_nights
    inner join families on first_nights.athlete_id = families.athlete_id
    cross join clock

),

-- Whoever wears two devices; of all others nothing needs to be chosen.
several as (

    select athlete_id
    from families
    group by athlete_id
    having count(*) > 1

),

counted as (

    select
        days.athlete_id,
        days.family,
        days.local_date,
        days.known_since_date,
        nights.athlete_id is not null as has_recovery,
        count(nights.family) over (
            partition by days.athlete_id, days.family order by days.local_date rows between 28 preceding and 1 preceding
        ) as nights_before
    from days
    semi join several on days.athlete_id = several.athlete_id
    left join nights
        on
            days.athlete_id = nights.athlete_id
            and days.family = nights.family
            and days.local_date = nights.local_date

),

-- Which family a week listens to is settled by its Monday, so that two devices do not take turns from day to day.
settled as (

    select
        *,
        first_value(nights_before) over (
            partition by athlete_id, family, date_trunc('week', local_date) order by local_date
        ) as nights_before_week
    from counted

),

compared as (

    select
        settled.*,
        max(settled.nights_before_week) over (partition by settled.athlete_id, settled.local_date) as most_nights,
        constants.recovery_family_slack_nights as slack_nights
    from settled
    cross join constants

),

-- The first family that has about as many nights as any in the four weeks before the week began, and before there are
-- any the one that was known first. Where it was silent last night, the next one that was not.
chosen as (

    select
        athlete_id,
        local_date,
        family
    from compared
    qualify
        row_number() over (
            partition by athlete_id, local_date
            order by
                has_recovery desc,
                nights_before_week >= most_nights - slack_nights desc,
                case when most_nights = 0 then known_since_date end asc,
                list_position(['whoop', 'garmin', 'table'], family) asc
        ) = 1

),

-- One row a day and family without holes, so that rows are days and every family has its own baseline.
windowed as (

    select
        days.athlete_id,
        days.family,
        days.local_date,
        nights.* exclude (athlete_id, family, local_date),
        nights.athlete_id is not null as has_recovery,
        avg(ln(nights.hrv_ms)) over week_to_here as ln_hrv_7d,
        stddev_samp(ln(nights.hrv_ms)) over week_to_here as ln_hrv_7d_spread,
        count(nights.hrv_ms) over week_to_here as hrv_nights_7d,
        avg(nights.resting_heart_rate_bpm) over week_to_here as resting_7d,
        count(nights.resting_heart_rate_bpm) over week_to_here as resting_nights_7d,
        avg(ln(nights.hrv_ms)) over sixty_days_to_here as ln_hrv_60d,
        stddev_samp(ln(nights.hrv_ms)) over sixty_days_to_here as ln_hrv_60d_spread,
        count(nights.hrv_ms) over sixty_days_to_here as hrv_nights_60d,
        count(nights.resting_heart_rate_bpm) over sixty_days_to_here as resting_nights_60d,
        avg(nights.resting_heart_rate_bpm) over sixty_days_to_here as resting_60d,
        stddev_samp(nights.resting_heart_rate_bpm) over sixty_days_to_here as resting_60d_spread,
        avg(nights.sleep_s) over four_weeks_to_here as sleep_28d,
        stddev_samp(nights.sleep_s) over four_weeks_to_here as sleep_28d_spread,
        count(nights.sleep_s) over four_weeks_to_here as sleep_nights_28d,
        avg(nights.sleep_s) over sixty_days_to_here as sleep_60d,
        stddev_samp(nights.sleep_s) over sixty_days_to_here as sleep_60d_spread,
        count(nights.sleep_s) over sixty_days_to_here as sleep_nights_60d,
        avg(nights.recovery_score_pct) over four_weeks_to_here as score_28d,
        stddev_samp(nights.recovery_score_pct) over four_weeks_to_here as score_28d_spread,
        count(nights.recovery_score_pct) over four_weeks_to_here as score_nights_28d
    from days
    left join nights
        on
            days.athlete_id = nights.athlete_id
            and days.family = nights.family
            and days.local_date = nights.local_date
    window
        week_to_here as (partition by days.athlete_id, days.family order by days.local_date rows 6 preceding),
        four_weeks_to_here as (partition by days.athlete_id, days.family order by days.local_date rows 27 preceding),
        sixty_days_to_here as (partition by days.athlete_id, days.family order by days.local_date rows 59 preceding)

)

select
    windowed.athlete_id,
    windowed.local_date,
    windowed.family as recovery_family,
    source as recovery_source,
    has_recovery,
    wake_at,
    recovery_score_pct,
    hrv_ms,
    resting_heart_rate_bpm,
    respiratory_rate_bpm,
    sleep_s,
    light_sleep_s,
    deep_sleep_s,
    rem_sleep_s,
    awake_s,
    sleep_need_s,
    sleep_performance_pct,
    stress_avg,
    body_battery_max,
    body_battery_min,
    ln_hrv_7d,
    ln_hrv_7d_spread,
    hrv_nights_7d,
    ln_hrv_60d,
    ln_hrv_60d_spread,
    hrv_nights_60d,
    resting_7d,
    resting_nights_7d,
    resting_nights_60d,
    resting_60d,
    resting_60d_spread,
    sleep_28d,
    sleep_28d_spread,
    sleep_nights_28d,
    sleep_60d,
    sleep_60d_spread,
    sleep_nights_60d,
    score_28d,
    score_28d_spread,
    score_nights_28d
from windowed
left join chosen on windowed.athlete_id = chosen.athlete_id and windowed.local_date = chosen.local_date
where chosen.family is null or windowed.family = chosen.family
