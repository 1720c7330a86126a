with recordings as (

    select
        athlete_id,
        recording_id,
        source,
        vendor_key,
        file_sha256,
        session_number,
        first_landed_at,
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
        sport,
        is_treadmill,
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

pairs as (

    select
        earlier.athlete_id,
        earlier.recording_id as first_id,
        later.recording_id as second_id,
        greatest(
            0, epoch(least(earlier.ended_at, later.ended_at)) - epoch(greatest(earlier.started_at, later.started_at))
        ) as overlap_s,
        least(earlier.lasting_s, later.lasting_s) as shorter_s,
        abs(epoch(later.started_at) - epoch(earlier.started_at)) as start_gap_s,
        abs(later.lasting_s - earlier.lasting_s) <= 0.01 * greatest(earlier.lasting_s, later.lasting_s)
            as is_equally_long,
        coalesce(
            (earlier.file_sha256 = later.file_sha256 and earlier.session_number = later.session_number)
            or earlier.vendor_key = later.vendor_key,
            false
        ) as is_same_thing,
        coalesce(earlier.sport = later.sport, true) as is_same_sport,
        earlier.source <> later.source as is_other_source,
        earlier.is_start_vague or later.is_start_vague as is_vague,
        earlier.local_date = later.local_date as is_same_day,
        coalesce('strap' in (earlier.rough_kind, later.rough_kind), false) as is_with_strap,
        coalesce('memory' in (earlier.rough_kind, later.rough_kind), false) as is_with_memory,
        earlier.distance_m is not null and later.distance_m is not null as has_both_distances,
        -- A treadmill has no distance either.
        coalesce(
            abs(earlier.distance_m - later.distance_m) <= 0.05 * greatest(earlier.distance_m, later.distance_m), true
        )
        or earlier.rough_kind is not null
        or later.rough_kind is not null
        or earlier.is_treadmill
        or later.is_treadmill as is_same_distance
    from recording_days as earlier
    inner join recordings as later
        on
            earlier.athlete_id = later.athlete_id
            and earlier.near_date = cast(later.started_at as date)
            and (earlier.earliest_at, earlier.recording_id) < (later.earliest_at, later.recording_id)

),

overlapping as (

    select
        athlete_id,
        first_id,
        second_id,
        overlap_s
    from pairs
    where
        is_same_thing
        or (
            is_same_sport
            and is_same_distance
            and not is_vague
            and overlap_s > 0
            and case
                when is_with_memory then overlap_s >= 0.5 * shorter_s
                when is_with_strap then overlap_s >= 0.7 * shorter_s
                else overlap_s >= 0.8 * shorter_s or start_gap_s <= 120
            end
        )

),

-- A device that missed the change of the clocks is an hour off, and a hidden start may be any; tried only where neither
-- recording has found its like. What a person remembers of a day without a time is never taken for something else.
shifted as (

    select
        athlete_id,
        first_id,
        second_id,
        overlap_s
    from pairs
    where
        is_same_sport
        and is_same_distance
        and is_other_source
        and is_equally_long
        and shorter_s > 0
        and case
            when is_vague then is_same_day and has_both_distances and not is_with_memory
            else start_gap_s between 3480 and 3720
        end
        and not exists (
            select 1
            from overlapping
            where
                overlapping.athlete_id = pairs.athlete_id
                and (
                    overlapping.first_id in (pairs.first_id, pairs.second_id)
                    or overlapping.second_id in (pairs.first_id, pairs.second_id)
                )
        )
    -- Two alike on one day leave open which is meant.
    qualify
        not is_vague
        or (
            count(*) over (partition by athlete_id, first_id) = 1
            and count(*) over (partition by athlete_id, second_id) = 1
        )

),

links as (

    select
        athlete_id,
        first_id as one_id,
        second_id as other_id,
        overlap_s
    from overlapping
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id,
        overlap_s
    from overlapping

),

-- One long recording over two runs back to back must not weld them: it stays with the one it shares most time with.
bridges as (

    select distinct
        links.athlete_id,
        links.one_id,
        links.other_id
    from links
    inner join links as better
        on
            links.athlete_id = better.athlete_id
            and links.one_id = better.one_id
            and (better.overlap_s, links.other_id) > (links.overlap_s, better.other_id)
    inner join recordings as other
        on links.athlete_id = other.athlete_id and links.other_id = other.recording_id
    inner join recordings as rival
        on better.athlete_id = rival.athlete_id and better.other_id = rival.recording_id
    where other.ended_at <= rival.started_at or rival.ended_at <= other.started_at

),

kept_links as (

    select
        links.athlete_id,
        links.one_id,
        links.other_id
    from links
    where
        not exists (
            select 1
            from bridges
            where
                bridges.athlete_id = links.athlete_id
                and (
                    (bridges.one_id = links.one_id and bridges.other_id = links.other_id)
                    or (bridges.one_id = links.other_id and bridges.other_id = links.one_id)
                )
        )
    union all
    select
        athlete_id,
        first_id as one_id,
        second_id as other_id
    from shifted
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id
    from shifted

),

reached as (

    with recursive reachable as (

        select
            athlete_id,
            recording_id as from_id,
            recording_id as to_id
        from recordings
        union
        select
            reachable.athlete_id,
            reachable.from_id,
            kept_links.other_id as to_id
        from reachable
        inner join kept_links
            on reachable.athlete_id = kept_links.athlete_id and reachable.to_id = kept_links.one_id

    )

    select * from reachable

)

-- The activity is named after the recording that was known first, so that a later import does not rename it.
select
    reached.athlete_id,
    reached.from_id as recording_id,
    arg_min(reached.to_id, (recordings.first_landed_at, reached.to_id)) as activity_id
from reached
inner join recordings
    on reached.athlete_id = recordings.athlete_id and reached.to_id = recordings.recording_id
group by reached.athlete_id, reached.from_id
