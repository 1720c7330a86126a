-- Which recordings were made by a clock that missed the change of the hour. One of them is told by its like on another
-- device an hour away; what nobody else recorded is told by its device's recordings before and after it.
with constants as (

    {{ constants_row(['clock_evidence_days', 'clock_alone_days']) }}

),

homes as (

    select * from {{ ref('stg_coach__athletes') }}

),

recordings as (

    select
        gathered.athlete_id,
        gathered.recording_id,
        concat_ws(' ', gathered.source, gathered.device_name) as device,
        gathered.sport,
        gathered.distance_m,
        epoch(gathered.started_at) as started_s,
        epoch(gathered.ended_at) - epoch(gathered.started_at) as lasting_s,
        coalesce(gathered.is_treadmill, false) as is_treadmill,
        {{ zone_offset_s("coalesce(homes.time_zone, 'UTC')", 'gathered.started_at') }} as home_offset_s,
        count(*) over (partition by gathered.athlete_id, gathered.source, gathered.device_name) as device_count
    from {{ ref('int_recordings_gathered') }} as gathered
    left join homes on gathered.athlete_id = homes.athlete_id
    -- A strap notices a run about when it begins, and who types one remembers about when.
    where gathered.source not in ('whoop_api', 'whoop_export', 'manual') and not gathered.is_start_vague

),

-- Equally long and far on another device: at the same time, or an hour apart.
alike as (

    select
        one.athlete_id,
        one.recording_id,
        other.recording_id as other_id,
        case
            when abs(other.started_s - one.started_s) <= 120 then 0
            else 3600 * sign(other.started_s - one.started_s)
        end as shift_s,
        (one.device_count, one.device) < (other.device_count, other.device) as is_rarer
    from recordings as one
    inner join recordings as other
        on
            one.athlete_id = other.athlete_id
            and one.sport is not distinct from other.sport
            and one.started_s >= other.started_s - 3720
            and one.started_s <= other.started_s + 3720
            and one.device <> other.device
    where
        one.lasting_s > 0
        and other.lasting_s > 0
        and abs(one.lasting_s - other.lasting_s) <= 0.03 * greatest(one.lasting_s, other.lasting_s)
        and (
            abs(other.started_s - one.started_s) <= 120
            or (
                abs(other.started_s - one.started_s) >= 3480
                and not one.is_treadmill
                and not other.is_treadmill
                and abs(one.distance_m - other.distance_m) <= 0.05 * greatest(one.distance_m, other.distance_m)
            )
        )

),

confirmed as (

    select distinct
        athlete_id,
        recording_id
    from alike
    where shift_s = 0

),

-- Of two that are an hour apart the one is right that a third confirms, else the one of the device that is worn more.
votes as (

    select
        alike.athlete_id,
        alike.recording_id,
        case
            when bool_or(alike.shift_s = 0) then 0
            when
                min(alike.shift_s) = max(alike.shift_s)
                and bool_or(confirmed.recording_id is not null or alike.is_rarer)
                then min(alike.shift_s)
        end as shift_s
    from alike
    left join confirmed
        on alike.athlete_id = confirmed.athlete_id and alike.other_id = confirmed.recording_id
    group by alike.athlete_id, alike.recording_id

),

voted as (

    select
        recordings.athlete_id,
        recordings.recording_id,
        recordings.device,
        recordings.started_s,
        recordings.home_offset_s,
        votes.shift_s as own_shift_s,
        case
            when votes.shift_s is not null
                then
                    struct_pack(
                        shift_s := votes.shift_s,
                        at_s := recordings.started_s,
                        home_offset_s := recordings.home_offset_s
                    )
        end as vote
    from recordings
    left join votes on recordings.athlete_id = votes.athlete_id and recordings.recording_id = votes.recording_id

),

told as (

    select
        *,
        last_value(vote ignore nulls) over earlier as vote_before,
        first_value(vote ignore nulls) over later as vote_after
    from voted
    window
        earlier as (
            partition by athlete_id, device order by started_s, recording_id
            rows between unbounded preceding and 1 preceding
        ),
        later as (
            partition by athlete_id, device order by started_s, recording_id
            rows between 1 following and unbounded following
        )

),

-- What was told long before or after, or under another time of the year, tells nothing of this day's clock.
near_by as (

    select
        told.athlete_id,
        told.recording_id,
        told.own_shift_s,
        {% for side in ['before', 'after'] %}
            case
                when
                    abs(told.started_s - told.vote_{{ side }}.at_s) <= 86400 * constants.clock_evidence_days
                    and told.vote_{{ side }}.home_offset_s = told.home_offset_s
                    then told.vote_{{ side }}.shift_s
            end as {{ side }}_shift_s,
        {% endfor %}
        abs(told.started_s - told.vote_before.at_s) <= 86400 * constants.clock_alone_days as is_just_after
    from told
    cross join constants

),

decided as (

    select
        athlete_id,
        recording_id,
        case
            when own_shift_s is not null
                then
                    case
                        when own_shift_s = before_shift_s or own_shift_s = after_shift_s then own_shift_s
                    end
            when before_shift_s = after_shift_s then before_shift_s
            when before_shift_s is null then after_shift_s
            when after_shift_s is null and is_just_after then before_shift_s
        end as shift_s
    from near_by

)

select
    athlete_id,
    recording_id,
    cast(shift_s as bigint) as shift_s
from decided
where shift_s <> 0
