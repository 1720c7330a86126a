{% set answers = ['fatigue_score', 'soreness_score', 'mood_score', 'sleep_score'] %}

with nights as (

    select * from {{ ref('int_recovery_days') }}

),

entries as (

    select * from {{ ref('stg_coach__logbook') }}

),

constants as (

    {{ constants_row([
        'hrv_week_nights_min', 'hrv_baseline_nights_min', 'readiness_z_lowest', 'readiness_z_red', 'readiness_z_amber',
        'readiness_z_high', 'readiness_usual_pct', 'readiness_amber_from_pct', 'readiness_green_from_pct',
        'readiness_hrv_amber_sd', 'readiness_hrv_red_sd', 'readiness_resting_rise_bpm', 'readiness_resting_rise_sd',
        'readiness_sleep_amber_share', 'readiness_sleep_red_share', 'readiness_feeling_amber_pct',
        'readiness_resting_heart_rate_sd_bpm', 'readiness_sleep_sd_s', 'readiness_weight_hrv',
        'readiness_weight_resting_heart_rate', 'readiness_weight_sleep', 'readiness_weight_feeling',
        'readiness_weight_known_min',
    ]) }}

),

answered as (

    select
        athlete_id,
        entry_id,
        {% for answer in answers %}
            case when {{ answer }} between 1 and 5 then {{ answer }} end as {{ answer }},
        {% endfor %}
        begin_date as local_date
    from entries
    where kind = 'checkin'

),

-- The answers of a morning, 1 as 0 % and 5 as 100 %; what was left out does not count.
checkins as (

    select
        *,
        25 * (list_avg([{{ answers | join(', ') }}]) - 1) as feeling_pct
    from answered
    where coalesce({{ answers | join(', ') }}) is not null
    qualify row_number() over (partition by athlete_id, local_date order by entry_id desc) = 1

),

-- A baseline of too few nights is none.
judged as (

    select
        nights.* exclude (
            athlete_id, local_date, ln_hrv_7d, ln_hrv_7d_spread, ln_hrv_60d, ln_hrv_60d_spread, resting_7d,
            resting_60d, resting_60d_spread
        ),
        checkins.* exclude (athlete_id, local_date, entry_id),
        constants.*,
        coalesce(nights.athlete_id, checkins.athlete_id) as athlete_id,
        coalesce(nights.local_date, checkins.local_date) as local_date,
        case when nights.hrv_nights_7d >= constants.hrv_week_nights_min then nights.ln_hrv_7d end as ln_hrv_7d_mean,
        case
            when nights.hrv_nights_7d >= constants.hrv_week_nights_min
                then 100 * nights.ln_hrv_7d_spread / nullif(nights.ln_hrv_7d, 0)
        end as hrv_cv_7d_pct,
        case when nights.hrv_nights_60d >= constants.hrv_baseline_nights_min then nights.ln_hrv_60d end
            as ln_hrv_60d_mean,
        case when nights.hrv_nights_60d >= constants.hrv_baseline_nights_min then nights.ln_hrv_60d_spread end
            as ln_hrv_60d_sd,
        case when nights.resting_nights_7d >= constants.hrv_week_nights_min then nights.resting_7d end
            as resting_heart_rate_7d_mean_bpm,
        case when nights.resting_nights_60d >= constants.hrv_baseline_nights_min then nights.resting_60d end
            as resting_heart_rate_60d_mean_bpm,
        case when nights.resting_nights_60d >= constants.hrv_baseline_nights_min then nights.resting_60d_spread end
            as resting_heart_rate_60d_sd_bpm
    from nights
    full join checkins on nights.athlete_id = checkins.athlete_id and nights.local_date = checkins.local_date
    cross join constants

),

-- How many standard deviations better than usual last night was. Without last night there is nothing to compare.
compared as (

    select
        *,
        -- Where the week says nothing of HRV, one night of it does not either.
        case when ln_hrv_7d_mean is not null then (ln(hrv_ms) - ln_hrv_60d_mean) / nullif(ln_hrv_60d_sd, 0) end
            as hrv_deviations,
        (resting_heart_rate_60d_mean_bpm - resting_heart_rate_bpm)
        / coalesce(nullif(resting_heart_rate_60d_sd_bpm, 0), readiness_resting_heart_rate_sd_bpm)
            as resting_heart_rate_deviations,
        case
            when sleep_nights_60d >= hrv_baseline_nights_min
                then (sleep_s - sleep_60d) / coalesce(nullif(sleep_60d_spread, 0), readiness_sleep_sd_s)
            else (sleep_s - coalesce(nullif(sleep_need_s, 0), sleep_28d)) / readiness_sleep_sd_s
        end as sleep_deviations,
        sleep_s / coalesce(nullif(sleep_need_s, 0), sleep_28d) as sleep_share,
        resting_heart_rate_60d_mean_bpm
        + greatest(readiness_resting_rise_bpm, readiness_resting_rise_sd * coalesce(resting_heart_rate_60d_sd_bpm, 0))
            as raised_from_bpm
    from judged

),

parts as (

    select
        *,
        {{ readiness_part('hrv_deviations') }} as readiness_hrv_pct,
        {{ readiness_part('resting_heart_rate_deviations') }} as readiness_resting_heart_rate_pct,
        {{ readiness_part('sleep_deviations') }} as readiness_sleep_pct,
        case
            when sleep_share < readiness_sleep_red_share then 0 when sleep_share < readiness_sleep_amber_share then 1
            when sleep_share is not null then 2
        end as sleep_state,
        lag(resting_heart_rate_bpm) over days as resting_heart_rate_before_bpm
    from compared
    window days as (partition by athlete_id order by local_date)

),

-- How each part stands by its own signal, 0 red, 1 amber, 2 green, as the coach reads it.
signalled as (

    select
        *,
        case
            when readiness_hrv_pct is null then null
            when ln_hrv_7d_mean < ln_hrv_60d_mean - readiness_hrv_red_sd * ln_hrv_60d_sd then 0
            when ln_hrv_7d_mean < ln_hrv_60d_mean - readiness_hrv_amber_sd * ln_hrv_60d_sd then 1
            else 2
        end as hrv_state,
        case
            when readiness_resting_heart_rate_pct is null then null
            when resting_heart_rate_bpm < raised_from_bpm then 2
            when resting_heart_rate_before_bpm >= raised_from_bpm then 0
            else 1
        end as resting_heart_rate_state,
        lag(sleep_state) over days as sleep_state_before
    from parts
    window days as (partition by athlete_id order by local_date)

),

-- No score is worse than the worst of its parts. Without HRV one red part is amber, if it was not red the day before.
floored as (

    select
        *,
        case
            when readiness_hrv_pct is not null or resting_heart_rate_state = 0 or sleep_state_before = 0
                then coalesce(least(hrv_state, resting_heart_rate_state, sleep_state), 2)
            else greatest(1, coalesce(least(resting_heart_rate_state, sleep_state), 2))
        end as worst_state
    from signalled

),

weighed as (

    select
        *,
        case when readiness_hrv_pct is not null then readiness_weight_hrv else 0 end
        + case when readiness_resting_heart_rate_pct is not null then readiness_weight_resting_heart_rate else 0 end
        + case when readiness_sleep_pct is not null then readiness_weight_sleep else 0 end as known_weight,
        coalesce(readiness_weight_hrv * readiness_hrv_pct, 0)
        + coalesce(readiness_weight_resting_heart_rate * readiness_resting_heart_rate_pct, 0)
        + coalesce(readiness_weight_sleep * readiness_sleep_pct, 0) as weighed_sum,
        case worst_state when 2 then readiness_green_from_pct when 1 then readiness_amber_from_pct else 0 end
            as floor_pct
    from floored

),

-- The maker's score where there is one; else our own, if enough of the night is known.
nights_scored as (

    select
        *,
        case
            when recovery_score_pct is not null then recovery_score_pct
            when known_weight >= readiness_weight_known_min - 1e-6
                then greatest(weighed_sum / known_weight, floor_pct)
        end as readiness_night_pct,
        case
            when recovery_score_pct is not null then 'device'
            when known_weight >= readiness_weight_known_min - 1e-6 then 'composite'
        end as readiness_source,
        -- How far a check-in pulls our own score towards itself; a maker's score stays as it is.
        case
            when recovery_score_pct is null and known_weight >= readiness_weight_known_min - 1e-6
                then readiness_weight_feeling / (known_weight + readiness_weight_feeling)
        end as readiness_feeling_share,
        case when recovery_score_pct is null and known_weight >= readiness_weight_known_min - 1e-6 then floor_pct end
            as readiness_floor_pct
    from weighed

)

select
    athlete_id,
    local_date,
    recovery_family,
    recovery_source,
    coalesce(has_recovery, false) as has_recovery,
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
    ln_hrv_7d_mean,
    hrv_cv_7d_pct,
    coalesce(hrv_nights_7d, 0) as hrv_nights_7d,
    ln_hrv_60d_mean,
    ln_hrv_60d_sd,
    coalesce(hrv_nights_60d, 0) as hrv_nights_60d,
    resting_heart_rate_7d_mean_bpm,
    resting_heart_rate_60d_mean_bpm,
    resting_heart_rate_60d_sd_bpm,
    coalesce(resting_nights_60d, 0) as resting_heart_rate_nights_60d,
    sleep_28d as sleep_28d_mean_s,
    sleep_28d_spread as sleep_28d_sd_s,
    coalesce(sleep_nights_28d, 0) as sleep_nights_28d,
    score_28d as recovery_score_28d_mean_pct,
    score_28d_spread as recovery_score_28d_sd_pct,
    coalesce(score_nights_28d, 0) as recovery_score_nights_28d,
    fatigue_score,
    soreness_score,
    mood_score,
    sleep_score,
    feeling_pct,
    readiness_hrv_pct,
    readiness_resting_heart_rate_pct,
    readiness_sleep_pct,
    feeling_pct as readiness_feeling_pct,
    readiness_night_pct,
    readiness_feeling_share,
    readiness_floor_pct,
    case
        when readiness_feeling_share is not null and feeling_pct is not null
            then
                greatest(
                    readiness_night_pct + readiness_feeling_share * (feeling_pct - readiness_night_pct),
                    case
                        when feeling_pct < readiness_feeling_amber_pct
                            then least(readiness_floor_pct, readiness_amber_from_pct)
                        else readiness_floor_pct
                    end
                )
        else readiness_night_pct
    end as readiness_score_pct,
    readiness_source
from nights_scored
