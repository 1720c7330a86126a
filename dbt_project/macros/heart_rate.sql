{#
  Stretches of a recording whose heart rate is not the heart's, as `heart_rate_holes` (session_key, from_s, until_s, reason) and
  `holes_by_session` (a list of them). `steps` has session_key, elapsed_s, step_s, step_m, cadence_spm, heart_rate_read_bpm and
  the time and change since the reading before.

  spike       between two leaps in opposite directions that lie close together
  dry_strap   before a leap in the first minutes, or before a quick fall there while the runner did not slow down
  steps       a block of minutes in which the readings are the steps per minute, and move with them

  `has_heart_rate_spike`, `has_dry_strap` and `has_cadence_lock` say the same of the session. An honest heart is told apart by its inertia: it needs seconds for what a loose contact does at once, does not calm down in
  full run, and meets the cadence by chance without following it.
#}
{% macro heart_rate_holes(steps) -%}
heart_rate_rules as (

    {{ constants_row([
        'heart_rate_leap_bpm_per_s', 'heart_rate_held_s', 'heart_rate_spike_max_s', 'dry_strap_max_s',
        'dry_strap_fall_bpm', 'dry_strap_fall_s', 'moving_speed_min_m_per_s', 'cadence_lock_part_share_min',
        'cadence_lock_part_correlation_min', 'cadence_lock_bpm', 'cadence_lock_block_s',
    ]) }}

),

-- A device that shows each value for some seconds catches up at once: that is no leap unless it is larger.
heart_rate_leaps as (

    select
        steps.session_key,
        steps.elapsed_s,
        abs(steps.heart_rate_change_bpm) as change_bpm,
        sign(steps.heart_rate_change_bpm) as direction
    from {{ steps }} as steps
    cross join heart_rate_rules
    where
        abs(steps.heart_rate_change_bpm) > heart_rate_rules.heart_rate_leap_bpm_per_s * steps.heart_rate_step_s
        and (
            not steps.is_heart_rate_held
            or abs(steps.heart_rate_change_bpm)
            > heart_rate_rules.heart_rate_leap_bpm_per_s * heart_rate_rules.heart_rate_held_s
        )

),

heart_rate_leaps_paired as (

    select
        leaps.session_key,
        leaps.elapsed_s,
        leaps.change_bpm,
        lead(leaps.elapsed_s) over by_time as next_s,
        coalesce(
            lead(leaps.direction) over by_time = -leaps.direction
            and lead(leaps.elapsed_s) over by_time - leaps.elapsed_s < heart_rate_rules.heart_rate_spike_max_s,
            false
        ) as begins_spike,
        coalesce(
            lag(leaps.direction) over by_time = -leaps.direction
            and leaps.elapsed_s - lag(leaps.elapsed_s) over by_time < heart_rate_rules.heart_rate_spike_max_s,
            false
        ) as ends_spike
    from heart_rate_leaps as leaps
    cross join heart_rate_rules
    window by_time as (partition by leaps.session_key order by leaps.elapsed_s)

),

heart_rate_starts as (

    select
        steps.session_key,
        steps.elapsed_s,
        steps.heart_rate_read_bpm,
        max(steps.heart_rate_read_bpm) over just_before as before_bpm,
        sum(steps.step_m) over just_before as just_before_m,
        sum(steps.step_m) over long_before as long_before_m
    from {{ steps }} as steps
    cross join (select *, 2 * dry_strap_fall_s as twice_fall_s from heart_rate_rules) as heart_rate_rules
    where steps.elapsed_s <= heart_rate_rules.dry_strap_max_s
    window
        just_before as (
            partition by steps.session_key order by steps.elapsed_s
            range between heart_rate_rules.dry_strap_fall_s preceding and current row
        ),
        long_before as (
            partition by steps.session_key order by steps.elapsed_s
            range between heart_rate_rules.twice_fall_s preceding and heart_rate_rules.dry_strap_fall_s preceding
        )

),

heart_rate_falls as (

    select
        starts.session_key,
        max(starts.elapsed_s) as until_s
    from heart_rate_starts as starts
    cross join heart_rate_rules
    where
        starts.elapsed_s >= 2 * heart_rate_rules.dry_strap_fall_s
        and starts.before_bpm - starts.heart_rate_read_bpm >= heart_rate_rules.dry_strap_fall_bpm
        and starts.just_before_m >= 0.9 * starts.long_before_m
        and starts.just_before_m >= heart_rate_rules.moving_speed_min_m_per_s * heart_rate_rules.dry_strap_fall_s
    group by starts.session_key

),

-- Minutes in which the readings are the steps per minute; that they move together is asked of those alone.
cadence_blocks as (

    select
        steps.session_key,
        heart_rate_rules.cadence_lock_block_s
        * floor(steps.elapsed_s / heart_rate_rules.cadence_lock_block_s) as from_s,
        heart_rate_rules.cadence_lock_block_s as block_s,
        sum(least(steps.step_s, steps.heart_rate_step_s)) as locked_s,
        case
            when stddev_pop(steps.heart_rate_read_bpm) > 0 and stddev_pop(steps.cadence_spm) > 0
                then corr(steps.heart_rate_read_bpm, steps.cadence_spm)
        end as correlation
    from {{ steps }} as steps
    cross join heart_rate_rules
    where abs(steps.heart_rate_read_bpm - steps.cadence_spm) <= heart_rate_rules.cadence_lock_bpm
    group by steps.session_key, from_s, block_s

),

heart_rate_holes as (

    select
        session_key,
        elapsed_s as from_s,
        next_s as until_s,
        'spike' as reason
    from heart_rate_leaps_paired
    where begins_spike
    union all
    select
        leaps.session_key,
        0 as from_s,
        max(leaps.elapsed_s) as until_s,
        'dry_strap' as reason
    from heart_rate_leaps_paired as leaps
    cross join heart_rate_rules
    where
        not leaps.begins_spike
        and not leaps.ends_spike
        and leaps.elapsed_s <= heart_rate_rules.dry_strap_max_s
        and leaps.change_bpm >= heart_rate_rules.dry_strap_fall_bpm
    group by leaps.session_key
    union all
    select
        session_key,
        0 as from_s,
        until_s,
        'dry_strap' as reason
    from heart_rate_falls
    union all
    select
        blocks.session_key,
        blocks.from_s,
        blocks.from_s + blocks.block_s as until_s,
        'steps' as reason
    from cadence_blocks as blocks
    cross join heart_rate_rules
    where
        blocks.locked_s >= heart_rate_rules.cadence_lock_part_share_min * blocks.block_s
        and blocks.correlation >= heart_rate_rules.cadence_lock_part_correlation_min

),

holes_by_session as (

    select
        session_key,
        list(struct_pack(from_s, until_s) order by from_s, until_s) as holes,
        bool_or(reason = 'spike') as has_heart_rate_spike,
        bool_or(reason = 'dry_strap') as has_dry_strap,
        bool_or(reason = 'steps') as has_cadence_lock
    from heart_rate_holes
    group by session_key

)
{%- endmacro %}

{#
  Whether a run was not easy by its mean heart rate, whatever its pace: above 88 % of the maximum, or of what lies just below
  threshold. Null where its heart rate or both limits are unknown.
#}
{% macro is_hard_by_heart(run, athlete, constants) -%}
    {{ run }}.heart_rate_avg_bpm > least(
        {{ constants }}.hard_effort_share_of_max_heart_rate * {{ athlete }}.max_heart_rate_bpm,
        {{ athlete }}.threshold_heart_rate_bpm - {{ constants }}.easy_below_threshold_bpm
    )
{%- endmacro %}
