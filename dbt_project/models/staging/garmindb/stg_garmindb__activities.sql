with payloads as (

    {{ latest_payloads('activity', ['garmindb']) }}

),

scaled as (

    select
        *,
        case {{ cell('_measurement_system') }} when 'statute' then 1609.344 when 'metric' then 1000 end
            as distance_unit_m,
        case {{ cell('_measurement_system') }} when 'statute' then 0.3048 when 'metric' then 1 end as height_unit_m,
        lower(concat_ws(' ', {{ cell('sport') }}, {{ cell('sub_sport') }})) as sport_words
    from payloads
    where not is_deleted

)

select
    athlete_id,
    'garmindb:' || source_key as recording_id,
    source,
    source_key as vendor_id,
    {{ cell('_leg_of') }} as parent_vendor_id,
    first_landed_at,
    last_landed_at,
    {{ instant('_started_at') }} as started_at,
    concat_ws(' ', {{ cell('sport') }}, {{ cell('sub_sport') }}) as sport_type,
    {{ sport_word(cell('sport')) }} as sport,
    regexp_matches(sport_words, 'trail') as is_trail,
    regexp_matches(sport_words, 'treadmill|indoor|virtual') as is_treadmill,
    {{ cell('name') }} as title,
    {{ number('distance') }} * distance_unit_m as distance_m,
    -- Clock times begin again after a day; the days that fell off stand beside them.
    {{ clock_time_s('moving_time') }} + 86400 * coalesce({{ number('_moving_days') }}, 0) as moving_s,
    {{ clock_time_s('elapsed_time') }} + 86400 * coalesce({{ number('_elapsed_days') }}, 0) as elapsed_s,
    {{ number('ascent') }} * height_unit_m as elevation_gain_m,
    {{ number('avg_hr') }} as heart_rate_avg_bpm,
    {{ number('max_hr') }} as heart_rate_max_bpm,
    coalesce({{ number_at('_steps.avg_steps_per_min') }}, 2 * {{ number('avg_cadence') }}) as cadence_spm,
    {{ number('avg_power') }} as power_avg_w,
    {{ number('calories') }} as energy_kcal
from scaled
