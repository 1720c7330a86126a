{#
  The cleaned samples of recorded sessions, for models that measure them. A model that begins with

      with {{ adjusted_samples() }}, totals as (select ... from adjusted ...)

  gets the common table expressions `sessions` (those with believed samples that this incremental model does not hold yet, by session_key),
  `stretches` (altitude and grade every 50 m), `holes_by_session` (what of the heart rate is not believed), `idle_ends` (for
  how long a watch was left on after the last step) and `adjusted`: one row per sample until then, in no order, with

      session_key, is_run, elapsed_s    which session, whether it is running, seconds since its first sample
      step_s, step_m                    since the sample before; metres are 0 where the position jumped
      is_moving, moving_step_s, moved_s whether the runner moved during the step, its seconds if so, their sum so far
      run_m                             metres so far, strictly increasing
      effort_m                          the same without what was covered while nothing was recorded (longer than 30 s)
      flat_step_m                       metres in motion as far as they would be on the flat at equal heart rate
      heart_rate_bpm, heart_rate_step_s null where unknown or not believed; for how long the reading stands
      heart_rate_read_bpm, cadence_spm  as the sensor said, null where impossible
      has_position, is_speed_impossible, is_heart_rate_impossible

  Whoever uses it is keyed by (athlete_id, file_sha256, session_number), keeps reader_version and has `recordings_lost` as
  its post-hook.
#}
{% macro adjusted_samples() -%}
sample_rules as (

    {{ constants_row([
        'heart_rate_max_possible_bpm', 'heart_rate_min_possible_bpm', 'run_speed_max_m_per_s', 'sample_gap_max_s',
        'moving_speed_min_m_per_s', 'recording_longest_s', 'hole_speed_share_min', 'hole_speed_share_max',
        'idle_end_min_s',
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
        sessions.started_at,
        sessions.samples_from_at,
        sessions.samples_until_at
    from {{ ref('int_sessions_deduplicated') }} as sessions
    inner join {{ ref('int_files_judged') }} as judged
        on sessions.athlete_id = judged.athlete_id and sessions.file_sha256 = judged.file_sha256 and judged.is_believed
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
        end as heart_rate_read_bpm,
        samples.heart_rate_bpm > sample_rules.heart_rate_max_possible_bpm as is_heart_rate_impossible
    from sessions
    inner join {{ ref('stg_files__samples') }} as samples
        on
            sessions.athlete_id = samples.athlete_id
            and sessions.file_sha256 = samples.file_sha256
            and sessions.samples_from_at <= samples.sample_at
            and sessions.samples_until_at > samples.sample_at
    cross join sample_rules
    -- A clock that jumped to another week tells of no sample when it was.
    where
        coalesce(
            abs(epoch(samples.sample_at) - epoch(sessions.started_at)) <= sample_rules.recording_longest_s, true
        )

),

stepped as (

    select
        *,
        at_s - first_value(at_s) over by_time as elapsed_s,
        coalesce(at_s - lag(at_s) over by_time, 0) as step_s,
        coalesce(
            distance_m - lag(distance_m) over by_time, speed_m_per_s * (at_s - lag(at_s) over by_time)
        ) as step_m,
        -- A reading stands for the time since the reading before, of whatever sample.
        case
            when heart_rate_read_bpm is not null
                then
                    coalesce(
                        at_s
                        - lag(case when heart_rate_read_bpm is not null then at_s end ignore nulls) over by_time,
                        0
                    )
        end as heart_rate_step_s,
        heart_rate_read_bpm - lag(heart_rate_read_bpm ignore nulls) over by_time as heart_rate_change_bpm,
        coalesce(
            lag(heart_rate_read_bpm ignore nulls) over by_time = lag(heart_rate_read_bpm, 2 ignore nulls) over by_time,
            false
        ) as is_heart_rate_held
    from samples
    window by_time as (partition by session_key order by at_s)

),

{{ heart_rate_holes('stepped') }},

usual_speeds as (

    select
        stepped.session_key,
        sum(stepped.step_m) / sum(stepped.step_s) as usual_speed_m_per_s
    from stepped
    cross join sample_rules
    where
        stepped.step_s > 0
        and stepped.step_s <= sample_rules.sample_gap_max_s
        and stepped.step_m >= sample_rules.moving_speed_min_m_per_s * stepped.step_s
        and (not stepped.is_run or stepped.step_m <= sample_rules.run_speed_max_m_per_s * stepped.step_s)
    group by stepped.session_key

),

-- Watches that record when something changes leave up to some ten seconds. Of a longer hole time and metres count together
-- or not at all: it was crossed about as fast as the rest was run, or it is a pause.
holed as (

    select
        stepped.*,
        stepped.step_s > sample_rules.sample_gap_max_s as is_hole,
        coalesce(
            stepped.step_m >= sample_rules.hole_speed_share_min * usual_speeds.usual_speed_m_per_s * stepped.step_s
            and stepped.step_m <= sample_rules.hole_speed_share_max * usual_speeds.usual_speed_m_per_s * stepped.step_s,
            false
        ) as is_usual_speed
    from stepped
    left join usual_speeds on stepped.session_key = usual_speeds.session_key
    cross join sample_rules

),

believed as (

    select
        holed.* exclude (step_m, heart_rate_step_s, heart_rate_change_bpm, is_heart_rate_held, is_hole, is_usual_speed),
        holed.is_run and holed.step_m > sample_rules.run_speed_max_m_per_s * holed.step_s as is_speed_impossible,
        case
            when holed.is_run and holed.step_m > sample_rules.run_speed_max_m_per_s * holed.step_s then 0
            when holed.is_hole and not holed.is_usual_speed then 0
            else greatest(0, coalesce(holed.step_m, 0))
        end as step_m,
        not holed.is_hole as is_recorded,
        case
            when holed.is_hole then holed.is_usual_speed
            else coalesce(holed.step_m >= sample_rules.moving_speed_min_m_per_s * holed.step_s, true)
        end as is_moving,
        case
            when not coalesce(
                list_bool_or(
                    list_transform(
                        holes_by_session.holes,
                        lambda hole: holed.elapsed_s >= hole.from_s and holed.elapsed_s < hole.until_s
                    )
                ),
                false
            )
                then holed.heart_rate_read_bpm
        end as heart_rate_bpm,
        -- After a silence nobody knows how long the new value has been true.
        case when holed.heart_rate_step_s <= sample_rules.sample_gap_max_s then holed.heart_rate_step_s else 0 end
            as heart_rate_step_s
    from holed
    left join holes_by_session on holed.session_key = holes_by_session.session_key
    cross join sample_rules
    where holed.step_s > 0 or holed.elapsed_s = 0

),

minutes as (

    select
        session_key,
        floor(elapsed_s / 60) as minute,
        sum(step_m) as moved_m,
        sum(step_s) as lasting_s,
        max(elapsed_s) as until_s,
        max(elapsed_s) filter (where is_moving) as moved_until_s,
        bool_or(is_moving and step_m = 0 and step_s > 0 and not coalesce(is_speed_impossible, false))
            as is_distance_unknown
    from believed
    -- In other sports one may stand in one place for an hour and be at it.
    where is_run
    group by session_key, minute

),

-- Whether the runner got on within five minutes, as far as anybody knows: standing, a position trembles and now and then
-- jumps.
got_on as (

    select
        minutes.*,
        coalesce(
            sum(minutes.moved_m) over five_minutes
            >= sample_rules.moving_speed_min_m_per_s * sum(minutes.lasting_s) over five_minutes,
            false
        )
        or minutes.is_distance_unknown as has_moved
    from minutes
    cross join sample_rules
    window five_minutes as (
        partition by minutes.session_key order by minutes.minute range between 4 preceding and current row
    )

),

idle_ends as (

    select
        got_on.session_key,
        max(got_on.moved_until_s) filter (where got_on.has_moved) as from_s,
        max(got_on.until_s) - max(got_on.moved_until_s) filter (where got_on.has_moved) as idle_end_s
    from got_on
    cross join sample_rules
    group by got_on.session_key
    having idle_end_s >= any_value(sample_rules.idle_end_min_s)

),

-- What a watch recorded that was left on when the run was over is none of it.
cleaned as (

    select believed.*
    from believed
    left join idle_ends on believed.session_key = idle_ends.session_key
    where coalesce(believed.elapsed_s <= idle_ends.from_s, true)

),

accumulated as (

    select
        *,
        case when is_moving then step_s else 0 end as moving_step_s,
        -- A micrometre a second keeps the order while standing still, and whole micrometres add up to the same however
        -- the samples come: windows over distance are the same every time.
        sum(cast(round(1e6 * step_m + step_s) as bigint)) over by_time / 1e6 as run_m,
        sum(cast(round(case when is_recorded then 1e6 * step_m else 0 end + step_s) as bigint)) over by_time / 1e6
            as effort_m,
        sum(case when is_moving then step_s else 0 end) over by_time as moved_s
    from cleaned
    window by_time as (partition by session_key order by at_s rows unbounded preceding)

),

{{ graded_stretches('accumulated') }},

adjusted as (

    select
        accumulated.* exclude (altitude_m, distance_m, speed_m_per_s),
        case when accumulated.is_moving then accumulated.step_m * coalesce(stretches.grade_factor, 1) else 0 end
            as flat_step_m
    from accumulated
    left join stretches
        on
            accumulated.session_key = stretches.session_key
            and floor(accumulated.run_m / 50) = stretches.stretch

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
