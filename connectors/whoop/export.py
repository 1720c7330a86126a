"""The CSV export of the WHOOP app: local wall times with an offset per row, turned into rows with instants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.errors import NotRecognised
from connectors.tables import Table
from connectors.whoop.columns import WhoopEntity, canonical_header, whoop_entity

READER_VERSION = "1"

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.IGNORECASE)
_UTC_NAMES = frozenset({"UTCZ", "UTC", "GMT", "Z", "GMTZ"})
# No place on earth is further from UTC than 14 hours.
_MAX_OFFSET = timedelta(hours=14)
# The company is younger than this; a year outside is a typing error or a spreadsheet's doing.
_PLAUSIBLE_YEARS = range(2000, 2100)

_STARTS = {
    "cycle": "Cycle start time",
    "sleep": "Sleep onset",
    "workout": "Workout start time",
    "journal": "Cycle start time",
}
_ENDS = {"cycle": "Cycle end time", "sleep": "Wake onset", "workout": "Workout end time", "journal": "Cycle end time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoopRows:
    """One table read: payloads by key in file order, and a word on every row that could not be taken."""

    entity: WhoopEntity
    payloads: Mapping[str, Mapping[str, str | int | None]]
    faults: tuple[str, ...]


def read_export(table: Table, *, home_zone: str) -> WhoopRows:
    """Every row with its English column names and `_` fields in UTC. Times without an offset are in the home zone."""
    entity = whoop_entity(table)
    if entity is None:
        raise NotRecognised("It is not a WHOOP table we know.", "Export again in English, or report the header line.")
    header = canonical_header(table, entity)
    zone = ZoneInfo(home_zone)
    payloads: dict[str, Mapping[str, str | int | None]] = {}
    unreadable = repeated = 0
    for cells in table.rows:
        row = _named(header, cells)
        payload = _with_instants(row, entity, zone)
        key = None if payload is None else _key(payload, entity)
        if payload is None or key is None:
            unreadable += 1
        elif key in payloads:
            repeated += 1
        else:
            payloads[key] = payload
    faults = [f"{unreadable} rows without a start that can be read were left out"] if unreadable else []
    faults += [f"{repeated} repeated rows were left out"] if repeated else []
    faults += [f"{table.odd_rows} rows have more or fewer cells than the header"] if table.odd_rows else []
    return WhoopRows(entity=entity, payloads=payloads, faults=tuple(faults))


def parse_offset(text: str) -> timedelta | None:
    """The offset in `UTC+01:00`, `UTCZ`, `-05:00` or `GMT-5`; None for anything else."""
    text = text.strip()
    if text.upper() in _UTC_NAMES:
        return timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    if offset > _MAX_OFFSET:
        return None
    return -offset if match["sign"] == "-" else offset


def _named(header: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str | None]:
    row: dict[str, str | None] = {}
    for name, cell in zip(header, cells, strict=True):
        unique, occurrence = name, 2
        while unique in row:
            unique, occurrence = f"{name} ({occurrence})", occurrence + 1
        row[unique] = cell.strip() or None
    return row


def _with_instants(
    row: Mapping[str, str | None], entity: WhoopEntity, zone: ZoneInfo
) -> dict[str, str | int | None] | None:
    start = _local(row.get(_STARTS[entity]))
    if start is None:
        return None
    offset = parse_offset(row.get("Cycle timezone") or "")
    if offset is None:
        offset = start.replace(tzinfo=zone).utcoffset() or timedelta()
    payload: dict[str, str | int | None] = dict(row)
    payload["_started_at"] = _utc(start, offset)
    payload["_ended_at"] = _utc(_local(row.get(_ENDS[entity])), offset)
    payload["_utc_offset_s"] = int(offset.total_seconds())
    if entity != "cycle":
        payload["_cycle_started_at"] = _utc(_local(row.get("Cycle start time")), offset)
    if entity in {"cycle", "sleep"}:
        payload["_sleep_onset_at"] = _utc(_local(row.get("Sleep onset")), offset)
        payload["_wake_at"] = _utc(_local(row.get("Wake onset")), offset)
    return payload


def _key(payload: Mapping[str, str | int | None], entity: WhoopEntity) -> str | None:
    started_at = str(payload["_started_at"])
    match entity:
        case "cycle":
            return started_at
        case "sleep":
            return f"{started_at}|nap" if str(payload.get("Nap")).casefold() == "true" else started_at
        case "workout":
            return f"{started_at}|{payload.get('Activity name') or ''}"
        case "journal":
            return f"{started_at}|{payload['Question text']}" if payload.get("Question text") else None


def _local(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return local if local.year in _PLAUSIBLE_YEARS else None


def _utc(local: datetime | None, offset: timedelta) -> str | None:
    if local is None:
        return None
    return (local - offset).replace(microsecond=0, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
