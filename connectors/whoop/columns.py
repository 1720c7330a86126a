"""Which of WHOOP's four tables this is, and what its columns are called in English.

Headers are matched without case, blanks and punctuation, because people save the files again (one real export had
snake_case headers). The app writes them in its own language; then the order of the columns, which has been stable,
tells what is what, once the cells look right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, cast

import orjson

from connectors.tables import Table

WhoopEntity = Literal["cycle", "sleep", "workout", "journal"]

_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
_ZONE = re.compile(r"(?:UTC|GMT)?\s*(?:Z|[+-]\d{1,2}(?::?\d{2})?)|UTC|GMT", re.IGNORECASE)
_ANSWERS = frozenset({"true", "false"})
# Before about 2023 cycles and sleeps had no consistency column; workouts of 2025-26 may lack the last three.
_POSITIONS_WIDTHS: Mapping[WhoopEntity, frozenset[int]] = {
    "cycle": frozenset({25, 26}),
    "sleep": frozenset({17, 18}),
    "workout": frozenset({17, 18, 19, 20}),
    "journal": frozenset({5, 6}),
}


def whoop_entity(table: Table) -> WhoopEntity | None:
    """The kind of WHOOP table, or None if it is none."""
    return _by_header(table.header) or _by_position(table)


def canonical_header(table: Table, entity: WhoopEntity) -> tuple[str, ...]:
    """The English name of every column; a column nobody knows keeps its own name."""
    known = _normal_names(entity)
    if _by_header(table.header) == entity:
        return tuple(known.get(_normal(cell), cell) for cell in table.header)
    names = list(columns()[entity])
    if entity == "sleep" and len(table.header) == len(names) - 1:
        names.remove("Sleep consistency %")
    return tuple(names[index] if index < len(names) else cell for index, cell in enumerate(table.header))


@cache
def columns() -> Mapping[WhoopEntity, tuple[str, ...]]:
    """The English columns of each table in their order."""
    data = orjson.loads(files("connectors.whoop").joinpath("columns.json").read_bytes())
    return {cast("WhoopEntity", entity): tuple(names) for entity, names in data.items()}


@cache
def _normal_names(entity: WhoopEntity) -> Mapping[str, str]:
    return {_normal(name): name for name in columns()[entity]}


def _normal(header: str) -> str:
    return "".join(char for char in header.casefold() if char.isalnum())


def _by_header(header: tuple[str, ...]) -> WhoopEntity | None:
    names = {_normal(cell) for cell in header}
    if "cyclestarttime" not in names:
        return None
    if "workoutstarttime" in names:
        return "workout"
    if "questiontext" in names:
        return "journal"
    if "recoveryscore" in names:
        return "cycle"
    return "sleep" if {"sleeponset", "wakeonset"} <= names else None


def _by_position(table: Table) -> WhoopEntity | None:
    """The table whose shape the first rows have, for headers in a language we do not know."""
    width = len(table.header)
    rows = [row for row in table.rows[:5] if _LOCAL_TIME.fullmatch(row[0].strip())]
    if (
        width < 5
        or not rows
        or len(rows) < len(table.rows[:5])
        or not all(_ZONE.fullmatch(row[2].strip()) for row in rows)
    ):
        return None
    fits: dict[WhoopEntity, bool] = {
        "cycle": all(not _LOCAL_TIME.fullmatch(row[3].strip()) for row in rows),
        "journal": all(row[4].strip().casefold() in _ANSWERS for row in rows),
        "sleep": all(_are_times(row[3:5]) and row[-1].strip().casefold() in _ANSWERS for row in rows),
        "workout": all(_are_times(row[3:5]) and row[6].strip() != "" for row in rows) if width > 6 else False,
    }
    order: tuple[WhoopEntity, ...] = ("cycle", "journal", "sleep", "workout")
    found = [each for each in order if width in _POSITIONS_WIDTHS[each] and fits[each]]
    # A workout table of 17 columns ends in true/false like a sleep table, but names a sport where that has a number.
    if {"sleep", "workout"} <= set(found):
        return "sleep" if all(_is_number_or_blank(row[6]) for row in rows) else "workout"
    return found[0] if found else None


def _are_times(cells: tuple[str, ...]) -> bool:
    return all(_LOCAL_TIME.fullmatch(cell.strip()) for cell in cells)


def _is_number_or_blank(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True
