with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

clustered as (

    select * from {{ ref('int_recordings_clustered') }}

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

freshness as (

    select * from {{ ref('source_freshness') }}

),

syncs as (

    select * from {{ ref('stg_ledger__syncs') }}

),

homes as (

    select * from {{ ref('stg_coach__athletes') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row(['heard_window_days', 'heard_share_min', 'heard_in_turn_days']) }}

),

arrivals as (

    select
        athlete_id,
        recording_id,
        unnest(arrivals) as arrival
    from recordings

),

-- By which ways each run came; where nothing was run yet, each activity.
told as (

    select distinct
        arrivals.athlete_id,
        clustered.activity_id,
        activities.local_date,
        activities.is_run,
        arrivals.arrival.source
    from arrivals
    inner join clustered
        on arrivals.athlete_id = clustered.athlete_id and arrivals.recording_id = clustered.recording_id
    inner join activities
        on clustered.athlete_id = activities.athlete_id and clustered.activity_id = activities.activity_id

),

runs_told as (

    select * exclude (is_run)
    from told
    qualify is_run or not bool_or(is_run) over (partition by athlete_id)

),

-- What is typed in tells of itself only.
recent as (

    select
        runs_told.*,
        max(runs_told.local_date) over (partition by runs_told.athlete_id) as last_run_date,
        count(*) over (partition by runs_told.athlete_id, runs_told.activity_id) = 1 as is_told_alone,
        -- Whoever logs every run by hand has no other source.
        runs_told.source = 'manual'
        and bool_or(runs_told.source <> 'manual') over (partition by runs_told.athlete_id) as is_beside_a_source
    from runs_told
    cross join constants
    qualify last_run_date - runs_told.local_date < constants.heard_window_days

),

counted as (

    select
        athlete_id,
        source,
        count(distinct activity_id) as run_count,
        count(distinct activity_id) filter (where is_told_alone) as alone_count,
        max(local_date) as newest_run_date,
        any_value(last_run_date) as last_run_date
    from recent
    where not is_beside_a_source
    group by athlete_id, source

),

totals as (

    select
        athlete_id,
        count(distinct activity_id) as run_count
    from recent
    where not is_beside_a_source
    group by athlete_id

),

-- What a source has sent last, of whatever kind. One that sends activities only and answered its last sync in full has
-- told of every day before; one that sends nights too and sent none of late has not heard from its device.
sources as (

    select
        freshness.athlete_id,
        freshness.source,
        greatest(
            max(freshness.newest_local_date),
            case
                when
                    any_value(syncs.state) = 'complete'
                    and not bool_or(freshness.kind = 'recovery' and freshness.newest_local_date is not null)
                    then
                        cast(
                            timezone(coalesce(any_value(homes.time_zone), 'UTC'), any_value(syncs.ended_at)) as date
                        ) - 1
            end
        ) as heard_until_date
    from freshness
    left join syncs on freshness.athlete_id = syncs.athlete_id and freshness.source = syncs.source
    left join homes on freshness.athlete_id = homes.athlete_id
    group by freshness.athlete_id, freshness.source

),

-- A source by which a good part of the runs came. One that brings runs which no other tells of, and does so in turn
-- with the others, is waited for: two watches are only heard together.
weighed as (

    select
        counted.athlete_id,
        sources.heard_until_date,
        counted.run_count >= constants.heard_share_min * totals.run_count as is_source_of_runs,
        counted.alone_count >= constants.heard_share_min * totals.run_count
        and counted.last_run_date - counted.newest_run_date <= constants.heard_in_turn_days as is_waited_for
    from counted
    inner join totals on counted.athlete_id = totals.athlete_id
    inner join sources on counted.athlete_id = sources.athlete_id and counted.source = sources.source
    cross join constants

)

select
    weighed.athlete_id,
    -- Today is not over: nobody can have told of all of it.
    least(
        coalesce(
            min(weighed.heard_until_date) filter (where weighed.is_waited_for),
            max(weighed.heard_until_date) filter (where weighed.is_source_of_runs)
        ),
        any_value(clock.today_date) - 1
    ) as heard_until_date
from weighed
cross join clock
group by weighed.athlete_id
