{# The sum of doubles to a billionth, the same in whatever order they are added: a query may run on several threads. #}
{% macro exact_sum(value, only_where=none) -%}
    cast(
        sum(cast({{ value }} as decimal(38, 9))){% if only_where %} filter (where {{ only_where }}){% endif %} as double
    )
{%- endmacro %}
