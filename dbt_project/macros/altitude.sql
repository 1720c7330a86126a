{#
  Altitude and slope every 50 m of what `steps` has run. The median takes out jumps of the sensor. How rough the altitude is,
  is told by its fourth differences: hills hardly have any, noise has sqrt(70) times its own. A barometer is believed as it
  is; an altitude from satellites is averaged over more stretches before slopes are taken.
#}
{% macro graded_stretches(steps) -%}
altitude_rules as (

    {{ constants_row(['altitude_noise_max_m']) }}

),

altitudes as (

    select
        session_key,
        floor(run_m / 50) as stretch,
        min(elapsed_s) as from_s,
        avg(run_m) as middle_m,
        median(altitude_m) as altitude_m
    from {{ steps }}
    where altitude_m is not null
    group by session_key, stretch

),

altitude_differences as (

    select
        session_key,
        altitude_m
        - 4 * lag(altitude_m, 1) over by_place
        + 6 * lag(altitude_m, 2) over by_place
        - 4 * lag(altitude_m, 3) over by_place
        + lag(altitude_m, 4) over by_place as fourth_difference_m
    from altitudes
    window by_place as (partition by session_key order by stretch)

),

altitude_noises as (

    select
        differences.session_key,
        -- The median of absolute values is 0.6745 standard deviations.
        coalesce(median(abs(differences.fourth_difference_m)), 0) / 0.6745 / sqrt(70) as altitude_noise_m,
        altitude_noise_m >= any_value(altitude_rules.altitude_noise_max_m) as is_rough
    from altitude_differences as differences
    cross join altitude_rules
    group by differences.session_key

),

smoothed_altitudes as (

    select
        altitudes.session_key,
        altitudes.stretch,
        altitudes.from_s,
        altitudes.middle_m,
        altitude_noises.is_rough,
        altitude_noises.altitude_noise_m,
        altitudes.altitude_m as altitude_50m_m,
        avg(altitudes.altitude_m) over around_150m as altitude_150m_m,
        case
            when altitude_noises.is_rough then avg(altitudes.altitude_m) over around_250m
            else avg(altitudes.altitude_m) over around_150m
        end as slope_altitude_m
    from altitudes
    inner join altitude_noises on altitudes.session_key = altitude_noises.session_key
    window
        around_150m as (
            partition by altitudes.session_key order by altitudes.stretch rows between 1 preceding and 1 following
        ),
        around_250m as (
            partition by altitudes.session_key order by altitudes.stretch rows between 2 preceding and 2 following
        )

),

sloped_altitudes as (

    select
        *,
        coalesce(
            (lead(slope_altitude_m) over by_place - lag(slope_altitude_m) over by_place)
            / nullif(lead(middle_m) over by_place - lag(middle_m) over by_place, 0),
            0
        ) as grade
    from smoothed_altitudes
    window by_place as (partition by session_key order by stretch)

),

stretches as (

    select
        sloped_altitudes.session_key,
        sloped_altitudes.stretch,
        sloped_altitudes.from_s,
        sloped_altitudes.is_rough,
        sloped_altitudes.altitude_noise_m,
        case
            when sloped_altitudes.is_rough then sloped_altitudes.altitude_150m_m else sloped_altitudes.altitude_50m_m
        end as altitude_m,
        {{ grade_factor('sloped_altitudes.grade') }} as grade_factor
    from sloped_altitudes

)
{%- endmacro %}

{#
  Metres climbed along a list of altitudes: from each low to the next high, where turning points are those from which the
  altitude came back by at least `threshold`. So noise below it never adds up, and a hill above it counts in full.
#}
{% macro climbed_m(altitudes, threshold) -%}
    struct_extract(list_reduce(
        list_transform(
            -- The bottomless end closes a climb that is still going on.
            list_append({{ altitudes }}, -1e9),
            lambda each: struct_pack(
                altitude := each, low := each, high := each, is_climbing := false, climbed := cast(0 as double)
            )
        ),
        lambda walk, here: struct_pack(
            altitude := here.altitude,
            -- Once it has come down by the threshold the climb is over; once it has gone up by it the next has begun.
            low := case
                when walk.is_climbing and walk.high - here.altitude >= {{ threshold }} then here.altitude
                when walk.is_climbing then walk.low
                else least(walk.low, here.altitude)
            end,
            high := case
                when walk.is_climbing then greatest(walk.high, here.altitude)
                else here.altitude
            end,
            is_climbing := case
                when walk.is_climbing then walk.high - here.altitude < {{ threshold }}
                else here.altitude - walk.low >= {{ threshold }}
            end,
            climbed := walk.climbed + case
                when walk.is_climbing and walk.high - here.altitude >= {{ threshold }} then walk.high - walk.low
                else 0
            end
        )
    ), 'climbed')
{%- endmacro %}
