{% set block_days = 500 %}
{% set means = ['fitness_ctl', 'fatigue_atl', 'acute_ewma', 'chronic_ewma'] %}

with activities as (

    select * from {{ ref('activities') }}

),

nights as (

    select * from {{ ref('int_recovery_days') }}

),

freshness as (

    select * from {{ ref('source_freshness') }}

),

runs_heard as (

    select * from {{ ref('int_athletes_heard') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'fitness_days', 'fatigue_days', 'seed_days', 'acute_days', 'chronic_days', 'recovery_expected_every_days',
        'activities_expected_every_days',
    ]) }}

),

-- Every day of which something was recorded.
recorded as (

    select
        athlete_id,
        local_date,
        false as is_night
    from activities
    union all
    select
        athlete_id,
        local_date,
        true as is_night
    from nights
    where has_recovery

),

heard as (

    select
        athlete_id,
        local_date,
        bool_or(is_night) as has_night
    from recorded
    group by athlete_id, local_date

),

spans as (

    select
        athlete_id,
        min(local_date) as first_date
    from heard
    group by athlete_id

),

heard_next as (

    select
        *,
        lead(local_date) over by_day as next_heard_date,
        lead(has_night) over by_day as has_next_night
    from heard
    window by_day as (partition by athlete_id order by local_date)

),

-- Somebody whose nights are recorded, and of whom for some days neither a night nor an activity is: a device left at
-- home, not rest. Without nights on both sides silence between two activities is rest, the more careful reading.
outages as (

    select
        heard_next.athlete_id,
        heard_next.local_date as last_heard_date,
        heard_next.next_heard_date
    from heard_next
    cross join constants
    where
        heard_next.has_night
        and heard_next.has_next_night
        and heard_next.next_heard_date - heard_next.local_date > constants.recovery_expected_every_days + 1

),

-- Until when silence means rest: as long as some source could have spoken, and of a runner no longer than the sources
-- that the runs come by. A strap that goes on telling of nights says nothing of a watch that waits for its export.
known as (

    select
        freshness.athlete_id,
        least(
            max(freshness.newest_local_date + freshness.expected_every_days),
            any_value(runs_heard.heard_until_date)
            + cast(any_value(constants.activities_expected_every_days) as integer)
        ) as known_until_date
    from freshness
    left join runs_heard on freshness.athlete_id = runs_heard.athlete_id
    cross join constants
    group by freshness.athlete_id

),

daily_loads as (

    select
        athlete_id,
        local_date,
        {{ exact_sum('training_load') }} as training_load,
        bool_and(training_load is not null) as is_complete
    from activities
    group by athlete_id, local_date

),

days as (

    select
        spans.athlete_id,
        spans.first_date + cast(unnest(range(clock.today_date - spans.first_date + 1)) as integer) as local_date
    from spans
    cross join clock

),

daily as (

    select
        days.athlete_id,
        days.local_date,
        daily_loads.training_load,
        daily_loads.is_complete,
        daily_loads.athlete_id is not null as has_activity,
        coalesce(
            daily_loads.athlete_id is not null
            or days_off.athlete_id is not null
            or (
                days.local_date <= known.known_until_date
                and not coalesce(days.local_date < outages.next_heard_date, false)
            ),
            false
        ) as is_heard
    from days
    left join known on days.athlete_id = known.athlete_id
    left join daily_loads
        on days.athlete_id = daily_loads.athlete_id and days.local_date = daily_loads.local_date
    left join days_off on days.athlete_id = days_off.athlete_id and days.local_date = days_off.local_date
    asof left join outages
        on days.athlete_id = outages.athlete_id and days.local_date > outages.last_heard_date

),

-- The means run over the days that are known: across an unknown day they stand still, so that an outage is no rest.
loads as (

    select
        athlete_id,
        local_date,
        is_heard,
        -- A day of activities of which none can be weighed is unknown and not a rest day.
        case when has_activity then training_load when is_heard then 0 end as training_load,
        coalesce(is_complete, is_heard) as load_is_known,
        row_number() over by_day - 1 as day_number,
        count(case when has_activity then training_load when is_heard then 0 end) over by_day - 1 as known_number
    from daily
    window by_day as (partition by athlete_id order by local_date rows unbounded preceding)

),

seeds as (

    select
        loads.athlete_id,
        coalesce(
            {{ exact_sum('loads.training_load', 'loads.day_number < constants.seed_days') }}
            / nullif(count(loads.training_load) filter (where loads.day_number < constants.seed_days), 0),
            0
        ) as first_weeks_load,
        coalesce(max(loads.training_load) filter (where loads.known_number = 0), 0) as first_day_load
    from loads
    cross join constants
    group by loads.athlete_id

),

decays as (

    select
        -- What is left of yesterday's value: 1 - alpha.
        exp(-1 / fitness_days) as fitness_ctl,
        exp(-1 / fatigue_days) as fatigue_atl,
        1 - 2 / (acute_days + 1) as acute_ewma,
        1 - 2 / (chronic_days + 1) as chronic_ewma
    from constants

),

-- An exponential mean is a weighted sum with weights that grow by 1/(1 - alpha) a day. Blocks of days keep them from
-- overflowing: 0.75 to the power of -500 is 10 to the power of 62.
weighted as (

    select
        {% for mean in means %}
            sum(
                coalesce(loads.training_load, 0)
                * power(decays.{{ mean }}, -(loads.known_number % {{ block_days }}))
            ) over up_to_here as {{ mean }}_sum,
        {% endfor %}
        loads.*,
        loads.known_number // {{ block_days }} as block,
        loads.known_number % {{ block_days }} as block_day
    from loads
    cross join decays
    window up_to_here as (
        partition by loads.athlete_id, loads.known_number // {{ block_days }}
        order by loads.day_number rows unbounded preceding
    )

),

block_ends as (

    select
        {% for mean in means %}
            max_by({{ mean }}_sum, day_number) as {{ mean }}_sum,
        {% endfor %}
        athlete_id,
        block
    from weighted
    group by athlete_id, block

),

carried as (

    select
        {% for mean in means %}
            {{ exact_sum(
                'earlier.' ~ mean ~ '_sum * power(decays.' ~ mean
                ~ ', ' ~ block_days ~ ' * (later.block - earlier.block))'
            ) }} as {{ mean }}_sum,
        {% endfor %}
        later.athlete_id,
        later.block
    from block_ends as later
    inner join block_ends as earlier on later.athlete_id = earlier.athlete_id and later.block > earlier.block
    cross join decays
    group by later.athlete_id, later.block

),

smoothed as (

    select
        {% for mean in means %}
            (1 - decays.{{ mean }})
            * power(decays.{{ mean }}, weighted.block_day)
            * (weighted.{{ mean }}_sum + coalesce(carried.{{ mean }}_sum, 0))
            + power(decays.{{ mean }}, weighted.known_number + 1)
            * {{ 'seeds.first_weeks_load' if mean in ['fitness_ctl', 'fatigue_atl'] else 'seeds.first_day_load' }}
                as {{ mean }},
        {% endfor %}
        weighted.athlete_id,
        weighted.local_date,
        weighted.day_number,
        weighted.training_load,
        weighted.load_is_known,
        weighted.is_heard
    from weighted
    inner join seeds on weighted.athlete_id = seeds.athlete_id
    left join carried on weighted.athlete_id = carried.athlete_id and weighted.block = carried.block
    cross join decays

)

select
    athlete_id,
    local_date,
    day_number,
    training_load,
    {% for mean in means %}
        case when training_load is not null then {{ mean }} end as {{ mean }},
    {% endfor %}
    load_is_known,
    is_heard
from smoothed
