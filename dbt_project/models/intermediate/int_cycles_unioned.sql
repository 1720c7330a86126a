with cycles as (

    select
        athlete_id,
        started_at,
        ended_at,
        utc_offset_s
    from {{ ref('stg_whoop_export__cycles') }}
    union all
    select
        athlete_id,
        started_at,
        ended_at,
        utc_offset_s
    from {{ ref('stg_whoop_api__cycles') }}

)

select
    athlete_id,
    started_at,
    utc_offset_s,
    -- The last one is still running, until the next night begins.
    coalesce(
        ended_at,
        case when started_at = max(started_at) over (partition by athlete_id) then started_at + interval 36 hour end
    ) as ended_at
from cycles
