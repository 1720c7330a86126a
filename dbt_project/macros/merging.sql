{# Of one recording its value, of several that of the first that knows it. #}
{% macro first_known(value, where_known, is_alone) -%}
    {%- if not is_alone -%}
        arg_min({{ value }}, merge_rank) filter (where {{ where_known }})
    {%- elif where_known == value ~ ' is not null' -%}
        {{ value }}
    {%- else -%}
        case when {{ where_known }} then {{ value }} end
    {%- endif -%}
{%- endmacro %}
