"""One cell as plain text that means one thing: a number with a point, a flag, an instant with its offset."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.local_time import to_utc, utc_offset_s

DecimalMark = Literal[".", ","]

_PLAIN = re.compile(r"[+-]?\d+")
_WITH_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d{1,2})?|[+-]?\d+\.")
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+")
# 1,234 and 1.234 may be a thousand and more or one and some; everything else with one mark is a fraction.
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}:?\d{2}.*")
_FLAGS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
# No place on earth is further from UTC than 14 hours.
_MAX_OFFSET = timedelta(hours=14)


class UnreadableCell(ValueError):
    """Why a cell means nothing, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, the offset of local clocks at it, and whether the home zone had to be assumed."""

    at: datetime
    offset_s: int
    is_home_assumed: bool


def decimal_mark(cells: Iterable[str]) -> DecimalMark | None:
    """The mark that all clear fractions of a table share; None if there are none or of both kinds."""
    marks: set[DecimalMark] = set()
    for cell in cells:
        if _MAY_BE_THOUSANDS.fullmatch(cell):
            continue
        if _WITH_POINT.fullmatch(cell):
            marks.add(".")
        elif _WITH_COMMA.fullmatch(cell):
            marks.add(",")
    return marks.pop() if len(marks) == 1 else None


def number(cell: str, mark: DecimalMark | None) -> str:
    """The number with a decimal point."""
    if _PLAIN.fullmatch(cell):
        return cell
    if _WITH_POINT.fullmatch(cell) and mark != ",":
        return cell
    if _WITH_COMMA.fullmatch(cell) and (mark == "," or (mark is None and not _MAY_BE_THOUSANDS.fullmatch(cell))):
        return cell.replace(",", ".")
    if not cell.isdecimal() and _PLAIN.fullmatch(cell.replace(",", "").replace(".", "")):
        raise UnreadableCell(f"{cell!r} may be a thousand or a fraction; write it with a decimal point")
    raise UnreadableCell(f"{cell!r} is no number")


def flag(cell: str) -> str:
    """`true` or `false`."""
    try:
        return _FLAGS[cell.casefold()]
    except KeyError:
        raise UnreadableCell(f"{cell!r} is neither true nor false") from None


def moment(cell: str, *, zone: ZoneInfo | None, home_zone: ZoneInfo) -> Moment:
    """The instant of a time with an offset, or of a local time in the row's zone, or else in the home zone.

    Local days follow the zone that is named, or else the offset that is written. Z says when, not where.
    """
    if not _TIME.fullmatch(cell):
        raise UnreadableCell(f"{cell!r} is no date with a time")
    try:
        time = datetime.fromisoformat(cell)
        at = to_utc(time, zone or home_zone) if time.tzinfo is None else time.astimezone(UTC)
        there_s = utc_offset_s(at, zone or home_zone)
    except (ValueError, OverflowError):
        raise UnreadableCell(f"{cell!r} is no time") from None
    written = time.utcoffset()
    if written is not None and abs(written) > _MAX_OFFSET:
        raise UnreadableCell(f"{cell!r} has an offset that no place has")
    says_where = written is not None and not cell.upper().endswith("Z")
    return Moment(
        at=at,
        offset_s=int(written.total_seconds()) if written is not None and says_where and zone is None else there_s,
        is_home_assumed=written is None and zone is None,
    )
