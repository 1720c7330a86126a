"""The published format in words, with both headers and a row of each, for whoever writes such a table."""

from __future__ import annotations

import csv
import io

from connectors.tabular.columns import MEASURES, Column, TabularEntity, columns

_TITLES: dict[TabularEntity, str] = {"activity": "Activities", "night": "Nights"}
_INTRODUCTION = f"""\
Two tables, each a CSV file of its own under any name. The header tells which it is: columns may come in any order, in
any case, and all but the required ones may be left out. Separated by commas, semicolons or tabs.

- An empty cell means unknown. Never write 0 for what was not measured.
- Times are ISO 8601 with an offset or Z (2024-05-01T07:00:00+02:00), or local times with the zone's name beside them in
  time_zone. Without either, the zone of your settings is taken. A time that comes twice when clocks go back means the
  first; a time skipped when they go forward is moved on by the hour that was skipped.
- Numbers have a decimal point, or a decimal comma throughout the table; no thousands separators. Flags are true or false.
- Activities also need one of {", ".join(MEASURES)}.
- A table adds and corrects; what it does not list stays. An activity is known again by its id, or else by its start and
  sport; a night by the day of waking.
- A row whose times make no sense is left out, a value that cannot be is taken for unknown, and the import names the line.
"""


def format_text() -> str:
    """The description of the two tables that are read, ready to print."""
    return "\n".join([_INTRODUCTION, *(_table_text(entity) for entity in columns())])


def _table_text(entity: TabularEntity) -> str:
    known = columns()[entity]
    width = max(len(each.name) for each in known)
    lines = [f"  {each.name.ljust(width)}  {_says(each)}" for each in known]
    return "\n".join([f"{_TITLES[entity]}:", "", *lines, "", example_text(entity)])


def example_text(entity: TabularEntity) -> str:
    """The header and one row, as a file would hold them."""
    text = io.StringIO(newline="")
    known = columns()[entity]
    csv.writer(text, lineterminator="\n").writerows([[each.name for each in known], [each.example for each in known]])
    return text.getvalue()


def _says(column: Column) -> str:
    said = f"{column.says} (required)" if column.is_required else column.says
    if column.kind == "number":
        said = f"{said}; from {column.low:g} to {column.high:.0f}"
    return said
