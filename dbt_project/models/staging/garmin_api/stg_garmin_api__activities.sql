with payloads as (

    {{ latest_payloads('activity', ['garmin_api']) }}

)

select
    athlete_id,
    'garmin:' || source_key as recording_id,
    source,
    source_key as vendor_id,
    {{ cell('parentId') }} as parent_vendor_id,
    {{ flag('isParent') }} or {{ flag('parent') }} as is_parent,
    first_landed_at,
    last_landed_at,
    coalesce(
        {{ unmarked_utc(cell('startTimeGMT')) }},
        make_timestamptz(1000 * try_cast({{ cell('beginTimestamp') }} as bigint))
    ) as started_at,
    -- No zone is given: it is the distance of one clock from the other.
    cast(
        epoch({{ unmarked_utc(cell('startTimeLocal')) }}) - epoch({{ unmarked_utc(cell('startTimeGMT')) }}) as integer
    ) as utc_offset_s,
    {{ text_at('activityType.typeKey') }} as sport_type,
    {{ sport_word(text_at('activityType.typeKey')) }} as sport,
    coalesce(regexp_matches(lower({{ text_at('activityType.typeKey') }}), 'trail'), false) as is_trail,
    coalesce(regexp_matches(lower({{ text_at('activityType.typeKey') }}), 'treadmill|indoor|virtual'), false)
        as is_treadmill,
    {{ cell('activityName') }} as title,
    {{ number('distance') }} as distance_m,
    coalesce({{ number('duration') }}, {{ number('movingDuration') }}) as moving_s,
    {{ number('elapsedDuration') }} as elapsed_s,
    {{ number('elevationGain') }} as elevation_gain_m,
    {{ number('averageHR') }} as heart_rate_avg_bpm,
    {{ number('maxHR') }} as heart_rate_max_bpm,
    -- Both feet already; pedals are counted whole.
    coalesce(
        {{ number('averageRunningCadenceInStepsPerMinute') }}, 2 * {{ number('averageBikingCadenceInRevPerMinute') }}
    ) as cadence_spm,
    {{ number('avgPower') }} as power_avg_w,
    {{ number('calories') }} as energy_kcal,
    coalesce({{ text_at('eventType.typeKey') }} = 'race', false) as is_race
from payloads
where not is_deleted
