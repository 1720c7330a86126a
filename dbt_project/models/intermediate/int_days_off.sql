with entries as (

    select * from {{ ref('stg_coach__logbook') }}
    where kind in ('illness', 'injury', 'off')

),

activities as (

    select * from {{ ref('int_activities_merged') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

-- Who was off and said no end is back with the first run after the first day.
first_runs as (

    select
        entries.athlete_id,
        entries.entry_id,
        min(activities.local_date) as first_run_date
    from entries
    inner join activities
        on entries.athlete_id = activities.athlete_id and entries.begin_date < activities.local_date
    where entries.kind = 'off' and entries.end_date is null and activities.is_run
    group by entries.athlete_id, entries.entry_id

),

-- What has no end goes on through yesterday. (least() skips nulls.)
ended as (

    select
        entries.athlete_id,
        entries.kind,
        entries.begin_date,
        least(entries.end_date, first_runs.first_run_date - 1, clock.today_date - 1) as end_date
    from entries
    left join first_runs
        on entries.athlete_id = first_runs.athlete_id and entries.entry_id = first_runs.entry_id
    cross join clock

),

days as (

    select
        athlete_id,
        kind,
        begin_date + cast(unnest(range(end_date - begin_date + 1)) as integer) as local_date
    from ended

)

select
    athlete_id,
    local_date,
    case min(case kind when 'injury' then 1 when 'illness' then 2 else 3 end)
        when 1 then 'injured'
        when 2 then 'sick'
        else 'off'
    end as because
from days
group by athlete_id, local_date
