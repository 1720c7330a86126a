{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['athlete_id', 'file_sha256', 'session_number'],
        on_schema_change='fail',
        post_hook='{{ recordings_lost() }}'
    )
}}

{% set effort_distances_m = [
    400, 800, 1000, 1500, 1609.344, 3000, 3218.688, 5000, 10000, 15000, 21097.5, 42195,
] %}

with {{ adjusted_samples() }},

measuring_rules as (

    {{ constants_row([
        'heart_rate_settle_s', 'warm_up_s', 'decoupling_moving_min_s', 'decoupling_speed_variation_max',
        'decoupling_heart_rate_share_min', 'climb_threshold_m', 'climb_threshold_noises', 'cadence_lock_bpm',
    ]) }}

),

-- Five seconds are the grain of all that rolls; a step that passes a border belongs to where it ends.
moments as (

    select
        session_key,
        floor(elapsed_s / 5) as moment,
        any_value(is_run) as is_run,
        max(elapsed_s) as until_s,
        max(moved_s) as moved_s,
        sum(moving_step_s) as moving_s,
        sum(case when is_recorded then step_s else 0 end) as recorded_s,
        -- Where the position jumped, seconds without metres say nothing of speed.
        sum(case when step_m > 0 then moving_step_s else 0 end) as run_s,
        sum(flat_step_m) as flat_m,
        max(case when is_recorded then step_m / step_s else 0 end)
        - min(case when is_recorded then step_m / step_s else 0 end) as speed_range_m_per_s,
        median(heart_rate_bpm) as heart_rate_bpm,
        sum(heart_rate_bpm * heart_rate_step_s) as beats,
        coalesce(sum(heart_rate_step_s) filter (where heart_rate_bpm is not null), 0) as beats_s
    from adjusted
    group by session_key, moment

),

rolled as (

    select
        *,
        sum(flat_m) over around_30s / nullif(sum(run_s) over around_30s, 0) as speed_30s_m_per_s,
        sum(flat_m) over around_10s / nullif(sum(run_s) over around_10s, 0) as speed_10s_m_per_s,
        case
            when sum(beats_s) over last_30min >= 1750
                then sum(beats) over last_30min / sum(beats_s) over last_30min
        end as heart_rate_30min_bpm
    from moments
    window
        around_30s as (partition by session_key order by moment range between 3 preceding and 2 following),
        around_10s as (partition by session_key order by moment range between 1 preceding and current row),
        last_30min as (partition by session_key order by moment range between 359 preceding and current row)

),

sums as (

    select
        adjusted.session_key,
        count(*) as sample_count,
        bool_or(adjusted.has_position) as has_position,
        max(adjusted.elapsed_s) as elapsed_s,
        sum(adjusted.step_m) as distance_m,
        avg(adjusted.cadence_spm) filter (where adjusted.is_moving and adjusted.cadence_spm > 0) as cadence_spm,
        coalesce(
            sum(adjusted.step_s) filter (
                where
                abs(adjusted.heart_rate_read_bpm - adjusted.cadence_spm) <= measuring_rules.cadence_lock_bpm
                and adjusted.is_moving
            )
            / nullif(
                sum(adjusted.step_s) filter (
                    where adjusted.heart_rate_read_bpm is not null and adjusted.cadence_spm > 0 and adjusted.is_moving
                ),
                0
            ),
            0
        ) as cadence_lock_share,
        case
            when stddev_pop(adjusted.heart_rate_read_bpm) > 0 and stddev_pop(adjusted.cadence_spm) > 0
                then corr(adjusted.heart_rate_read_bpm, adjusted.cadence_spm)
        end as cadence_lock_correlation,
        count(*) filter (where adjusted.is_speed_impossible) as impossible_speed_count,
        count(*) filter (where adjusted.is_heart_rate_impossible) as impossible_heart_rate_count
    from adjusted
    cross join measuring_rules
    group by adjusted.session_key

),

totals as (

    select
        rolled.session_key,
        sum(rolled.moving_s) as moving_s,
        sum(rolled.flat_m) / nullif(sum(rolled.run_s), 0) as flat_speed_m_per_s,
        power(
            sum(power(rolled.speed_30s_m_per_s, 4) * rolled.run_s) / nullif(sum(rolled.run_s), 0), 0.25
        ) as normalised_speed_m_per_s,
        sum(rolled.beats) / nullif(sum(rolled.beats_s), 0) as heart_rate_avg_bpm,
        sum(rolled.beats_s) / nullif(sum(rolled.recorded_s), 0) as heart_rate_share,
        quantile_cont(rolled.heart_rate_bpm, 0.995) filter (
            where rolled.until_s > measuring_rules.heart_rate_settle_s
        ) as heart_rate_max_bpm,
        max(rolled.heart_rate_30min_bpm) as heart_rate_30min_bpm
    from rolled
    cross join measuring_rules
    group by rolled.session_key

),

altitude_lines as (

    select
        stretches.session_key,
        list(stretches.altitude_m order by stretches.stretch) as altitudes_m,
        greatest(
            any_value(measuring_rules.climb_threshold_m),
            any_value(measuring_rules.climb_threshold_noises * stretches.altitude_noise_m) filter (
                where stretches.is_rough
            )
        ) as threshold_m
    from stretches
    cross join measuring_rules
    group by stretches.session_key

),

climbs as (

    select
        session_key,
        -- A lambda of two arguments is news to the linter.
        {{ climbed_m('altitudes_m', 'threshold_m') }} as elevation_gain_m  -- noqa: PRS
    from altitude_lines

),

-- Decoupling compares equal halves by time once the first ten minutes and all stops are left out.
steady_parts as (

    select
        rolled.*,
        rolled.moved_s <= (measuring_rules.warm_up_s + totals.moving_s) / 2 as is_first
    from rolled
    inner join totals on rolled.session_key = totals.session_key
    cross join measuring_rules
    where
        rolled.moved_s > measuring_rules.warm_up_s
        and rolled.run_s > 0
        and totals.moving_s >= measuring_rules.decoupling_moving_min_s

),

halves as (

    select
        session_key,
        {% for half, condition in [('first', 'is_first'), ('second', 'not is_first')] %}
            sum(flat_m) filter (where {{ condition }}) / nullif(sum(run_s) filter (where {{ condition }}), 0)
                as {{ half }}_speed,
            sum(beats) filter (where {{ condition }}) / nullif(sum(beats_s) filter (where {{ condition }}), 0)
                as {{ half }}_heart_rate,
            sum(beats_s) filter (where {{ condition }}) / nullif(sum(recorded_s) filter (where {{ condition }}), 0)
                as {{ half }}_heart_rate_share,
        {% endfor %}
        stddev_pop(speed_30s_m_per_s) / nullif(avg(speed_30s_m_per_s), 0) as speed_variation
    from steady_parts
    group by session_key

),

-- How fast each five minutes were: a run that only ever gets faster is a progression, not intervals.
block_speeds as (

    select
        session_key,
        floor(moved_s / 300) as block,
        sum(flat_m) / nullif(sum(run_s), 0) as speed
    from rolled
    where moving_s > 0
    group by session_key, block
    having sum(moving_s) >= 150

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
        sum(heart_rate_step_s) as seconds
    from adjusted
    where heart_rate_bpm is not null
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
        sum(moving_s) as seconds
    from rolled
    where is_run and speed_10s_m_per_s is not null
    group by session_key, speed

),

speed_histograms as (

    select
        session_key,
        list(struct_pack(speed_m_per_s := speed, seconds) order by speed) as speed_seconds
    from speed_bins
    group by session_key

),

{{ fastest_efforts(effort_distances_m) }}

select
    sessions.athlete_id,
    sessions.file_sha256,
    sessions.session_number,
    sessions.reader_version,
    sums.sample_count,
    sums.has_position,
    sums.elapsed_s,
    coalesce(idle_ends.idle_end_s, 0) as idle_end_s,
    totals.moving_s,
    sums.distance_m,
    totals.flat_speed_m_per_s,
    totals.normalised_speed_m_per_s,
    climbs.elevation_gain_m,
    totals.heart_rate_avg_bpm,
    totals.heart_rate_share,
    totals.heart_rate_max_bpm,
    totals.heart_rate_30min_bpm,
    sums.cadence_spm,
    sums.cadence_lock_share,
    sums.cadence_lock_correlation,
    coalesce(holes_by_session.has_heart_rate_spike, false) as has_heart_rate_spike,
    coalesce(holes_by_session.has_dry_strap, false) as has_dry_strap,
    coalesce(holes_by_session.has_cadence_lock, false) as has_cadence_lock,
    sums.impossible_speed_count,
    sums.impossible_heart_rate_count,
    case
        when
            halves.speed_variation < measuring_rules.decoupling_speed_variation_max
            and halves.first_heart_rate_share >= measuring_rules.decoupling_heart_rate_share_min
            and halves.second_heart_rate_share >= measuring_rules.decoupling_heart_rate_share_min
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
inner join sums on sessions.session_key = sums.session_key
inner join totals on sessions.session_key = totals.session_key
left join climbs on sessions.session_key = climbs.session_key
left join halves on sessions.session_key = halves.session_key
left join progressions on sessions.session_key = progressions.session_key
left join heart_rate_histograms on sessions.session_key = heart_rate_histograms.session_key
left join speed_histograms on sessions.session_key = speed_histograms.session_key
left join holes_by_session on sessions.session_key = holes_by_session.session_key
left join idle_ends on sessions.session_key = idle_ends.session_key
left join efforts on sessions.session_key = efforts.session_key
cross join measuring_rules
