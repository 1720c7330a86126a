with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

summaries as (

    select * from {{ ref('int_summaries_unioned') }}

),

sessions as (

    select * from {{ ref('int_sessions_deduplicated') }}

),

clustered as (

    select * from {{ ref('int_recordings_clustered') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

doubted as (

    select * from {{ ref('int_activities_doubted') }}

),

homes as (

    select * from {{ ref('stg_coach__athletes') }}

),

-- What arrived and is no recording of any day: nobody knows when it was, or its clock names a day that cannot be.
undated as (

    select
        summaries.athlete_id,
        summaries.recording_id,
        summaries.source,
        summaries.started_at
    from summaries
    anti join recordings
        on summaries.athlete_id = recordings.athlete_id and summaries.recording_id = recordings.recording_id

    union all

    select
        sessions.athlete_id,
        sessions.recording_id,
        sessions.source,
        sessions.started_at
    from sessions
    anti join recordings
        on
            sessions.athlete_id = recordings.athlete_id
            and sessions.file_sha256 = recordings.file_sha256
            and sessions.session_number = recordings.session_number
    -- A file that a row names is that row's, and the row tells.
    anti join summaries
        on
            sessions.athlete_id = summaries.athlete_id
            and sessions.file_sha256 = summaries.file_sha256
            and not sessions.is_own_recording
            and sessions.session_number = 1

),

placed as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        recordings.source,
        activities.activity_id,
        coalesce(
            activities.local_date,
            cast(
                {{ local_time(
                    'recordings.started_at',
                    "coalesce(recordings.utc_offset_s, "
                    ~ zone_offset_s("coalesce(homes.time_zone, 'UTC')", 'recordings.started_at') ~ ")"
                ) }} as date
            )
        ) as local_date,
        case
            when doubted.activity_id is not null
                then list_append(recordings.faults, 'at the same time as another run, which is the one that counts')
            when activities.activity_id is null then list_append(recordings.faults, 'left out by the athlete')
            else recordings.faults
        end as faults
    from recordings
    inner join clustered
        on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
    left join activities
        on clustered.athlete_id = activities.athlete_id and clustered.activity_id = activities.activity_id
    left join doubted
        on clustered.athlete_id = doubted.athlete_id and clustered.activity_id = doubted.activity_id
    left join homes on recordings.athlete_id = homes.athlete_id
    where len(recordings.faults) > 0 or activities.activity_id is null

),

told as (

    select
        athlete_id,
        recording_id,
        source,
        activity_id,
        local_date,
        unnest(faults) as fault
    from placed

    union all

    select
        athlete_id,
        recording_id,
        source,
        null as activity_id,
        null as local_date,
        case
            when started_at is null then 'the start is not known'
            else 'the clock was wrong: the start is long gone or yet to come'
        end as fault
    from undated

)

select
    athlete_id,
    recording_id,
    source,
    local_date,
    activity_id,
    fault,
    trim(regexp_replace(fault, '[0-9][0-9.,:]*', '…', 'g'), ' .') as kind,
    case when activity_id is null then 'excluded' else 'flagged' end as effect
from told
group by athlete_id, recording_id, source, local_date, activity_id, fault
