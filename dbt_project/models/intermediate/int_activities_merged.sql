{% set best_fields = [
    'sport', 'title', 'gear_name', 'device_name', 'distance_m', 'moving_s', 'elapsed_s', 'elevation_gain_m',
    'heart_rate_avg_bpm', 'heart_rate_max_bpm', 'cadence_spm', 'power_avg_w', 'energy_kcal', 'perceived_exertion',
    'relative_effort',
] %}
{% set corrected_fields = ['sport', 'title', 'distance_m', 'moving_s', 'heart_rate_avg_bpm', 'perceived_exertion'] %}
{% set corrected_flags = ['is_race', 'is_treadmill', 'is_ignored'] %}

with recordings as (

    select
        memberships.activity_id,
        unioned.*
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join {{ ref('int_recordings_clustered') }} as memberships
        on unioned.athlete_id = memberships.athlete_id and unioned.recording_id = memberships.recording_id

),

athletes as (

    select * from {{ ref('stg_coach__athletes') }}

),

cycles as (

    select
        athlete_id,
        started_at,
        ended_at,
        utc_offset_s
    from {{ ref('stg_whoop_export__cycles') }}
    union all
    select
        athlete_id,
        started_at,
        ended_at,
        utc_offset_s
    from {{ ref('stg_whoop_api__cycles') }}

),

names as (

    select
        athlete_id,
        activity_id,
        unnest(list_append(other_names, recording_id)) as recording_id
    from recordings

),

-- Said of one recording, meant of the run, whatever else is known of it; the last word on each field counts.
corrections as (

    select
        {% for field in corrected_fields + corrected_flags %}
            arg_max(said.{{ field }}, (said.said_at, said.recording_id)) filter (where said.{{ field }} is not null)
                as {{ field }},
        {% endfor %}
        names.athlete_id,
        names.activity_id
    from {{ ref('stg_manual__corrections') }} as said
    inner join names on said.athlete_id = names.athlete_id and said.recording_id = names.recording_id
    group by names.athlete_id, names.activity_id

),

merged as (

    select
        athlete_id,
        activity_id,
        {% for field in best_fields %}
            arg_min({{ field }}, merge_rank) filter (where {{ field }} is not null) as {{ field }},
        {% endfor %}
        arg_min(started_at, merge_rank) as started_at,
        arg_min(utc_offset_s, merge_rank) filter (where utc_offset_s is not null) as utc_offset_s,
        bool_or(is_trail) as is_trail,
        bool_or(is_treadmill) as is_treadmill,
        bool_or(is_race) as is_race,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (where has_stream) as stream,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (
            where has_stream and heart_rate_avg_bpm is not null
        ) as heart_rate_stream,
        arg_min(struct_pack(file_sha256, session_number), merge_rank) filter (where file_sha256 is not null)
            as lap_file,
        count(*) as recording_count,
        array_to_string(
            list_sort(list_distinct(list_transform(flatten(list(arrivals)), lambda arrival: arrival.source))), ','
        ) as sources,
        nullif(array_to_string(list_sort(list_distinct(flatten(list(faults)))), '; '), '') as faults,
        {% for field in best_fields %}
            arg_min(recording_id, merge_rank) filter (where {{ field }} is not null) as {{ field }}_from,
        {% endfor %}
        arg_min(recording_id, merge_rank) filter (where has_stream) as samples_from
    from recordings
    group by athlete_id, activity_id

),

corrected as (

    select
        merged.* exclude (
            {{ corrected_fields | join(', ') }}, is_race, is_treadmill, elapsed_s, heart_rate_max_bpm, heart_rate_stream
        ),
        {% for field in corrected_fields %}
            coalesce(corrections.{{ field }}, merged.{{ field }}) as {{ field }},
        {% endfor %}
        coalesce(corrections.is_race, merged.is_race) as is_race,
        coalesce(corrections.is_race = false, false) as is_no_race,
        coalesce(corrections.is_treadmill, merged.is_treadmill) as is_treadmill,
        case when merged.elapsed_s is not null then greatest(merged.elapsed_s, corrections.moving_s) end as elapsed_s,
        -- A heart rate put right by hand was recorded wrong.
        case when corrections.heart_rate_avg_bpm is null then merged.heart_rate_stream end as heart_rate_stream,
        case
            when coalesce(corrections.heart_rate_avg_bpm <= merged.heart_rate_max_bpm, true)
                then merged.heart_rate_max_bpm
        end as heart_rate_max_bpm,
        map_from_entries(
            list_filter(
                [
                    {% for field in best_fields %}
                        struct_pack(
                            field := '{{ field }}',
                            recording_id := case
                                {% if field in corrected_fields %}
                                    when corrections.{{ field }} is not null then 'manual'
                                {% endif %}
                                when true then merged.{{ field }}_from
                            end
                        ),
                    {% endfor %}
                    {% for flag in ['is_race', 'is_treadmill'] %}
                        struct_pack(
                            field := '{{ flag }}',
                            recording_id := case when corrections.{{ flag }} is not null then 'manual' end
                        ),
                    {% endfor %}
                    struct_pack(field := 'samples', recording_id := merged.samples_from)
                ],
                lambda entry: entry.recording_id is not null
            )
        ) as provenance
    from merged
    left join corrections
        on merged.athlete_id = corrections.athlete_id and merged.activity_id = corrections.activity_id
    -- What the athlete wants left out stays among the recordings and goes no further.
    where not coalesce(corrections.is_ignored, false)

),

-- The wall clock of a run: as the device says, else as the strap's cycle around it says, else as it is at home.
cycle_offsets as (

    select
        corrected.athlete_id,
        corrected.activity_id,
        arg_max(cycles.utc_offset_s, cycles.started_at) as utc_offset_s
    from corrected
    inner join cycles
        on
            corrected.athlete_id = cycles.athlete_id
            and corrected.started_at >= cycles.started_at
            and corrected.started_at < cycles.ended_at
    where corrected.utc_offset_s is null and cycles.utc_offset_s is not null
    group by corrected.athlete_id, corrected.activity_id

),

placed as (

    select
        corrected.* exclude (
            utc_offset_s,
            sport,
            {% for field in best_fields %}
                {{ field }}_from,
            {% endfor %}
            samples_from
        ),
        coalesce(
            corrected.sport,
            -- A file that names no sport and moves like a runner is taken for a run.
            case when corrected.distance_m / corrected.moving_s between 1.8 and 4.2 then 'run' end,
            'other'
        ) as sport,
        coalesce(
            corrected.utc_offset_s,
            cycle_offsets.utc_offset_s,
            {{ zone_offset_s("coalesce(athletes.time_zone, 'UTC')", 'corrected.started_at') }}
        ) as utc_offset_s
    from corrected
    left join cycle_offsets
        on corrected.athlete_id = cycle_offsets.athlete_id and corrected.activity_id = cycle_offsets.activity_id
    left join athletes on corrected.athlete_id = athletes.athlete_id

)

select
    *,
    sport = 'run' as is_run,
    {{ local_time('started_at', 'utc_offset_s') }} as local_started_at,
    cast({{ local_time('started_at', 'utc_offset_s') }} as date) as local_date
from placed
