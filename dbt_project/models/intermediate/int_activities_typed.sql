with described as (

    select * from {{ ref('int_runs_described') }}

),

constants as (

    {{ constants_row([
        'hard_effort_share_of_max_heart_rate', 'hard_marathon_share_of_max_heart_rate', 'even_durations_spread_max',
        'interval_share_of_threshold_speed_min', 'threshold_speed_tolerance', 'threshold_rep_shortest_s',
        'tempo_block_shortest_s', 'interval_work_shortest_s', 'race_pace_shortest_s',
        'uphill_effort_min', 'progression_correlation_min', 'progression_gain_min', 'long_run_shortest_s',
        'long_run_least_s',
        'long_over_usual_min', 'recovery_longest_s', 'recovery_share_of_max_heart_rate',
        'easy_share_of_max_heart_rate', 'threshold_share_of_max_heart_rate_min',
        'threshold_share_of_max_heart_rate_max',
    ]) }}

),

-- The first rule that fits names the run. Long reps at threshold are a tempo run and come before short ones.
ruled as (

    select
        described.*,
        case
            when described.said_type is not null then 'by_hand'
            when described.is_race then 'race_tag'
            when
                not coalesce(described.is_no_race, false)
                and described.whole_race_fitness >= 0.97 * described.race_fitness
                and described.heart_rate_share >= case
                    when described.whole_distance_m > 30000 then constants.hard_marathon_share_of_max_heart_rate
                    else constants.hard_effort_share_of_max_heart_rate
                end
                then 'race_effort'
            when
                described.rep_count >= 3
                and described.work_s >= constants.interval_work_shortest_s
                and described.effort_over_flat >= constants.uphill_effort_min
                then 'uphill_reps'
            when
                described.rep_count between 1 and 5
                and described.rep_mean_s >= constants.threshold_rep_shortest_s
                and coalesce(
                    abs(described.rep_speed_m_per_s / described.threshold_speed_m_per_s - 1)
                    <= constants.threshold_speed_tolerance,
                    described.rep_heart_rate_share between
                    constants.threshold_share_of_max_heart_rate_min
                    and constants.threshold_share_of_max_heart_rate_max
                )
                then 'threshold_reps'
            when
                described.rep_count >= 3
                and described.work_s >= constants.interval_work_shortest_s
                and coalesce(
                    described.rep_speed_m_per_s
                    >= constants.interval_share_of_threshold_speed_min * described.threshold_speed_m_per_s,
                    true
                )
                then
                    case
                        when described.rep_variation <= constants.even_durations_spread_max then 'even_reps'
                        else 'varied_reps'
                    end
            when
                described.rep_count between 1 and 2
                and described.longest_rep_s >= constants.tempo_block_shortest_s
                and coalesce(
                    abs(described.rep_speed_m_per_s / described.threshold_speed_m_per_s - 1)
                    <= constants.threshold_speed_tolerance,
                    true
                )
                then 'threshold_block'
            when
                described.heart_rate_share between
                constants.threshold_share_of_max_heart_rate_min and constants.threshold_share_of_max_heart_rate_max
                and described.moving_s >= constants.tempo_block_shortest_s
                then 'threshold_heart_rate'
            when
                described.progression_correlation >= constants.progression_correlation_min
                and described.progression_gain >= constants.progression_gain_min
                then 'faster_blocks'
            when
                described.is_outing_main
                and (
                    described.outing_moving_s >= constants.long_run_shortest_s
                    or (
                        described.usual_count >= 4
                        and described.outing_moving_s >= constants.long_run_least_s
                        and coalesce(described.outing_moving_s > described.longest_of_week_s, true)
                        and (
                            described.outing_moving_s >= constants.long_over_usual_min * described.usual_outing_s
                            or (
                                described.outing_moving_s >= 0.9 * described.longest_outing_s
                                and described.outing_moving_s >= 1.2 * described.usual_outing_s
                            )
                        )
                    )
                )
                then 'long_for_this_runner'
        end as hard_rule
    from described
    cross join constants

),

followed as (

    select
        *,
        coalesce(
            bool_or(hard_rule is not null and coalesce(said_type, '') not in ('easy', 'recovery', 'steady')) over (
                partition by athlete_id order by local_date
                range between interval 1 day preceding and interval 1 day preceding
            ),
            false
        ) as is_day_after_hard
    from ruled

),

named as (

    select
        followed.*,
        case
            when followed.hard_rule is not null then followed.hard_rule
            when
                followed.moving_s <= constants.recovery_longest_s
                and followed.heart_rate_share < constants.recovery_share_of_max_heart_rate
                and followed.is_day_after_hard
                then 'short_and_low_after_hard'
            when followed.is_hard_by_heart then 'none_of_these'
            when followed.heart_rate_share < constants.easy_share_of_max_heart_rate then 'low_heart_rate'
            when
                followed.heart_rate_share is null
                and not followed.is_treadmill
                and followed.flat_speed_m_per_s < followed.easy_fast_speed_m_per_s
                then 'slower_than_easy'
            when
                followed.heart_rate_share is null
                and (
                    followed.flat_speed_m_per_s is null
                    or followed.easy_fast_speed_m_per_s is null
                    or followed.is_treadmill
                )
                then 'assumed_easy'
            else 'none_of_these'
        end as run_type_rule
    from followed
    cross join constants

)

select
    named.athlete_id,
    named.activity_id,
    case named.run_type_rule
        when 'by_hand' then named.said_type
        when 'race_tag' then 'race'
        when 'race_effort' then 'race'
        when 'uphill_reps' then 'hills'
        when 'even_reps' then 'intervals'
        when 'varied_reps' then 'fartlek'
        when 'threshold_reps' then 'tempo'
        when 'threshold_block' then 'tempo'
        when 'threshold_heart_rate' then 'tempo'
        when 'faster_blocks' then 'progression'
        when 'long_for_this_runner' then 'long'
        when 'short_and_low_after_hard' then 'recovery'
        when 'none_of_these' then 'steady'
        else 'easy'
    end as run_type,
    cast(
        case
            when named.run_type_rule = 'by_hand' then 1
            when named.run_type_rule = 'race_tag' then 0.95
            -- A watch that was told of the workout knows better than its samples.
            when
                named.run_type_rule in ('uphill_reps', 'even_reps', 'varied_reps', 'threshold_reps')
                and named.detected_from = 'laps'
                then 0.9
            when
                named.run_type_rule in (
                    'race_effort', 'uphill_reps', 'even_reps', 'threshold_reps', 'long_for_this_runner',
                    'low_heart_rate'
                )
                then 0.8
            when named.run_type_rule = 'assumed_easy' then 0.3
            else 0.6
        end as double
    ) as run_type_confidence,
    named.run_type_rule,
    named.rep_speed_m_per_s,
    named.race_fitness,
    named.threshold_speed_m_per_s,
    named.race_pace_s >= constants.race_pace_shortest_s as has_race_pace_work
from named
cross join constants
