with sessions as (

    select
        *,
        list_position(['file', 'garmin_api', 'garmin_export', 'strava_archive', 'strava_api'], source) as source_rank
    from {{ ref('stg_files__sessions') }}

),

-- The same bytes may come by several ways, in any order; what they say is the same, so one copy is read.
gathered as (

    select
        * exclude (source, first_landed_at),
        arg_min(source, source_rank) over same_bytes as source,
        min(first_landed_at) over same_bytes as first_landed_at,
        list_sort(list(struct_pack(source := source, landed_at := last_landed_at)) over same_bytes) as arrivals,
        -- Only what came as a file in its own right stands by itself; the others belong to the row that names them.
        bool_or(source in ('file', 'garmin_export')) over same_bytes as is_own_recording
    from sessions
    window same_bytes as (partition by athlete_id, file_sha256, session_number)

)

select
    athlete_id,
    recording_id,
    source,
    file_sha256,
    session_number,
    first_landed_at,
    last_landed_at,
    arrivals,
    is_own_recording,
    file_format,
    reader_version,
    device_name,
    utc_offset_s,
    faults,
    is_derived,
    started_at,
    sport,
    is_trail,
    is_treadmill,
    distance_m,
    timer_s,
    elapsed_s,
    elevation_gain_m,
    heart_rate_avg_bpm,
    heart_rate_max_bpm,
    cadence_spm,
    power_avg_w,
    energy_kcal,
    perceived_exertion,
    samples_from_at,
    samples_until_at
from gathered
qualify
    row_number() over (
        partition by athlete_id, file_sha256, session_number
        -- Of two readers the newer one's word counts.
        order by last_landed_at desc, source_rank asc
    ) = 1
