with payloads as (

    {{ latest_payloads('workout', ['whoop_api']) }}

),

scored as (

    select
        *,
        {{ cell('score_state') }} = 'SCORED' as is_scored
    from payloads
    where not is_deleted

)

select
    athlete_id,
    source,
    first_landed_at,
    last_landed_at,
    -- Named as the export names it, which has no ids and whole seconds.
    'whoop:'
    || strftime({{ instant('start') }}, '%Y%m%dT%H%M%S')
    || '-'
    || regexp_replace(lower(coalesce({{ cell('sport_name') }}, 'workout')), '[^a-z0-9]+', '-', 'g') as recording_id,
    source_key as workout_id,
    {{ instant('start') }} as started_at,
    {{ instant('end') }} as ended_at,
    cast({{ written_offset_s(cell('timezone_offset')) }} as integer) as utc_offset_s,
    {{ cell('sport_name') }} as sport_type,
    {{ sport_word(cell('sport_name')) }} as sport,
    {{ cell('score_state') }} as score_state,
    epoch({{ instant('end') }}) - epoch({{ instant('start') }}) as duration_s,
    case when is_scored then {{ number_at('score.distance_meter') }} end as distance_m,
    case when is_scored then {{ number_at('score.altitude_gain_meter') }} end as elevation_gain_m,
    case when is_scored then {{ number_at('score.average_heart_rate') }} end as heart_rate_avg_bpm,
    case when is_scored then {{ number_at('score.max_heart_rate') }} end as heart_rate_max_bpm,
    case when is_scored then {{ number_at('score.kilojoule') }} / 4.184 end as energy_kcal,
    {% for zone in ['zero', 'one', 'two', 'three', 'four', 'five'] %}
        case when is_scored then {{ number_at('score.zone_durations.zone_' ~ zone ~ '_milli') }} / 1000 end
            as zone{{ loop.index0 }}_s,
    {% endfor %}
    case when is_scored then {{ number_at('score.strain') }} end as strain
from scored
