with sessions as (

    select * from {{ ref('int_sessions_deduplicated') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

judged_files as (

    select * from {{ ref('int_files_judged') }}

),

summaries as (

    select * from {{ ref('int_summaries_unioned') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'cadence_lock_share_min', 'cadence_lock_correlation_min', 'heart_rate_max_possible_bpm',
        'heart_rate_min_possible_bpm', 'run_speed_max_m_per_s', 'recording_longest_m', 'recording_longest_s',
    ]) }}

),

recorded as (

    select
        sessions.* replace (
            -- Of a watch that was left on after the run only the run counts.
            case when measured.idle_end_s > 0 then measured.distance_m else sessions.distance_m end as distance_m,
            case when measured.idle_end_s > 0 then least(sessions.timer_s, measured.elapsed_s) else sessions.timer_s end
                as timer_s,
            case when measured.idle_end_s > 0 then measured.elapsed_s else sessions.elapsed_s end as elapsed_s,
            case when not coalesce(measured.idle_end_s > 0, false) then sessions.heart_rate_avg_bpm end
                as heart_rate_avg_bpm
        ),
        coalesce(measured.idle_end_s, 0) as idle_end_s,
        measured.has_position,
        measured.distance_m as measured_distance_m,
        measured.moving_s as measured_moving_s,
        measured.elapsed_s as measured_elapsed_s,
        measured.elevation_gain_m as measured_elevation_gain_m,
        measured.heart_rate_avg_bpm as measured_heart_rate_avg_bpm,
        measured.heart_rate_max_bpm as measured_heart_rate_max_bpm,
        measured.cadence_spm as measured_cadence_spm,
        measured.impossible_speed_count,
        measured.impossible_heart_rate_count,
        coalesce(
            measured.cadence_lock_share >= constants.cadence_lock_share_min
            and coalesce(measured.cadence_lock_correlation, 1) >= constants.cadence_lock_correlation_min,
            false
        ) as is_heart_rate_locked,
        coalesce(measured.has_cadence_lock, false) as has_cadence_lock,
        coalesce(measured.has_dry_strap, false) as has_dry_strap,
        coalesce(measured.has_heart_rate_spike, false) as has_heart_rate_spike,
        -- Then the device's own mean and maximum are of readings that are not believed.
        coalesce(measured.has_cadence_lock or measured.has_dry_strap, false) as is_heart_rate_mended,
        measured.sample_count is not null as has_stream,
        coalesce(not judged_files.is_believed, false) as is_stream_doubted,
        -- Distance and times are then sums over samples, and worth less than what the source says itself.
        coalesce(sessions.is_derived or sessions.file_format = 'strava_streams', false) as is_summed
    from sessions
    left join measured
        on
            sessions.athlete_id = measured.athlete_id
            and sessions.file_sha256 = measured.file_sha256
            and sessions.session_number = measured.session_number
    left join judged_files
        on sessions.athlete_id = judged_files.athlete_id and sessions.file_sha256 = judged_files.file_sha256
    cross join constants

),

unioned as (

    -- What a source says of an activity and the file it names are one recording.
    select
        summaries.athlete_id,
        summaries.recording_id,
        summaries.source,
        summaries.vendor_key,
        files.file_format,
        files.file_sha256,
        files.session_number,
        summaries.first_landed_at,
        summaries.last_landed_at,
        summaries.arrivals,
        list_filter(list_append(summaries.other_names, files.recording_id), lambda each: each is not null)
            as other_names,
        coalesce(
            case when not coalesce(summaries.is_start_vague, false) then files.started_at end, summaries.started_at
        ) as started_at,
        coalesce(files.utc_offset_s, summaries.utc_offset_s) as utc_offset_s,
        coalesce(summaries.sport, files.sport) as sport,
        summaries.is_start_vague,
        summaries.is_trail or coalesce(files.is_trail, false) as is_trail,
        summaries.is_treadmill or coalesce(files.is_treadmill, false) as is_treadmill,
        summaries.title,
        summaries.gear_name,
        coalesce(files.device_name, summaries.device_name) as device_name,
        case
            -- On a treadmill the watch guesses; what stands with the source may have been corrected by hand.
            when summaries.is_treadmill or files.is_treadmill or files.is_summed
                then coalesce(summaries.distance_m, files.distance_m)
            else coalesce(files.distance_m, summaries.distance_m, files.measured_distance_m)
        end as distance_m,
        coalesce(
            case when not files.is_summed then files.timer_s end, summaries.moving_s, files.measured_moving_s
        ) as moving_s,
        coalesce(files.elapsed_s, summaries.elapsed_s, files.measured_elapsed_s) as elapsed_s,
        coalesce(files.elevation_gain_m, summaries.elevation_gain_m, files.measured_elevation_gain_m)
            as elevation_gain_m,
        case
            when files.is_heart_rate_mended then files.measured_heart_rate_avg_bpm
            else coalesce(files.heart_rate_avg_bpm, files.measured_heart_rate_avg_bpm, summaries.heart_rate_avg_bpm)
        end as heart_rate_avg_bpm,
        coalesce(files.heart_rate_max_bpm, summaries.heart_rate_max_bpm) as heart_rate_max_bpm,
        files.measured_heart_rate_max_bpm,
        coalesce(files.cadence_spm, summaries.cadence_spm, files.measured_cadence_spm) as cadence_spm,
        coalesce(files.power_avg_w, summaries.power_avg_w) as power_avg_w,
        coalesce(files.energy_kcal, summaries.energy_kcal) as energy_kcal,
        coalesce(summaries.perceived_exertion, files.perceived_exertion) as perceived_exertion,
        summaries.relative_effort,
        summaries.is_race,
        coalesce(files.has_position, false) as has_position,
        coalesce(files.has_stream, false) as has_stream,
        coalesce(files.is_stream_doubted, false) as is_stream_doubted,
        coalesce(files.is_heart_rate_locked, false) as is_heart_rate_locked,
        coalesce(files.has_cadence_lock, false) as has_cadence_lock,
        coalesce(files.has_dry_strap, false) as has_dry_strap,
        coalesce(files.has_heart_rate_spike, false) as has_heart_rate_spike,
        coalesce(files.idle_end_s, 0) as idle_end_s,
        coalesce(files.impossible_speed_count, 0) as impossible_speed_count,
        coalesce(files.impossible_heart_rate_count, 0) as impossible_heart_rate_count,
        files.faults as file_faults
    from summaries
    left join recorded as files
        on
            summaries.athlete_id = files.athlete_id
            and summaries.file_sha256 = files.file_sha256
            and files.session_number = 1

    union all by name

    select
        recorded.athlete_id,
        recorded.recording_id,
        recorded.source,
        recorded.file_format,
        recorded.file_sha256,
        recorded.session_number,
        recorded.first_landed_at,
        recorded.last_landed_at,
        recorded.arrivals,
        recorded.started_at,
        recorded.utc_offset_s,
        recorded.sport,
        recorded.is_trail,
        recorded.is_treadmill,
        recorded.device_name,
        coalesce(recorded.distance_m, recorded.measured_distance_m) as distance_m,
        coalesce(
            case when not recorded.is_derived then recorded.timer_s end, recorded.measured_moving_s, recorded.timer_s
        ) as moving_s,
        coalesce(recorded.elapsed_s, recorded.measured_elapsed_s) as elapsed_s,
        coalesce(recorded.elevation_gain_m, recorded.measured_elevation_gain_m) as elevation_gain_m,
        case
            when recorded.is_heart_rate_mended then recorded.measured_heart_rate_avg_bpm
            else coalesce(recorded.heart_rate_avg_bpm, recorded.measured_heart_rate_avg_bpm)
        end as heart_rate_avg_bpm,
        recorded.heart_rate_max_bpm,
        recorded.measured_heart_rate_max_bpm,
        coalesce(recorded.cadence_spm, recorded.measured_cadence_spm) as cadence_spm,
        recorded.power_avg_w,
        recorded.energy_kcal,
        recorded.perceived_exertion,
        false as is_race,
        coalesce(recorded.has_position, false) as has_position,
        recorded.has_stream,
        recorded.is_stream_doubted,
        recorded.is_heart_rate_locked,
        recorded.has_cadence_lock,
        recorded.has_dry_strap,
        recorded.has_heart_rate_spike,
        recorded.idle_end_s,
        coalesce(recorded.impossible_speed_count, 0) as impossible_speed_count,
        coalesce(recorded.impossible_heart_rate_count, 0) as impossible_heart_rate_count,
        recorded.faults as file_faults
    from recorded
    where
        recorded.is_own_recording
        or recorded.session_number > 1
        or not exists (
            select 1
            from summaries
            where
                summaries.athlete_id = recorded.athlete_id
                and summaries.file_sha256 = recorded.file_sha256
        )

),

-- Values no human produces become unknown, with the reason kept.
judged as (

    select
        unioned.*,
        coalesce(unioned.sport, 'run') = 'run'
        and unioned.distance_m > constants.run_speed_max_m_per_s * unioned.moving_s as is_pace_impossible,
        unioned.distance_m not between 0 and constants.recording_longest_m as is_distance_impossible,
        greatest(unioned.moving_s, unioned.elapsed_s) > constants.recording_longest_s
        or least(unioned.moving_s, unioned.elapsed_s) < 0 as is_time_impossible,
        nullif(unioned.heart_rate_avg_bpm, 0)
        not between constants.heart_rate_min_possible_bpm and constants.heart_rate_max_possible_bpm
            as is_average_impossible,
        nullif(unioned.heart_rate_max_bpm, 0)
        not between constants.heart_rate_min_possible_bpm and constants.heart_rate_max_possible_bpm
            as is_maximum_impossible
    from unioned
    cross join constants
    cross join clock
    -- A watch that never learnt the date says 1989, one that runs ahead an hour not yet come: no run happened then.
    -- Where only the day is known, it may have been any hour of it.
    where
        unioned.started_at >= timestamptz '2000-01-01 00:00:00+00'
        and unioned.started_at
        <= clock.as_of_at + case when unioned.is_start_vague then interval 1 day else interval 0 day end

)

select
    athlete_id,
    recording_id,
    source,
    vendor_key,
    file_sha256,
    session_number,
    first_landed_at,
    last_landed_at,
    arrivals,
    coalesce(other_names, []) as other_names,
    started_at,
    started_at + case
        when coalesce(is_time_impossible, false) then interval 0 second
        else to_milliseconds(cast(1000 * coalesce(elapsed_s, moving_s, 0) as bigint))
    end as ended_at,
    utc_offset_s,
    coalesce(is_start_vague, false) as is_start_vague,
    sport,
    is_trail,
    is_treadmill,
    title,
    gear_name,
    device_name,
    case
        when not coalesce(is_pace_impossible or is_distance_impossible, false) then nullif(distance_m, 0)
    end as distance_m,
    case when not coalesce(is_time_impossible, false) then nullif(moving_s, 0) end as moving_s,
    case when not coalesce(is_time_impossible, false) then nullif(elapsed_s, 0) end as elapsed_s,
    case when elevation_gain_m between 0 and 100000 then elevation_gain_m end as elevation_gain_m,
    case
        when not is_heart_rate_locked and not coalesce(is_average_impossible, false) then nullif(heart_rate_avg_bpm, 0)
    end as heart_rate_avg_bpm,
    case
        when is_heart_rate_locked then null
        when
            impossible_heart_rate_count > 0 or is_maximum_impossible
            or has_cadence_lock or has_dry_strap or has_heart_rate_spike
            then measured_heart_rate_max_bpm
        else coalesce(nullif(heart_rate_max_bpm, 0), measured_heart_rate_max_bpm)
    end as heart_rate_max_bpm,
    case
        when coalesce(sport, 'run') in ('run', 'walk', 'hike') then nullif(cadence_spm, 0)
        else nullif(cadence_spm / 2, 0)
    end as cadence_spm,
    nullif(power_avg_w, 0) as power_avg_w,
    nullif(energy_kcal, 0) as energy_kcal,
    nullif(perceived_exertion, 0) as perceived_exertion,
    nullif(relative_effort, 0) as relative_effort,
    is_race,
    has_position,
    has_stream,
    is_heart_rate_locked,
    {{ merge_order() }} as merge_order,
    {{ recording_faults() }} as faults
from judged
