with groups as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        recordings.source,
        recordings.device_name,
        recordings.first_landed_at,
        recordings.is_start_vague,
        recordings.distance_m,
        epoch(recordings.ended_at) - epoch(recordings.started_at) as lasting_s,
        joined.group_id
    from {{ ref('int_recordings_unioned') }} as recordings
    inner join {{ ref('int_recordings_joined') }} as joined
        on recordings.athlete_id = joined.athlete_id and recordings.recording_id = joined.recording_id

),

links as (

    select * from {{ ref('int_recordings_linked') }}

),

both_ways as (

    select
        athlete_id,
        first_id as one_id,
        second_id as other_id,
        link_rule,
        strength
    from links
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id,
        link_rule,
        strength
    from links

),

said as (

    select * from {{ ref('int_groupings_paired') }}

),

-- Links an hour or a day apart are weak. First what a missed change of the clocks put an hour off finds its run, then
-- what hides its start.
-- Of two that hide theirs and would both go to one run, the second goes to the next.
{% set turns = ['clock_change', 'day_only', 'day_only_again'] %}
{% for rule in turns %}
    {% set groups = 'groups' if loop.first else 'groups_of_' ~ loop.previtem %}
    suggested_by_{{ rule }} as (

        select
            weak.athlete_id,
            one.group_id as lone_id,
            other.group_id as target_id,
            bool_and(one.is_start_vague) as is_lone_vague,
            min(
                abs(one.lasting_s - other.lasting_s) / nullif(other.lasting_s, 0)
                + coalesce(abs(one.distance_m - other.distance_m) / nullif(other.distance_m, 0), 0)
            ) as misfit
        from both_ways as weak
        inner join {{ groups }} as one on weak.athlete_id = one.athlete_id and weak.one_id = one.recording_id
        inner join {{ groups }} as other on weak.athlete_id = other.athlete_id and weak.other_id = other.recording_id
        where weak.link_rule = '{{ rule | replace('_again', '') }}' and one.group_id <> other.group_id
        group by weak.athlete_id, one.group_id, other.group_id

    ),

    -- Only what has found nothing of its like may go by such a link.
    occupied_by_{{ rule }} as (

        select distinct
            suggested.athlete_id,
            suggested.lone_id
        from suggested_by_{{ rule }} as suggested
        inner join {{ groups }} as one on suggested.athlete_id = one.athlete_id and suggested.lone_id = one.group_id
        inner join both_ways on one.athlete_id = both_ways.athlete_id and one.recording_id = both_ways.one_id
        inner join {{ groups }} as other
            on both_ways.athlete_id = other.athlete_id and both_ways.other_id = other.recording_id
        where both_ways.strength between 3 and 4 and one.group_id = other.group_id

    ),

    -- What one device recorded apart is apart, and so is what was said to be.
    impossible_by_{{ rule }} as (

        select distinct
            suggested.athlete_id,
            suggested.lone_id,
            suggested.target_id
        from suggested_by_{{ rule }} as suggested
        inner join {{ groups }} as one on suggested.athlete_id = one.athlete_id and suggested.lone_id = one.group_id
        inner join {{ groups }} as other
            on suggested.athlete_id = other.athlete_id and suggested.target_id = other.group_id
        left join said
            on
                one.athlete_id = said.athlete_id
                and least(one.recording_id, other.recording_id) = said.first_id
                and greatest(one.recording_id, other.recording_id) = said.second_id
                and not said.is_together
        where
            said.athlete_id is not null
            or (one.source = other.source and coalesce(one.device_name = other.device_name, true))

    ),

    doubtful_by_{{ rule }} as (

        select suggested.*
        from suggested_by_{{ rule }} as suggested
        anti join occupied_by_{{ rule }} as occupied
            on suggested.athlete_id = occupied.athlete_id and suggested.lone_id = occupied.lone_id
        anti join impossible_by_{{ rule }} as impossible
            on
                suggested.athlete_id = impossible.athlete_id
                and suggested.lone_id = impossible.lone_id
                and suggested.target_id = impossible.target_id

    ),

    adopted_by_{{ rule }} as (

        select *
        from doubtful_by_{{ rule }}
        {% if rule == 'clock_change' %}
            -- A clock an hour off goes where there is just one run that it may be.
            qualify
                count(*) over (partition by athlete_id, lone_id) = 1
                and count(*) over (partition by athlete_id, target_id) = 1
        {% else %}
            -- A hidden start is some run's of that day: of several alike it goes to the one it is nearest to, so that
            -- nothing counts twice.
            where is_lone_vague
            qualify
                row_number() over (partition by athlete_id, lone_id order by misfit, target_id) = 1
                and row_number() over (partition by athlete_id, target_id order by misfit, lone_id) = 1
        {% endif %}

    ),

    groups_of_{{ rule }} as (

        select
            so_far.* exclude (group_id),
            case
                when returned.lone_id is not null then least(so_far.group_id, adopted.target_id)
                else coalesce(adopted.target_id, so_far.group_id)
            end as group_id
        from {{ groups }} as so_far
        left join adopted_by_{{ rule }} as adopted
            on so_far.athlete_id = adopted.athlete_id and so_far.group_id = adopted.lone_id
        left join adopted_by_{{ rule }} as returned
            on
                adopted.athlete_id = returned.athlete_id
                and adopted.target_id = returned.lone_id
                and adopted.lone_id = returned.target_id

    ){{ ',' if not loop.last }}

{% endfor %}

-- The activity is named after the recording that was known first, so that no later import renames it: links in old
-- mails, corrections and plans keep meaning it. Which recordings belong together never depends on the order of arrival.
select
    athlete_id,
    recording_id,
    first_value(recording_id) over (
        partition by athlete_id, group_id order by first_landed_at, recording_id
    ) as activity_id
from groups_of_{{ turns | last }}
