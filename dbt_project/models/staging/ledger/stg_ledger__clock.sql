select
    as_of_at,
    today_date
from {{ source('ledger_raw', 'clock') }}
