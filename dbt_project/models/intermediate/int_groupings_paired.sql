with groupings as (

    select * from {{ ref('stg_manual__groupings') }}

),

names as (

    select
        athlete_id,
        recording_id,
        unnest(list_append(other_names, recording_id)) as known_as
    from {{ ref('int_recordings_unioned') }}

),

lists as (

    select
        athlete_id,
        entry_id,
        said_at,
        kind,
        unnest(recordings) as listed,
        generate_subscripts(recordings, 1) as list_number
    from groupings

),

listed_names as (

    select
        * exclude (listed),
        unnest(listed) as known_as
    from lists

),

-- What was said holds for the recordings, whatever they or their activities are called since.
listed_recordings as (

    select distinct
        listed_names.athlete_id,
        listed_names.entry_id,
        listed_names.said_at,
        listed_names.kind,
        listed_names.list_number,
        names.recording_id
    from listed_names
    inner join names
        on listed_names.athlete_id = names.athlete_id and listed_names.known_as = names.known_as

)

select
    one.athlete_id,
    one.recording_id as first_id,
    other.recording_id as second_id,
    -- The last word on two recordings counts.
    arg_max(one.kind = 'merge', (one.said_at, one.entry_id)) as is_together
from listed_recordings as one
inner join listed_recordings as other
    on
        one.athlete_id = other.athlete_id
        and one.entry_id = other.entry_id
        and one.recording_id < other.recording_id
where one.kind = 'merge' or (one.kind = 'split' and one.list_number <> other.list_number)
group by one.athlete_id, one.recording_id, other.recording_id
