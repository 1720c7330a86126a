with payloads as (

    {{ latest_payloads('cycle', ['whoop_api']) }}

)

select
    athlete_id,
    source,
    source_key as cycle_id,
    first_landed_at,
    last_landed_at,
    {{ instant('start') }} as started_at,
    {{ instant('end') }} as ended_at,
    cast({{ written_offset_s(cell('timezone_offset')) }} as integer) as utc_offset_s,
    {{ cell('score_state') }} as score_state,
    -- The cycle that is still running has a score that is still growing.
    case
        when {{ cell('score_state') }} = 'SCORED' and {{ cell('end') }} is not null then {{ number_at('score.strain') }}
    end as strain,
    case
        when {{ cell('score_state') }} = 'SCORED' and {{ cell('end') }} is not null
            then {{ number_at('score.kilojoule') }} / 4.184
    end as energy_kcal
from payloads
where not is_deleted
