with sessions as (

    select * from {{ ref('stg_files__sessions') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

archive_rows as (

    select * from {{ ref('stg_strava_archive__activities') }}

),

workouts as (

    select * from {{ ref('stg_whoop_export__workouts') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'cadence_lock_share_min', 'cadence_lock_correlation_min', 'heart_rate_max_possible_bpm',
        'heart_rate_min_possible_bpm', 'run_speed_max_m_per_s',
    ]) }}

),

recorded as (

    select
        sessions.*,
        measured.has_position,
        measured.distance_m as measured_distance_m,
        measured.moving_s as measured_moving_s,
        measured.elapsed_s as measured_elapsed_s,
        measured.elevation_gain_m as measured_elevation_gain_m,
        measured.heart_rate_avg_bpm as measured_heart_rate_avg_bpm,
        measured.heart_rate_max_bpm as measured_heart_rate_max_bpm,
        measured.heart_rate_share,
        measured.cadence_spm as measured_cadence_spm,
        measured.impossible_speed_count,
        measured.impossible_heart_rate_count,
        coalesce(
            measured.cadence_lock_share >= constants.cadence_lock_share_min
            and coalesce(measured.cadence_lock_correlation, 1) >= constants.cadence_lock_correlation_min,
            false
        ) as is_heart_rate_locked,
        measured.sample_count is not null as has_stream
    from sessions
    left join measured
        on
            sessions.athlete_id = measured.athlete_id
            and sessions.file_sha256 = measured.file_sha256
            and sessions.session_number = measured.session_number
    cross join constants

),

-- The row of an archive and the file it names are one recording; if the bytes came another way too, either copy serves.
archive_files as (

    select
        archive_rows.recording_id as archive_recording_id,
        recorded.*
    from archive_rows
    inner join recorded
        on
            archive_rows.athlete_id = recorded.athlete_id
            and archive_rows.file_sha256 = recorded.file_sha256
            and recorded.session_number = 1
    qualify
        row_number() over (
            partition by archive_rows.athlete_id, archive_rows.recording_id
            order by recorded.source desc
        ) = 1

),

unioned as (

    select
        archive_rows.athlete_id,
        archive_rows.recording_id,
        archive_rows.source,
        archive_files.file_sha256,
        archive_files.session_number,
        archive_rows.first_landed_at,
        archive_rows.last_landed_at,
        coalesce(archive_files.started_at, archive_rows.started_at) as started_at,
        archive_files.utc_offset_s,
        coalesce(archive_rows.sport, archive_files.sport) as sport,
        coalesce(archive_rows.is_trail, false) or coalesce(archive_files.is_trail, false) as is_trail,
        coalesce(archive_rows.is_treadmill, false) or coalesce(archive_files.is_treadmill, false) as is_treadmill,
        archive_rows.title,
        archive_rows.gear_name,
        archive_files.device_name,
        case
            -- On a treadmill the watch guesses; what stands in the archive may have been corrected by hand.
            when archive_rows.is_treadmill or archive_files.is_treadmill
                then coalesce(archive_rows.distance_m, archive_files.distance_m)
            else coalesce(archive_files.distance_m, archive_rows.distance_m, archive_files.measured_distance_m)
        end as distance_m,
        coalesce(
            case when not archive_files.is_derived then archive_files.timer_s end,
            archive_rows.moving_s,
            archive_files.measured_moving_s
        ) as moving_s,
        coalesce(archive_files.elapsed_s, archive_rows.elapsed_s, archive_files.measured_elapsed_s) as elapsed_s,
        coalesce(
            archive_files.elevation_gain_m, archive_rows.elevation_gain_m, archive_files.measured_elevation_gain_m
        ) as elevation_gain_m,
        coalesce(
            archive_files.heart_rate_avg_bpm, archive_files.measured_heart_rate_avg_bpm, archive_rows.heart_rate_avg_bpm
        ) as heart_rate_avg_bpm,
        coalesce(archive_files.heart_rate_max_bpm, archive_rows.heart_rate_max_bpm) as heart_rate_max_bpm,
        archive_files.measured_heart_rate_max_bpm,
        coalesce(
            archive_files.cadence_spm, archive_rows.cadence_spm, archive_files.measured_cadence_spm
        ) as cadence_spm,
        coalesce(archive_files.power_avg_w, archive_rows.power_avg_w) as power_avg_w,
        coalesce(archive_files.energy_kcal, archive_rows.energy_kcal) as energy_kcal,
        coalesce(archive_rows.perceived_exertion, archive_files.perceived_exertion) as perceived_exertion,
        archive_rows.is_race,
        coalesce(archive_files.has_position, false) as has_position,
        coalesce(archive_files.has_stream, false) as has_stream,
        coalesce(archive_files.is_heart_rate_locked, false) as is_heart_rate_locked,
        coalesce(archive_files.impossible_speed_count, 0) as impossible_speed_count,
        coalesce(archive_files.impossible_heart_rate_count, 0) as impossible_heart_rate_count,
        archive_files.faults as file_faults
    from archive_rows
    left join archive_files
        on
            archive_rows.athlete_id = archive_files.athlete_id
            and archive_rows.recording_id = archive_files.archive_recording_id

    union all by name

    select
        recorded.athlete_id,
        recorded.recording_id,
        recorded.source,
        recorded.file_sha256,
        recorded.session_number,
        recorded.first_landed_at,
        recorded.last_landed_at,
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
        coalesce(recorded.heart_rate_avg_bpm, recorded.measured_heart_rate_avg_bpm) as heart_rate_avg_bpm,
        recorded.heart_rate_max_bpm,
        recorded.measured_heart_rate_max_bpm,
        coalesce(recorded.cadence_spm, recorded.measured_cadence_spm) as cadence_spm,
        recorded.power_avg_w,
        recorded.energy_kcal,
        recorded.perceived_exertion,
        false as is_race,
        coalesce(recorded.has_position, false) as has_position,
        recorded.has_stream,
        recorded.is_heart_rate_locked,
        coalesce(recorded.impossible_speed_count, 0) as impossible_speed_count,
        coalesce(recorded.impossible_heart_rate_count, 0) as impossible_heart_rate_count,
        recorded.faults as file_faults
    from recorded
    where
        recorded.source = 'file'
        or not exists (
            select 1
            from archive_files
            where
                archive_files.athlete_id = recorded.athlete_id
                and archive_files.file_sha256 = recorded.file_sha256
                and archive_files.session_number = recorded.session_number
        )

    union all by name

    select
        athlete_id,
        recording_id,
        source,
        first_landed_at,
        last_landed_at,
        started_at,
        utc_offset_s,
        sport,
        false as is_trail,
        false as is_treadmill,
        distance_m,
        duration_s as moving_s,
        coalesce(epoch(ended_at) - epoch(started_at), duration_s) as elapsed_s,
        elevation_gain_m,
        heart_rate_avg_bpm,
        heart_rate_max_bpm,
        energy_kcal,
        false as is_race,
        false as has_position,
        false as has_stream,
        false as is_heart_rate_locked,
        0 as impossible_speed_count,
        0 as impossible_heart_rate_count
    from workouts

),

-- Values no human produces become unknown, with the reason kept.
judged as (

    select
        unioned.*,
        coalesce(unioned.sport, 'run') = 'run'
        and unioned.distance_m > constants.run_speed_max_m_per_s * unioned.moving_s as is_pace_impossible,
        nullif(unioned.heart_rate_avg_bpm, 0)
        not between constants.heart_rate_min_possible_bpm and constants.heart_rate_max_possible_bpm
            as is_average_impossible,
        nullif(unioned.heart_rate_max_bpm, 0)
        not between constants.heart_rate_min_possible_bpm and constants.heart_rate_max_possible_bpm
            as is_maximum_impossible
    from unioned
    cross join constants
    cross join clock
    -- A watch that never learnt the date says 1989, one that runs ahead a day that has not come: no run happened then.
    where unioned.started_at between timestamptz '2000-01-01 00:00:00+00' and clock.as_of_at + interval 1 day

)

select
    athlete_id,
    recording_id,
    source,
    file_sha256,
    session_number,
    first_landed_at,
    last_landed_at,
    started_at,
    started_at + to_milliseconds(cast(1000 * coalesce(elapsed_s, moving_s, 0) as bigint)) as ended_at,
    utc_offset_s,
    sport,
    is_trail,
    is_treadmill,
    title,
    gear_name,
    device_name,
    case when not coalesce(is_pace_impossible, false) then nullif(distance_m, 0) end as distance_m,
    nullif(moving_s, 0) as moving_s,
    nullif(elapsed_s, 0) as elapsed_s,
    elevation_gain_m,
    case
        when not is_heart_rate_locked and not coalesce(is_average_impossible, false) then nullif(heart_rate_avg_bpm, 0)
    end as heart_rate_avg_bpm,
    case
        when is_heart_rate_locked then null
        when impossible_heart_rate_count > 0 or is_maximum_impossible then measured_heart_rate_max_bpm
        else coalesce(nullif(heart_rate_max_bpm, 0), measured_heart_rate_max_bpm)
    end as heart_rate_max_bpm,
    case
        when coalesce(sport, 'run') in ('run', 'walk', 'hike') then nullif(cadence_spm, 0)
        else nullif(cadence_spm / 2, 0)
    end as cadence_spm,
    nullif(power_avg_w, 0) as power_avg_w,
    nullif(energy_kcal, 0) as energy_kcal,
    nullif(perceived_exertion, 0) as perceived_exertion,
    is_race,
    has_position,
    has_stream,
    is_heart_rate_locked,
    -- The best copy of a run: first what it knows, then who recorded it.
    row_number() over (
        partition by athlete_id
        order by
            case
                when has_position and heart_rate_avg_bpm is not null and not is_heart_rate_locked then 1
                when has_position then 2
                when has_stream then 3
                else 4
            end,
            case source when 'file' then 1 when 'strava_archive' then 2 else 3 end,
            recording_id
    ) as merge_rank,
    list_concat(
        coalesce(file_faults, []),
        list_filter(
            [
                case when is_heart_rate_locked then 'heart rate follows cadence and is not used' end,
                case
                    when impossible_heart_rate_count > 0 or is_average_impossible or is_maximum_impossible
                        then 'impossible heart rates left out'
                end,
                case when impossible_speed_count > 0 then 'position jumps left out' end,
                case when is_pace_impossible then 'distance and time give an impossible pace; distance is not used' end
            ],
            lambda fault: fault is not null
        )
    ) as faults
from judged
