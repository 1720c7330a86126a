with workouts as (

    select * from {{ ref('int_workouts_in_force') }}

),

matched as (

    select * from {{ ref('int_workouts_matched') }}

),

decided as (

    select * from {{ ref('int_matches_decided') }}

),

intensities as (

    select * from {{ ref('int_intensities_judged') }}

),

activities as (

    select * from {{ ref('activities') }}

),

heard as (

    select * from {{ ref('int_athletes_heard') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'completed_ratio_min', 'reps_kept_share_min', 'score_volume_points', 'score_intensity_points',
        'score_structure_points', 'score_points_per_day',
    ]) }}

),

words as (

    select * from decided
    where verdict in ('not_done', 'skipped')

),

joined as (

    select
        workouts.*,
        activities.activity_id,
        activities.local_date as done_date,
        activities.distance_m as done_distance_m,
        activities.moving_s as done_moving_s,
        coalesce(
            {{ share_of_plan('activities.moving_s', 'workouts.planned_duration_s', 'workouts.advised_duration_s') }},
            {{ share_of_plan('activities.distance_m', 'workouts.planned_distance_m', 'workouts.advised_distance_m') }}
        ) as ratio,
        matched.match_cost,
        coalesce(matched.is_by_hand, words.verdict is not null) as is_by_hand,
        words.verdict,
        words.because,
        cast(activities.local_date - workouts.workout_date as integer) as moved_days,
        workouts.workout_date >= clock.today_date as is_ahead,
        workouts.workout_date > clock.today_date as is_later,
        workouts.workout_date + workouts.tolerance_days < clock.today_date as is_window_closed,
        coalesce(heard.heard_until_date >= workouts.workout_date + workouts.tolerance_days, false) as is_heard,
        intensities.* exclude (athlete_id, plan_id, workout_id),
        days_off.because as off_because,
        workouts.advised_type = 'rest' as is_rest_advised,
        workouts.advised_type = 'rest'
        or workouts.advised_type <> workouts.workout_type
        or coalesce(workouts.advised_duration_s < workouts.planned_duration_s, false) as is_eased,
        intensities.in_order_rep_count / intensities.planned_rep_count as structure_share,
        constants.*
    from workouts
    left join matched
        on
            workouts.athlete_id = matched.athlete_id
            and workouts.plan_id = matched.plan_id
            and workouts.workout_id = matched.workout_id
    left join activities
        on matched.athlete_id = activities.athlete_id and matched.activity_id = activities.activity_id
    left join words
        on
            workouts.athlete_id = words.athlete_id
            and workouts.plan_id = words.plan_id
            and workouts.workout_id = words.workout_id
    left join intensities
        on
            workouts.athlete_id = intensities.athlete_id
            and workouts.plan_id = intensities.plan_id
            and workouts.workout_id = intensities.workout_id
    left join heard on workouts.athlete_id = heard.athlete_id
    left join days_off
        on workouts.athlete_id = days_off.athlete_id and workouts.workout_date = days_off.local_date
    cross join clock
    cross join constants

),

shared as (

    select
        *,
        {{ volume_share('ratio') }} as volume_share
    from joined

),

judged as (

    select
        *,
        case
            when verdict = 'skipped' then 'skipped'
            when verdict = 'not_done' and not is_later then 'missed'
            when activity_id is not null and ratio < completed_ratio_min - 1e-6 then 'partial'
            when activity_id is not null and moved_days <> 0 then 'moved'
            when activity_id is not null then 'completed'
            when is_ahead then 'planned'
            when is_rest_advised or off_because is not null then 'skipped'
            when is_window_closed and is_heard then 'missed'
            else 'unknown'
        end as status,
        {{ compliance('ratio') }} as volume_compliance,
        score_volume_points * volume_share as volume_score,
        score_intensity_points * intensity_share as intensity_score,
        score_structure_points * structure_share as structure_score,
        case when volume_share is not null then score_volume_points else 0 end
        + case when intensity_share is not null then score_intensity_points else 0 end
        + case when structure_share is not null then score_structure_points else 0 end as judged_points
    from shared

),

scored as (

    select
        *,
        case
            when status = 'missed' then 0
            when activity_id is not null and workout_type <> 'race' and judged_points > 0
                then
                    greatest(
                        0,
                        100
                        * (coalesce(volume_score, 0) + coalesce(intensity_score, 0) + coalesce(structure_score, 0))
                        / judged_points
                        - score_points_per_day * abs(moved_days)
                    )
        end as adherence_score,
        case
            when status = 'missed' then 'red'
            -- An easy run that was none, and intervals without their repeats, took as long as planned and yet were not
            -- what was planned.
            when volume_compliance = 'green' and is_too_fast then 'yellow'
            when volume_compliance = 'green' and done_rep_count < reps_kept_share_min * planned_rep_count then 'yellow'
            else volume_compliance
        end as compliance,
        case
            when is_too_fast then 'faster than easy'
            when done_rep_count = 0 then 'no reps found where ' || planned_rep_count || ' were planned'
            when on_target_rep_count is null
                then done_rep_count || ' of ' || planned_rep_count || ' reps'
            when done_rep_count = planned_rep_count
                then on_target_rep_count || ' of ' || planned_rep_count || ' reps on target'
            else
                done_rep_count || ' of ' || planned_rep_count || ' reps, ' || on_target_rep_count || ' on target'
        end as detail
    from judged

)

select
    athlete_id,
    plan_id,
    revision,
    workout_id,
    workout_date,
    workout_type,
    title,
    planned_distance_m,
    planned_duration_s,
    is_quality,
    activity_id,
    done_date,
    done_distance_m,
    done_moving_s,
    status,
    ratio,
    compliance,
    match_cost,
    case
        when is_by_hand then 1
        when match_cost is not null then greatest(0, 1 - match_cost / 2)
    end as match_confidence,
    case when is_by_hand then 'by hand: ' else '' end
    || case
        when status = 'partial' then 'done at ' || cast(round(100 * ratio) as integer) || ' % of the plan'
        when status = 'moved'
            then
                abs(moved_days) || case when abs(moved_days) = 1 then ' day ' else ' days ' end
                || case when moved_days > 0 then 'later' else 'earlier' end || ' than planned'
        when status = 'completed' then 'done on the day'
        when status = 'skipped' and verdict is null and off_because is null then 'rest was advised that morning'
        when status = 'skipped' then 'skipped' || coalesce(', ' || coalesce(because, off_because), '')
        when status = 'planned' then 'still ahead'
        when status = 'missed' and verdict is not null then 'not done'
        when status = 'missed' then 'nothing like it was recorded, and your sources have been heard since'
        when not is_window_closed then 'may still be made up'
        else 'no recordings have arrived since'
    end
    || case
        when activity_id is not null and is_rest_advised then ', though rest was advised that morning'
        when activity_id is not null and is_eased then ', eased that morning'
        else ''
    end
    || coalesce(', ' || detail, '') as reason,
    moved_days,
    is_by_hand,
    case when status = 'skipped' then coalesce(because, off_because) end as skip_reason,
    adherence_score,
    volume_score,
    intensity_score,
    structure_score,
    intensity_share,
    intensity_basis,
    is_too_fast,
    planned_rep_count,
    done_rep_count,
    on_target_rep_count,
    detail,
    advised_type,
    advised_distance_m,
    advised_duration_s
from scored
