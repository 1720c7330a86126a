"""The databases of one GarminDB together: units from one, nights from another, and every summary once.

Only summaries are read. The samples of each second stay where they are: the recordings they were made from are
better, and GarminDB keeps those too (its folder `FitFiles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from connectors.errors import NothingToImport, NotRecognised, Skipped
from connectors.garmindb.database import Database, open_read_only
from connectors.garmindb.rows import Setting, activity_payload, day_key, day_payload, leg_of, sleep_payload
from connectors.local_time import to_utc

READER_VERSION = "1"

GarminDbEntity = Literal["activity", "sleep", "hrv", "day"]

# The table and the key column by which each entity is known, whatever the file is called.
_TABLE_OF: Mapping[GarminDbEntity, tuple[str, str]] = {
    "activity": ("activities", "activity_id"),
    "sleep": ("sleep", "day"),
    "hrv": ("hrv_status_summary", "day"),
    "day": ("daily_summary", "day"),
}
# GarminDB's other databases: samples through the day, and sums made from the tables above.
_ASIDE = frozenset({"monitoring", "monitoring_hr", "monitoring_info", "days_summary", "weeks_summary", "sleep_events"})
_OFFER_ALL = "Offer the whole DBs folder, so that garmin.db, which names the units, comes with it."


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFile:
    """One database of the folder: what a person is told it is called, and where it can be opened."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRows:
    """All of one entity: payloads by key, keys that could not be understood, and the databases it came from."""

    entity: GarminDbEntity
    payloads: Mapping[str, Mapping[str, Any]]
    unreadable_keys: frozenset[str]
    names: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GarminDbRows:
    """What the databases hold, why some gave nothing (by name), and when GarminDB last filled them."""

    entities: tuple[EntityRows, ...]
    skipped: Mapping[str, Skipped]
    filled_at: datetime | None


def read_garmindb(files: Sequence[DatabaseFile], *, home_zone: str, now: datetime) -> GarminDbRows:
    """Everything in databases that lie together. Never raises for what is wrong with one of them."""
    skipped: dict[str, Skipped] = {}
    contents: list[_Contents] = []
    for file in files:
        try:
            with open_read_only(file.path) as database:
                contents.append(_contents(file.name, database))
        except Skipped as why:
            skipped[file.name] = why
    try:
        system = _measurement_system(contents)
    except Skipped as why:
        return GarminDbRows(entities=(), skipped=skipped | {each.name: why for each in contents}, filled_at=None)
    # A database of its own is newer than the same table left behind in garmin.db.
    contents.sort(key=lambda each: (each.has_attributes, each.name))
    setting = Setting(measurement_system=system, home_zone=home_zone, now=now)
    entities = tuple(_entity_rows(entity, contents, setting) for entity in _TABLE_OF)
    return GarminDbRows(
        entities=tuple(each for each in entities if each.names),
        skipped=skipped,
        filled_at=_filled_at(contents, home_zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    name: str
    tables: Mapping[GarminDbEntity, Sequence[Mapping[str, Any]]]
    attributes: Mapping[str, str | None]
    attributed_at: tuple[str, ...]
    has_attributes: bool
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    resting_heart_rates: Mapping[str | None, Any] = field(default_factory=dict)


def _contents(name: str, database: Database) -> _Contents:
    tables = {
        entity: database.rows(table)
        for entity, (table, key) in _TABLE_OF.items()
        if key in database.columns.get(table, ())
    }
    has_attributes = {"key", "value"} <= set(database.columns.get("attributes", ()))
    if not tables and not has_attributes:
        if _ASIDE & database.columns.keys():
            raise NothingToImport(
                "It holds GarminDB's samples through the day or sums of other tables.",
                "Nothing to do: its daily summaries come from the databases beside it.",
            )
        raise NotRecognised("It is a database, but none of GarminDB's tables are in it.", "Leave it out.")
    attributes = database.rows("attributes") if has_attributes else []
    steps = database.rows("steps_activities") if "activity" in tables and "steps_activities" in database.columns else []
    rates = database.rows("resting_hr") if "day" in tables and "resting_hr" in database.columns else []
    return _Contents(
        name=name,
        tables=tables,
        attributes={str(row["key"]): row["value"] for row in attributes},
        attributed_at=tuple(str(row["timestamp"]) for row in attributes if row.get("timestamp")),
        has_attributes=has_attributes,
        steps={str(row.get("activity_id")): row for row in steps},
        resting_heart_rates={day_key(row): row.get("resting_heart_rate") for row in rates},
    )


def _measurement_system(contents: Sequence[_Contents]) -> str:
    """`metric` or `statute`, as the databases themselves say; a guess would be wrong by more than half."""
    said = {
        str(value)
        for each in contents
        if (value := each.attributes.get("measurement_system")) not in {None, "", "None"}
    }
    if not said:
        raise NotRecognised("Nothing here says whether GarminDB counted in kilometres or in miles.", _OFFER_ALL)
    # It is written `metric`, `statute_us` or `DisplayMeasure.statute`, depending on where GarminDB had it from.
    systems = {word.casefold().rpartition(".")[2].partition("_")[0] for word in said}
    if systems not in ({"metric"}, {"statute"}):
        raise NotRecognised(
            f"The units are said to be {' and '.join(sorted(said))}; we know metric and statute.",
            "Set metric or statute in Garmin Connect, let GarminDB rebuild its databases, and import again.",
        )
    return systems.pop()


def _filled_at(contents: Sequence[_Contents], home_zone: str) -> datetime | None:
    """When GarminDB last wrote what it knows of its user: the databases' own date, whoever copied them since."""
    instants = []
    for text in (text for each in contents for text in each.attributed_at):
        try:
            instants.append(to_utc(datetime.fromisoformat(text).replace(tzinfo=None), ZoneInfo(home_zone)))
        except (ValueError, OverflowError):
            continue
    return max(instants, default=None)


def _entity_rows(entity: GarminDbEntity, contents: Sequence[_Contents], setting: Setting) -> EntityRows:
    payloads: dict[str, Mapping[str, Any]] = {}
    unreadable: set[str] = set()
    names = tuple(each.name for each in contents if entity in each.tables)
    for each in contents:
        key_of, payload_of = _ways(entity, each, setting)
        for row in each.tables.get(entity, ()):
            key = key_of(row)
            if key is None or key in payloads:
                continue
            payload = payload_of(row)
            if payload is None:
                unreadable.add(key)
            else:
                payloads[key] = payload
    if entity == "activity":
        # The row of a multisport activity is the sum of its legs; both together would count it twice.
        for parent in {leg_of(key) for key in payloads} & payloads.keys():
            del payloads[str(parent)]
    unreadable -= payloads.keys()
    faults = (f"{len(unreadable)} rows without a time that can be read were left out",) if unreadable else ()
    return EntityRows(
        entity=entity, payloads=payloads, unreadable_keys=frozenset(unreadable), names=names, faults=faults
    )


_Row = Mapping[str, Any]


def _ways(
    entity: GarminDbEntity, contents: _Contents, setting: Setting
) -> tuple[Callable[[_Row], str | None], Callable[[_Row], dict[str, Any] | None]]:
    """How the key and the payload of this entity are made."""

    def activity_key(row: _Row) -> str | None:
        return None if row.get("activity_id") is None else str(row["activity_id"])

    def day_with_rate(row: _Row) -> dict[str, Any] | None:
        payload = day_payload(row, setting)
        rate = contents.resting_heart_rates.get(day_key(row))
        return None if payload is None else {**payload, "_resting_heart_rate": rate}

    match entity:
        case "activity":
            return activity_key, lambda row: activity_payload(row, contents.steps.get(str(row["activity_id"])), setting)
        case "sleep":
            return day_key, lambda row: sleep_payload(row, setting)
        case "hrv":
            return day_key, lambda row: day_payload(row, setting)
        case "day":
            return day_key, day_with_rate
