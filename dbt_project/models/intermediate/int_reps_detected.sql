{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['athlete_id', 'file_sha256', 'session_number'],
        on_schema_change='fail',
        post_hook='{{ recordings_lost() }}'
    )
}}

with {{ adjusted_samples() }},

constants as (

    {{ constants_row([
        'lap_distance_variation_min', 'lap_work_over_recovery_min', 'lap_button_work_over_recovery_min',
        'lap_work_share_of_fastest_min', 'rest_standing_max_m_per_s', 'rest_longest_s', 'walk_speed_max_m_per_s',
        'walk_cadence_max_spm',
    ]) }}

),

first_samples as (

    select
        session_key,
        min(at_s) as first_at_s
    from samples
    where is_run
    group by session_key

),

{{ lap_structures() }},

series as (

    select
        session_key,
        list(cast(elapsed_s as float) order by elapsed_s) as elapsed_s,
        list(cast(step_m as float) order by elapsed_s) as step_m,
        list(cast(flat_step_m as float) order by elapsed_s) as flat_step_m
    from adjusted
    where is_run
    group by session_key

),

found_spans as (

    select
        series.session_key,
        unnest(detect_reps(series.elapsed_s, series.step_m, series.flat_step_m)) as span
    from series
    anti join lap_structures on series.session_key = lap_structures.session_key

),

spans as (

    select
        session_key,
        'stream' as detected_from,
        span.started_s,
        span.ended_s
    from found_spans
    union all by name
    select
        lap_stretches.session_key,
        'laps' as detected_from,
        lap_stretches.started_s,
        lap_stretches.ended_s
    from lap_stretches
    inner join lap_structures on lap_stretches.session_key = lap_structures.session_key
    where lap_stretches.is_work

),

-- Work and the rests between it, as stretches whose samples are summed alike.
stretches_of_time as (

    select
        session_key,
        detected_from,
        started_s as rep_started_s,
        true as is_work,
        started_s,
        ended_s
    from spans
    union all by name
    select
        session_key,
        detected_from,
        started_s as rep_started_s,
        false as is_work,
        ended_s as started_s,
        lead(started_s) over (partition by session_key order by started_s) as ended_s
    from spans
    cross join constants
    qualify
        lead(started_s) over (partition by session_key order by started_s) - ended_s > 0
        and lead(started_s) over (partition by session_key order by started_s) - ended_s <= constants.rest_longest_s

),

-- A sample counts with as much of its step as lies within the stretch.
shared as (

    select
        stretches_of_time.*,
        adjusted.step_m,
        adjusted.flat_step_m,
        adjusted.step_s,
        adjusted.is_moving,
        adjusted.elapsed_s,
        adjusted.heart_rate_bpm,
        adjusted.cadence_spm,
        (
            least(adjusted.elapsed_s, stretches_of_time.ended_s)
            - greatest(adjusted.elapsed_s - adjusted.step_s, stretches_of_time.started_s)
        )
        / adjusted.step_s as part
    from stretches_of_time
    inner join adjusted
        on
            stretches_of_time.session_key = adjusted.session_key
            and stretches_of_time.started_s < adjusted.elapsed_s
            and stretches_of_time.ended_s > adjusted.elapsed_s - adjusted.step_s
    where adjusted.step_s > 0

),

summed as (

    select
        session_key,
        rep_started_s,
        is_work,
        any_value(detected_from) as detected_from,
        any_value(started_s) as started_s,
        any_value(ended_s) - any_value(started_s) as duration_s,
        sum(step_m * part) as distance_m,
        sum(flat_step_m * part) / (any_value(ended_s) - any_value(started_s)) as flat_speed_m_per_s,
        sum(step_m * part) / (any_value(ended_s) - any_value(started_s)) as speed_m_per_s,
        sum(heart_rate_bpm * step_s * part)
        / nullif(sum(step_s * part) filter (where heart_rate_bpm is not null), 0) as heart_rate_avg_bpm,
        avg(heart_rate_bpm) filter (where elapsed_s > ended_s - 5) as heart_rate_end_bpm,
        avg(cadence_spm) filter (where is_moving and cadence_spm > 0) as cadence_spm
    from shared
    group by session_key, rep_started_s, is_work

),

reps as (

    select
        efforts.session_key,
        any_value(efforts.detected_from) as detected_from,
        list(
            struct_pack(
                started_s := efforts.started_s,
                duration_s := efforts.duration_s,
                distance_m := efforts.distance_m,
                flat_speed_m_per_s := efforts.flat_speed_m_per_s,
                heart_rate_avg_bpm := efforts.heart_rate_avg_bpm,
                heart_rate_end_bpm := efforts.heart_rate_end_bpm,
                rest_after_s := rests.duration_s,
                rest_kind := case
                    when rests.speed_m_per_s < constants.rest_standing_max_m_per_s then 'standing'
                    when
                        rests.speed_m_per_s >= constants.walk_speed_max_m_per_s
                        or rests.cadence_spm >= constants.walk_cadence_max_spm
                        then 'jogging'
                    when rests.duration_s is not null then 'walking'
                end
            )
            order by efforts.started_s
        ) as reps
    from summed as efforts
    left join summed as rests
        on
            efforts.session_key = rests.session_key
            and efforts.rep_started_s = rests.rep_started_s
            and not rests.is_work
    cross join constants
    where efforts.is_work
    group by efforts.session_key

),

blocks as (

    select
        session_key,
        floor(moved_s / 120) as block,
        sum(flat_step_m) / sum(moving_step_s) as speed_m_per_s
    from adjusted
    where is_run and is_moving
    group by session_key, block
    having sum(moving_step_s) >= 60

),

block_speeds as (

    select
        session_key,
        list(cast(speed_m_per_s as float) order by block) as block_speeds_m_per_s
    from blocks
    group by session_key

)

select
    sessions.athlete_id,
    sessions.file_sha256,
    sessions.session_number,
    sessions.reader_version,
    to_timestamp(first_samples.first_at_s) as first_sample_at,
    reps.detected_from,
    reps.reps,
    block_speeds.block_speeds_m_per_s
from sessions
inner join first_samples on sessions.session_key = first_samples.session_key
left join reps on sessions.session_key = reps.session_key
left join block_speeds on sessions.session_key = block_speeds.session_key
