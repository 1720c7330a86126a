with recordings as (

    select
        athlete_id,
        recording_id,
        source,
        vendor_key,
        device_name,
        file_sha256,
        session_number,
        started_at,
        ended_at,
        is_start_vague,
        -- Where only the day is known it may have begun from a day before to a day after, wherever on Earth that was.
        case when is_start_vague then started_at - interval 1 day else started_at end as earliest_at,
        case when is_start_vague then ended_at + interval 1 day else ended_at end as latest_at,
        cast({{ local_time('started_at', 'coalesce(utc_offset_s, 0)') }} as date) as local_date,
        -- Only their times can be compared: a strap has no position, and a person remembers roughly.
        case
            when source in ('whoop_api', 'whoop_export') then 'strap'
            when source = 'manual' then 'memory'
        end as rough_kind,
        epoch(ended_at) - epoch(started_at) as lasting_s,
        moving_s,
        sport,
        coalesce(is_treadmill, false) as is_treadmill,
        distance_m
    from {{ ref('int_recordings_unioned') }}

),

-- Every day on which a recording of the same run may begin, so that only neighbours are compared.
recording_days as (

    select
        *,
        unnest(
            generate_series(
                cast(earliest_at - interval 2 hour as date), cast(latest_at + interval 2 hour as date), interval 1 day
            )
        ) as near_date
    from recordings

),

neighbours as (

    select
        earlier.athlete_id,
        earlier.recording_id as first_id,
        later.recording_id as second_id,
        case when later.lasting_s < earlier.lasting_s then later.recording_id else earlier.recording_id end
            as shorter_id,
        greatest(
            0, epoch(least(earlier.ended_at, later.ended_at)) - epoch(greatest(earlier.started_at, later.started_at))
        ) as overlap_s,
        least(earlier.lasting_s, later.lasting_s) as shorter_s,
        greatest(earlier.lasting_s, later.lasting_s) as longer_s,
        abs(epoch(later.started_at) - epoch(earlier.started_at)) as start_gap_s,
        -- How much of the shorter one would lie in the longer one if that had been recorded an hour earlier or later.
        greatest(
            {% for hour_s in [-3600, 3600] %}
                least(
                    epoch(earlier.ended_at)
                    + case when later.lasting_s < earlier.lasting_s then {{ hour_s }} else 0 end,
                    epoch(later.ended_at) + case when later.lasting_s < earlier.lasting_s then 0 else {{ hour_s }} end
                )
                - greatest(
                    epoch(earlier.started_at)
                    + case when later.lasting_s < earlier.lasting_s then {{ hour_s }} else 0 end,
                    epoch(later.started_at) + case when later.lasting_s < earlier.lasting_s then 0 else {{ hour_s }} end
                ){{ ',' if not loop.last }}
            {% endfor %}
        ) as hour_off_overlap_s,
        coalesce(earlier.sport = later.sport, true) as is_same_sport,
        earlier.source <> later.source or coalesce(earlier.device_name <> later.device_name, false) as is_other_device,
        earlier.is_start_vague or later.is_start_vague as is_vague,
        earlier.local_date = later.local_date as is_same_day,
        case
            when 'memory' in (coalesce(earlier.rough_kind, ''), coalesce(later.rough_kind, '')) then 'memory'
            when 'strap' in (coalesce(earlier.rough_kind, ''), coalesce(later.rough_kind, '')) then 'strap'
        end as rough_kind,
        -- A treadmill has no distance either. What was typed twice with another distance is another thing.
        (
            (
                coalesce(earlier.rough_kind, later.rough_kind) is null
                and not earlier.is_treadmill
                and not later.is_treadmill
            )
            or coalesce(earlier.rough_kind = 'memory' and later.rough_kind = 'memory', false)
        )
        and earlier.distance_m is not null
        and later.distance_m is not null as has_comparable_distances,
        earlier.distance_m is not null and later.distance_m is not null as has_both_distances,
        abs(earlier.distance_m - later.distance_m) as distance_gap_m,
        case when later.distance_m < earlier.distance_m then later.recording_id else earlier.recording_id end
            as lesser_id,
        case when later.lasting_s < earlier.lasting_s then later.distance_m else earlier.distance_m end
            as shorter_distance_m,
        case when later.lasting_s < earlier.lasting_s then earlier.distance_m else later.distance_m end
            as longer_distance_m,
        greatest(earlier.distance_m, later.distance_m) as larger_m,
        -- What would be left of the gap if the longer one had kept its pace for the time of the shorter.
        least(
            abs(
                case
                    when earlier.lasting_s >= later.lasting_s
                        then earlier.distance_m * later.lasting_s / earlier.lasting_s - later.distance_m
                    else later.distance_m * earlier.lasting_s / later.lasting_s - earlier.distance_m
                end
            ),
            abs(
                case
                    when earlier.lasting_s >= later.lasting_s
                        then earlier.distance_m * least(1, later.moving_s / earlier.moving_s) - later.distance_m
                    else later.distance_m * least(1, earlier.moving_s / later.moving_s) - earlier.distance_m
                end
            )
        ) as even_pace_gap_m
    from recording_days as earlier
    inner join recordings as later
        on
            earlier.athlete_id = later.athlete_id
            and earlier.near_date = cast(later.started_at as date)
            and (earlier.earliest_at, earlier.recording_id) < (later.earliest_at, later.recording_id)
            and later.earliest_at <= earlier.latest_at + interval 62 minute
    -- Legs of one file are different things, whatever else is known of them.
    where coalesce(earlier.file_sha256 <> later.file_sha256 or earlier.session_number = later.session_number, true)

),

judged as (

    select
        *,
        -- How much of the shorter one the other must share.
        overlap_s > 0
        and overlap_s >= case rough_kind when 'memory' then 0.5 when 'strap' then 0.7 else 0.8 end * shorter_s
            as is_overlapping,
        longer_s - shorter_s <= 0.01 * longer_s as is_equally_long,
        longer_s - shorter_s <= 0.02 * longer_s as is_about_as_long,
        start_gap_s <= 15 and longer_s - shorter_s <= 15 as is_same_time,
        not has_comparable_distances or distance_gap_m <= 0.05 * larger_m as is_same_distance,
        has_comparable_distances and rough_kind is null
        and (
            even_pace_gap_m <= 0.05 * larger_m
            -- The longer one began late, and stood at the end: all that it knows was run while both went.
            or (
                overlap_s < 0.95 * shorter_s
                and abs(longer_distance_m - shorter_distance_m * overlap_s / nullif(shorter_s, 0)) <= 0.05 * larger_m
            )
        ) as is_same_pace
    from neighbours

),

ruled as (

    select
        athlete_id,
        least(first_id, second_id) as first_id,
        greatest(first_id, second_id) as second_id,
        shorter_id,
        lesser_id,
        overlap_s,
        start_gap_s,
        not is_vague and is_same_sport and is_overlapping and shorter_s < longer_s as is_inside,
        -- By a clock that missed the change of the hour it would be.
        not is_vague and is_same_sport and is_other_device and not is_overlapping
        and shorter_s between 1 and longer_s - 1 and has_comparable_distances
        and hour_off_overlap_s >= 0.9 * shorter_s as is_inside_hour_off,
        not is_same_distance and is_overlapping and is_same_pace and not is_same_time as is_part,
        case
            when not is_same_sport then null
            when
                is_vague and is_same_day and is_same_distance and has_both_distances and is_about_as_long
                and shorter_s > 0 and is_other_device and coalesce(rough_kind, '') <> 'memory'
                then 'day_only'
            when is_vague then null
            when is_overlapping and (is_same_distance or is_same_pace) then 'overlap'
            -- Begun and ended within seconds of each other: nobody runs twice at once, however far apart two ways of
            -- measuring the distance are.
            when
                is_same_time and is_overlapping and rough_kind is null and distance_gap_m <= 0.3 * larger_m
                then 'overlap'
            when not is_same_distance then null
            -- Clocks that are minutes apart, over a run so short that little is left of what they share.
            when
                is_other_device and is_equally_long and has_comparable_distances and overlap_s >= 0.5 * shorter_s
                then 'overlap'
            -- One of them may not know how long it took.
            when start_gap_s <= 120 and ((overlap_s > 0 and rough_kind is null) or shorter_s = 0) then 'start'
            when
                start_gap_s between 3480 and 3720 and is_other_device and shorter_s > 0
                and (is_equally_long or (has_comparable_distances and longer_s - shorter_s <= 0.03 * longer_s))
                then 'clock_change'
        end as link_rule
    from judged

),

-- The same bytes, or one thing under its vendor's number: known without comparing anything.
same_things as (

    select
        one.athlete_id,
        one.recording_id as first_id,
        other.recording_id as second_id
    from recordings as one
    inner join recordings as other
        on
            one.athlete_id = other.athlete_id
            and one.file_sha256 = other.file_sha256
            and one.session_number = other.session_number
            and one.recording_id < other.recording_id
    union
    select
        one.athlete_id,
        one.recording_id as first_id,
        other.recording_id as second_id
    from recordings as one
    inner join recordings as other
        on
            one.athlete_id = other.athlete_id
            and one.vendor_key = other.vendor_key
            and one.recording_id < other.recording_id

)

select
    ruled.athlete_id,
    ruled.first_id,
    ruled.second_id,
    ruled.link_rule,
    ruled.overlap_s,
    ruled.start_gap_s,
    case when ruled.is_inside then ruled.shorter_id end as inside_id,
    case when ruled.is_inside_hour_off and ruled.link_rule is null then ruled.shorter_id end as inside_hour_off_id,
    case when ruled.is_part and ruled.link_rule is not null then ruled.lesser_id end as part_id
from ruled
anti join same_things
    on
        ruled.athlete_id = same_things.athlete_id
        and ruled.first_id = same_things.first_id
        and ruled.second_id = same_things.second_id
where ruled.link_rule is not null or ruled.is_inside or ruled.is_inside_hour_off

union all

select
    athlete_id,
    first_id,
    second_id,
    'same_file' as link_rule,
    cast(0 as double) as overlap_s,
    cast(0 as double) as start_gap_s,
    cast(null as varchar) as inside_id,
    cast(null as varchar) as inside_hour_off_id,
    cast(null as varchar) as part_id
from same_things
