with syncs as (

    select
        athlete_id,
        source,
        state,
        ended_at
    from {{ source('ledger_raw', 'syncs') }}
    qualify row_number() over (partition by athlete_id, source order by ended_at desc, sync_id desc) = 1

)

select
    athlete_id,
    source,
    state,
    ended_at
from syncs
