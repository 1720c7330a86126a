with payloads as (

    {{ latest_payloads('activity', ['garmin_export'], cells=[
        'parentId', 'parent', '_started_at', 'startTimeLocal', 'startTimeGmt', 'activityType', 'sportType', 'name',
        'distance', 'duration', 'movingDuration', 'elapsedDuration', 'elevationGain', 'avgHr', 'maxHr',
        'avgDoubleCadence', 'avgRunCadence', 'avgBikeCadence', 'avgPower', 'calories', 'eventTypeId',
    ]) }}

)

select
    athlete_id,
    'garmin:' || source_key as recording_id,
    source,
    source_key as vendor_id,
    {{ cell('parentId', 'cells') }} as parent_vendor_id,
    {{ flag('parent', 'cells') }} as is_parent,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at', 'cells') }} as started_at,
    -- The local time is an epoch shifted to the wall clock.
    cast(({{ number('startTimeLocal', 'cells') }} - {{ number('startTimeGmt', 'cells') }}) / 1000 as integer)
        as utc_offset_s,
    {{ cell('activityType', 'cells') }} as sport_type,
    coalesce({{ sport_word(cell('activityType', 'cells')) }}, {{ sport_word(cell('sportType', 'cells')) }}) as sport,
    coalesce(regexp_matches(lower({{ cell('activityType', 'cells') }}), 'trail'), false) as is_trail,
    coalesce(regexp_matches(lower({{ cell('activityType', 'cells') }}), 'treadmill|indoor|virtual'), false)
        as is_treadmill,
    {{ cell('name', 'cells') }} as title,
    {{ number('distance', 'cells') }} / 100 as distance_m,
    coalesce({{ number('duration', 'cells') }}, {{ number('movingDuration', 'cells') }}) / 1000 as moving_s,
    {{ number('elapsedDuration', 'cells') }} / 1000 as elapsed_s,
    {{ number('elevationGain', 'cells') }} / 100 as elevation_gain_m,
    {{ number('avgHr', 'cells') }} as heart_rate_avg_bpm,
    {{ number('maxHr', 'cells') }} as heart_rate_max_bpm,
    coalesce(
        {{ number('avgDoubleCadence', 'cells') }},
        2 * {{ number('avgRunCadence', 'cells') }},
        2 * {{ number('avgBikeCadence', 'cells') }}
    ) as cadence_spm,
    {{ number('avgPower', 'cells') }} as power_avg_w,
    {{ number('calories', 'cells') }} / 4.19 as energy_kcal,
    coalesce({{ number('eventTypeId', 'cells') }} = 1, false) as is_race
from payloads
where not is_deleted
