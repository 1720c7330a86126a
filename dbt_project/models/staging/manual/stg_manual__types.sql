with runs as (

    {{ latest_payloads('run', ['manual']) }}

),

corrections as (

    {{ latest_payloads('correction', ['manual']) }}

),

-- A run taken down by hand is named by its own key, a correction by the recording that it puts right.
payloads as (

    select
        * exclude (source_key),
        'manual:' || source_key as recording_id
    from runs
    union all by name
    select
        * exclude (source_key),
        source_key as recording_id
    from corrections

)

select
    athlete_id,
    recording_id,
    last_landed_at as said_at,
    {{ cell('run_type') }} as run_type
from payloads
where not is_deleted and {{ cell('run_type') }} is not null
