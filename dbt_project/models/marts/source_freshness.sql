with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

clustered as (

    select * from {{ ref('int_recordings_clustered') }}

),

nights as (

    select * from {{ ref('int_recovery_days') }}

),

athletes as (

    select athlete_id from {{ ref('int_athletes_measured') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['activities_expected_every_days', 'recovery_expected_every_days']) }}

),

seen as (

    select
        recordings.athlete_id,
        recordings.source,
        'activities' as kind,
        max(recordings.started_at) as newest_at,
        max(activities.local_date) as newest_local_date,
        max(recordings.last_landed_at) as newest_landed_at
    from recordings
    inner join clustered
        on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
    inner join activities
        on clustered.athlete_id = activities.athlete_id and clustered.activity_id = activities.activity_id
    group by recordings.athlete_id, recordings.source

    union all

    select
        athlete_id,
        recovery_source as source,
        'recovery' as kind,
        max(wake_at) as newest_at,
        max(local_date) as newest_local_date,
        max(last_landed_at) as newest_landed_at
    from nights
    group by athlete_id, recovery_source

),

kinds as (

    select unnest(['activities', 'recovery']) as kind

),

-- A kind of data that nobody has ever sent is absent, which is not the same as stale.
with_absent as (

    select
        athletes.athlete_id,
        coalesce(seen.source, 'none') as source,
        kinds.kind,
        seen.newest_at,
        seen.newest_local_date,
        seen.newest_landed_at
    from athletes
    cross join kinds
    left join seen on athletes.athlete_id = seen.athlete_id and kinds.kind = seen.kind

),

aged as (

    select
        with_absent.*,
        case
            when with_absent.newest_local_date is not null
                then cast(greatest(0, clock.today_date - with_absent.newest_local_date) as integer)
        end as age_days,
        cast(
            case with_absent.kind
                when 'activities' then constants.activities_expected_every_days
                else constants.recovery_expected_every_days
            end as integer
        ) as expected_every_days
    from with_absent
    cross join clock
    cross join constants

)

select
    athlete_id,
    source,
    kind,
    newest_at,
    newest_local_date,
    newest_landed_at,
    age_days,
    expected_every_days,
    case
        when newest_at is null then 'absent'
        when age_days <= expected_every_days then 'fresh'
        else 'stale'
    end as state
from aged
