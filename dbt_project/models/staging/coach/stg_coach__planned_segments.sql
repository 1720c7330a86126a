select
    athlete_id,
    plan_id,
    revision,
    workout_id,
    segment_number,
    kind as segment_kind,
    intensity,
    nullif(distance_m, 0) as planned_distance_m,
    nullif(duration_s, 0) as planned_duration_s,
    repeats,
    recovery_s,
    pace_fast_s_per_km,
    pace_slow_s_per_km,
    heart_rate_low_bpm,
    heart_rate_high_bpm
from {{ source('ledger_coach', 'planned_segments') }}
