with groups as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        recordings.source,
        recordings.device_name,
        recordings.first_landed_at,
        joined.group_id
    from {{ ref('int_recordings_unioned') }} as recordings
    inner join {{ ref('int_recordings_joined') }} as joined
        on recordings.athlete_id = joined.athlete_id and recordings.recording_id = joined.recording_id

),

links as (

    select * from {{ ref('int_recordings_linked') }}

),

both_ways as (

    select
        athlete_id,
        first_id as one_id,
        second_id as other_id,
        strength
    from links
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id,
        strength
    from links

),

said as (

    select * from {{ ref('int_groupings_paired') }}

),

-- Links an hour or a day apart between groups, looked at from either side.
suggested as (

    select distinct
        weak.athlete_id,
        one.group_id as lone_id,
        other.group_id as target_id
    from both_ways as weak
    inner join groups as one on weak.athlete_id = one.athlete_id and weak.one_id = one.recording_id
    inner join groups as other on weak.athlete_id = other.athlete_id and weak.other_id = other.recording_id
    where weak.strength > 4 and one.group_id <> other.group_id

),

-- Only what has found nothing of its like may go by such a link.
occupied as (

    select distinct
        suggested.athlete_id,
        suggested.lone_id
    from suggested
    inner join groups as one on suggested.athlete_id = one.athlete_id and suggested.lone_id = one.group_id
    inner join both_ways on one.athlete_id = both_ways.athlete_id and one.recording_id = both_ways.one_id
    inner join groups as other on both_ways.athlete_id = other.athlete_id and both_ways.other_id = other.recording_id
    where both_ways.strength between 3 and 4 and one.group_id = other.group_id

),

doubtful as (

    select suggested.*
    from suggested
    anti join occupied on suggested.athlete_id = occupied.athlete_id and suggested.lone_id = occupied.lone_id

),

-- What one device recorded apart is apart, and so is what was said to be.
impossible as (

    select distinct
        doubtful.athlete_id,
        doubtful.lone_id,
        doubtful.target_id
    from doubtful
    inner join groups as one on doubtful.athlete_id = one.athlete_id and doubtful.lone_id = one.group_id
    inner join groups as other on doubtful.athlete_id = other.athlete_id and doubtful.target_id = other.group_id
    left join said
        on
            one.athlete_id = said.athlete_id
            and least(one.recording_id, other.recording_id) = said.first_id
            and greatest(one.recording_id, other.recording_id) = said.second_id
            and not said.is_together
    where
        said.athlete_id is not null
        or (one.source = other.source and coalesce(one.device_name = other.device_name, true))

),

-- A device that missed the change of the clocks is an hour off, and a hidden start may be any: such a one goes where
-- there is just one run that it may be.
adopted as (

    select doubtful.*
    from doubtful
    anti join impossible
        on
            doubtful.athlete_id = impossible.athlete_id
            and doubtful.lone_id = impossible.lone_id
            and doubtful.target_id = impossible.target_id
    qualify
        count(*) over (partition by doubtful.athlete_id, doubtful.lone_id) = 1
        and count(*) over (partition by doubtful.athlete_id, doubtful.target_id) = 1

),

gathered as (

    select
        groups.athlete_id,
        groups.recording_id,
        groups.first_landed_at,
        case
            when returned.lone_id is not null then least(groups.group_id, adopted.target_id)
            else coalesce(adopted.target_id, groups.group_id)
        end as gathering_id
    from groups
    left join adopted on groups.athlete_id = adopted.athlete_id and groups.group_id = adopted.lone_id
    left join adopted as returned
        on
            adopted.athlete_id = returned.athlete_id
            and adopted.target_id = returned.lone_id
            and adopted.lone_id = returned.target_id

)

-- The activity is named after the recording that was known first, so that no later import renames it: links in old
-- mails, corrections and plans keep meaning it. Which recordings belong together never depends on the order of arrival.
select
    athlete_id,
    recording_id,
    first_value(recording_id) over (
        partition by athlete_id, gathering_id order by first_landed_at, recording_id
    ) as activity_id
from gathered
