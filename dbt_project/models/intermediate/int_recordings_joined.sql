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

components as (

    select * from {{ ref('int_recordings_connected') }}

),

-- Where three and more hang together, two of them may be linked only through others.
chained as (

    select
        components.athlete_id,
        components.component_id,
        recordings.recording_id,
        recordings.file_sha256,
        recordings.session_number,
        recordings.started_at,
        recordings.ended_at,
        recordings.is_start_vague,
        recordings.sport,
        recordings.lasting_s
    from components
    inner join recordings
        on components.athlete_id = recordings.athlete_id and components.recording_id = recordings.recording_id
    where components.member_count > 2

),

chained_pairs as (

    select
        one.athlete_id,
        one.component_id,
        one.recording_id as first_id,
        other.recording_id as second_id,
        one.sport <> other.sport
        or (one.file_sha256 = other.file_sha256 and one.session_number <> other.session_number)
        or (
            not one.is_start_vague
            and not other.is_start_vague
            and least(one.lasting_s, other.lasting_s) > 0
            and epoch(least(one.ended_at, other.ended_at)) - epoch(greatest(one.started_at, other.started_at))
            < 0.3 * least(one.lasting_s, other.lasting_s)
        ) as is_impossible
    from chained as one
    inner join chained as other
        on
            one.athlete_id = other.athlete_id
            and one.component_id = other.component_id
            and one.recording_id < other.recording_id

),

-- Two of one component that are not linked themselves and cannot be one run.
strangers as (

    select
        chained_pairs.athlete_id,
        chained_pairs.component_id,
        chained_pairs.first_id,
        chained_pairs.second_id,
        coalesce(not said.is_together, false) as is_said_apart
    from chained_pairs
    left join said
        on
            chained_pairs.athlete_id = said.athlete_id
            and chained_pairs.first_id = said.first_id
            and chained_pairs.second_id = said.second_id
    anti join links
        on
            chained_pairs.athlete_id = links.athlete_id
            and chained_pairs.first_id = links.first_id
            and chained_pairs.second_id = links.second_id
            and links.is_strong
    where chained_pairs.is_impossible or not said.is_together

),

-- What is the same as, or was joined by hand to, something that is linked to the other is no stranger.
familiar as (

    select
        strangers.athlete_id,
        strangers.first_id,
        strangers.second_id
    from strangers
    inner join both_ways as known
        on strangers.athlete_id = known.athlete_id and strangers.first_id = known.one_id
    inner join both_ways as next_to
        on
            strangers.athlete_id = next_to.athlete_id
            and strangers.second_id = next_to.one_id
            and known.other_id = next_to.other_id
    where least(known.strength, next_to.strength) <= 2
    union
    -- Nor are two that caught parts of one run which another device knows whole.
    select
        strangers.athlete_id,
        strangers.first_id,
        strangers.second_id
    from strangers
    inner join covering as one
        on strangers.athlete_id = one.athlete_id and strangers.first_id = one.piece_id
    inner join covering as other
        on
            strangers.athlete_id = other.athlete_id
            and strangers.second_id = other.piece_id
            and one.recording_id = other.recording_id
    where not one.is_accounted

),

foes as (

    select
        strangers.athlete_id,
        strangers.component_id,
        strangers.first_id,
        strangers.second_id
    from strangers
    left join familiar
        on
            strangers.athlete_id = familiar.athlete_id
            and strangers.first_id = familiar.first_id
            and strangers.second_id = familiar.second_id
    where strangers.is_said_apart or familiar.athlete_id is null

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
