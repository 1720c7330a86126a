{# What numbers are called by runners. #}

{# Of some round numbers, in order, the one that is nearest to a value by ratio. #}
{% macro nearest(value, candidates) -%}
    {%- set whens = [] -%}
    {%- for candidate in candidates[:-1] -%}
        {%- set below = ((candidate * candidates[loop.index]) ** 0.5) | round(3) -%}
        {%- do whens.append('when ' ~ value ~ ' < ' ~ below ~ ' then ' ~ candidate) -%}
    {%- endfor -%}
    case {{ whens | join(' ') }} when {{ value }} is not null then {{ candidates[-1] }} end
{%- endmacro %}

{# Minutes and seconds: 84 is 1:24. #}
{% macro clock_words(seconds) -%}
    printf('%d:%02d', cast(round({{ seconds }}) as integer) // 60, cast(round({{ seconds }}) as integer) % 60)
{%- endmacro %}

{# A time as it is prescribed: 20 s, 90 s, 2 min, 2:30. #}
{% macro duration_words(seconds) -%}
    case
        when {{ seconds }} < 100 and {{ seconds }} <> 60 then printf('%d s', cast({{ seconds }} as integer))
        when {{ seconds }} % 60 = 0 then printf('%d min', cast({{ seconds }} as integer) // 60)
        else {{ clock_words(seconds) }}
    end
{%- endmacro %}

{# A distance as it is prescribed: 400 m, 3 km. #}
{% macro distance_words(metres) -%}
    case
        when {{ metres }} >= 2000 and {{ metres }} % 1000 = 0 then printf('%d km', cast({{ metres }} as integer) // 1000)
        else printf('%d m', cast({{ metres }} as integer))
    end
{%- endmacro %}

{# What of a recording is not believed, in words for the data page; of the columns of int_recordings_unioned. #}
{% macro recording_faults() -%}
    list_concat(
        coalesce(file_faults, []),
        list_filter(
            [
                case when is_heart_rate_locked then 'heart rate follows cadence and is not used' end,
                case
                    when has_cadence_lock and not is_heart_rate_locked
                        then 'heart rate follows cadence for a while and is left out there'
                end,
                case
                    when has_dry_strap and not is_heart_rate_locked
                        then 'heart rate of the first minutes left out: the strap was dry'
                end,
                case when has_heart_rate_spike and not is_heart_rate_locked then 'heart rate spikes left out' end,
                case
                    when impossible_heart_rate_count > 0 or is_average_impossible or is_maximum_impossible
                        then 'impossible heart rates left out'
                end,
                case
                    when idle_end_s > 0
                        then
                            'left on after the run: the last ' || cast(round(idle_end_s / 60) as integer)
                            || ' min without moving do not count'
                end,
                case when is_stream_doubted then 'its samples cannot be true and are not used' end,
                case when impossible_speed_count > 0 then 'position jumps left out' end,
                case when is_distance_impossible then 'impossible distance left out' end,
                case when is_time_impossible then 'impossible duration left out' end,
                case when is_pace_impossible then 'distance and time give an impossible pace; distance is not used' end
            ],
            lambda fault: fault is not null
        )
    )
{%- endmacro %}

{# What a profile rests on too little, in words; the relations hold counts of weeks, the race fitness and the heart rates. #}
{% macro thin_evidence_words(volumes, fitness, athletes) -%}
    list_filter(
        [
            case
                when {{ volumes }}.running_weeks_8w < 8 then {{ volumes }}.running_weeks_8w || ' of the last 8 weeks with a run'
            end,
            case
                when {{ volumes }}.running_weeks_8w = 8 and {{ volumes }}.run_count_8w < 16
                    then cast({{ volumes }}.run_count_8w as integer) || ' runs in the last 8 weeks'
            end,
            case
                when {{ fitness }}.race_fitness is null then 'no race or time trial in the last 12 weeks'
                when {{ fitness }}.race_fitness_source <> 'race' then 'race fitness from hard training, not a race'
                when {{ fitness }}.days_ago > constants.race_fitness_hold_days
                    then 'the race that tells the fitness was ' || {{ fitness }}.days_ago || ' days ago'
            end,
            case
                when {{ athletes }}.max_heart_rate_bpm is null then 'maximum heart rate unknown'
                when {{ athletes }}.max_heart_rate_method = 'tanaka' then 'maximum heart rate guessed by age'
                when {{ athletes }}.max_heart_rate_confidence = 'low' then 'maximum heart rate not confirmed'
            end
        ],
        lambda reason: reason is not null
    )
{%- endmacro %}
