with reps as (

    select * from {{ ref('int_reps_numbered') }}

),

constants as (

    {{ constants_row(['stride_longest_s', 'stride_rest_over_work_min', 'uphill_effort_min']) }}

),

labelled as (

    select
        *,
        coalesce(
            {{ distance_words('rounded_distance_m') }},
            {{ duration_words('rounded_duration_s') }}
        ) as one_rep,
        row_number() over (partition by athlete_id, activity_id order by rep_number)
        - row_number() over (
            partition by athlete_id, activity_id, rounded_distance_m, rounded_duration_s order by rep_number
        ) as stretch
    from reps

),

-- Equal reps that follow each other.
groups as (

    select
        athlete_id,
        activity_id,
        min(rep_number) as first_rep,
        count(*) as reps,
        any_value(one_rep) as one_rep,
        any_value(rounded_distance_m) as rounded_distance_m,
        any_value(rounded_duration_s) as rounded_duration_s
    from labelled
    group by athlete_id, activity_id, one_rep, stretch

),

groups_listed as (

    select
        athlete_id,
        activity_id,
        max(reps) as longest_group,
        string_agg(
            case when reps > 1 then printf('%d × %s', reps, one_rep) else one_rep end, ' + '
            order by first_rep
        ) as in_full,
        case
            when bool_and(rounded_distance_m is not null)
                then string_agg(cast(cast(rounded_distance_m as integer) as text), '-' order by first_rep) || ' m'
            when bool_and(rounded_duration_s % 60 = 0)
                then
                    string_agg(cast(cast(rounded_duration_s as integer) // 60 as text), '-' order by first_rep)
                    || ' min'
            else string_agg(one_rep, '-' order by first_rep)
        end as as_ladder
    from groups
    group by athlete_id, activity_id

),

set_sizes as (

    select
        athlete_id,
        activity_id,
        set_number,
        count(*) as reps
    from reps
    group by athlete_id, activity_id, set_number

),

sets as (

    select
        athlete_id,
        activity_id,
        count(*) as set_count,
        min(reps) as smallest_set,
        max(reps) as largest_set
    from set_sizes
    group by athlete_id, activity_id

),

with_next as (

    select
        *,
        coalesce(
            lead(set_number) over (partition by athlete_id, activity_id order by rep_number) > set_number, false
        ) as ends_set
    from labelled

),

runs as (

    select
        athlete_id,
        activity_id,
        cast(count(*) as integer) as rep_count,
        count(distinct one_rep) as label_count,
        bool_and(one_rep is not null) as is_round,
        any_value(one_rep) as one_rep,
        any_value(rounded_distance_m) as rounded_distance_m,
        any_value(rounded_duration_s) as rounded_duration_s,
        avg(duration_s) as duration_s,
        min(duration_s) as shortest_s,
        max(duration_s) as longest_s,
        1000 * sum(duration_s) / nullif(sum(distance_m), 0) as pace_s_per_km,
        sum(flat_speed_m_per_s * duration_s) / nullif(sum(distance_m), 0) as effort_over_flat,
        5 * round(avg(rest_after_s) filter (where not ends_set) / 5) as rest_s,
        stddev_pop(rest_after_s) filter (where not ends_set) / avg(rest_after_s) filter (where not ends_set)
            as rest_variation,
        5 * round(avg(rest_after_s) filter (where ends_set) / 5) as set_rest_s
    from with_next
    group by athlete_id, activity_id

),

worded as (

    select
        runs.*,
        case
            when not runs.is_round and runs.rep_count = 1 then {{ clock_words('runs.duration_s') }}
            when not runs.is_round
                then
                    printf(
                        '%d reps of %s to %s', runs.rep_count, {{ clock_words('runs.shortest_s') }},
                        {{ clock_words('runs.longest_s') }}
                    )
            when runs.rep_count = 1 then runs.one_rep
            when runs.label_count > 1
                then
                    case
                        when groups_listed.longest_group = 1 then groups_listed.as_ladder
                        else groups_listed.in_full
                    end
            when sets.set_count > 1 and sets.smallest_set = sets.largest_set and sets.largest_set > 1
                then printf('%d × (%d × %s)', sets.set_count, sets.largest_set, runs.one_rep)
            else printf('%d × %s', runs.rep_count, runs.one_rep)
        end as what,
        case
            when
                runs.rounded_duration_s <= constants.stride_longest_s
                and runs.rest_s >= constants.stride_rest_over_work_min * runs.duration_s
                and runs.label_count = 1
                then ' strides'
            when runs.effort_over_flat >= constants.uphill_effort_min then ' uphill'
            when runs.rep_count > 1 and (not runs.is_round or runs.label_count > 1) then ''
            when runs.rounded_distance_m < 2000 then ' in ' || {{ clock_words('runs.duration_s') }}
            else coalesce(' at ' || {{ clock_words('runs.pace_s_per_km') }} || '/km', '')
        end as how,
        case
            when
                runs.rep_count > 1
                and runs.label_count = 1
                and runs.rounded_duration_s <= constants.stride_longest_s
                and runs.rest_s >= constants.stride_rest_over_work_min * runs.duration_s
                then ''
            when runs.rest_variation <= 0.25 then ', ' || {{ duration_words('runs.rest_s') }} || ' rest'
            else ''
        end as rest,
        case
            when sets.set_count > 1 then ', ' || {{ duration_words('runs.set_rest_s') }} || ' between sets'
            else ''
        end as set_rest
    from runs
    inner join groups_listed
        on runs.athlete_id = groups_listed.athlete_id and runs.activity_id = groups_listed.activity_id
    inner join sets on runs.athlete_id = sets.athlete_id and runs.activity_id = sets.activity_id
    cross join constants

)

select
    athlete_id,
    activity_id,
    rep_count,
    what || how || rest || set_rest as structure
from worded
