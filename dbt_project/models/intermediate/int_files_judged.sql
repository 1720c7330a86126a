{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['athlete_id', 'file_sha256'],
        on_schema_change='fail',
        post_hook="
            delete from {{ this }} as judged
            where not exists (
                select 1
                from {{ ref('int_sessions_deduplicated') }} as sessions
                where sessions.athlete_id = judged.athlete_id and sessions.file_sha256 = judged.file_sha256
            )
        "
    )
}}

with constants as (

    {{ constants_row(['odd_sample_share_max']) }}

),

-- The samples of a file never change for a given reader.
files as (

    select
        sessions.athlete_id,
        sessions.file_sha256,
        max(sessions.reader_version) as reader_version
    from {{ ref('int_sessions_deduplicated') }} as sessions
    {% if is_incremental() %}
        anti join {{ this }} as judged
            on
                sessions.athlete_id = judged.athlete_id
                and sessions.file_sha256 = judged.file_sha256
                and sessions.reader_version = judged.reader_version
    {% endif %}
    where sessions.file_sha256 is not null
    group by sessions.athlete_id, sessions.file_sha256

)

select
    files.athlete_id,
    files.file_sha256,
    files.reader_version,
    count(samples.sample_at) as sample_count,
    count(*) filter (where samples.is_odd) as odd_sample_count,
    count(*) filter (where samples.is_odd) <= any_value(constants.odd_sample_share_max) * count(samples.sample_at)
        as is_believed
from files
left join {{ ref('stg_files__samples') }} as samples
    on files.athlete_id = samples.athlete_id and files.file_sha256 = samples.file_sha256
cross join constants
group by files.athlete_id, files.file_sha256, files.reader_version
