{#
  The cleaned samples of recorded sessions, for models that measure them. A model that begins with

      with {{ adjusted_samples() }}, totals as (select ... from adjusted ...)

  gets the common table expressions `sessions` (those this incremental model does not hold yet, numbered by session_key) and
  `adjusted`: one row per sample, in no order, with

      session_key, is_run, elapsed_s    which session, whether it is running, seconds since its first sample
      step_s, step_m                    since the sample before; metres are 0 where the position jumped
      is_moving, moving_step_s, moved_s whether the runner moved during the step, its seconds if so, their sum so far
      run_m                             metres so far, strictly increasing
      flat_step_m                       metres in motion as far as they would be on the flat at equal heart rate
      heart_rate_bpm, cadence_spm       null where unknown
      beats, beats_s                    sums so far of heart rate times seconds and of the seconds that have one
      has_position, is_speed_impossible, is_heart_rate_impossible

  Whoever uses it is keyed by (athlete_id, file_sha256, session_number), keeps reader_version and has `recordings_lost` as
  its post-hook.
#}
{% macro adjusted_samples() -%}
sample_rules as (

    {{ constants_row([
        'heart_rate_max_possible_bpm', 'heart_rate_min_possible_bpm', 'run_speed_max_m_per_s',
    ]) }}

),

-- The samples of a file never change for a given reader.
sessions as (

    select
        row_number() over (order by sessions.athlete_id, sessions.file_sha256, sessions.session_number) as session_key,
        sessions.athlete_id,
        sessions.file_sha256,
        sessions.session_number,
        sessions.reader_version,
        coalesce(sessions.sport, 'run') = 'run' as is_run,
        sessions.samples_from_at,
        sessions.samples_until_at
    from {{ ref('int_sessions_deduplicated') }} as sessions
    {% if is_incremental() %}
        left join {{ this }} as measured
            on
                sessions.athlete_id = measured.athlete_id
                and sessions.file_sha256 = measured.file_sha256
                and sessions.session_number = measured.session_number
                and sessions.reader_version = measured.reader_version
        where measured.file_sha256 is null
    {% endif %}

),

samples as (

    select
        sessions.session_key,
        sessions.is_run,
        epoch(samples.sample_at) as at_s,
        samples.has_position,
        samples.distance_m,
        samples.speed_m_per_s,
        samples.altitude_m,
        samples.cadence_spm,
        case
            when
                samples.heart_rate_bpm
                between sample_rules.heart_rate_min_possible_bpm and sample_rules.heart_rate_max_possible_bpm
                then samples.heart_rate_bpm
        end as heart_rate_bpm,
        samples.heart_rate_bpm > sample_rules.heart_rate_max_possible_bpm as is_heart_rate_impossible
    from sessions
    inner join {{ ref('stg_files__samples') }} as samples
        on
            sessions.athlete_id = samples.athlete_id
            and sessions.file_sha256 = samples.file_sha256
            and sessions.samples_from_at <= samples.sample_at
            and sessions.samples_until_at > samples.sample_at
    cross join sample_rules

),

stepped as (

    select
        *,
        at_s - first_value(at_s) over by_time as elapsed_s,
        coalesce(at_s - lag(at_s) over by_time, 0) as step_s,
        coalesce(
            distance_m - lag(distance_m) over by_time, speed_m_per_s * (at_s - lag(at_s) over by_time)
        ) as step_m
    from samples
    window by_time as (partition by session_key order by at_s)

),

cleaned as (

    select
        stepped.* exclude (step_m),
        stepped.is_run and stepped.step_m > sample_rules.run_speed_max_m_per_s * stepped.step_s as is_speed_impossible,
        case
            when stepped.is_run and stepped.step_m > sample_rules.run_speed_max_m_per_s * stepped.step_s then 0
            else greatest(0, coalesce(stepped.step_m, 0))
        end as step_m,
        -- Watches that record when something changes leave up to some ten seconds; longer holes are pauses.
        stepped.step_s <= 30 and coalesce(stepped.step_m >= 0.5 * stepped.step_s, true) as is_moving
    from stepped
    cross join sample_rules
    where stepped.step_s > 0 or stepped.elapsed_s = 0

),

accumulated as (

    select
        *,
        case when is_moving then step_s else 0 end as moving_step_s,
        -- A micrometre a second keeps the order while standing still: windows over distance are the same every time.
        sum(step_m + 1e-6 * step_s) over by_time as run_m,
        sum(case when is_moving then step_s else 0 end) over by_time as moved_s,
        sum(case when step_s <= 30 then heart_rate_bpm * step_s end) over by_time as beats,
        sum(case when heart_rate_bpm is not null and step_s <= 30 then step_s end) over by_time as beats_s
    from cleaned
    window by_time as (partition by session_key order by at_s rows unbounded preceding)

),

-- Altitude every 50 m: the median takes out jumps of the sensor, and the slope between two samples is mostly noise.
stretches as (

    select
        session_key,
        floor(run_m / 50) as stretch,
        avg(run_m) as middle_m,
        median(altitude_m) as altitude_m
    from accumulated
    where altitude_m is not null
    group by session_key, stretch

),

smoothed_stretches as (

    select
        session_key,
        stretch,
        middle_m,
        avg(altitude_m) over (
            partition by session_key order by stretch rows between 1 preceding and 1 following
        ) as altitude_m
    from stretches

),

sloped_stretches as (

    select
        session_key,
        stretch,
        altitude_m - lag(altitude_m) over by_place as climb_m,
        coalesce(
            (lead(altitude_m) over by_place - lag(altitude_m) over by_place)
            / nullif(lead(middle_m) over by_place - lag(middle_m) over by_place, 0),
            0
        ) as grade
    from smoothed_stretches
    window by_place as (partition by session_key order by stretch)

),

graded_stretches as (

    select
        session_key,
        stretch,
        {{ grade_factor('grade') }} as grade_factor
    from sloped_stretches

),

climbs as (

    select
        session_key,
        sum(climb_m) filter (where climb_m >= 0) as elevation_gain_m
    from sloped_stretches
    group by session_key

),

adjusted as (

    select
        accumulated.*,
        case when accumulated.is_moving then accumulated.step_m * coalesce(graded_stretches.grade_factor, 1) else 0 end
            as flat_step_m
    from accumulated
    left join graded_stretches
        on
            accumulated.session_key = graded_stretches.session_key
            and floor(accumulated.run_m / 50) = graded_stretches.stretch

)
{%- endmacro %}

{# Removes what was measured of recordings that are no longer there. #}
{% macro recordings_lost() -%}
    delete from {{ this }} as measured
    where not exists (
        select 1
        from {{ ref('int_sessions_deduplicated') }} as sessions
        where
            sessions.athlete_id = measured.athlete_id
            and sessions.file_sha256 = measured.file_sha256
            and sessions.session_number = measured.session_number
    )
{%- endmacro %}
