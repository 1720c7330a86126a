with entries as (

    select
        athlete_id,
        entry_id,
        kind,
        begin_date,
        end_date,
        entry,
        said_at,
        is_withdrawn
    from {{ source('ledger_coach', 'logbook') }}
    qualify row_number() over (partition by athlete_id, entry_id order by said_at desc) = 1

)

select
    athlete_id,
    entry_id,
    kind,
    begin_date,
    end_date,
    said_at,
    -- The words stay in the ledger; only what can be counted is read.
    {{ number('fatigue', 'entry') }} as fatigue_score,
    {{ number('soreness', 'entry') }} as soreness_score,
    {{ number('mood', 'entry') }} as mood_score,
    {{ number('sleep', 'entry') }} as sleep_score,
    {{ cell('severity', 'entry') }} as severity,
    {{ known_flag('is_below_neck', 'entry') }} as is_below_neck,
    {{ cell('body_part', 'entry') }} as body_part,
    {{ cell('time_zone', 'entry') }} as time_zone
from entries
where not is_withdrawn
