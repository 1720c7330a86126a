with payloads as (

    {{ latest_payloads('activity', ['strava_api'], cells=[
        'start_date', 'utc_offset', 'start_date_local', 'timezone', 'sport_type', 'type', 'trainer', 'name',
        'gear_id', 'device_name', 'distance', 'moving_time', 'elapsed_time', 'total_elevation_gain',
        'average_heartrate', 'max_heartrate', 'average_cadence', 'average_watts', 'suffer_score', 'workout_type',
    ]) }}

),

timed as (

    select
        *,
        {{ instant('start_date', 'cells') }} as told_at,
        -- The local time carries a Z that is not true; only its distance from the true one means something.
        cast(
            coalesce(
                {{ number('utc_offset', 'cells') }},
                epoch({{ instant('start_date_local', 'cells') }}) - epoch({{ instant('start_date', 'cells') }})
            ) as integer
        ) as utc_offset_s,
        -- A hidden time of day is written as one second past the midnight of the athlete's day, as if that were UTC.
        coalesce(strftime({{ instant('start_date', 'cells') }}, '%H:%M:%S') = '00:00:01', false) as is_start_vague
    from payloads
    where not is_deleted

)

select
    athlete_id,
    'strava_api:' || source_key as recording_id,
    source,
    source_key as vendor_id,
    first_landed_at,
    last_landed_at,
    case when is_start_vague then told_at - to_seconds(coalesce(utc_offset_s, 0)) else told_at end as started_at,
    is_start_vague,
    utc_offset_s,
    -- "(GMT+01:00) Europe/Berlin": the offset in brackets knows no summer.
    nullif(regexp_extract({{ cell('timezone', 'cells') }}, '^\([^)]*\) (.+)$', 1), '') as time_zone,
    coalesce({{ cell('sport_type', 'cells') }}, {{ cell('type', 'cells') }}) as sport_type,
    {{ sport_word("coalesce(" ~ cell('sport_type', 'cells') ~ ", " ~ cell('type', 'cells') ~ ")") }} as sport,
    coalesce(regexp_matches(lower({{ cell('sport_type', 'cells') }}), 'trail'), false) as is_trail,
    coalesce(regexp_matches(lower({{ cell('sport_type', 'cells') }}), 'virtual'), false)
    or {{ flag('trainer', 'cells') }} as is_treadmill,
    {{ cell('name', 'cells') }} as title,
    {{ cell('gear_id', 'cells') }} as gear_id,
    {{ cell('device_name', 'cells') }} as device_name,
    {{ number('distance', 'cells') }} as distance_m,
    {{ number('moving_time', 'cells') }} as moving_s,
    {{ number('elapsed_time', 'cells') }} as elapsed_s,
    {{ number('total_elevation_gain', 'cells') }} as elevation_gain_m,
    {{ number('average_heartrate', 'cells') }} as heart_rate_avg_bpm,
    {{ number('max_heartrate', 'cells') }} as heart_rate_max_bpm,
    -- One foot.
    2 * {{ number('average_cadence', 'cells') }} as cadence_spm,
    {{ number('average_watts', 'cells') }} as power_avg_w,
    {{ number('suffer_score', 'cells') }} as relative_effort,
    coalesce({{ number('workout_type', 'cells') }} in (1, 11), false) as is_race
from timed
