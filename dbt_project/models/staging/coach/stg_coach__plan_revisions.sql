select
    athlete_id,
    plan_id,
    revision,
    made_at,
    effective_date,
    author <> 'morning' as is_approved
from {{ source('ledger_coach', 'plan_revisions') }}
