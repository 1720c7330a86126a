with recursive recordings as (

    select
        athlete_id,
        recording_id,
        file_sha256,
        session_number,
        started_at,
        ended_at,
        is_start_vague,
        sport,
        epoch(ended_at) - epoch(started_at) as lasting_s
    from {{ ref('int_recordings_unioned') }}

),

links as (

    select * from {{ ref('int_recordings_linked') }}

),

said as (

    select * from {{ ref('int_groupings_paired') }}

),

covering as (

    select * from {{ ref('int_recordings_covered') }}

),

both_ways as (

    select
        athlete_id,
        first_id as one_id,
        second_id as other_id,
        strength
    from links
    where is_strong
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id,
        strength
    from links
    where is_strong

),

reachable as (

    select distinct
        athlete_id,
        one_id as from_id,
        one_id as to_id
    from both_ways
    union
    select
        reachable.athlete_id,
        reachable.from_id,
        both_ways.other_id as to_id
    from reachable
    inner join both_ways on reachable.athlete_id = both_ways.athlete_id and reachable.to_id = both_ways.one_id

),

components as (

    select
        athlete_id,
        from_id as recording_id,
        min(to_id) as component_id,
        count(*) as member_count
    from reachable
    group by athlete_id, from_id

),

-- Two of one component that are not linked themselves and cannot be one run.
strangers as (

    select
        one.athlete_id,
        one.component_id,
        one.recording_id as first_id,
        other.recording_id as second_id,
        coalesce(not said.is_together, false) as is_said_apart
    from components as one
    inner join components as other
        on
            one.athlete_id = other.athlete_id
            and one.component_id = other.component_id
            and one.recording_id < other.recording_id
    inner join recordings as one_recording
        on one.athlete_id = one_recording.athlete_id and one.recording_id = one_recording.recording_id
    inner join recordings as other_recording
        on other.athlete_id = other_recording.athlete_id and other.recording_id = other_recording.recording_id
    left join said
        on
            one.athlete_id = said.athlete_id
            and one.recording_id = said.first_id
            and other.recording_id = said.second_id
    anti join links
        on
            one.athlete_id = links.athlete_id
            and one.recording_id = links.first_id
            and other.recording_id = links.second_id
            and links.is_strong
    where
        one.member_count > 2
        and (
            not said.is_together
            or one_recording.sport <> other_recording.sport
            or (
                one_recording.file_sha256 = other_recording.file_sha256
                and one_recording.session_number <> other_recording.session_number
            )
            or (
                not one_recording.is_start_vague
                and not other_recording.is_start_vague
                and least(one_recording.lasting_s, other_recording.lasting_s) > 0
                and epoch(least(one_recording.ended_at, other_recording.ended_at))
                - epoch(greatest(one_recording.started_at, other_recording.started_at))
                < 0.3 * least(one_recording.lasting_s, other_recording.lasting_s)
            )
        )

),

foes as (

    select
        strangers.athlete_id,
        strangers.component_id,
        strangers.first_id,
        strangers.second_id
    from strangers
    where
        strangers.is_said_apart
        or not (
            -- What is the same as, or was joined by hand to, something that is linked to the other is no stranger.
            exists (
                select 1
                from both_ways as known
                inner join both_ways as next_to
                    on known.athlete_id = next_to.athlete_id and known.other_id = next_to.one_id
                where
                    known.athlete_id = strangers.athlete_id
                    and known.one_id = strangers.first_id
                    and next_to.other_id = strangers.second_id
                    and least(known.strength, next_to.strength) <= 2
            )
            -- Both are what was caught of one run that another device knows whole.
            or exists (
                select 1
                from covering as one
                inner join covering as other
                    on one.athlete_id = other.athlete_id and one.recording_id = other.recording_id
                where
                    one.athlete_id = strangers.athlete_id
                    and one.piece_id = strangers.first_id
                    and other.piece_id = strangers.second_id
                    and not one.is_accounted
            )
        )

),

contested as (

    select distinct
        athlete_id,
        component_id
    from foes

),

foes_of_each as (

    select
        athlete_id,
        recording_id,
        list(foe_id) as foes
    from (
        select
            athlete_id,
            first_id as recording_id,
            second_id as foe_id
        from foes
        union all
        select
            athlete_id,
            second_id as recording_id,
            first_id as foe_id
        from foes
    ) as foes_both_ways
    group by athlete_id, recording_id

),

ordered_links as (

    select
        components.athlete_id,
        components.component_id,
        links.first_id,
        links.second_id,
        row_number() over (
            partition by components.athlete_id, components.component_id
            order by
                links.strength asc, links.overlap_s desc, links.start_gap_s asc, links.first_id asc, links.second_id asc
        ) as link_number
    from links
    inner join components
        on links.athlete_id = components.athlete_id and links.first_id = components.recording_id
    inner join contested
        on components.athlete_id = contested.athlete_id and components.component_id = contested.component_id
    where links.is_strong

),

-- The strongest link first, and none that would put two together that cannot be one run.
grown as (

    select
        components.athlete_id,
        components.component_id,
        [components.recording_id] as members,
        coalesce(foes_of_each.foes, []) as foes,
        cast(0 as bigint) as link_number
    from components
    inner join contested
        on components.athlete_id = contested.athlete_id and components.component_id = contested.component_id
    left join foes_of_each
        on components.athlete_id = foes_of_each.athlete_id and components.recording_id = foes_of_each.recording_id
    union all
    select
        grown.athlete_id,
        grown.component_id,
        list_concat(grown.members, coalesce(joined.members, [])) as members,
        list_concat(grown.foes, coalesce(joined.foes, [])) as foes,
        ordered_links.link_number
    from grown
    inner join ordered_links
        on
            grown.athlete_id = ordered_links.athlete_id
            and grown.component_id = ordered_links.component_id
            and grown.link_number + 1 = ordered_links.link_number
    left join grown as joined
        on
            grown.athlete_id = joined.athlete_id
            and grown.component_id = joined.component_id
            and (
                (
                    list_contains(grown.members, ordered_links.first_id)
                    and list_contains(joined.members, ordered_links.second_id)
                )
                or (
                    list_contains(grown.members, ordered_links.second_id)
                    and list_contains(joined.members, ordered_links.first_id)
                )
            )
            and not list_contains(joined.members, grown.members[1])
            and not list_has_any(grown.foes, joined.members)
    where joined.members is null or list_contains(grown.members, ordered_links.first_id)

),

settled as (

    select
        athlete_id,
        unnest(members) as recording_id,
        list_min(members) as group_id
    from grown
    qualify link_number = max(link_number) over (partition by athlete_id, component_id)

),

joined as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        coalesce(settled.group_id, components.component_id, recordings.recording_id) as group_id
    from recordings
    left join components
        on recordings.athlete_id = components.athlete_id and recordings.recording_id = components.recording_id
    left join settled
        on recordings.athlete_id = settled.athlete_id and recordings.recording_id = settled.recording_id

)

select * from joined
