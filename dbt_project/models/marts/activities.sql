with merged as (

    select * from {{ ref('int_activities_merged') }}

),

typed as (

    select * from {{ ref('int_activities_typed') }}

),

measured as (

    select * from {{ ref('int_recordings_measured') }}

),

weighed as (

    select * from {{ ref('int_activities_weighed') }}

),

athletes as (

    select * from {{ ref('int_athletes_measured') }}

),

constants as (

    {{ constants_row([
        'effort_points_per_load', 'intensity_easy', 'intensity_long', 'intensity_tempo', 'intensity_intervals',
        'intensity_other',
    ]) }}

),

described as (

    select
        merged.*,
        typed.run_type,
        typed.run_type_confidence,
        typed.run_type_rule,
        typed.has_race_pace_work,
        structures.rep_count,
        structures.structure,
        case
            when typed.run_type_rule = 'by_hand' then typed.run_type = 'race'
            else coalesce(merged.is_race or typed.run_type = 'race', false) and not coalesce(merged.is_no_race, false)
        end as is_raced,
        case when merged.is_run and not merged.is_treadmill then measured.flat_speed_m_per_s end as flat_speed_m_per_s,
        case when merged.is_run and not merged.is_treadmill then measured.normalised_speed_m_per_s end
            as normalised_speed_m_per_s,
        measured.decoupling_pct,
        weighed.* exclude (athlete_id, activity_id, heart_rate_s, banister_trimp),
        case
            when not merged.is_treadmill
                then
                    {{ pace_load(
                        'merged.moving_s', 'measured.normalised_speed_m_per_s', 'typed.threshold_speed_m_per_s'
                    ) }}
        end as pace_load,
        -- Without samples the mean has to stand for them, which weighs a changing effort too lightly.
        coalesce(
            weighed.banister_trimp,
            {{ training_impulse(
                'merged.moving_s',
                heart_rate_reserve(
                    'merged.heart_rate_avg_bpm', 'athletes.resting_heart_rate_weighed_bpm',
                    'athletes.max_heart_rate_bpm'
                ),
                'athletes.sex'
            ) }}
        ) as banister_trimp,
        {{ training_impulse(
            '3600.0',
            heart_rate_reserve(
                'athletes.threshold_heart_rate_bpm', 'athletes.resting_heart_rate_weighed_bpm',
                'athletes.max_heart_rate_bpm'
            ),
            'athletes.sex'
        ) }} as threshold_hour_trimp,
        {{ session_effort('coalesce(merged.moving_s, merged.elapsed_s)', 'merged.perceived_exertion') }}
            as session_rpe_load,
        constants.effort_points_per_load,
        100 * coalesce(merged.moving_s, merged.elapsed_s) / 3600
        * power(
            case
                when not merged.is_run then constants.intensity_other
                when typed.run_type in ('race', 'intervals', 'fartlek', 'hills') then constants.intensity_intervals
                when typed.run_type in ('tempo', 'progression') then constants.intensity_tempo
                when typed.run_type in ('long', 'steady') then constants.intensity_long
                else constants.intensity_easy
            end,
            2
        ) as duration_load
    from merged
    left join typed on merged.athlete_id = typed.athlete_id and merged.activity_id = typed.activity_id
    left join {{ ref('int_structures_worded') }} as structures
        on merged.athlete_id = structures.athlete_id and merged.activity_id = structures.activity_id
    left join measured
        on
            merged.athlete_id = measured.athlete_id
            and merged.stream.file_sha256 = measured.file_sha256
            and merged.stream.session_number = measured.session_number
    left join weighed on merged.athlete_id = weighed.athlete_id and merged.activity_id = weighed.activity_id
    left join athletes on merged.athlete_id = athletes.athlete_id
    cross join constants

),

loaded as (

    select
        *,
        100 * banister_trimp / nullif(threshold_hour_trimp, 0) as heart_rate_load,
        session_rpe_load / effort_points_per_load as effort_load
    from described

)

select
    athlete_id,
    activity_id,
    sport,
    is_run,
    is_trail,
    is_treadmill,
    started_at,
    utc_offset_s,
    local_started_at,
    local_date,
    title,
    distance_m,
    moving_s,
    elapsed_s,
    1000 * moving_s / distance_m as pace_s_per_km,
    1000 / nullif(flat_speed_m_per_s, 0) as gap_s_per_km,
    elevation_gain_m,
    heart_rate_avg_bpm,
    heart_rate_max_bpm,
    cadence_spm,
    power_avg_w,
    energy_kcal,
    perceived_exertion,
    is_raced as is_race,
    coalesce(pace_load, heart_rate_load, effort_load, duration_load) as training_load,
    case
        when pace_load is not null then 'rtss'
        when heart_rate_load is not null then 'hrtss'
        when effort_load is not null then 'srpe'
        when duration_load is not null then 'duration'
    end as load_method,
    60 * flat_speed_m_per_s / heart_rate_avg_bpm as efficiency_factor,
    case when heart_rate_stream = stream and is_run and not is_treadmill then decoupling_pct end as decoupling_pct,
    zone1_s,
    zone2_s,
    zone3_s,
    zone4_s,
    zone5_s,
    easy_s,
    moderate_s,
    hard_s,
    run_type,
    run_type_confidence,
    run_type_rule,
    device_name,
    gear_name,
    cast(recording_count as integer) as recording_count,
    sources,
    provenance,
    faults,
    1000 / nullif(normalised_speed_m_per_s, 0) as ngp_s_per_km,
    pace_load,
    heart_rate_load,
    effort_load,
    banister_trimp,
    edwards_trimp,
    lucia_trimp,
    session_rpe_load,
    relative_effort,
    intensity_method,
    coalesce(rep_count, case when is_run and not is_trail and stream is not null then 0 end) as rep_count,
    structure,
    has_race_pace_work
from loaded
