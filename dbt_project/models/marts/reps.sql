select
    athlete_id,
    activity_id,
    rep_number,
    set_number,
    started_at,
    distance_m,
    duration_s,
    1000 * duration_s / nullif(distance_m, 0) as pace_s_per_km,
    1000 / nullif(flat_speed_m_per_s, 0) as gap_s_per_km,
    heart_rate_avg_bpm,
    heart_rate_end_bpm,
    rest_after_s,
    rest_kind,
    detected_from,
    rounded_distance_m,
    rounded_duration_s
from {{ ref('int_reps_numbered') }}
