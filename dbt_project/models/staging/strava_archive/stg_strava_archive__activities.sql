with payloads as (

    {{ latest_payloads('activity', ['strava_archive']) }}

)

select
    athlete_id,
    'strava:' || source_key as recording_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ cell('_file_sha256') }} as file_sha256,
    {{ instant('_started_at') }} as started_at,
    coalesce({{ sport_word(cell('_sport')) }}, {{ sport_word(cell('Activity Type')) }}) as sport,
    regexp_matches(lower({{ cell('Activity Type') }}), 'trail') as is_trail,
    regexp_matches(lower({{ cell('Activity Type') }}), 'virtual|treadmill') as is_treadmill,
    {{ cell('Activity Name') }} as title,
    {{ cell('Activity Gear') }} as gear_name,
    {{ number('Distance (2)') }} as distance_m,
    {{ number('Moving Time') }} as moving_s,
    coalesce({{ number('Elapsed Time (2)') }}, {{ number('Elapsed Time') }}) as elapsed_s,
    {{ number('Elevation Gain') }} as elevation_gain_m,
    {{ number('Average Heart Rate') }} as heart_rate_avg_bpm,
    coalesce({{ number('Max Heart Rate (2)') }}, {{ number('Max Heart Rate') }}) as heart_rate_max_bpm,
    2 * {{ number('Average Cadence') }} as cadence_spm,
    {{ number('Average Watts') }} as power_avg_w,
    {{ number('Calories') }} as energy_kcal,
    {{ number('Perceived Exertion') }} as perceived_exertion,
    coalesce({{ number('Relative Effort (2)') }}, {{ number('Relative Effort') }}) as relative_effort,
    coalesce(lower({{ cell('Competition') }}) in ('true', '1', '1.0'), false) as is_race
from payloads
where not is_deleted
