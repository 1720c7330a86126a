with names as (

    select
        memberships.athlete_id,
        memberships.activity_id,
        unnest(list_append(recordings.other_names, recordings.recording_id)) as recording_id
    from {{ ref('int_recordings_unioned') }} as recordings
    inner join {{ ref('int_recordings_clustered') }} as memberships
        on recordings.athlete_id = memberships.athlete_id and recordings.recording_id = memberships.recording_id

),

said as (

    select * from {{ ref('stg_manual__types') }}

)

-- Said of one recording, meant of the run; the last word counts.
select
    names.athlete_id,
    names.activity_id,
    arg_max(said.run_type, (said.said_at, said.recording_id)) as run_type
from said
inner join names on said.athlete_id = names.athlete_id and said.recording_id = names.recording_id
group by names.athlete_id, names.activity_id
