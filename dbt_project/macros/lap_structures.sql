{#
  Workouts as the laps of a recording tell them, for the model that detects reps: common table expressions over its `sessions`
  and `first_samples` (session_key, first_at_s) and its `constants`. Of what they define, two are for use: `lap_stretches`,
  one row per stretch of laps of one kind with is_work, started_s and ended_s, and `lap_structures`, the session_key of
  recordings whose laps tell a workout.
#}
{% macro lap_structures() -%}
-- The same bytes may have come by two ways.
file_laps as (

    select
        first_samples.session_key,
        laps.lap_position,
        laps.intensity,
        laps.distance_m,
        epoch(laps.started_at) - first_samples.first_at_s as started_s,
        epoch(laps.started_at) - first_samples.first_at_s + coalesce(laps.elapsed_s, laps.moving_s) as ended_s,
        laps.distance_m / coalesce(laps.elapsed_s, laps.moving_s) as speed_m_per_s
    from {{ ref('stg_files__laps') }} as laps
    inner join sessions
        on
            laps.athlete_id = sessions.athlete_id
            and laps.file_sha256 = sessions.file_sha256
            and laps.session_number = sessions.session_number
    inner join first_samples on sessions.session_key = first_samples.session_key
    where coalesce(laps.elapsed_s, laps.moving_s) > 0
    qualify
        row_number() over (
            partition by first_samples.session_key, laps.lap_position order by laps.source, laps.started_at
        ) = 1

),

lap_sessions as (

    select
        session_key,
        count(*) filter (where intensity in ('rest', 'recovery')) as rest_laps,
        count(*) filter (where intensity = 'interval') as interval_laps,
        median(speed_m_per_s) filter (where intensity in ('active', 'interval')) as active_speed_m_per_s,
        stddev_pop(distance_m) / nullif(avg(distance_m), 0) as distance_variation,
        quantile_cont(speed_m_per_s, 0.9) as fast_speed_m_per_s
    from file_laps
    group by session_key

),

-- A workout on the watch says which laps are work; a lap button says only where something changed.
laps_judged as (

    select
        file_laps.*,
        coalesce(lap_sessions.rest_laps, 0) > 0 as is_told,
        case
            when lap_sessions.rest_laps > 0 and lap_sessions.interval_laps > 0 then file_laps.intensity = 'interval'
            when lap_sessions.rest_laps > 0
                then
                    file_laps.intensity = 'active'
                    and coalesce(file_laps.speed_m_per_s >= 0.85 * lap_sessions.active_speed_m_per_s, true)
            when lap_sessions.distance_variation >= constants.lap_distance_variation_min
                then
                    coalesce(
                        file_laps.speed_m_per_s >= constants.lap_work_share_of_fastest_min * lap_sessions.fast_speed_m_per_s
                        and file_laps.speed_m_per_s >= constants.lap_button_work_over_recovery_min * lag(
                            file_laps.speed_m_per_s
                        ) over by_place
                        and coalesce(
                            file_laps.speed_m_per_s >= constants.lap_button_work_over_recovery_min * lead(
                                file_laps.speed_m_per_s
                            ) over by_place,
                            true
                        ),
                        false
                    )
            else false
        end as is_work
    from file_laps
    inner join lap_sessions on file_laps.session_key = lap_sessions.session_key
    cross join constants
    window by_place as (partition by file_laps.session_key order by file_laps.lap_position)

),

-- Work laps that follow each other within a workout's step are one rep: the watch cut it at every kilometre.
laps_grouped as (

    select
        *,
        lap_position - row_number() over (partition by session_key, is_work order by lap_position) as stretch
    from laps_judged

),

lap_stretches as (

    select
        session_key,
        is_work,
        is_told,
        count(*) as laps,
        min(started_s) as started_s,
        max(ended_s) as ended_s,
        sum(distance_m) / nullif(sum(ended_s - started_s), 0) as speed_m_per_s,
        row_number() over (partition by session_key order by min(started_s)) as place,
        min(case when is_work then min(started_s) end) over whole as first_work_s,
        max(case when is_work then max(ended_s) end) over whole as last_work_s
    from laps_grouped
    group by session_key, is_work, is_told, stretch
    window whole as (partition by session_key)

),

lap_structures as (

    select session_key
    from lap_stretches
    cross join constants
    group by session_key
    having
        count(*) filter (where is_work) >= case when bool_or(is_told) then 1 else 3 end
        -- By the button, every lap of work stands alone between recoveries.
        and (bool_or(is_told) or max(laps) filter (where started_s >= first_work_s and ended_s <= last_work_s) = 1)
        and coalesce(
            avg(speed_m_per_s) filter (where is_work)
            >= case
                when bool_or(is_told) then any_value(constants.lap_work_over_recovery_min)
                else any_value(constants.lap_button_work_over_recovery_min)
            end
            * avg(speed_m_per_s) filter (where not is_work and started_s > first_work_s and ended_s < last_work_s),
            bool_or(is_told)
        )
        and (
            bool_or(is_told)
            or reps_have_shape(
                list(cast(ended_s - started_s as double) order by place) filter (where is_work),
                list(cast(coalesce(speed_m_per_s, 1) * (ended_s - started_s) as double) order by place)
                filter (where is_work)
            )
        )

)
{%- endmacro %}
