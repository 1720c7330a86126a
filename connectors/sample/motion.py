"""Lives through an outing second by second: speed with its noise and hills, the heart lagging behind and drifting up."""

from __future__ import annotations

from functools import cache
from math import exp
from typing import Final

import numpy as np

from connectors.sample.abilities import MAX_HEART_RATE_BPM, RESTING_HEART_RATE_BPM
from connectors.sample.model import Motion, Numbers, Outing, Sport
from connectors.sample.routes import EVERYDAY_ROUTES, FLAT_ROUTE, HILLY_ROUTE, Route, route

_SPEED_NOISE = 0.03  # share of speed, correlated over seconds
_SPEED_NOISE_MEMORY_S = 9.0
_SPEED_WANDER = 0.018  # share of speed, correlated over minutes
_WANDER_KNOT_S = 150
_TRANSITION_S = 5
_HEART_LAG_S = 28.0
_HEART_NOISE_BPM = 1.3
_HEART_NOISE_MEMORY_S = 20.0
_DRIFT_PER_HOUR = 0.035  # cardiovascular drift after the first quarter of an hour
_HEAT_PER_DEGREE = 0.0018  # of heart rate above 15 °C
_GRADE_COST = 0.033  # speed lost per per cent of slope at equal effort, near the flat (Strava's 2017 curve)
_GRADE_HELD = 0.75  # how much of it runners give up; the rest shows in the heart
_ROUTE_LOOP_SHARE: Final = 0.5
_GPS_NOISE_M = 2.2
_METRES_PER_DEGREE = 111320.0
_PAUSE_EVERY_M = 5500.0
_OUTDOORS: Final = frozenset({Sport.RUN, Sport.TRAIL, Sport.RIDE, Sport.HIKE})


def live(outing: Outing, *, temperature_c: float, rng: np.random.Generator) -> Motion:
    """What happens on this outing."""
    durations = np.array([stretch.duration_s for stretch in outing.stretches]).astype(int)
    durations[-1] += 90 + durations[-1] // 10  # reserve: the outing ends by distance
    wanted = np.repeat(1000 / np.array([stretch.pace_s_per_km for stretch in outing.stretches]), durations)
    effort = np.repeat([stretch.heart_rate_share for stretch in outing.stretches], durations)
    course = _course(outing, rng)
    speed = _smooth(wanted, _TRANSITION_S) * _unevenness(len(wanted), rng)
    grade_pct = np.zeros_like(speed)
    if course is not None:
        there = _there_and_back(np.cumsum(speed), outing.distance_m)
        grade_pct = np.interp(there, course.along_m[1:], np.diff(course.altitude_m) / np.diff(course.along_m)) * 100
        grade_pct[np.cumsum(speed) > _ROUTE_LOOP_SHARE * outing.distance_m] *= -1  # the same hill from the other side
        speed /= 1 + _GRADE_HELD * _GRADE_COST * grade_pct
    seconds = _seconds(outing, speed)
    speed = speed[:seconds]
    if outing.race_time_s is not None:
        speed *= outing.distance_m / float(speed.sum())
    # One value per second, the start included.
    distance = np.concatenate(([0.0], np.cumsum(speed)))
    speed = np.concatenate((speed[:1], speed))
    heart_rate = _heart_rate(effort[: seconds + 1], grade_pct[: seconds + 1], temperature_c=temperature_c, rng=rng)
    latitude, longitude, altitude = _positions(course, distance, rng)
    return Motion(
        distance_m=distance,
        speed_m_per_s=speed,
        altitude_m=altitude,
        latitude_deg=latitude,
        longitude_deg=longitude,
        heart_rate_bpm=heart_rate,
        step_ends_s=tuple(int(end) for end in np.cumsum(durations)[:-1] if end < seconds - 1),
        pauses=_pauses(outing, seconds, rng),
        load=_load(heart_rate),
    )


def _seconds(outing: Outing, speed: Numbers) -> int:
    if outing.race_time_s is not None:
        return int(outing.race_time_s)
    return min(len(speed) - 1, int(np.searchsorted(np.cumsum(speed), outing.distance_m)) + 1)


def _course(outing: Outing, rng: np.random.Generator) -> Route | None:
    if outing.sport not in _OUTDOORS:
        return None
    number = int(rng.choice(EVERYDAY_ROUTES))
    if outing.kind in ("race", "intervals", "tempo"):
        number = FLAT_ROUTE
    elif outing.sport in (Sport.TRAIL, Sport.HIKE):
        number = HILLY_ROUTE
    return route(outing.zone, number)


def _there_and_back(distance_m: Numbers, total_m: float) -> Numbers:
    turn = total_m * _ROUTE_LOOP_SHARE
    return turn - np.abs(turn - np.minimum(distance_m, total_m))


def _unevenness(seconds: int, rng: np.random.Generator) -> Numbers:
    """Nobody runs evenly: jitter over seconds on top of a drift over minutes."""
    knots = seconds // _WANDER_KNOT_S + 2
    wander = np.interp(np.arange(seconds), np.arange(knots) * _WANDER_KNOT_S, rng.normal(0, _SPEED_WANDER, knots))
    return 1 + wander + _correlated(seconds, _SPEED_NOISE, _SPEED_NOISE_MEMORY_S, rng)


def _heart_rate(effort: Numbers, grade_pct: Numbers, *, temperature_c: float, rng: np.random.Generator) -> Numbers:
    seconds = len(effort)
    hours = np.maximum(0.0, np.arange(seconds) - 900) / 3600
    heat = max(0.0, temperature_c - 15) * _HEAT_PER_DEGREE
    uphill = (1 - _GRADE_HELD) * _GRADE_COST * grade_pct * 0.6
    day_form = rng.normal(0, 0.008)
    wanted = effort * (1 + heat + day_form + _DRIFT_PER_HOUR * hours) + uphill
    at_start = 0.48
    lagging = at_start + _follow(wanted - at_start, _HEART_LAG_S)
    beats = lagging * MAX_HEART_RATE_BPM + _correlated(seconds, _HEART_NOISE_BPM, _HEART_NOISE_MEMORY_S, rng)
    # Near the maximum the heart has nowhere to go.
    ceiling = MAX_HEART_RATE_BPM - 1
    soft = ceiling - 6
    return np.where(beats > soft, soft + (ceiling - soft) * (1 - np.exp(-(beats - soft) / (ceiling - soft))), beats)


def _positions(
    course: Route | None, distance_m: Numbers, rng: np.random.Generator
) -> tuple[Numbers | None, Numbers | None, Numbers]:
    if course is None:
        return None, None, np.zeros_like(distance_m)
    there = _there_and_back(distance_m, float(distance_m[-1]))
    latitude = np.interp(there, course.along_m, course.latitude_deg)
    longitude = np.interp(there, course.along_m, course.longitude_deg)
    north, east = (_correlated(len(there), _GPS_NOISE_M, 30.0, rng) / _METRES_PER_DEGREE for _ in range(2))
    altitude = np.interp(there, course.along_m, course.altitude_m)
    return latitude + north, longitude + east / np.cos(np.radians(latitude)), altitude


def _pauses(outing: Outing, seconds: int, rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """Traffic lights and drinks: only where nothing is being timed."""
    if outing.sport is Sport.TREADMILL or outing.kind in ("race", "intervals", "tempo"):
        return ()
    count = int(rng.poisson(outing.distance_m / _PAUSE_EVERY_M / (4 if outing.sport is Sport.RIDE else 1)))
    at = sorted({int(second) for second in rng.integers(180, max(181, seconds - 120), min(count, 5))})
    apart = [second for before, second in zip([0, *at], at, strict=False) if second - before > 60]
    return tuple((second, int(rng.integers(12, 75))) for second in apart)


def _load(heart_rate_bpm: Numbers) -> float:
    """Banister's training impulse (1991, men) over the whole outing."""
    reserve = np.clip((heart_rate_bpm - RESTING_HEART_RATE_BPM) / (MAX_HEART_RATE_BPM - RESTING_HEART_RATE_BPM), 0, 1)
    return float(np.sum(reserve * 0.64 * np.exp(1.92 * reserve)) / 60)


def _correlated(length: int, deviation: float, memory_s: float, rng: np.random.Generator) -> Numbers:
    """Noise of the given standard deviation that forgets itself with the given time constant (AR(1))."""
    kernel = _decay(memory_s)
    white = rng.normal(0, deviation / float(np.sqrt(np.sum(kernel**2))), length + len(kernel) - 1)
    return np.convolve(white, kernel, mode="valid")


def _follow(values: Numbers, lag_s: float) -> Numbers:
    """First-order lag, starting at zero."""
    kernel = _decay(lag_s)
    return np.convolve(values, kernel / kernel.sum())[: len(values)]


@cache
def _decay(memory_s: float) -> Numbers:
    return np.asarray(exp(-1 / memory_s) ** np.arange(round(5 * memory_s)), dtype=np.float64)


def _smooth(values: Numbers, width: int) -> Numbers:
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")
