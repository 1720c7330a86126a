{# Formulas of exercise science. Each stands here once; the numbers people argue about are in seeds/constants.csv. #}

{# One row with the named constants as columns, to be cross joined. #}
{% macro constants_row(names) -%}
    select
    {%- for name in names %}
        max(value) filter (where name = '{{ name }}') as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('constants') }}
{%- endmacro %}

{#
  How much harder than flat a slope is at equal heart rate; `grade` is a fraction (0.05 is 5 % up). Elevate's fifth-order fit to
  Strava's 2017 curve (medium.com/strava-engineering/an-improved-gap-model-8b07ae8886c3), clamped to +-34 %.
#}
{% macro grade_factor(grade) -%}
    {%- set percent -%} (100 * greatest(-0.34, least(0.34, {{ grade }}))) {%- endset -%}
    (
        1
        + 0.029290920646623777 * {{ percent }}
        + 0.0018083953212790634 * power({{ percent }}, 2)
        + 4.0662425671715924e-7 * power({{ percent }}, 3)
        - 3.686186584867523e-7 * power({{ percent }}, 4)
        - 2.6628107325930747e-9 * power({{ percent }}, 5)
    )
{%- endmacro %}

{# Loss of speed per heartbeat from the first half to the second, in percent (Friel's aerobic decoupling). #}
{% macro decoupling_pct(first_speed, first_heart_rate, second_speed, second_heart_rate) -%}
    (
        100
        * ({{ first_speed }} / nullif({{ first_heart_rate }}, 0) - {{ second_speed }} / nullif({{ second_heart_rate }}, 0))
        / nullif({{ first_speed }} / nullif({{ first_heart_rate }}, 0), 0)
    )
{%- endmacro %}

{# Heart-rate reserve fraction, 0 at rest and 1 at the maximum. DuckDB's least() skips nulls: ask for unknown first. #}
{% macro heart_rate_reserve(heart_rate, resting, maximum) -%}
    case
        when {{ heart_rate }} is not null and {{ maximum }} > {{ resting }}
            then greatest(0, least(1, ({{ heart_rate }} - {{ resting }}) / ({{ maximum }} - {{ resting }})))
    end
{%- endmacro %}

{#
  Banister's training impulse of `seconds` at one heart rate. Weights of the literature: men 0.64 and 1.92, women 0.86 and 1.67;
  unknown sex lies between.
#}
{% macro training_impulse(seconds, reserve, sex) -%}
    (
        {{ seconds }} / 60 * {{ reserve }}
        * case {{ sex }} when 'm' then 0.64 when 'f' then 0.86 else 0.75 end
        * exp(case {{ sex }} when 'm' then 1.92 when 'f' then 1.67 else 1.795 end * {{ reserve }})
    )
{%- endmacro %}

{#
  Edwards' impulse of `seconds` at one heart rate: minutes times 1 to 5 for each tenth of the maximum from 50 % up. Minutes, not the
  seconds that some packages return; below half of the maximum nothing counts.
#}
{% macro zone_impulse(seconds, heart_rate, maximum) -%}
    (
        {{ seconds }} / 60
        * case
            when {{ maximum }} is null or {{ heart_rate }} is null then null
            when {{ heart_rate }} >= 0.9 * {{ maximum }} then 5
            when {{ heart_rate }} >= 0.8 * {{ maximum }} then 4
            when {{ heart_rate }} >= 0.7 * {{ maximum }} then 3
            when {{ heart_rate }} >= 0.6 * {{ maximum }} then 2
            when {{ heart_rate }} >= 0.5 * {{ maximum }} then 1
            else 0
        end
    )
{%- endmacro %}

{# Lucia's impulse: minutes times 1, 2 and 3 below, between and above the two thresholds. #}
{% macro three_zone_impulse(easy_s, known_s, hard_s) -%}
    (({{ easy_s }} + 2 * ({{ known_s }} - {{ easy_s }} - {{ hard_s }}) + 3 * {{ hard_s }}) / 60)
{%- endmacro %}

{# Foster's session load: minutes times the rating of effort (CR10). #}
{% macro session_effort(seconds, rating) -%}
    ({{ seconds }} / 60 * {{ rating }})
{%- endmacro %}

{# Load of running `seconds` at a normalised speed, 100 for an hour at threshold speed (rTSS). #}
{% macro pace_load(seconds, speed, threshold_speed) -%}
    (100 * {{ seconds }} / 3600 * power({{ speed }} / nullif({{ threshold_speed }}, 0), 2))
{%- endmacro %}

{#
  Foster's monotony of seven daily loads: mean over population standard deviation, capped (an even week would be infinite).
  Population, not sample: the seven days are the whole week. A week without load has none.
#}
{% macro monotony(mean, standard_deviation, cap) -%}
    case when {{ mean }} > 0 then least({{ cap }}, coalesce({{ mean }} / nullif({{ standard_deviation }}, 0), {{ cap }})) end
{%- endmacro %}

{#
  A part of readiness: so many standard deviations better than usual, through the points at readiness_z_lowest, _red, _amber,
  0 and _high, straight between them; they stand beside it as columns. greatest() skips nulls: ask for unknown first.
#}
{% macro readiness_part(deviations) -%}
    case
        when ({{ deviations }}) >= 0
            then least(100, readiness_usual_pct + (100 - readiness_usual_pct) * ({{ deviations }}) / readiness_z_high)
        when ({{ deviations }}) >= readiness_z_amber
            then
                readiness_usual_pct
                - (readiness_usual_pct - readiness_green_from_pct) * ({{ deviations }}) / readiness_z_amber
        when ({{ deviations }}) >= readiness_z_red
            then
                readiness_amber_from_pct
                + (readiness_green_from_pct - readiness_amber_from_pct)
                * (({{ deviations }}) - readiness_z_red) / (readiness_z_amber - readiness_z_red)
        when ({{ deviations }}) is not null
            then
                greatest(
                    0,
                    readiness_amber_from_pct * (({{ deviations }}) - readiness_z_lowest)
                    / (readiness_z_red - readiness_z_lowest)
                )
    end
{%- endmacro %}

{#
  How far a run exceeds the longest of the 30 days before it; boundaries as in Schuster Brandt Frandsen 2025
  (doi 10.1136/bjsports-2024-109380). Null where nothing can be compared.
#}
{% macro spike_state(distance, reference) -%}
    case
        when {{ distance }} is null or {{ reference }} is null or {{ reference }} <= 0 then null
        when {{ distance }} <= 1.1 * {{ reference }} + 1e-6 then 'none'
        when {{ distance }} <= 1.3 * {{ reference }} + 1e-6 then 'small'
        when {{ distance }} <= 2.0 * {{ reference }} + 1e-6 then 'moderate'
        else 'large'
    end
{%- endmacro %}

{# TrainingPeaks' compliance colours of done/planned, with the gaps between its printed bands closed. #}
{% macro compliance(ratio) -%}
    case
        when {{ ratio }} is null then null
        when {{ ratio }} between 0.8 - 1e-6 and 1.2 + 1e-6 then 'green'
        when {{ ratio }} between 0.5 - 1e-6 and 1.5 + 1e-6 then 'yellow'
        else 'red'
    end
{%- endmacro %}

{# The same instant on the wall clock of an offset. #}
{% macro local_time(instant, offset_s) -%}
    (timezone('UTC', {{ instant }}) + to_seconds({{ offset_s }}))
{%- endmacro %}

{# Seconds east of UTC of a named zone at an instant. #}
{% macro zone_offset_s(zone, instant) -%}
    cast(epoch(timezone({{ zone }}, {{ instant }})) - epoch(timezone('UTC', {{ instant }})) as integer)
{%- endmacro %}
