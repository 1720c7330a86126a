with sessions as (

    select
        *,
        case source
            when 'file' then 1
            when 'garmin_api' then 2
            when 'garmin_export' then 3
            when 'strava_archive' then 4
            else 5
        end as source_rank
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

select * exclude (source_rank)
from gathered
qualify
    row_number() over (
        partition by athlete_id, file_sha256, session_number
        -- Of two readers the newer one's word counts.
        order by last_landed_at desc, source_rank asc
    ) = 1
