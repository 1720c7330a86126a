select
    athlete_id,
    plan_id,
    revision,
    workout_id,
    workout_date,
    workout_type,
    title,
    nullif(distance_m, 0) as planned_distance_m,
    nullif(duration_s, 0) as planned_duration_s,
    is_quality
from {{ source('ledger_coach', 'planned_workouts') }}
