{# One row for each value of these columns. #}
{% test one_row_per(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{# Every known value lies within its range, both ends included; unknown values are allowed. #}
{% test within_ranges(model, ranges) %}
    {% for column, range in ranges.items() %}
        select
            '{{ column }}' as column_name,
            cast({{ column }} as double) as value
        from {{ model }}
        where {{ column }} < {{ range[0] }} or {{ column }} > {{ range[1] }} or isnan(cast({{ column }} as double))
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endtest %}

{# Every known reference leads to a row of the parent. #}
{% test has_parent(model, parent, columns) %}
    select child.*
    from {{ model }} as child
    anti join {{ parent }} as parent
        on {% for column in columns %}child.{{ column }} = parent.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where child.{{ columns | last }} is not null
{% endtest %}

{# Each athlete's days run without a hole from the first to the day of the build. #}
{% test reaches_today(model) %}
    select days.athlete_id
    from {{ model }} as days
    cross join {{ ref('stg_ledger__clock') }} as clock
    group by days.athlete_id, clock.today_date
    having
        max(days.local_date) <> clock.today_date
        or max(days.local_date) - min(days.local_date) + 1 <> count(*)
{% endtest %}
