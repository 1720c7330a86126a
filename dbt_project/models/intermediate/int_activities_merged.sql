{% set best_fields = [
    'sport', 'title', 'gear_name', 'device_name', 'distance_m', 'moving_s', 'elapsed_s', 'elevation_gain_m',
    'heart_rate_avg_bpm', 'heart_rate_max_bpm', 'cadence_spm', 'power_avg_w', 'energy_kcal', 'perceived_exertion',
    'relative_effort',
] %}
{% set summed_fields = [
    'distance_m', 'moving_s', 'elapsed_s', 'elevation_gain_m', 'energy_kcal', 'relative_effort',
] %}
{% set averaged_fields = ['heart_rate_avg_bpm', 'cadence_spm', 'power_avg_w'] %}
{% set corrected_fields = ['sport', 'title', 'distance_m', 'moving_s', 'heart_rate_avg_bpm', 'perceived_exertion'] %}
{% set flags = ['is_race', 'is_treadmill', 'is_trail'] %}
{% set told_fields = best_fields + flags + [
    'started_at', 'utc_offset_s', 'samples', 'heart_rate_samples', 'lap_file',
] %}
{% set corrected_flags = ['is_race', 'is_treadmill'] %}

with cycles as (

    select * from {{ ref('int_cycles_unioned') }}

),

-- Where a device does not say what the clocks showed, the strap's cycle around it may.
cycle_offsets as (

    select
        unioned.athlete_id,
        unioned.recording_id,
        arg_max(cycles.utc_offset_s, cycles.started_at) as cycle_offset_s
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join cycles
        on
            unioned.athlete_id = cycles.athlete_id
            and unioned.started_at >= cycles.started_at
            and unioned.started_at < cycles.ended_at
    where unioned.utc_offset_s is null and cycles.utc_offset_s is not null
    group by unioned.athlete_id, unioned.recording_id

),

recordings as not materialized (

    select
        cycle_offsets.cycle_offset_s,
        unioned.* exclude (merge_order, {{ summed_fields | join(', ') }}),
        -- What adds up over several runs is nobody's share of any of them.
        {% for field in summed_fields %}
            case when not ranked.is_cover then unioned.{{ field }} end as {{ field }},
        {% endfor %}
        -- Its name as JSON, written once for all that it tells.
        cast(to_json(unioned.recording_id) as text) as teller,
        ranked.activity_id,
        ranked.merge_rank,
        ranked.stretch_number,
        ranked.is_cover,
        ranked.link_rule
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join {{ ref('int_recordings_ranked') }} as ranked
        on unioned.athlete_id = ranked.athlete_id and unioned.recording_id = ranked.recording_id
    left join cycle_offsets
        on unioned.athlete_id = cycle_offsets.athlete_id and unioned.recording_id = cycle_offsets.recording_id

),

athletes as (

    select * from {{ ref('stg_coach__athletes') }}

),

corrections as (

    select * from {{ ref('int_activities_corrected') }}

),

doubted as (

    select * from {{ ref('int_activities_doubted') }}

),

-- Most runs are known once, and nothing of those is compared.
several as (

    select
        athlete_id,
        activity_id
    from {{ ref('int_recordings_ranked') }}
    group by athlete_id, activity_id
    having count(*) > 1

),

merged as (

    {% for is_alone in [true, false] %}
        {% set in_order = "(link_rule = 'clock_change', stretch_number, merge_rank)" %}
        select
            recordings.athlete_id,
            recordings.activity_id,
            {% for field in best_fields + ['utc_offset_s'] %}
                {{ first_known(field, field ~ ' is not null', is_alone) }} as {{ field }},
                {{ first_known('teller', field ~ ' is not null', is_alone) }} as {{ field }}_from,
            {% endfor %}
            {{ first_known('cycle_offset_s', 'cycle_offset_s is not null', is_alone) }} as cycle_offset_s,
            -- Where others agree, they know better than who is an hour off when it began.
            {{ 'started_at' if is_alone else 'arg_min(started_at, ' ~ in_order ~ ')' }} as started_at,
            {{ 'teller' if is_alone else 'arg_min(teller, ' ~ in_order ~ ')' }} as started_at_from,
            {% for flag in flags %}
                {{ flag if is_alone else 'bool_or(' ~ flag ~ ')' }} as {{ flag }},
                {{ first_known('teller', flag, is_alone) }} as {{ flag }}_from,
            {% endfor %}
            {% for told, of, where_known in [
                ('stream', 'samples', 'has_stream and not is_cover'),
                (
                    'heart_rate_stream', 'heart_rate_samples',
                    'has_stream and heart_rate_avg_bpm is not null and not is_cover'
                ),
                ('lap_file', 'lap_file', 'file_sha256 is not null and not is_cover'),
            ] %}
                {{ first_known('struct_pack(file_sha256, session_number)', where_known, is_alone) }} as {{ told }},
                {{ first_known('teller', where_known, is_alone) }} as {{ of }}_from,
            {% endfor %}
            {% set arrivals = 'arrivals' if is_alone else 'flatten(list(arrivals))' %}
            {% set faults = 'faults' if is_alone else 'flatten(list(faults))' %}
            array_to_string(
                list_sort(list_distinct(list_transform({{ arrivals }}, lambda arrival: arrival.source))), ','
            ) as sources,
            nullif(array_to_string(list_sort(list_distinct({{ faults }})), '; '), '') as faults,
            {{ 'cast(1 as bigint)' if is_alone else 'count(*)' }} as recording_count
        from recordings
        {{ 'anti' if is_alone else 'semi' }} join several
            on recordings.athlete_id = several.athlete_id and recordings.activity_id = several.activity_id
        {% if is_alone %}
            union all by name
        {% else %}
            group by recordings.athlete_id, recordings.activity_id
        {% endif %}
    {% endfor %}

),

-- Stretches that the athlete joined by hand: the best of each, and then what they come to together.
stretches as (

    select
        {% for field in summed_fields + averaged_fields + ['heart_rate_max_bpm'] %}
            arg_min({{ field }}, merge_rank) filter (where {{ field }} is not null) as {{ field }},
            arg_min(teller, merge_rank) filter (where {{ field }} is not null) as {{ field }}_from,
        {% endfor %}
        athlete_id,
        activity_id,
        stretch_number,
        min(started_at) as started_at
    from recordings
    where
        not is_cover
        and (athlete_id, activity_id) in (
            select (several.athlete_id, several.activity_id)
            from recordings as several
            where several.stretch_number > 1
        )
    group by athlete_id, activity_id, stretch_number

),

summed as (

    select
        {% for field in summed_fields if field != 'elapsed_s' %}
            sum({{ field }}) as {{ field }},
        {% endfor %}
        {% for field in averaged_fields %}
            sum({{ field }} * moving_s) / sum(case when {{ field }} is not null then moving_s end) as {{ field }},
        {% endfor %}
        {% for field in summed_fields + averaged_fields + ['heart_rate_max_bpm'] %}
            replace(string_agg({{ field }}_from, ' + ' order by stretch_number), '" + "', ' + ') as {{ field }}_from,
        {% endfor %}
        athlete_id,
        activity_id,
        max(heart_rate_max_bpm) as heart_rate_max_bpm,
        -- From the first start to the last end, with the time between them.
        max(epoch(started_at) + coalesce(elapsed_s, moving_s)) - min(epoch(started_at)) as elapsed_s
    from stretches
    group by athlete_id, activity_id

),

totalled as (

    select
        {% set totals = summed_fields + averaged_fields + ['heart_rate_max_bpm'] %}
        {% for field in totals %}
            coalesce(summed.{{ field }}, merged.{{ field }}) as {{ field }},
            coalesce(summed.{{ field }}_from, merged.{{ field }}_from) as {{ field }}_from,
        {% endfor %}
        merged.* exclude (
            {% for field in totals %}
                {{ field }},
                {{ field }}_from{{ ',' if not loop.last }}
            {% endfor %}
        )
    from merged
    left join summed on merged.athlete_id = summed.athlete_id and merged.activity_id = summed.activity_id

),

corrected as (

    select
        totalled.* exclude (
            {{ corrected_fields | join(', ') }}, is_race, is_treadmill, elapsed_s, heart_rate_max_bpm,
            {% for told in told_fields %}
                {{ told }}_from,
            {% endfor %}
            heart_rate_stream
        ),
        {% for field in corrected_fields %}
            coalesce(corrections.{{ field }}, totalled.{{ field }}) as {{ field }},
        {% endfor %}
        coalesce(corrections.is_race, totalled.is_race) as is_race,
        coalesce(corrections.is_race = false, false) as is_no_race,
        coalesce(corrections.is_treadmill, totalled.is_treadmill) as is_treadmill,
        case when totalled.elapsed_s is not null then greatest(totalled.elapsed_s, corrections.moving_s) end
            as elapsed_s,
        -- A heart rate put right by hand was recorded wrong.
        case when corrections.heart_rate_avg_bpm is null then totalled.heart_rate_stream end as heart_rate_stream,
        case
            when coalesce(corrections.heart_rate_avg_bpm <= totalled.heart_rate_max_bpm, true)
                then totalled.heart_rate_max_bpm
        end as heart_rate_max_bpm,
        '{' || concat_ws(
            ',',
            {% for field in best_fields + flags + ['started_at', 'utc_offset_s', 'samples'] %}
                '"{{ field }}":' || {% if field in corrected_fields + corrected_flags -%}
                    case when corrections.{{ field }} is not null then '"manual"' else totalled.{{ field }}_from end
                {%- else -%}
                    totalled.{{ field }}_from
                {%- endif %},
            {% endfor %}
            '"heart_rate_samples":'
            || case when corrections.heart_rate_avg_bpm is null then totalled.heart_rate_samples_from end,
            '"laps":' || totalled.lap_file_from
        ) || '}' as provenance
    from totalled
    left join corrections
        on totalled.athlete_id = corrections.athlete_id and totalled.activity_id = corrections.activity_id
    -- What the athlete wants left out, and what cannot have been run beside another run, stays among the recordings and
    -- goes no further.
    anti join doubted
        on totalled.athlete_id = doubted.athlete_id and totalled.activity_id = doubted.activity_id
    where not coalesce(corrections.is_ignored, false)

),

-- The wall clock of a run: as the device says, else as the strap's cycle around it says, else as it is at home.
placed as (

    select
        corrected.* exclude (
            utc_offset_s,
            cycle_offset_s,
            sport
        ),
        coalesce(
            corrected.sport,
            -- A file that names no sport and moves like a runner is taken for a run.
            case when corrected.distance_m / corrected.moving_s between 1.8 and 4.2 then 'run' end,
            'other'
        ) as sport,
        coalesce(
            corrected.utc_offset_s,
            corrected.cycle_offset_s,
            {{ zone_offset_s("coalesce(athletes.time_zone, 'UTC')", 'corrected.started_at') }}
        ) as utc_offset_s
    from corrected
    left join athletes on corrected.athlete_id = athletes.athlete_id

)

select
    *,
    sport = 'run' as is_run,
    {{ local_time('started_at', 'utc_offset_s') }} as local_started_at,
    cast({{ local_time('started_at', 'utc_offset_s') }} as date) as local_date
from placed
