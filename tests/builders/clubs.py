"""A club of any size with years of summaries, nights and plans, written by SQL into a ledger as connectors land them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb

from connectors.strava.words import words
from connectors.whoop.columns import columns
from flows.home import Home
from flows.ledger import migrate
from tests.builders.takeouts_garmin import activity, night

_LANDED_AT = "timestamptz '2026-05-31 05:00:00+00'"


def write_club(root: Path, *, athletes: int, today: date, years: int = 3) -> Home:
    """A home whose ledger holds `athletes` who each run, ride or swim some 170 times a year.

    Odd ones export from Strava, even ones from Garmin, and of these every fifth has the last year at Strava too. Half of
    them have nights, from a strap or a watch, and every tenth follows a plan of sixteen weeks. Every fiftieth summary has
    changed since it first landed. The same arguments give the same ledger.
    """
    home = Home(root)
    home.prepare()
    migrate(home.ledger)
    with duckdb.connect(str(home.ledger)) as con:
        con.execute("set TimeZone = 'UTC'; set threads = 2; set memory_limit = '6GB'")
        con.execute(_MEMBERS, {"athletes": athletes})
        con.execute(_DAYS, {"today": today, "days": round(365.25 * years)})
        for statement in (_SESSIONS, _NIGHTS):
            con.execute(statement)
        for source, entity, key, payload, rows in _landings():
            con.execute(_LAND.format(source=source, entity=entity, key=key, payload=payload, rows=rows))
        for statement in (_ATHLETES, _REVISIONS, _STATES, _WORKOUTS):
            con.execute(
                statement, {"made_at": datetime.combine(today, time(5), tzinfo=UTC)} if "$" in statement else None
            )
    return home


# Whoever they are follows from their number: how fast, how high their heart beats, and what they wear.
_MEMBERS = """
create temp table members as
select
    number,
    printf('runner-%05d', number) as athlete_id,
    2.4 + 0.0013 * (number * 7919 % 1000) as speed_m_per_s,
    170 + number * 31 % 30 as max_heart_rate_bpm,
    number % 2 = 1 as is_strava,
    number % 10 = 4 as is_both,
    number % 4 = 1 or number % 20 = 8 as has_strap,
    number % 4 = 0 as has_watch_nights,
    number % 10 = 7 as has_plan
from range(1, $athletes + 1) as numbers(number)
"""

# `chance` is a number below a million that looks random and is always the same.
_DAYS = """
create temp macro chance(number, day, salt) as hash(number, day, salt) % 1000000;
create temp table days as
select
    cast(generate_series as date) as day,
    cast($today as date) - cast(generate_series as date) as days_ago,
    dayofweek(generate_series) = 0 as is_sunday
from generate_series(cast($today as timestamp) - to_days(cast($days as integer)), cast($today as timestamp), interval 1 day)
"""

_SESSIONS = """
create temp view sessions as
with drawn as (
    select
        members.*,
        days.*,
        chance(number, day, 1) as how,
        0.8 + 0.4e-6 * chance(number, day, 2) as size,
        cast(day as timestamp) + to_seconds(cast(15000 + chance(number, day, 3) // 25 as bigint)) as started_at
    from members
    cross join days
    where chance(number, day, 0) < 466000
),
kinds as (
    select
        *,
        case when how < 850000 then 'run' when how < 950000 then 'ride' else 'swim' end as sport,
        case
            when how < 10000 then 'race'
            when how < 90000 then 'tempo'
            when is_sunday and how < 850000 then 'long'
            else 'easy'
        end as kind
    from drawn
),
measured as (
    select
        *,
        case kind
            when 'race' then [5020.0, 10040.0, 21150.0][1 + number % 3]
            when 'long' then round(16000 * size, 1)
            else round(8000 * size, 1)
        end as distance_m,
        speed_m_per_s
        * case kind when 'race' then 1.25 when 'tempo' then 1.12 else 0.95 + 0.1 * size end
        * case sport when 'ride' then 2.5 when 'swim' then 0.35 else 1 end as pace,
        round(max_heart_rate_bpm * case kind when 'race' then 0.92 when 'tempo' then 0.86 else 0.74 end * (0.97 + 0.03 * size))
            as heart_rate_bpm
    from kinds
)
select
    *,
    round(distance_m / pace) as moving_s,
    cast(epoch_ms(started_at) as bigint) as at_ms,
    1000000000 + number * 100000 + days_ago * 10 as vendor_id
from measured
"""

_NIGHTS = """
create temp view nights as
select
    members.*,
    days.*,
    cast(day as timestamp) + to_seconds(cast(79200 + chance(number, day, 4) // 200 as bigint)) - interval 1 day as asleep_at,
    cast(day as timestamp) + to_seconds(cast(18000 + chance(number, day, 5) // 200 as bigint)) as wake_at,
    40 + number % 50 + chance(number, day, 6) // 50000 as hrv_ms,
    44 + number % 15 + chance(number, day, 7) // 200000 as resting_bpm,
    360 + chance(number, day, 8) // 10000 as asleep_min
from members
cross join days
where chance(number, day, 9) < 930000
"""

# Every fiftieth thing landed twice.
_LAND = (
    """
insert into raw.payloads
select
    athlete_id,
    '{source}',
    '{entity}',
    {key},
    version,
    {payload},
    printf('%064x', hash({key}, version)),
    false,
    """
    + _LANDED_AT
    + """ - to_days(3 - version)
from (select *, unnest(case when chance(number, day, 10) < 20000 then [1, 2] else [1] end) as version from {rows})
"""
)


def _landings() -> list[tuple[str, str, str, str, str]]:
    """Source, entity, key and payload as SQL, and whose rows: the shapes are those of the vendors' own exports."""
    strava = dict.fromkeys(words().positions) | {"Commute": "false", "Flagged": "0.0", "From Upload": "1.0"}
    strava_cells = {
        "Activity ID": "vendor_id",
        "Activity Date": "strftime(started_at, '%b %d, %Y, %I:%M:%S %p')",
        "Activity Name": "kind || ' ' || sport",
        "Activity Type": "sport",
        "Distance": "distance_m / 1000",
        "Distance (2)": "distance_m",
        "Moving Time": "moving_s",
        "Elapsed Time": "moving_s + 60",
        "Elapsed Time (2)": "moving_s + 60",
        "Elevation Gain": "round(distance_m / 150)",
        "Average Heart Rate": "heart_rate_bpm",
        "Max Heart Rate": "heart_rate_bpm + 12",
        "Max Heart Rate (2)": "heart_rate_bpm + 12",
        "Average Cadence": "82 + number % 8",
        "Calories": "round(distance_m / 14)",
        "Competition": "case when kind = 'race' then '1.0' else '0.0' end",
        "_sport": "sport",
        "_started_at": "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ')",
    }
    garmin = activity(0, datetime(2024, 5, 1, tzinfo=UTC)) | {"_started_at": None}
    garmin_cells = {
        "activityId": "vendor_id",
        "name": "'\"' || kind || ' ' || sport || '\"'",
        "activityType": "case sport when 'run' then '\"running\"' when 'ride' then '\"cycling\"' else '\"lap_swimming\"' end",
        "sportType": "'\"' || upper(sport) || '\"'",
        "eventTypeId": "case when kind = 'race' then 1 else 9 end",
        "beginTimestamp": "at_ms",
        "startTimeGmt": "at_ms",
        "startTimeLocal": "at_ms + 7200000",
        "distance": "100 * distance_m",
        "duration": "1000 * moving_s",
        "movingDuration": "1000 * moving_s",
        "elapsedDuration": "1000 * (moving_s + 60)",
        "elevationGain": "round(distance_m / 1.5)",
        "avgHr": "heart_rate_bpm",
        "maxHr": "heart_rate_bpm + 12",
        "_started_at": "strftime(started_at, '\"%Y-%m-%dT%H:%M:%SZ\"')",
    }
    cycle = dict.fromkeys(
        [*columns()["cycle"], "_started_at", "_ended_at", "_sleep_onset_at", "_wake_at", "_utc_offset_s"]
    )
    cycle_cells = {
        "Recovery score %": "30 + hrv_ms % 60",
        "Heart rate variability (ms)": "hrv_ms",
        "Resting heart rate (bpm)": "resting_bpm",
        "Respiratory rate (rpm)": "14.2",
        "Asleep duration (min)": "asleep_min",
        "Light sleep duration (min)": "asleep_min - 180",
        "Sleep need (min)": "475",
        "Sleep performance %": "asleep_min // 5",
        "Day Strain": "13.4",
        "Energy burned (cal)": "2400",
        "_started_at": _instant("asleep_at"),
        "_ended_at": _instant("asleep_at + interval 1 day"),
        "_sleep_onset_at": _instant("asleep_at"),
        "_wake_at": _instant("wake_at"),
        "_utc_offset_s": "7200",
    }
    sleep = night(date(2024, 5, 1)) | {"averageRespiration": 14.0}
    sleep_cells = {
        "calendarDate": "strftime(day, '\"%Y-%m-%d\"')",
        "sleepStartTimestampGMT": "strftime(asleep_at, '\"%Y-%m-%dT%H:%M:%S.0\"')",
        "sleepEndTimestampGMT": "strftime(wake_at, '\"%Y-%m-%dT%H:%M:%S.0\"')",
        "lightSleepSeconds": "60 * (asleep_min - 180)",
    }
    strava_key, day_key = "cast(vendor_id as text)", "cast(day as text)"
    return [
        (
            "strava_archive",
            "activity",
            strava_key,
            _json(strava, strava_cells, is_text=True),
            "sessions where is_strava or (is_both and days_ago < 365)",
        ),
        ("garmin_export", "activity", strava_key, _json(garmin, garmin_cells), "sessions where not is_strava"),
        (
            "whoop_export",
            "cycle",
            _instant("asleep_at"),
            _json(cycle, cycle_cells, is_text=True),
            "nights where has_strap",
        ),
        ("garmin_export", "sleep", day_key, _json(sleep, sleep_cells), "nights where has_watch_nights"),
    ]


def _instant(at: str) -> str:
    return f"strftime({at}, '%Y-%m-%dT%H:%M:%SZ')"


def _json(shape: Mapping[str, object], cells: Mapping[str, str], *, is_text: bool = False) -> str:
    """SQL that writes one JSON object of this shape; what `cells` name is computed, as text where a CSV file is the source."""
    pieces, constant = [], "{"
    for name in sorted(shape.keys() | cells.keys()):
        constant += f"{json.dumps(name)}:"
        if name in cells:
            quote = '"' if is_text else ""
            pieces += [_quoted(constant + quote), f"({cells[name]})"]
            constant = quote + ","
        else:
            constant += json.dumps(shape[name]) + ","
    return f"concat({', '.join([*pieces, _quoted(constant.removesuffix(',') + '}')])})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_ATHLETES = (
    """
insert into coach.athletes
select
    athlete_id,
    """
    + _LANDED_AT
    + """,
    json_object(
        'athlete_id', athlete_id, 'time_zone', 'Europe/Berlin', 'birth_year', 1960 + number % 45,
        'sex', case number % 3 when 0 then 'f' when 1 then 'm' end
    )
from members
"""
)

# A plan is made twelve weeks ago and revised every Monday since.
_REVISIONS = """
insert into coach.plan_revisions
select athlete_id, 'plan-1', 13 - weeks_ago, made_at, cast(made_at as date), 'planner', '', '{}', '[]'
from (
    select *, cast($made_at as timestamptz) - to_weeks(cast(weeks_ago as integer)) as made_at
    from members cross join range(0, 13) as weeks(weeks_ago)
    where has_plan
)
"""
_STATES = """
insert into coach.plan_states
select athlete_id, plan_id, 'active', made_at from coach.plan_revisions where revision = 1
"""
_WORKOUTS = """
insert into coach.planned_workouts
select
    revisions.athlete_id,
    revisions.plan_id,
    revisions.revision,
    'w' || workout,
    first.effective_date + cast(workout as integer),
    ['rest', 'easy', 'tempo', 'rest', 'easy', 'long', 'easy'][1 + workout % 7],
    'As planned',
    case workout % 7 when 5 then 16000 else 8000 end,
    case workout % 7 when 5 then 5400 else 2700 end,
    workout % 7 = 2,
    'base',
    1 + workout // 7,
    revisions.made_at
from coach.plan_revisions as revisions
inner join coach.plan_revisions as first on revisions.athlete_id = first.athlete_id and first.revision = 1
cross join range(112) as workouts(workout)
"""
