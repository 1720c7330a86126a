{% set standard_distances_m = [
    100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1200, 1500, 1600, 2000, 3000, 4000, 5000, 6000, 8000, 10000,
    12000, 15000, 16000, 20000,
] %}
{% set standard_durations_s = [
    10, 15, 20, 25, 30, 40, 45, 60, 75, 90, 105, 120, 150, 180, 210, 240, 270,
] + range(300, 7201, 60) | list %}

with activities as (

    select * from {{ ref('int_activities_merged') }}

),

detected as (

    select * from {{ ref('int_reps_detected') }}

),

constants as (

    {{ constants_row([
        'rep_distance_tolerance', 'rep_duration_tolerance', 'rep_duration_tolerance_s', 'set_rest_over_usual',
        'set_rest_longer_s', 'even_reps_spread',
    ]) }}

),

unnested as (

    select
        activities.athlete_id,
        activities.activity_id,
        detected.first_sample_at,
        detected.detected_from,
        generate_subscripts(detected.reps, 1) as rep_number,
        unnest(detected.reps) as rep
    from activities
    inner join detected
        on
            activities.athlete_id = detected.athlete_id
            and activities.stream.file_sha256 = detected.file_sha256
            and activities.stream.session_number = detected.session_number
    where
        activities.is_run
        -- On trails the pace goes up and down by itself; there only a watch that was told of a workout is believed.
        and (not activities.is_trail or detected.detected_from = 'laps')

),

reps as (

    select
        * exclude (rep),
        rep.started_s,
        rep.duration_s,
        rep.distance_m,
        rep.flat_speed_m_per_s,
        rep.heart_rate_avg_bpm,
        rep.heart_rate_end_bpm,
        rep.rest_after_s,
        rep.rest_kind
    from unnested

),

-- Reps that were all alike are rounded together: each by itself is off by more than all of them.
compared as (

    select
        reps.*,
        median(reps.rest_after_s) over run as usual_rest_s,
        median(reps.rest_after_s / reps.duration_s) over run as usual_rest_over_work,
        lag(reps.rest_after_s) over in_order as rest_before_s,
        lag(reps.rest_after_s / reps.duration_s) over in_order as rest_over_work_before,
        case
            when
                stddev_pop(reps.duration_s) over run
                <= constants.even_reps_spread * avg(reps.duration_s) over run + constants.rep_duration_tolerance_s
                then avg(reps.duration_s) over run
            else reps.duration_s
        end as even_duration_s,
        case
            when
                stddev_pop(reps.distance_m) over run <= constants.even_reps_spread * avg(reps.distance_m) over run
                then avg(reps.distance_m) over run
            else reps.distance_m
        end as even_distance_m
    from reps
    cross join constants
    window
        run as (partition by reps.athlete_id, reps.activity_id),
        in_order as (partition by reps.athlete_id, reps.activity_id order by reps.rep_number)

),

standardised as (

    select
        *,
        {{ nearest('even_distance_m', standard_distances_m) }} as standard_distance_m,
        {{ nearest('even_duration_s', standard_durations_s) }} as standard_duration_s
    from compared

),

-- How far off the round numbers a run's reps are, in tolerances.
missed as (

    select
        standardised.*,
        avg(abs(standardised.even_distance_m / standardised.standard_distance_m - 1)) over run
        / constants.rep_distance_tolerance as distance_miss,
        avg(
            abs(standardised.even_duration_s - standardised.standard_duration_s)
            / (
                constants.rep_duration_tolerance_s
                + constants.rep_duration_tolerance * standardised.standard_duration_s
            )
        ) over run as duration_miss,
        coalesce(
            standardised.rest_before_s >= constants.set_rest_over_usual * standardised.usual_rest_s
            and standardised.rest_before_s >= standardised.usual_rest_s + constants.set_rest_longer_s
            -- In a ladder the recovery grows with the rep before it.
            and standardised.rest_over_work_before
            >= constants.set_rest_over_usual * standardised.usual_rest_over_work,
            false
        ) as begins_set
    from standardised
    cross join constants
    window run as (partition by standardised.athlete_id, standardised.activity_id)

),

-- A session is by distance or by time, not rep by rep; a time is round by chance twice as often as a distance.
judged as (

    select
        *,
        distance_miss <= 1 and distance_miss <= 0.2 + 2 * duration_miss as is_by_distance
    from missed

)

select
    athlete_id,
    activity_id,
    cast(rep_number as integer) as rep_number,
    cast(
        1 + count(*) filter (where begins_set) over (
            partition by athlete_id, activity_id order by rep_number rows unbounded preceding
        ) as integer
    ) as set_number,
    first_sample_at + to_microseconds(cast(1e6 * started_s as bigint)) as started_at,
    distance_m,
    duration_s,
    flat_speed_m_per_s,
    heart_rate_avg_bpm,
    heart_rate_end_bpm,
    rest_after_s,
    rest_kind,
    detected_from,
    case when is_by_distance then cast(standard_distance_m as double) end as rounded_distance_m,
    case when not is_by_distance and duration_miss <= 1 then cast(standard_duration_s as double) end
        as rounded_duration_s
from judged
