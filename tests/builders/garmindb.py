"""GarminDB's databases as it leaves them on a runner's disk: its tables, its units, and the layouts of three generations.

A history is given once, in metres and seconds; the databases hold it as kilometres or as miles, whichever the setting
says, with durations as clock times that start again after 24 hours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from tests.builders.garmindb_tables import CAME_LATER, TABLES, create_sql

MeasurementSystem = Literal["metric", "statute"]
# "4.0": sleep and HRV in databases of their own. "3": sleep within garmin.db, no HRV. "2": the same with the columns
# that came later missing.
Layout = Literal["4.0", "3", "2"]

_FEET_PER_M = 3.2808399
_MILES_PER_KM = _FEET_PER_M * 1000 / 5280


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity. `started_at` is the naive local time that the database holds; what is None is not known."""

    activity_id: str = "9001"
    started_at: datetime = datetime(2024, 5, 1, 7, 0)  # noqa: DTZ001  # local without a zone, as the database has it
    name: str | None = "Morning run"
    sport: str | None = "running"
    sub_sport: str | None = "generic"
    type: str | None = "uncategorized"
    distance_m: float | None = 10_000.0
    moving_s: float | None = 3_000.0
    elapsed_s: float | None = 3_060.0
    ascent_m: float | None = 120.0
    heart_rate_avg_bpm: int | None = 148
    heart_rate_max_bpm: int | None = 171
    cadence_spm: int | None = 172
    power_avg_w: int | None = None
    energy_kcal: int | None = 640
    temperature_avg_c: float | None = 14.0
    training_load: float | None = 120.0
    vo2_max: float | None = 51.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night by its local day of waking; `onset_at` and `wake_at` are naive local times."""

    day: date
    onset_at: datetime | None
    wake_at: datetime | None
    deep_s: int = 5_400
    light_s: int = 14_400
    rem_s: int = 6_000
    awake_s: int = 1_200
    score: int | None = 78
    stress_avg: float | None = 18.0
    respiratory_rate_bpm: float | None = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HrvNight:
    """The summary of one night's heart-rate variability."""

    day: date
    last_night_average_ms: float | None = 62.0
    weekly_average_ms: float | None = 60.0
    status: str | None = "balanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The summary of one day. Garmin writes stress as -1 or -2 when it could not be measured."""

    day: date
    resting_heart_rate_bpm: int | None = 48
    stress_avg: int | None = 27
    body_battery_max: int | None = 88
    body_battery_min: int | None = 22
    steps: int | None = 9_500
    distance_m: float | None = 7_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that the databases hold."""

    activities: Sequence[Activity] = ()
    nights: Sequence[Night] = ()
    hrv: Sequence[HrvNight] = ()
    days: Sequence[Day] = ()


def night(day: date, **facts: Any) -> Night:
    """An ordinary night from 23:00 to 06:30 that ends on this day."""
    wake_at = datetime(day.year, day.month, day.day, 6, 30)  # noqa: DTZ001  # local, as the database has it
    return Night(**{"day": day, "onset_at": wake_at - timedelta(hours=7, minutes=30), "wake_at": wake_at, **facts})


def empty_night(day: date) -> Night:
    """The row of a day that has no night: neither start nor end, and every duration the column's default of zero."""
    return Night(
        day=day,
        onset_at=None,
        wake_at=None,
        deep_s=0,
        light_s=0,
        rem_s=0,
        awake_s=0,
        score=None,
        stress_avg=None,
        respiratory_rate_bpm=None,
    )


def history(days: int = 4, *, first: date = date(2024, 5, 1)) -> History:
    """A few days, each with a run, a night, its HRV and its summary, all a little different."""
    dates = [first + timedelta(days=index) for index in range(days)]
    return History(
        activities=[
            Activity(
                activity_id=str(9001 + index),
                started_at=datetime(day.year, day.month, day.day, 7, index % 20),  # noqa: DTZ001  # local without a zone
                distance_m=10_000.0 + 500 * (index % 20),
                moving_s=3_000.0 + 150 * (index % 20),
                elapsed_s=3_060.0 + 150 * (index % 20),
            )
            for index, day in enumerate(dates)
        ],
        nights=[night(day, score=70 + (index % 20)) for index, day in enumerate(dates)],
        hrv=[HrvNight(day=day, last_night_average_ms=60.0 + (index % 20)) for index, day in enumerate(dates)],
        days=[Day(day=day, resting_heart_rate_bpm=46 + (index % 20)) for index, day in enumerate(dates)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GarminDbFolder:
    """How a `DBs` folder is to be written.

    `attribute` is what `attributes.measurement_system` says; by default what the numbers are in, None leaves the row
    out. `imported_at` is the naive time of GarminDB's last run. `old_nights` stay in garmin.db beside sleep.db, as
    after an upgrade.
    """

    history: History = field(default_factory=history)
    measurement_system: MeasurementSystem = "metric"
    layout: Layout = "4.0"
    attribute: str | None = "as the numbers"
    imported_at: datetime = datetime(2024, 9, 1, 8, 0)  # noqa: DTZ001  # local without a zone, as the database has it
    old_nights: Sequence[Night] = ()


def write_garmindb(folder: Path, dbs: GarminDbFolder | None = None) -> Path:
    """The databases in this folder, the monitoring and summary ones that nobody should read included."""
    dbs = dbs or GarminDbFolder()
    folder.mkdir(parents=True, exist_ok=True)
    is_4 = dbs.layout == "4.0"
    garmin = _garmin_tables(dbs)
    if is_4:
        _write(folder / "sleep.db", {"sleep": _sleep_rows(dbs.history.nights, dbs), "sleep_events": []})
        _write(folder / "hrv.db", {"hrv_status_summary": _hrv_rows(dbs), "hrv_value": []})
    else:
        garmin["sleep"] = _sleep_rows(dbs.history.nights, dbs)
    if dbs.old_nights:
        garmin["sleep"] = _sleep_rows(dbs.old_nights, dbs)
    _write(folder / "garmin.db", garmin)
    _write(folder / "garmin_activities.db", _activity_tables(dbs))
    _write(folder / "garmin_monitoring.db", {"monitoring_hr": [{"timestamp": _at(dbs.imported_at), "heart_rate": 60}]})
    _write(folder / "garmin_summary.db", {"days_summary": [{"day": _day(date(2024, 5, 1)), "activities": 99}]})
    return folder


def _garmin_tables(dbs: GarminDbFolder) -> dict[str, list[dict[str, Any]]]:
    said = dbs.measurement_system if dbs.attribute == "as the numbers" else dbs.attribute
    attributes = {"measurement_system": said, "gender": "female", "time_zone": None}
    rows = [
        {
            "day": _day(day.day),
            "rhr": day.resting_heart_rate_bpm,
            "stress_avg": day.stress_avg,
            "steps": day.steps,
            "moderate_activity_time": _time(0),
            "vigorous_activity_time": _time(1_800),
            "intensity_time_goal": _time(9_000),
            "distance": _km(day.distance_m, dbs),
            "bb_max": day.body_battery_max,
            "bb_min": day.body_battery_min,
        }
        for day in dbs.history.days
    ]
    return {
        "attributes": [
            {"key": key, "timestamp": _at(dbs.imported_at), "value": value}
            for key, value in attributes.items()
            if value is not None
        ],
        "devices": [{"serial_number": 3_900_000_001, "timestamp": _at(dbs.imported_at), "product": "fr955"}],
        "stress": [{"timestamp": _at(dbs.imported_at), "stress": -2}],
        "resting_hr": [
            {"day": _day(day.day), "resting_heart_rate": day.resting_heart_rate_bpm} for day in dbs.history.days
        ],
        "daily_summary": _without_later("daily_summary", rows, dbs),
    }


def _sleep_rows(nights: Sequence[Night], dbs: GarminDbFolder) -> list[dict[str, Any]]:
    rows = [
        {
            "day": _day(each.day),
            "start": _at(each.onset_at),
            '"end"': _at(each.wake_at),
            "total_sleep": _time(each.deep_s + each.light_s + each.rem_s),
            "deep_sleep": _time(each.deep_s),
            "light_sleep": _time(each.light_s),
            "rem_sleep": _time(each.rem_s),
            "awake": _time(each.awake_s),
            "avg_rr": each.respiratory_rate_bpm,
            "avg_stress": each.stress_avg,
            "score": each.score,
            "qualifier": None if each.score is None else "FAIR",
        }
        for each in nights
    ]
    return _without_later("sleep", rows, dbs)


def _hrv_rows(dbs: GarminDbFolder) -> list[dict[str, Any]]:
    return [
        {
            "day": _day(each.day),
            "weekly_average": each.weekly_average_ms,
            "last_night": each.last_night_average_ms,
            "last_night_average": each.last_night_average_ms,
            "hrv_status": each.status,
            "reading_count": 92,
        }
        for each in dbs.history.hrv
    ]


def _activity_tables(dbs: GarminDbFolder) -> dict[str, list[dict[str, Any]]]:
    activities = dbs.history.activities
    return {
        "activities": _without_later("activities", [_activity_row(each, dbs) for each in activities], dbs),
        "steps_activities": [_steps_row(each, dbs) for each in activities if each.sport in {"running", "walking"}],
        "activity_laps": [],
        "activity_records": [
            {"activity_id": each.activity_id, "record": 0, "timestamp": _at(each.started_at), "hr": 120}
            for each in activities
        ],
    }


def _activity_row(activity: Activity, dbs: GarminDbFolder) -> dict[str, Any]:
    # GarminDB adds the clock time to the start, so the end is as wrong as the duration after 24 hours.
    stop_at = activity.started_at + timedelta(seconds=(activity.elapsed_s or 0) % 86_400)
    return {
        "activity_id": activity.activity_id,
        "name": activity.name,
        "type": activity.type,
        "laps": 1,
        "sport": activity.sport,
        "sub_sport": activity.sub_sport,
        "training_load": activity.training_load,
        "start_time": _at(activity.started_at),
        "stop_time": _at(stop_at),
        "elapsed_time": _time(activity.elapsed_s),
        "moving_time": _time(activity.moving_s),
        "distance": _km(activity.distance_m, dbs),
        "avg_hr": activity.heart_rate_avg_bpm,
        "max_hr": activity.heart_rate_max_bpm,
        "calories": activity.energy_kcal,
        "avg_cadence": None if activity.cadence_spm is None else activity.cadence_spm // 2,
        "avg_speed": _km_per_hour(activity, dbs),
        "ascent": _m(activity.ascent_m, dbs),
        "avg_power": activity.power_avg_w,
        "avg_temperature": _degrees(activity.temperature_avg_c, dbs),
        **{f"hrz_{zone}_time": _time(0) for zone in range(1, 6)},
    }


def _steps_row(activity: Activity, dbs: GarminDbFolder) -> dict[str, Any]:
    speed = _km_per_hour(activity, dbs)
    pace = _time(3600 / speed if speed else None)
    return {
        "activity_id": activity.activity_id,
        "avg_pace": pace,
        "avg_moving_pace": pace,
        "max_pace": pace,
        "avg_steps_per_min": activity.cadence_spm,
        "avg_step_length": _m(1.1, dbs),
        "vo2_max": activity.vo2_max,
    }


def _without_later(table: str, rows: list[dict[str, Any]], dbs: GarminDbFolder) -> list[dict[str, Any]]:
    later = CAME_LATER[table] if dbs.layout == "2" else set()
    return [{name: value for name, value in row.items() if name not in later} for row in rows]


def _write(path: Path, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as con, con:
        con.execute("create table _attributes (key varchar primary key, value varchar)")
        for table, rows in tables.items():
            columns = dict(TABLES[table])
            if rows and table in CAME_LATER and not rows[0].keys() & CAME_LATER[table]:
                columns = {name: kind for name, kind in columns.items() if name not in CAME_LATER[table]}
            con.execute(create_sql(table, columns))
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def _at(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S.%f}"


def _day(day: date) -> str:
    return f"{day} 00:00:00.000000"


def _time(seconds: float | None) -> str:
    """A duration as the clock shows it: after 24 hours from zero again, and zero when nobody knows."""
    midnight = datetime(2000, 1, 1)  # noqa: DTZ001  # a clock time, of no day
    return f"{midnight + timedelta(seconds=(seconds or 0) % 86_400):%H:%M:%S.%f}"


def _km(metres: float | None, dbs: GarminDbFolder) -> float | None:
    if metres is None:
        return None
    return metres / 1000 if dbs.measurement_system == "metric" else metres / 1000 * _MILES_PER_KM


def _m(metres: float | None, dbs: GarminDbFolder) -> float | None:
    if metres is None:
        return None
    return metres if dbs.measurement_system == "metric" else metres * _FEET_PER_M


def _km_per_hour(activity: Activity, dbs: GarminDbFolder) -> float | None:
    distance = _km(activity.distance_m, dbs)
    return None if distance is None or not activity.moving_s else distance / (activity.moving_s / 3600)


def _degrees(celsius: float | None, dbs: GarminDbFolder) -> float | None:
    if celsius is None:
        return None
    return celsius if dbs.measurement_system == "metric" else celsius * 1.8 + 32
