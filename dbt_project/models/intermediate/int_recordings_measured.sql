{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['athlete_id', 'file_sha256', 'session_number'],
        on_schema_change='fail',
        post_hook='{{ recordings_lost() }}'
    )
}}

{% set effort_distances_m = [1000, 1609.344, 3000, 5000, 10000, 21097.5, 42195] %}

with {{ adjusted_samples() }},

rolled as (

    select
        *,
        -- What a window lasted is its last sum less its first: cheaper than adding up again.
        sum(flat_step_m) over around_30s / nullif(
            last_value(moved_s) over around_30s
            - first_value(moved_s) over around_30s
            + first_value(moving_step_s) over around_30s,
            0
        ) as speed_30s_m_per_s,
        sum(flat_step_m) over around_10s / nullif(
            last_value(elapsed_s) over around_10s
            - first_value(elapsed_s) over around_10s
            + first_value(step_s) over around_10s,
            0
        ) as speed_10s_m_per_s,
        case
            when beats_s - first_value(beats_s) over last_30min >= 1750
                then (beats - first_value(beats) over last_30min) / (beats_s - first_value(beats_s) over last_30min)
        end as heart_rate_30min_bpm
    from adjusted
    window
        around_30s as (partition by session_key order by elapsed_s range between 15 preceding and 15 following),
        around_10s as (partition by session_key order by elapsed_s range between 5 preceding and 5 following),
        last_30min as (partition by session_key order by elapsed_s range between 1800 preceding and current row)

),

totals as (

    select
        session_key,
        count(*) as sample_count,
        bool_or(has_position) as has_position,
        max(elapsed_s) as elapsed_s,
        sum(moving_step_s) as moving_s,
        sum(step_m) as distance_m,
        sum(flat_step_m) / nullif(sum(moving_step_s) filter (where step_m > 0), 0) as flat_speed_m_per_s,
        power(
            sum(power(speed_30s_m_per_s, 4) * moving_step_s)
            / nullif(sum(moving_step_s) filter (where speed_30s_m_per_s > 0), 0),
            0.25
        ) as normalised_speed_m_per_s,
        max(beats) / nullif(max(beats_s), 0) as heart_rate_avg_bpm,
        max(beats_s) / nullif(sum(step_s) filter (where step_s <= 30), 0) as heart_rate_share,
        -- The first minutes are left out: a dry strap or a cold wrist reads high.
        quantile_cont(heart_rate_bpm, 0.995) filter (where elapsed_s > 180) as heart_rate_max_bpm,
        max(heart_rate_30min_bpm) as heart_rate_30min_bpm,
        avg(cadence_spm) filter (where is_moving and cadence_spm > 0) as cadence_spm,
        coalesce(
            sum(step_s) filter (where abs(heart_rate_bpm - cadence_spm) <= 3 and is_moving)
            / nullif(sum(step_s) filter (where heart_rate_bpm is not null and cadence_spm > 0 and is_moving), 0),
            0
        ) as cadence_lock_share,
        case
            when stddev_pop(heart_rate_bpm) > 0 and stddev_pop(cadence_spm) > 0 then corr(heart_rate_bpm, cadence_spm)
        end as cadence_lock_correlation,
        count(*) filter (where is_speed_impossible) as impossible_speed_count,
        count(*) filter (where is_heart_rate_impossible) as impossible_heart_rate_count
    from rolled
    group by session_key

),

-- Decoupling compares equal halves by time once the first ten minutes and all stops are left out.
steady_parts as (

    select
        rolled.session_key,
        rolled.flat_step_m,
        rolled.moving_step_s,
        rolled.heart_rate_bpm,
        rolled.speed_30s_m_per_s,
        rolled.moved_s <= 300 + totals.moving_s / 2 as is_first
    from rolled
    inner join totals on rolled.session_key = totals.session_key
    where rolled.moved_s > 600 and rolled.is_moving and totals.moving_s >= 2700

),

halves as (

    select
        session_key,
        sum(flat_step_m) filter (where is_first) / nullif(sum(moving_step_s) filter (where is_first), 0) as first_speed,
        sum(flat_step_m) filter (where not is_first)
        / nullif(sum(moving_step_s) filter (where not is_first), 0) as second_speed,
        avg(heart_rate_bpm) filter (where is_first) as first_heart_rate,
        avg(heart_rate_bpm) filter (where not is_first) as second_heart_rate,
        stddev_pop(speed_30s_m_per_s) / nullif(avg(speed_30s_m_per_s), 0) as speed_variation
    from steady_parts
    group by session_key

),

-- How fast each five minutes were: a run that only ever gets faster is a progression, not intervals.
block_speeds as (

    select
        session_key,
        floor(moved_s / 300) as block,
        sum(flat_step_m) / nullif(sum(moving_step_s), 0) as speed
    from rolled
    where is_moving
    group by session_key, block
    having sum(moving_step_s) >= 150

),

blocks as (

    select
        *,
        rank() over (partition by session_key order by speed) as speed_rank
    from block_speeds

),

progressions as (

    select
        session_key,
        corr(block, speed_rank) as progression_correlation,
        arg_max(speed, block) / arg_min(speed, block) - 1 as progression_gain
    from blocks
    group by session_key
    having count(*) >= 4

),

heart_rate_bins as (

    select
        session_key,
        heart_rate_bpm,
        sum(step_s) as seconds
    from rolled
    where heart_rate_bpm is not null and step_s <= 30
    group by session_key, heart_rate_bpm

),

heart_rate_histograms as (

    select
        session_key,
        list(struct_pack(heart_rate_bpm, seconds) order by heart_rate_bpm) as heart_rate_seconds
    from heart_rate_bins
    group by session_key

),

speed_bins as (

    select
        session_key,
        floor(speed_10s_m_per_s * 20) / 20 as speed,
        sum(moving_step_s) as moving_seconds
    from rolled
    where is_run and speed_10s_m_per_s is not null and step_s <= 30
    group by session_key, speed

),

speed_histograms as (

    select
        session_key,
        list(struct_pack(speed_m_per_s := speed, seconds := moving_seconds) order by speed) as speed_seconds
    from speed_bins
    group by session_key

),

places as (

    select
        accumulated.session_key,
        accumulated.elapsed_s,
        accumulated.run_m,
        accumulated.beats,
        accumulated.beats_s,
        totals.distance_m as session_distance_m,
        struct_pack(
            accumulated.run_m,
            accumulated.elapsed_s,
            s_per_m := coalesce(accumulated.step_s / nullif(accumulated.step_m + 1e-6 * accumulated.step_s, 0), 0)
        ) as place
    from accumulated
    inner join totals on accumulated.session_key = totals.session_key
    where accumulated.is_run and totals.distance_m >= {{ effort_distances_m | first }}

),

-- For every sample the first place that lies less than one effort's distance behind; the exact distance was passed
-- between it and the place before.
{% for distance_m in effort_distances_m %}
    places_behind_{{ loop.index }} as (

        select
            *,
            first_value(place) over (
                partition by session_key order by run_m range between {{ distance_m }} preceding and current row
            ) as behind
        from places
        where session_distance_m >= {{ distance_m }}

    ),

{% endfor %}
efforts_timed as (

    {% for distance_m in effort_distances_m %}
        select
            session_key,
            cast({{ distance_m }} as double) as distance_m,
            behind.elapsed_s - (behind.run_m - (run_m - {{ distance_m }})) * behind.s_per_m as started_s,
            elapsed_s,
            beats,
            beats_s
        from places_behind_{{ loop.index }}
        where run_m >= {{ distance_m }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

efforts_fastest as (

    select
        session_key,
        distance_m,
        min(elapsed_s - started_s) as time_s,
        arg_min(started_s, elapsed_s - started_s) as started_s,
        arg_min(beats, elapsed_s - started_s) as beats,
        arg_min(beats_s, elapsed_s - started_s) as beats_s
    from efforts_timed
    group by session_key, distance_m

),

efforts_with_heart_rate as (

    select
        efforts_fastest.session_key,
        efforts_fastest.distance_m,
        efforts_fastest.time_s,
        (efforts_fastest.beats - coalesce(accumulated.beats, 0))
        / nullif(efforts_fastest.beats_s - coalesce(accumulated.beats_s, 0), 0) as heart_rate_avg_bpm
    from efforts_fastest
    asof left join accumulated
        on
            efforts_fastest.session_key = accumulated.session_key
            and efforts_fastest.started_s >= accumulated.elapsed_s

),

efforts as (

    select
        session_key,
        list(struct_pack(distance_m, time_s, heart_rate_avg_bpm) order by distance_m) as efforts
    from efforts_with_heart_rate
    group by session_key

)

select
    sessions.athlete_id,
    sessions.file_sha256,
    sessions.session_number,
    sessions.reader_version,
    totals.sample_count,
    totals.has_position,
    totals.elapsed_s,
    totals.moving_s,
    totals.distance_m,
    totals.flat_speed_m_per_s,
    totals.normalised_speed_m_per_s,
    climbs.elevation_gain_m,
    totals.heart_rate_avg_bpm,
    totals.heart_rate_share,
    totals.heart_rate_max_bpm,
    totals.heart_rate_30min_bpm,
    totals.cadence_spm,
    totals.cadence_lock_share,
    totals.cadence_lock_correlation,
    totals.impossible_speed_count,
    totals.impossible_heart_rate_count,
    case
        when halves.speed_variation < 0.1 and totals.heart_rate_share >= 0.8
            then
                {{ decoupling_pct(
                    'halves.first_speed', 'halves.first_heart_rate', 'halves.second_speed', 'halves.second_heart_rate'
                ) }}
    end as decoupling_pct,
    progressions.progression_correlation,
    progressions.progression_gain,
    heart_rate_histograms.heart_rate_seconds,
    speed_histograms.speed_seconds,
    efforts.efforts
from sessions
inner join totals on sessions.session_key = totals.session_key
left join climbs on sessions.session_key = climbs.session_key
left join halves on sessions.session_key = halves.session_key
left join progressions on sessions.session_key = progressions.session_key
left join heart_rate_histograms on sessions.session_key = heart_rate_histograms.session_key
left join speed_histograms on sessions.session_key = speed_histograms.session_key
left join efforts on sessions.session_key = efforts.session_key
