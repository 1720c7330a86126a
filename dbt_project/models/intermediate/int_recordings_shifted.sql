-- A clock that missed the change of the hour and another device that was stopped in between: with the hour put right,
-- that device's pieces begin, end and add up as the whole does.
with recordings as (

    select * from {{ ref('int_recordings_unioned') }}

),

pairs as (

    select * from {{ ref('int_recordings_paired') }}

),

covers as (

    select distinct
        athlete_id,
        recording_id
    from {{ ref('int_recordings_covered') }}
    where is_accounted

),

-- Where another recording of one run is as long and an hour away, that is the one.
found as (

    select
        pairs.athlete_id,
        unnest([pairs.first_id, pairs.second_id]) as recording_id
    from pairs
    anti join covers as one on pairs.athlete_id = one.athlete_id and pairs.first_id = one.recording_id
    anti join covers as other on pairs.athlete_id = other.athlete_id and pairs.second_id = other.recording_id
    where pairs.link_rule = 'clock_change'

),

pieces as (

    select
        pairs.athlete_id,
        longer.recording_id,
        piece.recording_id as piece_id,
        piece.source,
        piece.device_name,
        epoch(piece.started_at) as began_s,
        epoch(piece.ended_at) as ended_s,
        piece.distance_m as piece_distance_m,
        epoch(longer.started_at) as whole_began_s,
        epoch(longer.ended_at) as whole_ended_s,
        longer.distance_m
    from pairs
    inner join recordings as piece
        on pairs.athlete_id = piece.athlete_id and pairs.inside_hour_off_id = piece.recording_id
    inner join recordings as longer
        on
            pairs.athlete_id = longer.athlete_id
            and longer.recording_id = case
                when pairs.inside_hour_off_id = pairs.first_id then pairs.second_id else pairs.first_id
            end
    anti join found on longer.athlete_id = found.athlete_id and longer.recording_id = found.recording_id

),

wholes as (

    select
        athlete_id,
        recording_id,
        source,
        device_name
    from pieces
    group by athlete_id, recording_id, source, device_name
    having
        count(*) > 1
        and abs(abs(min(began_s) - any_value(whole_began_s)) - 3600) <= 120
        and abs((max(ended_s) - any_value(whole_ended_s)) - (min(began_s) - any_value(whole_began_s))) <= 120
        and sum(ended_s - began_s) <= 1.02 * any_value(whole_ended_s - whole_began_s)
        and sum(piece_distance_m) between 0.95 * any_value(distance_m) and 1.05 * any_value(distance_m)

)

select
    pieces.athlete_id,
    pieces.recording_id,
    pieces.piece_id
from pieces
inner join wholes
    on
        pieces.athlete_id = wholes.athlete_id
        and pieces.recording_id = wholes.recording_id
        and pieces.source = wholes.source
        and pieces.device_name is not distinct from wholes.device_name
