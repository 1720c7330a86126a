with recursive links as (

    select * from {{ ref('int_recordings_linked') }}
    where is_strong

),

both_ways as (

    select
        athlete_id,
        first_id as one_id,
        second_id as other_id
    from links
    union all
    select
        athlete_id,
        second_id as one_id,
        first_id as other_id
    from links

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

)

select * from components
