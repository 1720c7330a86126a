{#
  The fastest stretch of each distance in each session, as `efforts` (session_key, a list of them). Reads the expressions of
  `adjusted_samples` and `moments`, the five seconds to which its samples were summed.

  Time runs on while nothing is recorded, and what was covered meanwhile does not count; so a hole makes no effort faster. A
  fastest stretch begins or ends at a corner of the curve of time over distance, so both kinds are timed and the other
  end is interpolated. Corners are the ends of five seconds, and all samples of those in which the speed changed.
#}
{% macro fastest_efforts(distances_m) -%}
effort_rules as (

    {{ constants_row(['effort_corner_m_per_s', 'effort_heart_rate_share_min']) }}

),

effort_corners as (

    select
        adjusted.session_key,
        adjusted.elapsed_s,
        adjusted.effort_m
    from adjusted
    inner join moments
        on adjusted.session_key = moments.session_key and floor(adjusted.elapsed_s / 5) = moments.moment
    cross join effort_rules
    where
        adjusted.is_run
        and (
            adjusted.elapsed_s = moments.until_s
            or adjusted.elapsed_s = 0
            or moments.speed_range_m_per_s > effort_rules.effort_corner_m_per_s
        )

),

effort_places as (

    select
        *,
        struct_pack(
            effort_m,
            elapsed_s,
            s_per_m := coalesce(
                (elapsed_s - lag(elapsed_s) over by_time) / (effort_m - lag(effort_m) over by_time), 0
            )
        ) as place
    from effort_corners
    window by_time as (partition by session_key order by effort_m)

),

-- For every corner the first place that lies less than the distance behind it, and the first that lies as far ahead.
efforts_reached as (

    select
        {% for distance_m in distances_m %}
            first_value(place) over (
                partition by session_key order by effort_m range between {{ distance_m }} preceding and current row
            ) as behind_{{ loop.index }},
            first_value(place) over (
                partition by session_key order by effort_m
                range between {{ distance_m }} following and unbounded following
            ) as ahead_{{ loop.index }},
        {% endfor %}
        session_key,
        effort_m,
        elapsed_s
    from effort_places

),

-- In milliseconds, so that of equal ones the first counts.
efforts_timed as (

    {% for distance_m in distances_m %}
        {% set behind = 'behind_' ~ loop.index %}
        {% set ahead = 'ahead_' ~ loop.index %}
        select
            session_key,
            cast({{ distance_m }} as double) as distance_m,
            elapsed_s,
            case
                when effort_m >= {{ distance_m }}
                    then
                        round(
                            elapsed_s - {{ behind }}.elapsed_s
                            + ({{ behind }}.effort_m - (effort_m - {{ distance_m }})) * {{ behind }}.s_per_m,
                            3
                        )
            end as time_to_here_s,
            round(
                {{ ahead }}.elapsed_s - ({{ ahead }}.effort_m - (effort_m + {{ distance_m }})) * {{ ahead }}.s_per_m
                - elapsed_s,
                3
            ) as time_from_here_s
        from efforts_reached
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

efforts_fastest as (

    select
        session_key,
        distance_m,
        least(min(time_to_here_s), min(time_from_here_s)) as time_s,
        case
            when min(time_to_here_s) > min(time_from_here_s) or min(time_to_here_s) is null
                then arg_min(elapsed_s, time_from_here_s)
            else arg_min(elapsed_s - time_to_here_s, time_to_here_s)
        end as started_offset_s
    from efforts_timed
    where time_to_here_s is not null or time_from_here_s is not null
    group by session_key, distance_m

),

efforts_with_heart_rate as (

    select
        efforts_fastest.session_key,
        efforts_fastest.distance_m,
        case
            when sum(moments.beats_s) >= any_value(effort_rules.effort_heart_rate_share_min * efforts_fastest.time_s)
                then sum(moments.beats) / sum(moments.beats_s)
        end as heart_rate_avg_bpm
    from efforts_fastest
    inner join moments
        on
            efforts_fastest.session_key = moments.session_key
            and efforts_fastest.started_offset_s < moments.until_s
            and efforts_fastest.started_offset_s + efforts_fastest.time_s >= moments.until_s
    cross join effort_rules
    group by efforts_fastest.session_key, efforts_fastest.distance_m

),

efforts_with_drop as (

    select
        efforts_fastest.*,
        efforts_with_heart_rate.heart_rate_avg_bpm,
        before.altitude_m - after.altitude_m as elevation_drop_m
    from efforts_fastest
    left join efforts_with_heart_rate
        on
            efforts_fastest.session_key = efforts_with_heart_rate.session_key
            and efforts_fastest.distance_m = efforts_with_heart_rate.distance_m
    asof left join stretches as before
        on
            efforts_fastest.session_key = before.session_key
            and efforts_fastest.started_offset_s >= before.from_s
    asof left join stretches as after
        on
            efforts_fastest.session_key = after.session_key
            and efforts_fastest.started_offset_s + efforts_fastest.time_s >= after.from_s

),

efforts as (

    select
        session_key,
        list(
            struct_pack(distance_m, time_s, started_offset_s, heart_rate_avg_bpm, elevation_drop_m) order by distance_m
        ) as efforts
    from efforts_with_drop
    group by session_key

)
{%- endmacro %}
