select
    athlete_id,
    file_sha256,
    sample_at,
    latitude_deg is not null as has_position,
    distance_m,
    speed_m_per_s,
    altitude_m,
    heart_rate_bpm,
    -- Watches count one foot; runners count both.
    2 * cadence_rpm as cadence_spm
from {{ source('ledger_raw', 'stream_samples') }}
