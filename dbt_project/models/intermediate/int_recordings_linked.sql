with pairs as (

    select * from {{ ref('int_recordings_paired') }}

),

said as (

    select * from {{ ref('int_groupings_paired') }}

),

covering as (

    select * from {{ ref('int_recordings_covered') }}

),

-- Where both have their like an hour away, a part of one lies beside the other by chance: one of their clocks is off.
displaced as (

    select distinct
        athlete_id,
        unnest([first_id, second_id]) as recording_id
    from pairs
    where link_rule = 'clock_change'

),

by_chance as (

    select
        pairs.athlete_id,
        pairs.first_id,
        pairs.second_id
    from pairs
    semi join displaced as one on pairs.athlete_id = one.athlete_id and pairs.first_id = one.recording_id
    semi join displaced as other on pairs.athlete_id = other.athlete_id and pairs.second_id = other.recording_id
    where pairs.part_id is not null and pairs.link_rule = 'overlap'

),

-- Everything that speaks for two recordings being one run, the strongest reason first.
reasons as (

    select
        pairs.athlete_id,
        pairs.first_id,
        pairs.second_id,
        pairs.link_rule,
        case pairs.link_rule when 'same_file' then 2 when 'clock_change' then 5 when 'day_only' then 5 else 3 end
            as strength,
        pairs.overlap_s,
        pairs.start_gap_s
    from pairs
    anti join by_chance
        on
            pairs.athlete_id = by_chance.athlete_id
            and pairs.first_id = by_chance.first_id
            and pairs.second_id = by_chance.second_id
    where pairs.link_rule is not null
    union all
    select
        covering.athlete_id,
        least(covering.recording_id, covering.piece_id) as first_id,
        greatest(covering.recording_id, covering.piece_id) as second_id,
        'overlap' as link_rule,
        4 as strength,
        pairs.overlap_s,
        pairs.start_gap_s
    from covering
    inner join pairs
        on
            covering.athlete_id = pairs.athlete_id
            and least(covering.recording_id, covering.piece_id) = pairs.first_id
            and greatest(covering.recording_id, covering.piece_id) = pairs.second_id
    where covering.is_accounted
    union all
    select
        athlete_id,
        least(recording_id, piece_id) as first_id,
        greatest(recording_id, piece_id) as second_id,
        'overlap' as link_rule,
        3 as strength,
        cast(0 as double) as overlap_s,
        cast(0 as double) as start_gap_s
    from covering
    where is_bridged
    union all
    -- What is an hour off goes to the first of its pieces, if it goes anywhere.
    select
        athlete_id,
        least(recording_id, piece_id) as first_id,
        greatest(recording_id, piece_id) as second_id,
        'clock_change' as link_rule,
        5 as strength,
        cast(0 as double) as overlap_s,
        start_gap_s
    from (
        select
            shifted.athlete_id,
            shifted.recording_id,
            shifted.piece_id,
            pairs.start_gap_s
        from {{ ref('int_recordings_shifted') }} as shifted
        inner join pairs
            on
                shifted.athlete_id = pairs.athlete_id
                and least(shifted.recording_id, shifted.piece_id) = pairs.first_id
                and greatest(shifted.recording_id, shifted.piece_id) = pairs.second_id
        qualify
            row_number() over (
                partition by shifted.athlete_id, shifted.recording_id
                order by abs(pairs.start_gap_s - 3600), shifted.piece_id
            ) = 1
    ) as first_pieces
    union all
    select
        athlete_id,
        first_id,
        second_id,
        'by_hand' as link_rule,
        1 as strength,
        cast(0 as double) as overlap_s,
        cast(0 as double) as start_gap_s
    from said
    where is_together
),

strongest as (

    select
        reasons.athlete_id,
        reasons.first_id,
        reasons.second_id,
        arg_min(reasons.link_rule, reasons.strength) as link_rule,
        -- What covers several runs is joined last, so that it finds them whole.
        case
            when bool_or(reasons.strength = 4) and min(reasons.strength) = 3 then 4 else min(reasons.strength)
        end as strength,
        max(reasons.overlap_s) as overlap_s,
        min(reasons.start_gap_s) as start_gap_s
    from reasons
    anti join said
        on
            reasons.athlete_id = said.athlete_id
            and reasons.first_id = said.first_id
            and reasons.second_id = said.second_id
            and not said.is_together
    group by reasons.athlete_id, reasons.first_id, reasons.second_id

)

select
    *,
    -- An hour or a day apart they are the same only where nothing better is found.
    strength <= 4 as is_strong
from strongest
