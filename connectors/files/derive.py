"""What samples alone say about a run when the file has no summary: distance, time, climb, averages."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

PAUSE_GAP_S = 60.0
"""Without timer events, a gap between samples longer than this is a hole. Smart recording writes a sample at least every
8 s and phone apps every half minute; a stop at traffic lights stays in the run."""

HOLE_SPEED_SHARES = 0.5, 1.5
"""A hole that was crossed about as fast as the rest was run through: its time and its metres count. Any other is a pause, of
which neither counts. Our own choice."""

CLIMB_STEP_M = 3.0
"""Altitude counts as climbed once it has risen this far from the last turning point, so that the noise of a barometer
or a satellite fix does not add up. Our own choice, near what sports platforms use for barometric tracks."""

Column = npt.NDArray[np.float64]
Facts = dict[str, Any]


def distances_m(latitude_deg: Column, longitude_deg: Column, breaks: npt.NDArray[np.bool_] | None = None) -> Column:
    """Metres covered since the first position, at every sample; nothing is covered across a break (a sample that is
    first after a pause). Unknown where the position is."""
    known = np.isfinite(latitude_deg) & np.isfinite(longitude_deg)
    distance_m = np.full(len(latitude_deg), np.nan)
    if not known.any():
        return distance_m
    latitude, longitude = np.radians(latitude_deg[known]), np.radians(longitude_deg[known])
    half = (
        np.sin(np.diff(latitude) / 2) ** 2
        + np.cos(latitude[:-1]) * np.cos(latitude[1:]) * np.sin(np.diff(longitude) / 2) ** 2
    )
    steps = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    if breaks is not None:
        # A break belongs to the first known position at or after it.
        seen = np.cumsum(breaks)[known]
        steps[np.diff(seen) > 0] = 0.0
    distance_m[known] = np.concatenate([[0.0], np.cumsum(steps)])
    return distance_m


def paused(times: Column, distance_m: Column | None) -> npt.NDArray[np.bool_]:
    """Which steps from one sample to the next are pauses, where no timer events tell."""
    gaps = np.diff(times)
    is_hole = gaps > PAUSE_GAP_S
    if distance_m is None or not is_hole.any():
        return is_hole
    last_known = np.maximum.accumulate(np.where(np.isfinite(distance_m), np.arange(len(distance_m)), 0))
    steps = np.nan_to_num(np.maximum(np.diff(distance_m[last_known]), 0.0))
    is_run = ~is_hole & (gaps > 0)
    usual = steps[is_run].sum() / gaps[is_run].sum() if is_run.any() else 0.0
    slowest, fastest = (share * usual * gaps for share in HOLE_SPEED_SHARES)
    return is_hole & ~((steps > 0) & (steps >= slowest) & (steps <= fastest))


def derived_session(
    columns: dict[str, Column], events: list[Facts], *, sport: str | None, sub_sport: str | None = None
) -> Facts:
    """A session from its samples alone (at least one), marked as derived. Samples without times give no duration."""
    times = columns["sample_at"]
    is_timed = bool(np.isfinite(times[0]))
    elapsed_s = float(times[-1] - times[0]) if is_timed else None
    is_paused = paused(times, columns.get("distance_m")) if is_timed and not events else None
    timer_s = _timer_s(times, events, is_paused) if is_timed else None
    distance_m = _covered_m(columns.get("distance_m"), is_paused)
    ascent_m, descent_m = climbed_m(columns.get("altitude_m"))
    return {
        "started_at": float(times[0]) if is_timed else None,
        "ended_at": float(times[-1]) if is_timed else None,
        "sport": sport,
        "sub_sport": sub_sport,
        "distance_m": distance_m,
        "timer_s": timer_s,
        "elapsed_s": elapsed_s,
        "ascent_m": ascent_m,
        "descent_m": descent_m,
        "heart_rate_avg_bpm": _mean(columns.get("heart_rate_bpm")),
        "heart_rate_max_bpm": _largest(columns.get("heart_rate_bpm")),
        "cadence_avg_rpm": _mean(columns.get("cadence_rpm"), above=0.0),
        "power_avg_w": _mean(columns.get("power_w")),
        "speed_avg_m_per_s": distance_m / timer_s if distance_m is not None and timer_s else None,
        "speed_max_m_per_s": _largest(columns.get("speed_m_per_s")),
        "derived": True,
    }


def derived_laps(sessions: list[Facts]) -> list[Facts]:
    """One lap as long as its session, for a recording without laps."""
    return [{**session, "derived": True} for session in sessions]


def climbed_m(altitude_m: Column | None) -> tuple[float | None, float | None]:
    """Metres up and down, counting a turn only when it is larger than CLIMB_STEP_M."""
    known = altitude_m[np.isfinite(altitude_m)] if altitude_m is not None else np.empty(0)
    if len(known) < 2:
        return None, None
    up = down = 0.0
    reference = float(known[0])
    for altitude in known.tolist():
        if altitude - reference >= CLIMB_STEP_M:
            up += altitude - reference
            reference = altitude
        elif reference - altitude >= CLIMB_STEP_M:
            down += reference - altitude
            reference = altitude
    return round(up, 1), round(down, 1)


def _covered_m(distance_m: Column | None, is_paused: npt.NDArray[np.bool_] | None) -> float | None:
    """The sum of the steps of a running total, through any restart at zero and without what lies across a pause."""
    is_known = np.isfinite(distance_m) if distance_m is not None else np.zeros(0, dtype=np.bool_)
    if distance_m is None or not is_known.any():
        return None
    known = distance_m[is_known]
    steps = np.maximum(np.where(known[1:] < known[:-1] / 2, known[1:], np.diff(known)), 0.0)
    if is_paused is not None:
        pauses_before = np.concatenate([[0], np.cumsum(is_paused)])[is_known]
        steps = np.where(np.diff(pauses_before) > 0, 0.0, steps)
    return float(steps.sum())


def _timer_s(times: Column, events: list[Facts], is_paused: npt.NDArray[np.bool_] | None) -> float:
    elapsed_s = float(times[-1] - times[0])
    if is_paused is not None:
        return max(elapsed_s - float(np.diff(times)[is_paused].sum()), 0.0)
    paused_s, stopped_at = 0.0, None
    for at, kind in sorted((float(event["at"]), str(event["event_type"])) for event in events):
        if kind.startswith("stop"):
            stopped_at = at if stopped_at is None else stopped_at
        elif kind == "start" and stopped_at is not None:
            paused_s += max(at - max(stopped_at, float(times[0])), 0.0)
            stopped_at = None
    return max(elapsed_s - paused_s, 0.0)


def _mean(values: Column | None, *, above: float = -np.inf) -> float | None:
    known = values[np.isfinite(values) & (values > above)] if values is not None else np.empty(0)
    return float(known.mean()) if len(known) else None


def _largest(values: Column | None) -> float | None:
    known = values[np.isfinite(values)] if values is not None else np.empty(0)
    return float(known.max()) if len(known) else None
