"""Strava's archive: the list of activities and the list of shoes, as text, with what the archive does not say outright.

Only the list of activities, the list of shoes and the files under `activities/` are ever read; the rest of the archive
(contacts, messages, logins, places kept private) is nobody's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.clock import is_plausible
from connectors.strava.columns import canonical_gear_header, canonical_header
from connectors.strava.dates import parse_activity_date
from connectors.strava.words import canonical_sport
from connectors.tables import Table

READER_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRows:
    """The list read: payloads by activity id, still without `_file_sha256`; ids of rows that could not be understood."""

    payloads: Mapping[str, Mapping[str, str | None]]
    unreadable_ids: frozenset[str]
    faults: tuple[str, ...]


def read_activities(table: Table, *, now: datetime) -> ActivityRows:
    """Every row with English column names, `_started_at` in UTC and `_sport` in our words. Blank cells are None."""
    header = canonical_header(table)
    payloads: dict[str, Mapping[str, str | None]] = {}
    unreadable: dict[str, str] = {}
    repeated = 0
    for cells in table.rows:
        row: dict[str, str | None] = {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}
        activity_id = row.get("Activity ID")
        if activity_id is None:
            unreadable[""] = "no id"
            continue
        started_at = parse_activity_date(row.get("Activity Date") or "")
        if activity_id in payloads:
            repeated += 1
        elif started_at is None or not is_plausible(started_at, now=now):
            unreadable[activity_id] = row.get("Activity Date") or "no date"
        else:
            row["_started_at"] = started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            row["_sport"] = canonical_sport(row.get("Activity Type") or "") or None
            payloads[activity_id] = row
    return ActivityRows(
        payloads=payloads, unreadable_ids=frozenset(unreadable), faults=_faults(table, unreadable, repeated)
    )


def read_gear(table: Table) -> dict[str, dict[str, str | None]]:
    """Every shoe by its name."""
    header = canonical_gear_header(table)
    rows = [{name: cell.strip() or None for name, cell in zip(header, cells, strict=True)} for cells in table.rows]
    return {name: row for row in rows if (name := row.get("Shoe Name"))}


def _faults(table: Table, unreadable: Mapping[str, str], repeated: int) -> tuple[str, ...]:
    faults = []
    if unreadable:
        example = next(iter(unreadable.values()))
        faults.append(f"{len(unreadable)} rows whose date cannot be read were left out (for example: {example})")
    if repeated:
        faults.append(f"{repeated} rows repeat an activity and were left out")
    if table.odd_rows:
        faults.append(f"{table.odd_rows} rows have more or fewer cells than the header")
    return tuple(faults)
