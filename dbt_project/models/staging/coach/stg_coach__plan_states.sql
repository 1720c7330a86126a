select
    athlete_id,
    plan_id,
    state,
    said_at
from {{ source('ledger_coach', 'plan_states') }}
