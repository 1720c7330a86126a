-- Everything recorded, by the clock that everybody else's agrees with.
select
    gathered.athlete_id,
    gathered.recording_id,
    gathered.source,
    gathered.vendor_key,
    gathered.file_sha256,
    gathered.session_number,
    gathered.first_landed_at,
    gathered.last_landed_at,
    gathered.arrivals,
    gathered.other_names,
    gathered.started_at + to_seconds(coalesce(clocks.shift_s, 0)) as started_at,
    gathered.ended_at + to_seconds(coalesce(clocks.shift_s, 0)) as ended_at,
    gathered.utc_offset_s,
    gathered.is_start_vague,
    gathered.sport,
    gathered.is_trail,
    gathered.is_treadmill,
    gathered.title,
    gathered.gear_name,
    gathered.device_name,
    gathered.distance_m,
    gathered.moving_s,
    gathered.elapsed_s,
    gathered.elevation_gain_m,
    gathered.heart_rate_avg_bpm,
    gathered.heart_rate_max_bpm,
    gathered.cadence_spm,
    gathered.power_avg_w,
    gathered.energy_kcal,
    gathered.perceived_exertion,
    gathered.relative_effort,
    gathered.is_race,
    gathered.has_position,
    gathered.has_stream,
    gathered.is_heart_rate_locked,
    gathered.merge_order,
    case
        when clocks.shift_s is null then gathered.faults
        else
            list_append(
                gathered.faults,
                'the clock was an hour '
                || case when clocks.shift_s > 0 then 'slow' else 'fast' end
                || ': the times are put right'
            )
    end as faults
from {{ ref('int_recordings_gathered') }} as gathered
left join {{ ref('int_clocks_compared') }} as clocks
    on gathered.athlete_id = clocks.athlete_id and gathered.recording_id = clocks.recording_id
