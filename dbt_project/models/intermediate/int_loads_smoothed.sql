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

clock as (

    select * from {{ ref('stg_ledger__clock') }}

),

constants as (

    {{ constants_row([
        'fitness_days', 'fatigue_days', 'seed_days', 'acute_days', 'chronic_days',
    ]) }}

),

dates as (

    select
        athlete_id,
        local_date
    from activities
    union
    select
        athlete_id,
        local_date
    from nights

),

spans as (

    select
        athlete_id,
        min(local_date) as first_date
    from dates
    group by athlete_id

),

-- Until when silence means rest: as long as some source could have spoken.
known as (

    select
        athlete_id,
        max(newest_local_date + expected_every_days) as known_until_date
    from freshness
    group by athlete_id

),

daily_loads as (

    select
        athlete_id,
        local_date,
        sum(training_load) as training_load,
        bool_and(training_load is not null) as is_complete
    from activities
    group by athlete_id, local_date

),

days as (

    select
        spans.athlete_id,
        cast(unnest(generate_series(spans.first_date, clock.today_date, interval 1 day)) as date) as local_date
    from spans
    cross join clock

),

loads as (

    select
        days.athlete_id,
        days.local_date,
        coalesce(
            daily_loads.training_load, case when days.local_date <= known.known_until_date then 0 end
        ) as training_load,
        coalesce(daily_loads.is_complete, days.local_date <= known.known_until_date, false) as load_is_known,
        row_number() over (partition by days.athlete_id order by days.local_date) - 1 as day_number
    from days
    left join known on days.athlete_id = known.athlete_id
    left join daily_loads
        on days.athlete_id = daily_loads.athlete_id and days.local_date = daily_loads.local_date

),

seeds as (

    select
        loads.athlete_id,
        coalesce(avg(loads.training_load) filter (where loads.day_number < constants.seed_days), 0) as first_weeks_load,
        coalesce(max(loads.training_load) filter (where loads.day_number = 0), 0) as first_day_load
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
-- overflowing.
weighted as (

    select
        {% for mean in means %}
            sum(
                coalesce(loads.training_load, 0) * power(decays.{{ mean }}, -(loads.day_number % {{ block_days }}))
            ) over (
                partition by loads.athlete_id, loads.day_number // {{ block_days }}
                order by loads.day_number rows unbounded preceding
            ) as {{ mean }}_sum,
        {% endfor %}
        loads.*,
        loads.day_number // {{ block_days }} as block,
        loads.day_number % {{ block_days }} as block_day
    from loads
    cross join decays

),

block_ends as (

    select
        {% for mean in means %}
            max_by({{ mean }}_sum, block_day) as {{ mean }}_sum,
        {% endfor %}
        athlete_id,
        block
    from weighted
    group by athlete_id, block

),

carried as (

    select
        {% for mean in means %}
            sum(earlier.{{ mean }}_sum * power(decays.{{ mean }}, {{ block_days }} * (later.block - earlier.block)))
                as {{ mean }}_sum,
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
            + power(decays.{{ mean }}, weighted.day_number + 1)
            * {{ 'seeds.first_weeks_load' if mean in ['fitness_ctl', 'fatigue_atl'] else 'seeds.first_day_load' }}
                as {{ mean }},
        {% endfor %}
        weighted.athlete_id,
        weighted.local_date,
        weighted.day_number,
        weighted.training_load,
        weighted.load_is_known
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
    load_is_known
from smoothed
