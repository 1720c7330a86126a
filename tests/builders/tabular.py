"""Plain tables of activities and nights as people write them: any order, any delimiter, any of the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

_ACTIVITY = {"started_at": "2024-05-01T07:00:00+02:00", "sport": "run", "distance_m": "10000", "moving_s": "3000"}
_NIGHT = {"sleep_onset_at": "2024-05-01T23:10:00+02:00", "wake_at": "2024-05-02T06:40:00+02:00", "sleep_s": "25200"}


def csv_activity(**cells: str) -> dict[str, str]:
    """One activity with what every test needs; further or other cells by column."""
    return _ACTIVITY | cells


def csv_night(**cells: str) -> dict[str, str]:
    """One night with what every test needs; further or other cells by column."""
    return _NIGHT | cells


def table_bytes(
    rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", header: Sequence[str] | None = None
) -> bytes:
    """The rows as a file; the header is every column that a row names, in the order they come."""
    header = header or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
