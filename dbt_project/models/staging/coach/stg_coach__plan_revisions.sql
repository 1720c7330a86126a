select
    athlete_id,
    plan_id,
    revision,
    made_at,
    effective_date
from {{ source('ledger_coach', 'plan_revisions') }}
