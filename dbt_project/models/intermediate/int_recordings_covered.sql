with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

pairs as (

    select * from {{ ref('int_recordings_paired') }}

),

pieces as (

    select
        pairs.athlete_id,
        longer.recording_id,
        piece.recording_id as piece_id,
        piece.started_at,
        piece.ended_at,
        epoch(piece.ended_at) - epoch(piece.started_at) as lasting_s,
        piece.distance_m as piece_distance_m,
        longer.source in ('whoop_api', 'whoop_export') as is_strap,
        -- What a strap, a treadmill and a memory know of a distance cannot be held against its pieces.
        case
            when
                longer.source not in ('whoop_api', 'whoop_export', 'manual')
                and not coalesce(longer.is_treadmill, false)
                then longer.distance_m
        end as distance_m
    from pairs
    inner join recordings as piece
        on pairs.athlete_id = piece.athlete_id and pairs.inside_id = piece.recording_id
    inner join recordings as longer
        on
            pairs.athlete_id = longer.athlete_id
            and longer.recording_id = case
                when pairs.inside_id = pairs.first_id then pairs.second_id else pairs.first_id
            end

),

-- It spans several where two of them hardly overlap.
spanning as (

    select
        one.athlete_id,
        one.recording_id,
        bool_or(one.piece_distance_m is not null and other.piece_distance_m is not null) as has_measured_pieces
    from pieces as one
    inner join pieces as other
        on
            one.athlete_id = other.athlete_id
            and one.recording_id = other.recording_id
            and one.piece_id < other.piece_id
    where
        epoch(least(one.ended_at, other.ended_at)) - epoch(greatest(one.started_at, other.started_at))
        < 0.3 * least(one.lasting_s, other.lasting_s)
    group by one.athlete_id, one.recording_id

),

-- A phone that was left running through the next run reaches over two pieces and parts nothing.
reaching_over as (

    select distinct
        over_both.athlete_id,
        over_both.recording_id,
        over_both.piece_id
    from pieces as over_both
    inner join pieces as one
        on
            over_both.athlete_id = one.athlete_id
            and over_both.recording_id = one.recording_id
            and over_both.piece_id <> one.piece_id
    inner join pieces as other
        on
            one.athlete_id = other.athlete_id
            and one.recording_id = other.recording_id
            and one.piece_id < other.piece_id
            and over_both.piece_id <> other.piece_id
    where
        epoch(least(one.ended_at, other.ended_at)) - epoch(greatest(one.started_at, other.started_at))
        < 0.3 * least(one.lasting_s, other.lasting_s)
        {% for piece in ['one', 'other'] %}
            and epoch(least({{ piece }}.ended_at, over_both.ended_at))
            - epoch(greatest({{ piece }}.started_at, over_both.started_at))
            >= 0.3 * least({{ piece }}.lasting_s, over_both.lasting_s)
        {% endfor %}

),

-- What spans several itself is no piece, unless it spans only what a strap that lost touch noticed of one run. The
-- first recording of each piece lets go of all before it; clocks that differ a little make no piece of their own.
begun as (

    select
        pieces.*,
        coalesce(
            epoch(pieces.started_at) + 0.3 * pieces.lasting_s
            >= max(epoch(pieces.ended_at)) over (
                partition by pieces.athlete_id, pieces.recording_id
                order by pieces.started_at, pieces.piece_id
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new_piece
    from pieces
    inner join spanning
        on pieces.athlete_id = spanning.athlete_id and pieces.recording_id = spanning.recording_id
    anti join spanning as also_spanning
        on
            pieces.athlete_id = also_spanning.athlete_id
            and pieces.piece_id = also_spanning.recording_id
            and also_spanning.has_measured_pieces
    anti join reaching_over
        on
            pieces.athlete_id = reaching_over.athlete_id
            and pieces.recording_id = reaching_over.recording_id
            and pieces.piece_id = reaching_over.piece_id

),

numbered as (

    select
        *,
        sum(cast(is_new_piece as integer)) over (
            partition by athlete_id, recording_id order by started_at, piece_id rows unbounded preceding
        ) as piece_number
    from begun

),

measured as (

    select
        athlete_id,
        recording_id,
        piece_number,
        any_value(distance_m) as distance_m,
        any_value(is_strap) as is_strap,
        min(piece_distance_m) as least_distance_m,
        max(piece_distance_m) as most_distance_m
    from numbered
    group by athlete_id, recording_id, piece_number

),

accounted as (

    select
        athlete_id,
        recording_id,
        any_value(distance_m) as distance_m,
        any_value(is_strap) as is_strap,
        -- Of a piece that two ways of measuring know, either may be the one that agrees with the whole.
        sum(least_distance_m) as least_distance_m,
        sum(most_distance_m) as most_distance_m,
        count(most_distance_m) as pieces_with_distance
    from measured
    group by athlete_id, recording_id
    having count(*) > 1

),

straps as (

    select
        *,
        lag(recording_id) over by_start as previous_id,
        lag(ended_at) over by_start as previous_ended_at
    from recordings
    where source in ('whoop_api', 'whoop_export')
    window by_start as (partition by athlete_id, source order by started_at, recording_id)

),

-- A strap that lost touch in the middle of a run begins anew while another device goes on; it may end late, so that
-- little of its second piece lies within the run. Where another device knows a run of its own there, that one is asked
-- first.
bridged as (

    select
        straps.athlete_id,
        whole.recording_id,
        straps.recording_id as piece_id,
        straps.previous_id
    from straps
    inner join pairs
        on
            straps.athlete_id = pairs.athlete_id
            and straps.previous_id in (pairs.first_id, pairs.second_id)
            and pairs.link_rule = 'overlap'
    inner join recordings as whole
        on
            pairs.athlete_id = whole.athlete_id
            and case
                when straps.previous_id = pairs.first_id then pairs.second_id else pairs.first_id
            end = whole.recording_id
            and whole.source not in ('whoop_api', 'whoop_export', 'manual')
    where
        straps.started_at between straps.previous_ended_at and straps.previous_ended_at + interval 5 minute
        and whole.ended_at > straps.started_at
        and whole.sport is not distinct from straps.sport

),

-- What holds all of one run and part of another, which a second device recorded apart, has no distance of its own to
-- tell.
lapping as (

    select distinct
        pieces.athlete_id,
        pieces.recording_id,
        pieces.piece_id
    from pieces
    inner join recordings as longer
        on pieces.athlete_id = longer.athlete_id and pieces.recording_id = longer.recording_id
    inner join recordings as piece
        on pieces.athlete_id = piece.athlete_id and pieces.piece_id = piece.recording_id
    inner join recordings as next_one
        on
            piece.athlete_id = next_one.athlete_id
            and piece.source = next_one.source
            and piece.device_name is not distinct from next_one.device_name
            and piece.sport is not distinct from next_one.sport
    where
        epoch(longer.ended_at) - epoch(longer.started_at) > pieces.lasting_s + 150
        and pieces.distance_m is not null
        and pieces.piece_distance_m is not null
        and next_one.distance_m is not null
        and (next_one.started_at >= piece.ended_at or next_one.ended_at <= piece.started_at)
        and next_one.started_at < longer.ended_at - interval 150 second
        and next_one.ended_at > longer.started_at + interval 150 second
        and pieces.piece_distance_m < 0.95 * pieces.distance_m

)

select
    numbered.athlete_id,
    numbered.recording_id,
    numbered.piece_id,
    -- Where they know less than half of it (one of three runs may not have been recorded) they are what another device
    -- caught of one run, and so is what a strap noticed of a run on a treadmill or from memory.
    (accounted.distance_m is null and (accounted.is_strap or accounted.pieces_with_distance > 0))
    or (
        accounted.pieces_with_distance > 1
        and accounted.most_distance_m >= 0.5 * accounted.distance_m
    ) as is_accounted,
    false as is_bridged
from numbered
inner join accounted
    on numbered.athlete_id = accounted.athlete_id and numbered.recording_id = accounted.recording_id
-- Pieces that are longer than the whole are something else.
where coalesce(accounted.least_distance_m <= 1.1 * accounted.distance_m, true)

union all

select
    bridged.athlete_id,
    bridged.recording_id,
    unnest([bridged.previous_id, bridged.piece_id]) as piece_id,
    false as is_accounted,
    true as is_bridged
from bridged
anti join numbered
    on bridged.athlete_id = numbered.athlete_id and bridged.recording_id = numbered.recording_id

union all

select
    lapping.athlete_id,
    lapping.recording_id,
    lapping.piece_id,
    true as is_accounted,
    false as is_bridged
from lapping
anti join numbered
    on lapping.athlete_id = numbered.athlete_id and lapping.recording_id = numbered.recording_id
anti join bridged
    on lapping.athlete_id = bridged.athlete_id and lapping.recording_id = bridged.recording_id
