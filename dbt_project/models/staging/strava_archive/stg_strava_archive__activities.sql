with payloads as (

    {{ latest_payloads('activity', ['strava_archive'], cells=[
        '_file_sha256', '_started_at', '_sport', 'Activity Type', 'Activity Name', 'Activity Gear', 'Distance (2)',
        'Moving Time', 'Elapsed Time (2)', 'Elapsed Time', 'Elevation Gain', 'Average Heart Rate',
        'Max Heart Rate (2)', 'Max Heart Rate', 'Average Cadence', 'Average Watts', 'Calories', 'Perceived Exertion',
        'Relative Effort (2)', 'Relative Effort', 'Competition',
    ]) }}

)

select
    athlete_id,
    'strava:' || source_key as recording_id,
    source,
    first_landed_at,
    last_landed_at,
    {{ cell('_file_sha256', 'cells') }} as file_sha256,
    {{ instant('_started_at', 'cells') }} as started_at,
    coalesce({{ sport_word(cell('_sport', 'cells')) }}, {{ sport_word(cell('Activity Type', 'cells')) }}) as sport,
    regexp_matches(lower({{ cell('Activity Type', 'cells') }}), 'trail') as is_trail,
    regexp_matches(lower({{ cell('Activity Type', 'cells') }}), 'virtual|treadmill') as is_treadmill,
    {{ cell('Activity Name', 'cells') }} as title,
    {{ cell('Activity Gear', 'cells') }} as gear_name,
    {{ number('Distance (2)', 'cells') }} as distance_m,
    {{ number('Moving Time', 'cells') }} as moving_s,
    coalesce({{ number('Elapsed Time (2)', 'cells') }}, {{ number('Elapsed Time', 'cells') }}) as elapsed_s,
    {{ number('Elevation Gain', 'cells') }} as elevation_gain_m,
    {{ number('Average Heart Rate', 'cells') }} as heart_rate_avg_bpm,
    coalesce({{ number('Max Heart Rate (2)', 'cells') }}, {{ number('Max Heart Rate', 'cells') }})
        as heart_rate_max_bpm,
    2 * {{ number('Average Cadence', 'cells') }} as cadence_spm,
    {{ number('Average Watts', 'cells') }} as power_avg_w,
    {{ number('Calories', 'cells') }} as energy_kcal,
    {{ number('Perceived Exertion', 'cells') }} as perceived_exertion,
    coalesce({{ number('Relative Effort (2)', 'cells') }}, {{ number('Relative Effort', 'cells') }}) as relative_effort,
    coalesce(lower({{ cell('Competition', 'cells') }}) in ('true', '1', '1.0'), false) as is_race
from payloads
where not is_deleted
