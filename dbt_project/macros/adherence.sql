{# How planned and done are compared; the numbers people argue about are in seeds/constants.csv. #}

{# Seconds of a histogram whose bins meet a condition on `bin`: 0 where none does, null without it or a limit. #}
{% macro seconds_where(histogram, condition, limit) -%}
    case
        when {{ histogram }} is not null and {{ limit }} is not null
            then coalesce(list_sum([bin.seconds for bin in {{ histogram }} if {{ condition }}]), 0)
    end
{%- endmacro %}

{# What done over planned is worth: all in the green band, nothing beyond the yellow one, evenly less in between. #}
{% macro volume_share(ratio) -%}
    case
        when {{ ratio }} is not null
            then greatest(0, least(1, ({{ ratio }} - 0.5) / (0.8 - 0.5), (1.5 - {{ ratio }}) / (1.5 - 1.2)))
    end
{%- endmacro %}

{#
  Done over planned where a morning advised less: whatever lies between the advice and the approved plan keeps to both. Null where
  the plan or what was done is unknown; beyond the plan it is over the plan, below the advice over the advice. Where the advice was
  rest it is over the plan.
#}
{% macro share_of_plan(done, planned, advised) -%}
    case
        when {{ advised }} > 0 and {{ done }} between {{ advised }} and {{ planned }} then 1
        when {{ done }} < {{ advised }} and {{ advised }} < {{ planned }} then {{ done }} / {{ advised }}
        else {{ done }} / {{ planned }}
    end
{%- endmacro %}

{# Types of planned sessions that one run can stand for alike. #}
{% macro planned_family(workout_type) -%}
    case
        when {{ workout_type }} in ('easy', 'recovery', 'run_walk') then 'easy'
        when {{ workout_type }} in ('intervals', 'repetitions', 'hills', 'fartlek') then 'intervals'
        when {{ workout_type }} in ('tempo', 'race_pace') then 'tempo'
        else {{ workout_type }}
    end
{%- endmacro %}
