{#
  How old a source is as of the snapshot's own instant, not the machine's: a past day's build is judged as of that day, and the same
  snapshot always gets the same answer. What has never sent anything is absent, which is not the same as stale.
#}
{% macro duckdb__collect_freshness(source, loaded_at_field, filter) -%}
    {%- set clock = api.Relation.create(database=source.database, schema='raw', identifier='clock') -%}
    {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        select
            coalesce(max(loaded.{{ loaded_at_field }}), max(clock.as_of_at)) as max_loaded_at,
            max(clock.as_of_at) as snapshotted_at
        from {{ clock }} as clock
        left join {{ source }} as loaded on {{ filter or 'true' }}
    {%- endcall -%}
    {{ return(load_result('collect_freshness')) }}
{%- endmacro %}
