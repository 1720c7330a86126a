"""What every reader hands on: one recording as a payload of facts and a table of samples, with nothing impossible in it.

The readers find; this module checks clocks, puts samples in order, derives what a file leaves out and writes the shape
that the ledger keeps. Unknown is None in the payload and null in the table; NaN and infinity leave neither.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import NothingToImport
from connectors.files.derive import derived_laps, derived_session, distances_m
from connectors.files.streams import SAMPLE_COLUMNS, sample_table
from connectors.files.watch_clock import Judgement, judged

READER_VERSION = "2"

_FURTHEST_S = 30 * 86_400.0
"""A sample this far from the middle of its recording is a broken number, not a pause."""

_POSSIBLE: dict[str, tuple[float, float]] = {
    "distance_m": (0.0, 1e6),
    "speed_m_per_s": (0.0, 100.0),
    "altitude_m": (-12_000.0, 12_000.0),
    "cadence_rpm": (0.0, 300.0),
    "power_w": (0.0, 5000.0),
}
"""What a sample on the ground can hold; the rest is a sensor's error and unknown. Our own choice."""

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
    is_course: bool = False
    """A way to follow, written in the form of a recording: no run."""


def decoded(found: Found, *, now: datetime | None) -> DecodedFile:
    """The recording with its clock checked, its samples in order and its gaps derived."""
    clock = judged(
        found.columns["sample_at"],
        [session.get("started_at") for session in found.sessions],
        now=now,
        keeps_unset=found.format == "fit",
        is_course=found.is_course,
    )
    if clock.fault is not None:
        found.faults.append(clock.fault)
    columns = _in_time(found, clock)
    _leave_out_impossible(columns, found.faults)
    times = columns["sample_at"]
    sessions = _sessions_in_time(found, times, clock)
    if not sessions and not len(times):
        raise NothingToImport("None of the samples in the file has a time.", "Nothing needs to be done.")
    if "distance_m" not in columns and "latitude_deg" in columns:
        columns["distance_m"] = distances_m(columns["latitude_deg"], columns["longitude_deg"])
    if not sessions:
        sessions = [derived_session(columns, found.events, sport=found.sport, sub_sport=found.sub_sport)]
    sessions.sort(key=_start)
    for session in sessions:
        _bound(session, times, is_only=len(sessions) == 1)
    laps = sorted((lap for lap in found.laps if clock.holds(lap.get("started_at"))), key=_start)
    laps = laps or derived_laps(sessions)
    starts = [_start(session) for session in sessions]
    payload = {
        "format": found.format,
        "reader_version": READER_VERSION,
        "manufacturer": found.manufacturer,
        "product": found.product,
        "serial_number": found.serial_number,
        "utc_offset_s": found.utc_offset_s,
        "is_course": found.is_course,
        "faults": found.faults,
        "sample_count": len(times),
        "sessions": [_session(session) for session in sessions],
        "laps": [_lap(lap, starts) for lap in laps],
        "events": [
            {"at": iso_utc(event["at"]), "event": event["event"], "event_type": event["event_type"]}
            for event in found.events
            if clock.holds(event["at"])
        ],
    }
    return DecodedFile(payload=payload, samples=sample_table(columns))


def iso_utc(unix_s: float | None) -> str | None:
    """An instant as ISO 8601 in UTC with a Z, to the millisecond where it has any."""
    if unix_s is None or not isfinite(unix_s):
        return None
    at = datetime.fromtimestamp(round(float(unix_s), 3), tz=UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").removesuffix("+00:00") + "Z"


def _in_time(found: Found, clock: Judgement) -> dict[str, Column]:
    """The columns in order of time, without the samples whose clock cannot be right.

    Where no sample of a FIT file has a time, all are kept in the order they were written.
    """
    times = found.columns["sample_at"]
    held = clock.held(times)
    if found.format == "fit" and not np.isfinite(times).any():
        held[:] = True
    elif held.any():
        with np.errstate(invalid="ignore"):
            held &= np.abs(times - np.median(times[held])) <= _FURTHEST_S
    left_out = len(times) - int(held.sum())
    if left_out:
        found.faults.append(f"{left_out} of {len(times)} samples have no usable time and were left out.")
    columns = {name: values[held] for name, values in found.columns.items()} if left_out else dict(found.columns)
    times = columns["sample_at"]
    if len(times) and (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        columns = {name: values[order] for name, values in columns.items()}
    return {name: values for name, values in columns.items() if name == "sample_at" or name in SAMPLE_COLUMNS}


def _leave_out_impossible(columns: dict[str, Column], faults: list[str]) -> None:
    for name, (least, most) in _POSSIBLE.items():
        values = columns.get(name)
        if values is None:
            continue
        is_impossible = (values < least) | (values > most)
        if is_impossible.any():
            columns[name] = np.where(is_impossible, np.nan, values)
            what = name.split("_", maxsplit=1)[0]
            faults.append(f"{int(is_impossible.sum())} impossible values of {what} were left out.")


def _sessions_in_time(found: Found, times: Column, clock: Judgement) -> list[Facts]:
    kept = [session for session in found.sessions if clock.holds(session.get("started_at"))]
    astray = len(found.sessions) - len(kept)
    if not astray or not (kept or len(times)):
        return kept
    if not kept and not _is_timed(times):
        return [session | {"started_at": None} for session in found.sessions]
    if len(found.sessions) == 1:
        found.faults.append("The session's start is not a possible time; the first sample's is used.")
        return [found.sessions[0] | {"started_at": float(times[0])}]
    found.faults += ["A session whose start is not a possible time was left out."] * astray
    return kept


def _is_timed(times: Column) -> bool:
    """Whether these samples have times; either all have or none."""
    return bool(len(times)) and bool(np.isfinite(times[0]))


def _start(facts: Facts) -> float:
    """When a session or lap started, to sort by; unknown comes first."""
    started_at = facts["started_at"]
    return -np.inf if started_at is None else float(started_at)


def _bound(session: Facts, times: Column, *, is_only: bool) -> None:
    """Which samples are this session's: from its start to its end, a second of grace at each side."""
    if not _is_timed(times):
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


def _lap(lap: Facts, starts: list[float]) -> Facts:
    return {
        "session": max(bisect_right(starts, _start(lap) + 1.0) - 1, 0),
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
    if value is None or not isfinite(value):
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
