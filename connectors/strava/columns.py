"""What the columns of Strava's activities.csv are called in English, whatever the account's language and the year.

Names repeat in the file (Elapsed Time, Distance, Max Heart Rate, Relative Effort, Commute): the first is written for
people, the second is the raw number in SI units. The second gets the suffix ` (2)`. The order of the first 38 columns
has been stable since 2022 while the names follow the language, so position settles what the words do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from connectors.strava.words import fold, words
from connectors.tables import Table

_FILENAME = re.compile(r"activities/[^/]+\.(?:fit|tcx|gpx)(?:\.gz)?", re.IGNORECASE)
_ACTIVITY_ID = re.compile(r"\d{1,20}")
_PRIVATE_NOTE = "Activity Private Note"
# The ten columns of 2019, between the short lower-case header and today's.
_POSITIONS_2019 = (
    "Activity ID",
    "Activity Date",
    "Activity Name",
    "Activity Type",
    "Activity Description",
    "Elapsed Time",
    "Distance",
    "Commute",
    "Activity Gear",
    "Filename",
)


def is_activities_table(table: Table) -> bool:
    """Whether this is the list of activities of an archive, old or new, in whatever language."""
    if _is_short(table.header):
        return True
    names = set(_by_word(table.header))
    return {"Activity ID", "Activity Date", "Activity Type"} <= names or _layout_by_position(table) is not None


def is_gear_table(table: Table) -> bool:
    """Whether this is the list of shoes."""
    known = words().gear_columns
    return known.get(fold(table.header[0])) == "Shoe Name" and len(table.header) <= 2 * len(set(known.values()))


def canonical_header(table: Table) -> tuple[str, ...]:
    """The English name of every column, repeated ones numbered; a column nobody knows keeps its own name."""
    if _is_short(table.header):
        return tuple(words().short_columns[fold(cell)] for cell in table.header)
    names: list[str | None] = list(_by_word(table.header))
    layout = _layout_by_position(table) or _layout_by_words(names)
    if layout is not None:
        names[: len(layout)] = [
            known or position for known, position in zip(names[: len(layout)], layout, strict=False)
        ]
    return _numbered([known or own for known, own in zip(names, table.header, strict=True)])


def canonical_gear_header(table: Table) -> tuple[str, ...]:
    """The English name of every column of the shoe list."""
    return _numbered([words().gear_columns.get(fold(cell), cell) for cell in table.header])


def _is_short(header: Sequence[str]) -> bool:
    folded = {fold(cell) for cell in header}
    return {"id", "date", "type", "filename"} <= folded <= words().short_columns.keys()


def _by_word(header: Sequence[str]) -> tuple[str | None, ...]:
    """The English name by vocabulary, with the number of its occurrence; None for an unknown word."""
    counts: Counter[str] = Counter()
    names: list[str | None] = []
    for cell in header:
        name = words().columns.get(fold(cell))
        if name is not None:
            counts[name] += 1
            name = name if counts[name] == 1 else f"{name} ({counts[name]})"
        names.append(name)
    return tuple(names)


def _layouts() -> tuple[tuple[str, ...], ...]:
    modern = words().positions
    return modern, tuple(name for name in modern if name != _PRIVATE_NOTE), _POSITIONS_2019


def _layout_by_position(table: Table) -> tuple[str, ...] | None:
    """The layout the cells fit: ids in front, file names where they belong and nowhere a contradiction."""
    rows = table.rows
    if not rows or not all(_ACTIVITY_ID.fullmatch(row[0].strip()) for row in rows):
        return None
    for layout in _layouts():
        index = layout.index("Filename")
        if len(table.header) >= len(layout):
            cells = [row[index].strip() for row in rows if row[index].strip()]
            if cells and all(_FILENAME.fullmatch(cell) for cell in cells):
                return layout
    return None


def _layout_by_words(names: Sequence[str | None]) -> tuple[str, ...] | None:
    """The layout that every known word agrees with, for an archive without a single file."""
    for layout in _layouts():
        if len(names) >= len(layout) and all(
            name is None or name == place for name, place in zip(names, layout, strict=False)
        ):
            return layout
    return None


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Every name once: what still repeats is numbered by occurrence."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in names:
        candidate, occurrence = name, 2
        while candidate in taken:
            candidate, occurrence = f"{name} ({occurrence})", occurrence + 1
        taken.add(candidate)
        unique.append(candidate)
    return tuple(unique)
