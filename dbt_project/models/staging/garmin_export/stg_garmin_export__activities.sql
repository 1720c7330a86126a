with payloads as (

    {{ latest_payloads('activity', ['garmin_export']) }}

)

select
    athlete_id,
    'garmin:' || source_key as recording_id,
    source,
    source_key as vendor_id,
    {{ cell('parentId') }} as parent_vendor_id,
    {{ flag('parent') }} as is_parent,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at') }} as started_at,
    -- The local time is an epoch shifted to the wall clock.
    cast(({{ number('startTimeLocal') }} - {{ number('startTimeGmt') }}) / 1000 as integer) as utc_offset_s,
    {{ cell('activityType') }} as sport_type,
    coalesce({{ sport_word(cell('activityType')) }}, {{ sport_word(cell('sportType')) }}) as sport,
    coalesce(regexp_matches(lower({{ cell('activityType') }}), 'trail'), false) as is_trail,
    coalesce(regexp_matches(lower({{ cell('activityType') }}), 'treadmill|indoor|virtual'), false) as is_treadmill,
    {{ cell('name') }} as title,
    {{ number('distance') }} / 100 as distance_m,
    coalesce({{ number('duration') }}, {{ number('movingDuration') }}) / 1000 as moving_s,
    {{ number('elapsedDuration') }} / 1000 as elapsed_s,
    {{ number('elevationGain') }} / 100 as elevation_gain_m,
    {{ number('avgHr') }} as heart_rate_avg_bpm,
    {{ number('maxHr') }} as heart_rate_max_bpm,
    coalesce(
        {{ number('avgDoubleCadence') }}, 2 * {{ number('avgRunCadence') }}, 2 * {{ number('avgBikeCadence') }}
    ) as cadence_spm,
    {{ number('avgPower') }} as power_avg_w,
    {{ number('calories') }} / 4.19 as energy_kcal,
    coalesce({{ number('eventTypeId') }} = 1, false) as is_race
from payloads
where not is_deleted
