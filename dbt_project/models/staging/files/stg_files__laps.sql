with payloads as (

    {{ latest_payloads('recording', ['file', 'strava_archive', 'strava_api', 'garmin_export', 'garmin_api']) }}

),

laps as (

    select
        athlete_id,
        source,
        source_key as file_sha256,
        unnest(cast(payload -> '$.laps' as json[])) as lap,
        generate_subscripts(cast(payload -> '$.laps' as json[]), 1) as lap_position
    from payloads
    where not is_deleted

)

select
    athlete_id,
    source,
    file_sha256,
    lap_position,
    coalesce(try_cast({{ cell('session', 'lap') }} as integer), 0) + 1 as session_number,
    {{ instant('started_at', 'lap') }} as started_at,
    {{ number('distance_m', 'lap') }} as distance_m,
    {{ number('timer_s', 'lap') }} as moving_s,
    {{ number('elapsed_s', 'lap') }} as elapsed_s,
    {{ number('ascent_m', 'lap') }} as elevation_gain_m,
    {{ number('heart_rate_avg_bpm', 'lap') }} as heart_rate_avg_bpm,
    {{ number('heart_rate_max_bpm', 'lap') }} as heart_rate_max_bpm,
    2 * {{ number('cadence_avg_rpm', 'lap') }} as cadence_spm,
    {{ number('power_avg_w', 'lap') }} as power_avg_w,
    lower({{ cell('intensity', 'lap') }}) as intensity
from laps
where {{ instant('started_at', 'lap') }} is not null
