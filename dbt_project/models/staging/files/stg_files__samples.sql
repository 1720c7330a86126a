-- What no runner can have done, and what is no number, is unknown. Distances end at a thousand kilometres, speeds at
-- that of free fall, altitudes where airliners fly and as far below the sea, because barometers are seldom set.
with samples as (

    select
        *,
        coalesce(isfinite(distance_m) and distance_m between 0 and 1e6, true) as is_distance_possible,
        coalesce(isfinite(speed_m_per_s) and speed_m_per_s between 0 and 100, true) as is_speed_possible
    from {{ source('ledger_raw', 'stream_samples') }}

)

select
    athlete_id,
    file_sha256,
    sample_at,
    latitude_deg is not null as has_position,
    case when is_distance_possible then distance_m end as distance_m,
    case when is_speed_possible then speed_m_per_s end as speed_m_per_s,
    case when isfinite(altitude_m) and altitude_m between -12000 and 12000 then altitude_m end as altitude_m,
    heart_rate_bpm,
    -- Watches count one foot; runners count both.
    case when isfinite(cadence_rpm) and cadence_rpm between 0 and 200 then 2 * cadence_rpm end as cadence_spm,
    not is_distance_possible or not is_speed_possible as is_odd
from samples
