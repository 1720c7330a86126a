with entries as (

    select
        athlete_id,
        entry_id,
        kind,
        entry,
        said_at,
        is_withdrawn
    from {{ source('ledger_coach', 'logbook') }}
    qualify row_number() over (partition by athlete_id, entry_id order by said_at desc) = 1

)

select
    athlete_id,
    entry_id,
    {{ cell('plan_id', 'entry') }} as plan_id,
    {{ cell('workout_id', 'entry') }} as workout_id,
    {{ cell('verdict', 'entry') }} as verdict,
    {{ cell('recording_id', 'entry') }} as recording_id,
    {{ cell('because', 'entry') }} as because,
    said_at
from entries
where kind = 'workout' and not is_withdrawn
