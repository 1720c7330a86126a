{% set night_facts = ['recovery_score_pct', 'hrv_ms', 'resting_heart_rate_bpm', 'sleep_s'] %}
{% set facts = [
    'recovery_score_pct', 'hrv_ms', 'resting_heart_rate_bpm', 'respiratory_rate_bpm', 'sleep_s', 'light_sleep_s',
    'deep_sleep_s', 'rem_sleep_s', 'awake_s', 'sleep_need_s', 'sleep_performance_pct', 'stress_avg', 'body_battery_max',
    'body_battery_min',
] %}
{# Every list of nights: who made the device, its order within the family, where it stands, and how it tells the day. #}
{% set lists = [
    ('whoop', 1, 'whoop_api_nights', 'wake'),
    ('whoop', 2, 'stg_whoop_export__cycles', 'wake'),
    ('whoop', 3, 'whoop_export_sleeps', 'wake'),
    ('garmin', 1, 'stg_garmin_api__sleeps', 'date'),
    ('garmin', 2, 'stg_garmin_api__hrv', 'date'),
    ('garmin', 3, 'stg_garmin_api__days', 'date'),
    ('garmin', 4, 'stg_garmin_api__stress', 'date'),
    ('garmin', 5, 'stg_garmin_export__sleeps', 'date'),
    ('garmin', 6, 'stg_garmin_export__health', 'date'),
    ('garmin', 7, 'stg_garmin_export__days', 'date'),
    ('garmin', 8, 'stg_garmindb__sleeps', 'date'),
    ('garmin', 9, 'stg_garmindb__hrv', 'date'),
    ('garmin', 10, 'stg_garmindb__days', 'date'),
    ('table', 1, 'table_nights', 'wake'),
] %}

with whoop_api_nights as (

    select
        sleeps.* exclude (first_landed_at, last_landed_at, is_nap, score_state, cycle_id, sleep_id),
        recoveries.recovery_score_pct,
        recoveries.resting_heart_rate_bpm,
        recoveries.hrv_ms,
        greatest(sleeps.last_landed_at, recoveries.last_landed_at) as last_landed_at
    from {{ ref('stg_whoop_api__sleeps') }} as sleeps
    left join {{ ref('stg_whoop_api__recoveries') }} as recoveries
        on sleeps.athlete_id = recoveries.athlete_id and sleeps.sleep_id = recoveries.sleep_id
    where not sleeps.is_nap

),

whoop_export_sleeps as (

    select * exclude (first_landed_at, is_nap)
    from {{ ref('stg_whoop_export__sleeps') }}
    where not is_nap

),

table_nights as (

    select * exclude (first_landed_at, is_nap)
    from {{ ref('stg_tabular__nights') }}
    where not is_nap

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

listed as (

    {% for maker, source_rank, list_name, told_by in lists %}
        select
            *,
            {% if told_by == 'wake' %}
                -- A night belongs to the day on which the athlete woke, on the wall clock of where that was.
                cast({{ local_time('wake_at', 'coalesce(utc_offset_s, 0)') }} as date) as local_date,
            {% endif %}
            '{{ maker }}' as family,
            {{ source_rank }} as source_rank
        from {{ ref(list_name) if list_name.startswith('stg_') else list_name }}
        {% if not loop.last %}
            union all by name
        {% endif %}
    {% endfor %}

),

-- What no body does is unknown rather than a reason to stop the morning.
believable as materialized (

    select
        listed.athlete_id,
        listed.family,
        listed.local_date,
        listed.source,
        listed.source_rank,
        listed.wake_at,
        listed.last_landed_at,
        case when listed.recovery_score_pct between 0 and 100 then listed.recovery_score_pct end as recovery_score_pct,
        case when listed.hrv_ms between 1 and 400 then listed.hrv_ms end as hrv_ms,
        case when listed.resting_heart_rate_bpm between 25 and 130 then listed.resting_heart_rate_bpm end
            as resting_heart_rate_bpm,
        case when listed.sleep_s between 1 and 86400 then listed.sleep_s end as sleep_s,
        {% for level in ['stress_avg', 'body_battery_max', 'body_battery_min'] %}
            case when listed.{{ level }} between 0 and 100 then listed.{{ level }} end as {{ level }},
        {% endfor %}
        listed.respiratory_rate_bpm,
        listed.light_sleep_s,
        listed.deep_sleep_s,
        listed.rem_sleep_s,
        listed.awake_s,
        listed.sleep_need_s,
        listed.sleep_performance_pct
    from listed
    cross join clock
    where
        listed.local_date between date '2000-01-01' and clock.today_date + 1
        and (
            listed.wake_at is null
            or listed.wake_at between timestamptz '2000-01-01 00:00:00+00' and clock.as_of_at + interval 1 day
        )

),

-- Most nights are told once, and nothing of those is compared.
told_again as (

    select
        athlete_id,
        family,
        local_date
    from believable
    group by athlete_id, family, local_date
    having count(*) > 1

),

-- Two nights of one list can end on one date; the one with a score is the night, and of two the longer sleep.
nights_of_lists as (

    select believable.*
    from believable
    semi join told_again
        on
            believable.athlete_id = told_again.athlete_id
            and believable.family = told_again.family
            and believable.local_date = told_again.local_date
    qualify
        row_number() over (
            partition by believable.athlete_id, believable.family, believable.local_date, believable.source_rank
            order by
                believable.recovery_score_pct is not null desc,
                believable.sleep_s desc nulls last,
                believable.wake_at asc
        ) = 1

),

-- Several lists of one family tell of the same night: the one with a score is believed first, then each in its order.
ordered as (

    select
        *,
        row_number() over (
            partition by athlete_id, family, local_date order by recovery_score_pct is not null desc, source_rank asc
        ) as place,
        first_value(wake_at) over (
            partition by athlete_id, family, local_date order by recovery_score_pct is not null desc, source_rank asc
        ) as first_wake_at
    from nights_of_lists

),

-- A strap's list may tell of another night that ended on the same date; its figures are not this one's.
same_night as (

    select * from ordered
    where family <> 'whoop' or coalesce(abs(epoch(wake_at) - epoch(first_wake_at)) <= 2, true)

)

select
    {% for fact in facts %}
        believable.{{ fact }},
    {% endfor %}
    believable.athlete_id,
    believable.family,
    believable.local_date,
    believable.source,
    believable.wake_at,
    [struct_pack(source := believable.source, landed_at := believable.last_landed_at)] as arrivals
from believable
anti join told_again
    on
        believable.athlete_id = told_again.athlete_id
        and believable.family = told_again.family
        and believable.local_date = told_again.local_date
-- A day of which only the waking hours are known has no night.
where coalesce({{ night_facts | join(', ') }}) is not null

union all by name

select
    {% for fact in facts %}
        arg_min({{ fact }}, place) filter (where {{ fact }} is not null) as {{ fact }},
    {% endfor %}
    athlete_id,
    family,
    local_date,
    arg_min(source, place) filter (
        where coalesce({{ night_facts | join(', ') }}) is not null
    ) as source,
    arg_min(wake_at, place) filter (where wake_at is not null) as wake_at,
    list_sort(list(struct_pack(source := source, landed_at := last_landed_at))) as arrivals
from same_night
group by athlete_id, family, local_date
having max(coalesce({{ night_facts | join(', ') }})) is not null
