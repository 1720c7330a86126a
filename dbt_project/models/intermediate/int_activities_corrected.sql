{% set fields = [
    'sport', 'title', 'distance_m', 'moving_s', 'heart_rate_avg_bpm', 'perceived_exertion',
    'is_race', 'is_treadmill', 'is_ignored',
] %}

with recordings as (

    select
        unioned.athlete_id,
        unioned.recording_id,
        unioned.other_names,
        ranked.activity_id
    from {{ ref('int_recordings_unioned') }} as unioned
    inner join {{ ref('int_recordings_ranked') }} as ranked
        on unioned.athlete_id = ranked.athlete_id and unioned.recording_id = ranked.recording_id

),

names as (

    select
        athlete_id,
        activity_id,
        recording_id
    from recordings
    union all
    select
        athlete_id,
        activity_id,
        unnest(other_names) as recording_id
    from recordings
    where len(other_names) > 0

)

-- Said of one recording, meant of the run, whatever else is known of it; the last word on each field counts.
select
    {% for field in fields %}
        arg_max(said.{{ field }}, (said.said_at, said.recording_id)) filter (where said.{{ field }} is not null)
            as {{ field }},
    {% endfor %}
    names.athlete_id,
    names.activity_id
from {{ ref('stg_manual__corrections') }} as said
inner join names on said.athlete_id = names.athlete_id and said.recording_id = names.recording_id
group by names.athlete_id, names.activity_id
