"""What every reader hands on: one recording as a payload of facts and a table of samples, with nothing impossible in it.

The readers find; this module checks clocks, puts samples in order, derives what a file leaves out and writes the shape
that the ledger keeps. Unknown is None in the payload and null in the table; NaN and infinity leave neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import Damaged, NothingToImport
from connectors.files.derive import derived_laps, derived_session, distances_m
from connectors.files.streams import SAMPLE_COLUMNS, sample_table

READER_VERSION = "1"

EARLIEST_UNIX_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
"""No watch that writes these formats is older; a clock before this was never set."""
_AHEAD_S = 86_400.0
"""A clock may run ahead of ours by a day (time zones taken for UTC) before it is called wrong."""
_FURTHEST_S = 30 * 86_400.0
"""A sample this far from the middle of its recording is a broken number, not a pause."""

Column = npt.NDArray[np.float64]
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """One recorded file: `payload` as the ledger keeps it, `samples` in order of time without the file's keys."""

    payload: dict[str, Any]
    samples: pa.Table


@dataclass(slots=True, kw_only=True)
class Found:
    """What a reader found, before anything is checked. Instants are Unix seconds; unknown is NaN or None.

    `columns` are named as in the stream plus `sample_at`; sessions and laps carry `started_at` and sessions may carry
    `ended_at`. `tracks` are the first rows of further recordings in the same file, each then its own session.
    """

    format: str
    columns: dict[str, Column]
    manufacturer: str | None = None
    product: str | None = None
    serial_number: str | None = None
    utc_offset_s: int | None = None
    sessions: list[Facts] = field(default_factory=list)
    laps: list[Facts] = field(default_factory=list)
    events: list[Facts] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    sport: str | None = None
    sub_sport: str | None = None


def decoded(found: Found, *, now: datetime | None) -> DecodedFile:
    """The recording with its clock checked, its samples in order and its gaps derived."""
    columns = _in_time(found, now)
    times = columns["sample_at"]
    sessions = _sessions_in_time(found, times, now)
    if not sessions and not len(times):
        raise NothingToImport("None of the samples in the file has a time.", "Nothing needs to be done.")
    if "distance_m" not in columns and "latitude_deg" in columns:
        columns["distance_m"] = distances_m(columns["latitude_deg"], columns["longitude_deg"])
    if not sessions:
        sessions = [derived_session(columns, found.events, sport=found.sport, sub_sport=found.sub_sport)]
    sessions.sort(key=lambda session: float(session["started_at"]))
    for session in sessions:
        _bound(session, times, is_only=len(sessions) == 1)
    laps = [lap for lap in found.laps if _is_sane(lap.get("started_at"), now)]
    laps.sort(key=lambda lap: float(lap["started_at"]))
    laps = laps or derived_laps(sessions)
    payload = {
        "format": found.format,
        "reader_version": READER_VERSION,
        "manufacturer": found.manufacturer,
        "product": found.product,
        "serial_number": found.serial_number,
        "utc_offset_s": found.utc_offset_s,
        "faults": found.faults,
        "sample_count": len(times),
        "sessions": [_session(session) for session in sessions],
        "laps": [_lap(lap, sessions) for lap in laps],
        "events": [
            {"at": iso_utc(event["at"]), "event": event["event"], "event_type": event["event_type"]}
            for event in found.events
            if _is_sane(event["at"], now)
        ],
    }
    return DecodedFile(payload=payload, samples=sample_table(columns))


def iso_utc(unix_s: float | None) -> str | None:
    """An instant as ISO 8601 in UTC with a Z, to the millisecond where it has any."""
    if unix_s is None or not np.isfinite(unix_s):
        return None
    at = datetime.fromtimestamp(round(float(unix_s), 3), tz=UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def _latest(now: datetime | None) -> float:
    return np.inf if now is None else now.timestamp() + _AHEAD_S


def _is_sane(unix_s: float | None, now: datetime | None) -> bool:
    return unix_s is not None and bool(EARLIEST_UNIX_S <= unix_s <= _latest(now))


def _in_time(found: Found, now: datetime | None) -> dict[str, Column]:
    """The columns in order of time, without the samples whose clock cannot be right."""
    times = found.columns["sample_at"]
    timed = np.isfinite(times)
    sane = timed & (times >= EARLIEST_UNIX_S) & (times <= _latest(now))
    if timed.any() and not sane.any():
        raise _wrong_clock(float(times[timed][0]))
    if sane.any():
        with np.errstate(invalid="ignore"):
            sane &= np.abs(times - np.median(times[sane])) <= _FURTHEST_S
    left_out = len(times) - int(sane.sum())
    if left_out:
        found.faults.append(f"{left_out} of {len(times)} samples have no usable time and were left out.")
    columns = {name: values[sane] for name, values in found.columns.items()} if left_out else dict(found.columns)
    times = columns["sample_at"]
    if len(times) and (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        columns = {name: values[order] for name, values in columns.items()}
    return {name: values for name, values in columns.items() if name == "sample_at" or name in SAMPLE_COLUMNS}


def _sessions_in_time(found: Found, times: Column, now: datetime | None) -> list[Facts]:
    kept = []
    for session in found.sessions:
        started_at = session.get("started_at")
        if not _is_sane(started_at, now):
            if len(times) and len(found.sessions) == 1:
                found.faults.append("The session's start is not a possible time; the first sample's is used.")
                kept.append(session | {"started_at": float(times[0])})
            elif len(times):
                found.faults.append("A session whose start is not a possible time was left out.")
            elif started_at is not None and np.isfinite(started_at):
                raise _wrong_clock(float(started_at))
            continue
        kept.append(session)
    return kept


def _wrong_clock(unix_s: float) -> Damaged:
    said = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(unix_s, -6e10), 2e11))
    return Damaged(
        f"The watch's clock said {said.date().isoformat()} when this was recorded.",
        "Set the watch's clock (a position fix sets it), give this file its true date in the maker's app and export it again.",
    )


def _bound(session: Facts, times: Column, *, is_only: bool) -> None:
    """Which samples are this session's: from its start to its end, a second of grace at each side."""
    if not len(times):
        return
    first, last = 0, len(times)
    if not is_only:
        started_at = float(session["started_at"])
        ended_at = session.get("ended_at") or started_at + (session.get("elapsed_s") or session.get("timer_s") or 0.0)
        first = int(np.searchsorted(times, started_at - 1.0, side="left"))
        last = int(np.searchsorted(times, float(ended_at) + 1.0, side="right"))
    if first < last:
        session["first_sample_at"], session["last_sample_at"] = float(times[first]), float(times[last - 1])


def _session(session: Facts) -> Facts:
    return {
        "started_at": iso_utc(session["started_at"]),
        "sport": session.get("sport"),
        "sub_sport": session.get("sub_sport"),
        **_measures(session, _SESSION_MEASURES),
        "first_sample_at": iso_utc(session.get("first_sample_at")),
        "last_sample_at": iso_utc(session.get("last_sample_at")),
        "derived": bool(session.get("derived", False)),
    }


def _lap(lap: Facts, sessions: list[Facts]) -> Facts:
    started = [float(session["started_at"]) for session in sessions]
    index = int(np.searchsorted(started, float(lap["started_at"]) + 1.0, side="right")) - 1
    return {
        "session": max(index, 0),
        "started_at": iso_utc(lap["started_at"]),
        **_measures(lap, _LAP_MEASURES),
        "intensity": lap.get("intensity"),
        "trigger": lap.get("trigger"),
        "workout_step": lap.get("workout_step"),
        "derived": bool(lap.get("derived", False)),
    }


def _measures(facts: Facts, names: tuple[str, ...]) -> Facts:
    return {name: _number(facts.get(name)) for name in names}


def _number(value: float | None) -> float | None:
    """A measure as JSON can hold it: finite, and to a ten-thousandth."""
    if value is None or not np.isfinite(value):
        return None
    return round(float(value), 4)


_LAP_MEASURES = (
    "distance_m",
    "timer_s",
    "elapsed_s",
    "ascent_m",
    "heart_rate_avg_bpm",
    "heart_rate_max_bpm",
    "cadence_avg_rpm",
    "power_avg_w",
)
_SESSION_MEASURES = (
    "distance_m",
    "timer_s",
    "elapsed_s",
    "ascent_m",
    "descent_m",
    "heart_rate_avg_bpm",
    "heart_rate_max_bpm",
    "cadence_avg_rpm",
    "power_avg_w",
    "energy_kcal",
    "speed_avg_m_per_s",
    "speed_max_m_per_s",
    "perceived_exertion",
)
