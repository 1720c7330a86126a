with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

clustered as (

    select * from {{ ref('int_recordings_clustered') }}

),

pairs as (

    select * from {{ ref('int_recordings_paired') }}

),

-- Why each belongs to its activity: the best reason that leads to another recording of it.
reasons as (

    select
        links.athlete_id,
        links.recording_id,
        list_min(
            list(
                list_position(
                    ['by_hand', 'same_file', 'overlap', 'start', 'clock_change', 'day_only'], links.link_rule
                )
            )
        ) as reason
    from (
        select
            athlete_id,
            first_id as recording_id,
            second_id as other_id,
            link_rule
        from {{ ref('int_recordings_linked') }}
        union all
        select
            athlete_id,
            second_id as recording_id,
            first_id as other_id,
            link_rule
        from {{ ref('int_recordings_linked') }}
    ) as links
    inner join clustered as one on links.athlete_id = one.athlete_id and links.recording_id = one.recording_id
    inner join clustered as other on links.athlete_id = other.athlete_id and links.other_id = other.recording_id
    where one.activity_id = other.activity_id
    group by links.athlete_id, links.recording_id

),

-- A recording of several runs in one piece stands in none of them for what they know themselves.
accounted as (

    select
        athlete_id,
        recording_id
    from {{ ref('int_recordings_covered') }}
    where is_accounted
    union
    select
        athlete_id,
        recording_id
    from {{ ref('int_recordings_shifted') }}

),

beside_accounted as (

    select distinct
        clustered.athlete_id,
        clustered.activity_id
    from clustered
    semi join accounted
        on clustered.athlete_id = accounted.athlete_id and clustered.recording_id = accounted.recording_id

),

covers as (

    select
        clustered.athlete_id,
        clustered.recording_id
    from clustered
    semi join beside_accounted
        on clustered.athlete_id = beside_accounted.athlete_id and clustered.activity_id = beside_accounted.activity_id
    left join accounted
        on clustered.athlete_id = accounted.athlete_id and clustered.recording_id = accounted.recording_id
    qualify
        accounted.recording_id is not null
        and bool_or(accounted.recording_id is null) over (partition by clustered.athlete_id, clustered.activity_id)

),

-- What began late or stopped early knows less than another recording of the same run.
parts as (

    select distinct
        pairs.athlete_id,
        pairs.part_id as recording_id
    from pairs
    inner join clustered as part on pairs.athlete_id = part.athlete_id and pairs.part_id = part.recording_id
    inner join clustered as whole
        on
            pairs.athlete_id = whole.athlete_id
            and whole.recording_id = case
                when pairs.part_id = pairs.first_id then pairs.second_id else pairs.first_id
            end
    anti join covers on whole.athlete_id = covers.athlete_id and whole.recording_id = covers.recording_id
    where part.activity_id = whole.activity_id

),

touched as (

    select distinct
        clustered.athlete_id,
        clustered.activity_id
    from clustered
    inner join reasons
        on clustered.athlete_id = reasons.athlete_id and clustered.recording_id = reasons.recording_id
    where reasons.reason = 1

),

-- What was joined by hand may be several stretches of one run, and their distances and times then add up.
joined_by_hand as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        clustered.activity_id,
        recordings.started_at,
        coalesce(
            epoch(recordings.started_at) + 0.3 * (epoch(recordings.ended_at) - epoch(recordings.started_at))
            >= max(epoch(recordings.ended_at)) over (
                partition by recordings.athlete_id, clustered.activity_id
                order by recordings.started_at, recordings.recording_id
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new_stretch
    from recordings
    inner join clustered
        on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
    inner join touched
        on clustered.athlete_id = touched.athlete_id and clustered.activity_id = touched.activity_id
    anti join covers on recordings.athlete_id = covers.athlete_id and recordings.recording_id = covers.recording_id
    where not recordings.is_start_vague

),

stretches as (

    select
        athlete_id,
        recording_id,
        sum(cast(is_new_stretch as bigint)) over (
            partition by athlete_id, activity_id order by started_at, recording_id rows unbounded preceding
        ) as stretch_number
    from joined_by_hand

),

-- Most activities are known once, and there is nobody to ask before.
several as (

    select
        athlete_id,
        activity_id
    from clustered
    group by athlete_id, activity_id
    having count(*) > 1

),

places as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        row_number() over (
            partition by recordings.athlete_id, clustered.activity_id
            order by
                covers.recording_id is not null,
                parts.recording_id is not null,
                recordings.merge_order,
                recordings.recording_id
        ) as place
    from recordings
    inner join clustered
        on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
    semi join several
        on clustered.athlete_id = several.athlete_id and clustered.activity_id = several.activity_id
    left join covers on recordings.athlete_id = covers.athlete_id and recordings.recording_id = covers.recording_id
    left join parts on recordings.athlete_id = parts.athlete_id and recordings.recording_id = parts.recording_id

)

select
    recordings.athlete_id,
    recordings.recording_id,
    clustered.activity_id,
    covers.recording_id is not null as is_cover,
    parts.recording_id is not null as is_part,
    coalesce(
        ['by_hand', 'same_file', 'overlap', 'start', 'clock_change', 'day_only'][reasons.reason], 'alone'
    ) as link_rule,
    coalesce(places.place, 1) as merge_rank,
    cast(coalesce(stretches.stretch_number, 1) as integer) as stretch_number
from recordings
inner join clustered
    on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
left join covers on recordings.athlete_id = covers.athlete_id and recordings.recording_id = covers.recording_id
left join parts on recordings.athlete_id = parts.athlete_id and recordings.recording_id = parts.recording_id
left join reasons on recordings.athlete_id = reasons.athlete_id and recordings.recording_id = reasons.recording_id
left join stretches
    on recordings.athlete_id = stretches.athlete_id and recordings.recording_id = stretches.recording_id
left join places on recordings.athlete_id = places.athlete_id and recordings.recording_id = places.recording_id
