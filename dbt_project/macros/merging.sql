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

{#
  The best copy of a run has the lowest number: whoever knows only the day is asked last when it began, then comes what it
  knows (tens of thousands and thousands), then how: a watch's own file holds what it measured, a track what was drawn
  through points (hundreds); then who recorded it.
#}
{% macro merge_order() -%}
    case when is_start_vague then 10000 else 0 end
    + case
        when has_position and heart_rate_avg_bpm is not null and not is_heart_rate_locked then 1000
        when has_position then 2000
        when has_stream then 3000
        else 4000
    end
    + case
        when file_sha256 is null or file_format = 'fit' then 0
        when file_format = 'gpx' then 200
        else 100
    end
    + case
        when file_sha256 is not null and coalesce(file_format, '') <> 'strava_streams'
            then case when source in ('file', 'garmin_api', 'garmin_export') then 1 else 2 end
        when file_sha256 is not null then 3
        else coalesce(
            list_position(
                [
                    'garmin_api', 'garmin_export', 'garmindb', 'strava_archive', 'strava_api', 'file',
                    'whoop_api', 'whoop_export', 'manual'
                ],
                source
            ),
            99
        ) + 3
    end
{%- endmacro %}
