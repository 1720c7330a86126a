"""A plain table of activities or nights: every row that can be understood, and a word on every one that cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.errors import NotRecognised
from connectors.tables import Table
from connectors.tabular.cells import DecimalMark, decimal_mark
from connectors.tabular.columns import TabularEntity, columns, published_names, tabular_entity
from connectors.tabular.rows import Payload, Reading, RowLeftOut, RowRead, read_row

READER_VERSION = "1"

# A table in the wrong unit has a fault on every line; after these, a count says as much.
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TabularRows:
    """One table read: payloads by key, and what was wrong, by line and column."""

    entity: TabularEntity
    payloads: Mapping[str, Payload]
    faults: tuple[str, ...]


def read_tabular(table: Table, *, home_zone: str, now: datetime) -> TabularRows:
    """Every row by its key. A cell that cannot be is unknown and the rest of its row stays; a row whose time cannot be
    told is left out."""
    entity = tabular_entity(table)
    if entity is None:
        raise NotRecognised(
            "It is not one of the tables we publish.", "See `pacewright import --csv-format` for the two headers."
        )
    names = _numbered(published_names(table.header))
    reading = Reading(entity=entity, mark=_mark(table, names, entity), home_zone=ZoneInfo(home_zone), now=now)
    rows: list[tuple[int, RowRead]] = []
    faults: list[str] = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        if line in table.cut_lines:
            faults.append(f"line {line}: it has more values than columns; the row was left out")
            continue
        try:
            row = read_row(dict(zip(names, cells, strict=True)), reading)
        except RowLeftOut as why:
            faults.append(f"line {line}, {why}")
            continue
        faults += [f"line {line}, {fault}" for fault in row.faults]
        rows.append((line, row))
    payloads: dict[str, Payload] = {}
    line_of: dict[str, int] = {}
    for key, line, row in _keyed(rows, entity):
        if key in payloads:
            faults.append(f"line {line}: it repeats line {line_of[key]}; the row was left out")
        else:
            payloads[key], line_of[key] = row.payload, line
    return TabularRows(
        entity=entity, payloads=payloads, faults=(*_of_the_table(names, rows, reading, home_zone), *_shortened(faults))
    )


def _keyed(rows: list[tuple[int, RowRead]], entity: TabularEntity) -> Iterator[tuple[str, int, RowRead]]:
    """An activity goes by its id, or else by start and sport; the longest sleep that ends on a day by the day, every
    other one by its instant of waking."""
    if entity == "activity":
        for line, row in rows:
            own = row.payload.get("id")
            yield str(own or f"{row.payload['_started_at']}|{row.payload['sport']}"), line, row
        return
    nights: dict[str, int] = {}
    for index, (_, row) in enumerate(rows):
        day = str(row.payload["_night_date"])
        if row.payload["_is_nap"] == "false" and (day not in nights or _length(row) > _length(rows[nights[day]][1])):
            nights[day] = index
    taken = {str(rows[index][1].payload["_wake_at"]) for index in nights.values()}
    for index, (line, row) in enumerate(rows):
        day, wake_at = str(row.payload["_night_date"]), str(row.payload["_wake_at"])
        if nights.get(day) == index or wake_at in taken:
            yield day, line, row
        else:
            row.payload["_is_nap"] = "true"
            yield wake_at, line, row


def _length(row: RowRead) -> float:
    onset_at, wake_at = str(row.payload["_sleep_onset_at"]), str(row.payload["_wake_at"])
    return (datetime.fromisoformat(wake_at) - datetime.fromisoformat(onset_at)).total_seconds()


def _mark(table: Table, names: tuple[str, ...], entity: TabularEntity) -> DecimalMark | None:
    numeric = {each.name for each in columns()[entity] if each.kind == "number"}
    return decimal_mark(
        cell.strip() for row in table.rows for name, cell in zip(names, row, strict=True) if name in numeric
    )


def _numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Every name once; the first of repeated columns is the one that is read."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _of_the_table(
    names: tuple[str, ...], rows: list[tuple[int, RowRead]], reading: Reading, home_zone: str
) -> Iterator[str]:
    extra = [name for name in names if name not in reading.columns]
    if extra:
        yield f"columns that are not published are kept but not used: {', '.join(extra)}"
    assumed = sum(1 for _, row in rows if row.is_home_assumed)
    if assumed:
        yield f"{assumed} rows without an offset or a time_zone were read as times of {home_zone}"


def _shortened(faults: list[str]) -> list[str]:
    if len(faults) <= _MOST_FAULTS:
        return faults
    return [*faults[:_MOST_FAULTS], f"and {len(faults) - _MOST_FAULTS} more"]
