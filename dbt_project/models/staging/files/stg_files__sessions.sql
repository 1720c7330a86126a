with payloads as (

    {{ latest_payloads('recording', ['file', 'strava_archive', 'strava_api', 'garmin_export', 'garmin_api']) }}

),

sessions as (

    select
        athlete_id,
        source,
        source_key as file_sha256,
        first_landed_at,
        last_landed_at,
        payload,
        unnest(cast(payload -> '$.sessions' as json[])) as session,
        generate_subscripts(cast(payload -> '$.sessions' as json[]), 1) as session_number
    from payloads
    -- A course is a way to follow, written in the form of a recording.
    where not is_deleted and coalesce({{ cell('is_course') }} <> 'true', true)

),

renamed as (

    select
        athlete_id,
        -- Named by the bytes alone, whoever brought them.
        'file:'
        || left(file_sha256, 16)
        || case when session_number > 1 then '-' || session_number else '' end as recording_id,
        source,
        file_sha256,
        session_number,
        first_landed_at,
        last_landed_at,
        {{ cell('format') }} as file_format,
        {{ cell('reader_version') }} as reader_version,
        nullif(concat_ws(' ', {{ cell('manufacturer') }}, {{ cell('product') }}), '') as device_name,
        try_cast({{ cell('utc_offset_s') }} as integer) as utc_offset_s,
        cast(payload -> '$.faults' as text[]) as faults,
        coalesce({{ cell('derived', 'session') }} = 'true', false) as is_derived,
        {{ instant('started_at', 'session') }} as started_at,
        {{ sport_word(cell('sport', 'session')) }} as sport,
        coalesce(regexp_matches(lower({{ cell('sub_sport', 'session') }}), 'trail'), false) as is_trail,
        coalesce(
            regexp_matches(
                lower(concat_ws(' ', {{ cell('sport', 'session') }}, {{ cell('sub_sport', 'session') }})),
                'treadmill|indoor'
            ),
            false
        ) as is_treadmill,
        {{ number('distance_m', 'session') }} as distance_m,
        {{ number('timer_s', 'session') }} as timer_s,
        {{ number('elapsed_s', 'session') }} as elapsed_s,
        {{ number('ascent_m', 'session') }} as elevation_gain_m,
        {{ number('heart_rate_avg_bpm', 'session') }} as heart_rate_avg_bpm,
        {{ number('heart_rate_max_bpm', 'session') }} as heart_rate_max_bpm,
        2 * {{ number('cadence_avg_rpm', 'session') }} as cadence_spm,
        {{ number('power_avg_w', 'session') }} as power_avg_w,
        {{ number('energy_kcal', 'session') }} as energy_kcal,
        {{ number('perceived_exertion', 'session') }} as perceived_exertion
    from sessions

)

select
    *,
    -- A file of several sports has one stream; each session owns the samples until the next one starts.
    case
        when session_number = 1 then timestamptz '0001-01-01 00:00:00+00' else started_at
    end as samples_from_at,
    coalesce(
        lead(started_at) over (partition by athlete_id, source, file_sha256 order by session_number),
        timestamptz '9999-01-01 00:00:00+00'
    ) as samples_until_at
from renamed
where started_at is not null
