with constants as (

    {{ constants_row(['doubt_overlap_share_min']) }}

),

recordings as (

    select
        unioned.athlete_id,
        unioned.recording_id,
        unioned.source,
        unioned.sport,
        unioned.started_at,
        unioned.ended_at,
        unioned.is_start_vague,
        unioned.distance_m,
        unioned.last_landed_at,
        unioned.merge_order,
        ranked.activity_id,
        ranked.merge_rank
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join {{ ref('int_recordings_ranked') }} as ranked
        on unioned.athlete_id = ranked.athlete_id and unioned.recording_id = ranked.recording_id

),

-- Of those that may all be wrong the better comes first: the better way of knowing, of what was typed in the last word.
activities as (

    select
        recordings.*,
        epoch(recordings.ended_at) - epoch(recordings.started_at) as lasting_s,
        row_number() over (
            partition by recordings.athlete_id
            order by
                recordings.merge_order asc,
                case when recordings.source = 'manual' then recordings.last_landed_at end desc nulls last,
                recordings.distance_m desc nulls last,
                recordings.recording_id asc
        ) as trust
    from recordings
    left join {{ ref('int_activities_corrected') }} as corrections
        on recordings.athlete_id = corrections.athlete_id and recordings.activity_id = corrections.activity_id
    where
        recordings.merge_rank = 1
        and not recordings.is_start_vague
        and recordings.ended_at > recordings.started_at
        and not coalesce(corrections.is_ignored, false)

),

said_apart as (

    select distinct
        said.athlete_id,
        one.activity_id as one_id,
        other.activity_id as other_id
    from {{ ref('int_groupings_paired') }} as said
    inner join recordings as one
        on said.athlete_id = one.athlete_id and one.recording_id in (said.first_id, said.second_id)
    inner join recordings as other
        on
            said.athlete_id = other.athlete_id
            and other.recording_id in (said.first_id, said.second_id)
            and one.activity_id <> other.activity_id
    where not said.is_together

),

-- Nobody runs twice at once.
overlapping as (

    select
        doubtful.athlete_id,
        doubtful.activity_id,
        better.activity_id as better_id,
        better.trust
    from activities as doubtful
    inner join activities as better
        on
            doubtful.athlete_id = better.athlete_id
            and doubtful.sport is not distinct from better.sport
            and doubtful.started_at < better.ended_at
            and doubtful.ended_at > better.started_at
            and doubtful.trust > better.trust
    anti join said_apart
        on
            doubtful.athlete_id = said_apart.athlete_id
            and doubtful.activity_id = said_apart.one_id
            and better.activity_id = said_apart.other_id
    cross join constants
    where
        epoch(least(doubtful.ended_at, better.ended_at)) - epoch(greatest(doubtful.started_at, better.started_at))
        >= constants.doubt_overlap_share_min * least(doubtful.lasting_s, better.lasting_s)

)

-- What is itself in doubt makes nothing doubtful.
select
    overlapping.athlete_id,
    overlapping.activity_id,
    arg_min(overlapping.better_id, overlapping.trust) as better_id
from overlapping
anti join overlapping as doubts
    on overlapping.athlete_id = doubts.athlete_id and overlapping.better_id = doubts.activity_id
group by overlapping.athlete_id, overlapping.activity_id
