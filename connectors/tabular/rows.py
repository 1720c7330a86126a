"""A row as a payload: cells under the published names as plain text, the instants they mean, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.clock import is_plausible
from connectors.local_time import utc_text, zone_named
from connectors.strava.words import canonical_sport
from connectors.tabular.cells import DecimalMark, Moment, UnreadableCell, flag, moment, number
from connectors.tabular.columns import Column, TabularEntity, columns

Payload = dict[str, str | int | None]

_LONGEST_NIGHT = timedelta(hours=24)
# Lengths within a night, none of which can be more than the night.
_PARTS_OF_A_NIGHT = ("sleep_s", "light_sleep_s", "deep_sleep_s", "rem_sleep_s", "awake_s")
_ROUNDING_S = 60
# 2026-11-21: shorter sleeps are naps and leave the night of their day alone. Guidelines end a nap at two to three
# hours, and nobody's night of less would say anything about recovery.
NAP_BELOW = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What holds for every row of a table."""

    entity: TabularEntity
    mark: DecimalMark | None
    home_zone: ZoneInfo
    now: datetime

    @property
    def columns(self) -> Mapping[str, Column]:
        return {each.name: each for each in columns()[self.entity]}


class RowLeftOut(Exception):
    """Why a row is of no use: its column and the reason."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column}: {why}; the row was left out")


@dataclass(slots=True, kw_only=True)
class RowRead:
    """One row understood: its payload, what was wrong with single cells, and whether its times needed the home zone."""

    payload: Payload
    faults: list[str] = field(default_factory=list)
    is_home_assumed: bool = False

    def forget(self, *names: str, why: str) -> None:
        """Take cells for unknown."""
        for name in names:
            self.payload[name] = None
        self.faults.append(f"{names[0]}: {why}; taken for unknown")

    def value(self, name: str) -> float | None:
        text = self.payload.get(name)
        return None if text is None else float(text)


def read_row(cells: Mapping[str, str], reading: Reading) -> RowRead:
    """The row, or `RowLeftOut` when it cannot be told when it was."""
    row = RowRead(payload={name: cell.strip() or None for name, cell in cells.items()})
    for name, column in reading.columns.items():
        text = cells.get(name, "").strip()
        if text and column.kind in {"number", "flag"}:
            _check_cell(row, column, text, reading)
    for name, column in reading.columns.items():
        if column.is_required and column.kind == "text" and row.payload.get(name) is None:
            raise RowLeftOut(name, "it is empty")
    if reading.entity == "activity":
        _complete_activity(row, reading)
    else:
        _complete_night(row, reading)
    return row


def _check_cell(row: RowRead, column: Column, text: str, reading: Reading) -> None:
    try:
        plain = flag(text) if column.kind == "flag" else number(text, reading.mark)
    except UnreadableCell as why:
        row.forget(column.name, why=str(why))
        return
    row.payload[column.name] = plain
    if column.kind == "number" and not column.low <= float(plain) <= column.high:
        row.forget(column.name, why=f"{text} is not between {column.low:g} and {column.high:.0f}")


def _complete_activity(row: RowRead, reading: Reading) -> None:
    started = _moment(row, "started_at", reading)
    row.payload["_started_at"] = utc_text(started.at)
    row.payload["_utc_offset_s"] = started.offset_s
    row.payload["_sport"] = canonical_sport(str(row.payload["sport"]))
    for less, more in (("moving_s", "elapsed_s"), ("heart_rate_avg_bpm", "heart_rate_max_bpm")):
        low, high = row.value(less), row.value(more)
        if low is not None and high is not None and low > high + (_ROUNDING_S if less == "moving_s" else 0):
            row.forget(less, more, why=f"{low:g} is more than {more}, {high:g}")


def _complete_night(row: RowRead, reading: Reading) -> None:
    onset, wake = _moment(row, "sleep_onset_at", reading), _moment(row, "wake_at", reading)
    length = wake.at - onset.at
    if length <= timedelta():
        raise RowLeftOut("wake_at", "it is not after sleep_onset_at")
    if length > _LONGEST_NIGHT:
        raise RowLeftOut("wake_at", "it is more than 24 hours after sleep_onset_at")
    for name in _PARTS_OF_A_NIGHT:
        part_s = row.value(name)
        if part_s is not None and part_s > length.total_seconds() + _ROUNDING_S:
            row.forget(name, why=f"{part_s:g} is more than the {length.total_seconds():g} s from onset to waking")
    row.payload["_started_at"] = utc_text(onset.at)
    row.payload["_sleep_onset_at"] = utc_text(onset.at)
    row.payload["_wake_at"] = utc_text(wake.at)
    row.payload["_utc_offset_s"] = wake.offset_s
    row.payload["_night_date"] = (wake.at + timedelta(seconds=wake.offset_s)).date().isoformat()
    row.payload["_is_nap"] = "true" if length < NAP_BELOW else "false"


def _moment(row: RowRead, name: str, reading: Reading) -> Moment:
    text, zone_name = row.payload.get(name), row.payload.get("time_zone")
    zone = None if zone_name is None else zone_named(str(zone_name))
    if text is None:
        raise RowLeftOut(name, "it is empty")
    try:
        found = moment(str(text), zone=zone, home_zone=reading.home_zone)
    except UnreadableCell as why:
        raise RowLeftOut(name, str(why)) from why
    if zone_name is not None and zone is None:
        if found.is_home_assumed:
            raise RowLeftOut("time_zone", f"{zone_name!r} is no zone we know, and {name} has no offset")
        row.forget("time_zone", why=f"{zone_name!r} is no zone we know")
    if not is_plausible(found.at, now=reading.now):
        raise RowLeftOut(name, f"{text} cannot be")
    row.is_home_assumed = row.is_home_assumed or found.is_home_assumed
    return found
