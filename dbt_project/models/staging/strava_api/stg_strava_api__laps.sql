with payloads as (

    {{ latest_payloads('detail', ['strava_api']) }}

),

laps as (

    select
        athlete_id,
        'strava_api:' || source_key as recording_id,
        unnest(cast(payload -> '$.laps' as json[])) as lap,
        generate_subscripts(cast(payload -> '$.laps' as json[]), 1) as lap_position
    from payloads
    where not is_deleted

)

select
    athlete_id,
    recording_id,
    lap_position,
    {{ instant('start_date', 'lap') }} as started_at,
    {{ number('distance', 'lap') }} as distance_m,
    {{ number('moving_time', 'lap') }} as moving_s,
    {{ number('elapsed_time', 'lap') }} as elapsed_s,
    {{ number('total_elevation_gain', 'lap') }} as elevation_gain_m,
    {{ number('average_heartrate', 'lap') }} as heart_rate_avg_bpm,
    {{ number('max_heartrate', 'lap') }} as heart_rate_max_bpm,
    2 * {{ number('average_cadence', 'lap') }} as cadence_spm,
    {{ number('average_watts', 'lap') }} as power_avg_w
from laps
where {{ instant('start_date', 'lap') }} is not null
