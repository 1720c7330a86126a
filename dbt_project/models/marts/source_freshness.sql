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

    select * from {{ ref('int_nights_merged') }}

),

athletes as (

    select athlete_id from {{ ref('int_athletes_measured') }}

),

homes as (

    select * from {{ ref('stg_coach__athletes') }}

),

syncs as (

    select * from {{ ref('stg_ledger__syncs') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['activities_expected_every_days', 'recovery_expected_every_days']) }}

),

kinds as (

    select unnest(['activities', 'recovery']) as kind

),

-- Every way by which a recording came has been heard of; what was left out by hand too.
recordings_heard as (

    select
        recordings.athlete_id,
        recordings.started_at,
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
        unnest(recordings.arrivals) as arrival
    from recordings
    inner join clustered
        on recordings.athlete_id = clustered.athlete_id and recordings.recording_id = clustered.recording_id
    left join activities
        on clustered.athlete_id = activities.athlete_id and clustered.activity_id = activities.activity_id
    left join homes on recordings.athlete_id = homes.athlete_id

),

nights_heard as (

    select
        athlete_id,
        wake_at,
        local_date,
        unnest(arrivals) as arrival
    from nights

),

seen as (

    select
        athlete_id,
        arrival.source,
        'activities' as kind,
        max(started_at) as newest_at,
        max(local_date) as newest_local_date,
        max(arrival.landed_at) as newest_landed_at
    from recordings_heard
    group by athlete_id, arrival.source

    union all

    select
        athlete_id,
        arrival.source,
        'recovery' as kind,
        max(wake_at) as newest_at,
        max(local_date) as newest_local_date,
        max(arrival.landed_at) as newest_landed_at
    from nights_heard
    group by athlete_id, arrival.source

    union all

    -- A source that is connected and has sent nothing yet is absent under its own name.
    select
        syncs.athlete_id,
        syncs.source,
        kinds.kind,
        cast(null as timestamptz) as newest_at,
        cast(null as date) as newest_local_date,
        cast(null as timestamptz) as newest_landed_at
    from syncs
    inner join kinds on kinds.kind = 'activities' or syncs.source <> 'strava_api'

),

newest as (

    select
        athlete_id,
        source,
        kind,
        max(newest_at) as newest_at,
        max(newest_local_date) as newest_local_date,
        max(newest_landed_at) as newest_landed_at
    from seen
    group by athlete_id, source, kind

),

-- A kind of data that nobody has ever sent is absent, which is not the same as stale.
with_absent as (

    select
        athletes.athlete_id,
        coalesce(newest.source, 'none') as source,
        kinds.kind,
        newest.newest_at,
        newest.newest_local_date,
        newest.newest_landed_at
    from athletes
    cross join kinds
    left join newest on athletes.athlete_id = newest.athlete_id and kinds.kind = newest.kind

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
        when newest_local_date is null then 'absent'
        when age_days <= expected_every_days then 'fresh'
        else 'stale'
    end as state
from aged
