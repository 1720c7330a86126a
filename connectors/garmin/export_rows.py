"""What the JSON documents of Garmin's account export are and hold, a row at a time however large they are."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, Literal

import ijson  # type: ignore[import-untyped]  # it publishes no types

from connectors.clock import is_plausible
from connectors.spool import Spool

GarminEntity = Literal["activity", "sleep", "day", "health"]

_ACTIVITIES = "summarizedActivitiesExport"
_PIECE_BYTES = 1 << 18
_UTF8_MARK = b"\xef\xbb\xbf"
# Keys that the rows of one kind of document have and those of no other in the export.
_SLEEP_KEYS = frozenset(
    {"sleepStartTimestampGMT", "sleepEndTimestampGMT", "sleepWindowConfirmationType", "deepSleepSeconds"}
)
_DAY_KEYS = frozenset({"wellnessStartTimeGmt", "restingHeartRate", "totalSteps", "totalKilocalories", "allDayStress"})
_SLEEP_DURATIONS = (
    "deepSleepSeconds",
    "lightSleepSeconds",
    "remSleepSeconds",
    "awakeSleepSeconds",
    "unmeasurableSeconds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """What one document held: when each row's thing began, and a word on what could not be taken."""

    started_at: Mapping[str, str]
    unreadable_keys: frozenset[str]
    row_count: int
    is_whole: bool
    faults: tuple[str, ...]


def garmin_entity(head: bytes) -> GarminEntity | None:
    """What the first object of a JSON document says its rows are; None for all the rest of the export."""
    keys = _first_keys(head)
    if _ACTIVITIES in keys:
        return "activity"
    if "calendarDate" not in keys:
        return None
    if keys & _SLEEP_KEYS:
        return "sleep"
    if "metrics" in keys:
        return "health"
    # A day's hydration, fitness age or training readiness has a date as well, but none of a day's sums.
    return "day" if len(keys & _DAY_KEYS) >= 2 else None


def read_rows(handle: BinaryIO, entity: GarminEntity, rows: Spool, *, now: datetime) -> RowCounts:
    """Put every usable row aside as it is; an activity gets `_started_at`. What came before a damaged spot is kept."""
    started_at: dict[str, str] = {}
    unreadable: set[str] = set()
    count = nameless = 0
    sizes: dict[str, float] = {}
    stream = _Stream(_after_mark(handle), entity)
    for row in stream:
        count += 1
        key, at = _key(row, entity), _started_at(row, entity)
        if key is None:
            nameless += 1
        elif at is None or not is_plausible(at, now=now):
            unreadable.add(key)
        elif entity != "sleep" or _has_durations(row):
            size = _size(row, entity)
            if size >= sizes.get(key, size):
                sizes[key] = size
                started_at[key] = text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
                rows.put(key, {**row, "_started_at": text} if entity == "activity" else row)
    unreadable -= started_at.keys()
    faults = []
    if nameless or unreadable:
        faults.append(f"{nameless + len(unreadable)} rows without a usable {_needed(entity)} were left out")
    if not stream.is_whole:
        faults.append("the file is damaged or cut short; what came before that was taken")
    return RowCounts(
        started_at=started_at,
        unreadable_keys=frozenset(unreadable),
        row_count=count,
        is_whole=stream.is_whole,
        faults=tuple(faults),
    )


class _Stream:
    """The rows of a document one after the other, and afterwards whether it was whole.

    The same for the two forms seen: a list of rows, or a list of one object that holds the list.
    """

    def __init__(self, handle: BinaryIO, entity: GarminEntity) -> None:
        self._handle = handle
        self._prefixes = (f"item.{_ACTIVITIES}.item", f"{_ACTIVITIES}.item") if entity == "activity" else ("item",)
        self.is_whole = True

    def __iter__(self) -> Iterator[dict[str, Any]]:
        start = self._handle.tell()
        for prefix in self._prefixes:
            self._handle.seek(start)
            found = False
            try:
                # Whole numbers stay whole, the others become what JSON readers take them for, not decimals.
                for row in ijson.items(self._handle, prefix, use_float=True, buf_size=_PIECE_BYTES):
                    if isinstance(row, dict):
                        found = True
                        yield row
            except ijson.JSONError:
                self.is_whole = False
            if found:
                return


def _first_keys(head: bytes) -> frozenset[str]:
    keys: set[str] = set()
    at: str | None = None
    # The head ends somewhere within the document.
    with suppress(ijson.JSONError):
        for prefix, event, value in ijson.parse(io.BytesIO(head.removeprefix(_UTF8_MARK))):
            if event == "start_map" and at is None:
                at = prefix
                if at not in {"", "item"}:
                    break
            elif event == "map_key" and prefix == at:
                keys.add(value)
            elif event == "end_map" and prefix == at:
                break
    return frozenset(keys)


def _after_mark(handle: BinaryIO) -> BinaryIO:
    if handle.read(len(_UTF8_MARK)) != _UTF8_MARK:
        handle.seek(0)
    return handle


def _key(row: Mapping[str, Any], entity: GarminEntity) -> str | None:
    if entity == "activity":
        activity_id = row.get("activityId")
        return str(int(activity_id)) if isinstance(activity_id, int | float) and activity_id > 0 else None
    day = row.get("calendarDate")
    with suppress(TypeError, ValueError):
        return date.fromisoformat(day[:10]).isoformat() if isinstance(day, str) else None
    return None


def _started_at(row: Mapping[str, Any], entity: GarminEntity) -> datetime | None:
    if entity != "activity":
        key = _key(row, entity)
        return None if key is None else datetime.fromisoformat(key).replace(tzinfo=UTC)
    for name in ("startTimeGmt", "beginTimestamp"):
        epoch_ms = row.get(name)
        if isinstance(epoch_ms, int | float) and not isinstance(epoch_ms, bool):
            with suppress(OverflowError, OSError, ValueError):
                return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
    return None


def _has_durations(row: Mapping[str, Any]) -> bool:
    """Whether the watch measured a night at all: nights without it are rows of dates only."""
    return any(isinstance(row.get(name), int | float) and row[name] > 0 for name in _SLEEP_DURATIONS)


def _size(row: Mapping[str, Any], entity: GarminEntity) -> float:
    """Which of two rows for one key in one document says more; the later one when they are equal.

    A day is there once for every watch and change of zone; the longer row is the day.
    """
    match entity:
        case "day":
            return _number(row.get("durationInMilliseconds"))
        case "sleep":
            return sum(_number(row.get(name)) for name in _SLEEP_DURATIONS)
        case "health":
            metrics = row.get("metrics")
            return (
                sum(isinstance(each, dict) and "value" in each for each in metrics) if isinstance(metrics, list) else 0
            )
        case "activity":
            return 0.0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _needed(entity: GarminEntity) -> str:
    return "id and start" if entity == "activity" else "date"
