{#
  The latest version of every thing of one entity, tombstones included, with the instant at which it first landed. What never
  changed, nearly everything, only passes by: payloads are not sorted. `cells` names fields to be read in one pass over the
  payload, ten times as fast as a pass for each; they are then asked for as `cell(name, 'cells')`.
#}
{% macro latest_payloads(entity, sources, cells=[]) -%}
    {%- set these = "entity = '" ~ entity ~ "' and source in ('" ~ sources | join("', '") ~ "')" -%}
    select
        landed.athlete_id,
        landed.source,
        landed.source_key,
        landed.version,
        landed.payload,
        {% if cells %}
            json_transform(landed.payload, '{"{{ cells | join('": "VARCHAR", "') }}": "VARCHAR"}') as cells,
        {% endif %}
        coalesce(changed.first_landed_at, landed.landed_at) as first_landed_at,
        landed.landed_at as last_landed_at,
        landed.is_deleted
    from (select * from {{ source('ledger_raw', 'payloads') }} where {{ these }}) as landed
    left join (
        select
            every.athlete_id,
            every.source,
            every.source_key,
            max(every.version) as last_version,
            min(every.landed_at) as first_landed_at
        from {{ source('ledger_raw', 'payloads') }} as every
        semi join (select * from {{ source('ledger_raw', 'payloads') }} where {{ these }} and version > 1) as later
            on
                every.athlete_id = later.athlete_id
                and every.source = later.source
                and every.source_key = later.source_key
        where {{ these }}
        group by every.athlete_id, every.source, every.source_key
    ) as changed
        on
            landed.athlete_id = changed.athlete_id
            and landed.source = changed.source
            and landed.source_key = changed.source_key
    where changed.last_version is null or landed.version = changed.last_version
{%- endmacro %}

{# One cell of a CSV row or one field of a JSON object as text; an empty cell is unknown. #}
{% macro cell(name, payload='payload') -%}
    {%- if payload == 'cells' -%}
        nullif(trim(cells."{{ name }}"), '')
    {%- else -%}
        nullif(trim({{ payload }} ->> '$."{{ name }}"'), '')
    {%- endif -%}
{%- endmacro %}

{# The same as a number; what is not a number is unknown. #}
{% macro number(name, payload='payload') -%}
    try_cast({{ cell(name, payload) }} as double)
{%- endmacro %}

{# What stands at a path of nested JSON, as text and as a number; brackets and all that JSON paths know are allowed. #}
{% macro text_at(path, payload='payload') -%}
    nullif(trim({{ payload }} ->> '$.{{ path }}'), '')
{%- endmacro %}

{% macro number_at(path, payload='payload') -%}
    try_cast({{ text_at(path, payload) }} as double)
{%- endmacro %}

{# Whether a flag is set, however it is written; what is not said is not so. #}
{% macro flag(name, payload='payload') -%}
    coalesce(lower({{ cell(name, payload) }}) in ('true', '1', '1.0', 'yes'), false)
{%- endmacro %}

{# The same, but what is not said stays unknown. #}
{% macro known_flag(name, payload='payload') -%}
    case
        when lower({{ cell(name, payload) }}) in ('true', '1', '1.0', 'yes') then true
        when lower({{ cell(name, payload) }}) in ('false', '0', '0.0', 'no') then false
    end
{%- endmacro %}

{# Seconds east of UTC of an offset written as +01:00, -0500 or Z. #}
{% macro written_offset_s(text) -%}
    case
        when {{ text }} = 'Z' then 0
        when regexp_matches({{ text }}, '^[+-][0-9]{2}:?[0-9]{2}$')
            then
                case left({{ text }}, 1) when '-' then -1 else 1 end
                * (3600 * cast(substr({{ text }}, 2, 2) as integer) + 60 * cast(right({{ text }}, 2) as integer))
    end
{%- endmacro %}

{# An instant of text that is UTC without saying so. #}
{% macro unmarked_utc(text) -%}
    timezone('UTC', try_cast(rtrim({{ text }}, 'Z') as timestamp))
{%- endmacro %}

{# Seconds of a duration written as a clock time; zero is how its writer says that nobody knows. #}
{% macro clock_time_s(name, payload='payload') -%}
    nullif(epoch(try_cast({{ cell(name, payload) }} as interval)), 0)
{%- endmacro %}

{# The same as an instant in UTC. #}
{% macro instant(name, payload='payload') -%}
    try_cast({{ cell(name, payload) }} as timestamptz)
{%- endmacro %}

{# One word for a sport, whatever a vendor calls it. Null stays null: an unknown sport is not "other". #}
{% macro sport_word(text) -%}
    case
        when {{ text }} is null or lower({{ text }}) in (
            'generic', 'unknown', 'all', 'activity', 'other', 'workout', 'uncategorized'
        ) then null
        when regexp_matches(lower({{ text }}), 'run|jog|treadmill') or {{ text }} = '9' then 'run'
        when regexp_matches(lower({{ text }}), 'rid|cycl|bik|spin') or {{ text }} = '1' then 'ride'
        when regexp_matches(lower({{ text }}), 'swim') then 'swim'
        when regexp_matches(lower({{ text }}), 'hik|mountaineer') then 'hike'
        when regexp_matches(lower({{ text }}), 'walk') then 'walk'
        when regexp_matches(lower({{ text }}), 'strength|weight|lifting|functional') then 'strength'
        else 'other'
    end
{%- endmacro %}
