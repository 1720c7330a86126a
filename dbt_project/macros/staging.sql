{# The latest version of every thing of one entity, tombstones included, with the instant at which it first landed. #}
{% macro latest_payloads(entity, sources) -%}
    select
        athlete_id,
        source,
        source_key,
        version,
        payload,
        min(landed_at) over (partition by athlete_id, source, source_key) as first_landed_at,
        landed_at as last_landed_at,
        is_deleted
    from {{ source('ledger_raw', 'payloads') }}
    where
        entity = '{{ entity }}'
        and source in ('{{ sources | join("', '") }}')
    qualify row_number() over (partition by athlete_id, source, source_key order by version desc) = 1
{%- endmacro %}

{# One cell of a CSV row or one field of a JSON object as text; an empty cell is unknown. #}
{% macro cell(name, payload='payload') -%}
    nullif(trim({{ payload }} ->> '$."{{ name }}"'), '')
{%- endmacro %}

{# The same as a number; what is not a number is unknown. #}
{% macro number(name, payload='payload') -%}
    try_cast({{ cell(name, payload) }} as double)
{%- endmacro %}

{# The same as an instant in UTC. #}
{% macro instant(name, payload='payload') -%}
    try_cast({{ cell(name, payload) }} as timestamptz)
{%- endmacro %}

{# One word for a sport, whatever a vendor calls it. Null stays null: an unknown sport is not "other". #}
{% macro sport_word(text) -%}
    case
        when {{ text }} is null or lower({{ text }}) in ('generic', 'unknown', 'all', 'activity', 'other', 'workout') then null
        when regexp_matches(lower({{ text }}), 'run|jog|treadmill') or {{ text }} = '9' then 'run'
        when regexp_matches(lower({{ text }}), 'rid|cycl|bik|spin') or {{ text }} = '1' then 'ride'
        when regexp_matches(lower({{ text }}), 'swim') then 'swim'
        when regexp_matches(lower({{ text }}), 'hik|mountaineer') then 'hike'
        when regexp_matches(lower({{ text }}), 'walk') then 'walk'
        when regexp_matches(lower({{ text }}), 'strength|weight|lifting|functional') then 'strength'
        else 'other'
    end
{%- endmacro %}
