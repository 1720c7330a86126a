with payloads as (

    {{ latest_payloads('stress', ['garmin_api']) }}

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    try_cast(source_key as date) as local_date,
    case
        when {{ number_at('values.overallStressLevel') }} >= 0 then {{ number_at('values.overallStressLevel') }}
    end as stress_avg
from payloads
where not is_deleted
