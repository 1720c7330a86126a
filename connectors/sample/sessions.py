"""How a run is built up: what the sample athlete does in an easy run, intervals, a tempo, a race."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors.sample.abilities import heart_rate_share
from connectors.sample.model import Part, Stretch, WorkBlock

_WARM_UP_MIN_S = 540.0
_COOL_DOWN_MIN_S = 300.0
_RECOVERY_SLOWER = 1.18  # jogged, compared with easy pace
_SHORT_WORK_S = 45.0  # shorter repeats are strides: the heart has no time to follow


def steady(distance_m: float, pace_s_per_km: float, *, race_fitness: float) -> tuple[Stretch, ...]:
    """One even stretch."""
    return (_stretch(Part.STEADY, distance_m / 1000 * pace_s_per_km, pace_s_per_km, race_fitness),)


def progression(distance_m: float, slow: float, fast: float, *, race_fitness: float) -> tuple[Stretch, ...]:
    """Faster from quarter to quarter."""
    return tuple(
        _stretch(Part.STEADY, distance_m / 4000 * float(pace), float(pace), race_fitness)
        for pace in np.linspace(slow, fast, 4)
    )


def with_work(
    distance_m: float, easy_pace_s_per_km: float, work: Sequence[WorkBlock], *, race_fitness: float
) -> tuple[Stretch, ...]:
    """Warm-up, work with recoveries between, cool-down; easy running fills up the distance."""
    middle: list[Stretch] = []
    jog_pace = easy_pace_s_per_km * _RECOVERY_SLOWER
    for block in work:
        for _ in range(block.repeats):
            if middle and middle[-1].part is Part.WORK:
                middle.append(_stretch(Part.RECOVERY, 60.0, jog_pace, race_fitness))
            middle.append(_stretch(Part.WORK, block.work_s, block.pace_s_per_km, race_fitness))
            if block.recovery_s > 0:
                middle.append(_stretch(Part.RECOVERY, block.recovery_s, jog_pace, race_fitness))
    if middle and middle[-1].part is Part.RECOVERY:
        middle.pop()  # after the last repeat the cool-down begins
    done_m = sum(1000 * part.duration_s / part.pace_s_per_km for part in middle)
    easy_s = max(0.0, distance_m - done_m) / 1000 * easy_pace_s_per_km
    warm_up_s = max(_WARM_UP_MIN_S, round(0.55 * easy_s / 60) * 60.0)
    cool_down_s = max(_COOL_DOWN_MIN_S, easy_s - warm_up_s)
    return (
        _stretch(Part.WARM_UP, warm_up_s, easy_pace_s_per_km * 1.02, race_fitness),
        *middle,
        _stretch(Part.COOL_DOWN, cool_down_s, easy_pace_s_per_km * 1.04, race_fitness),
    )


def strides_at_end(
    distance_m: float, easy_pace_s_per_km: float, fast: float, *, race_fitness: float
) -> tuple[Stretch, ...]:
    """An easy run with five relaxed 20-second strides near its end."""
    stretches = with_work(distance_m, easy_pace_s_per_km, (WorkBlock(5, 20.0, 60.0, fast),), race_fitness=race_fitness)
    warm_up, cool_down = stretches[0], stretches[-1]
    easy_s = warm_up.duration_s + cool_down.duration_s - _COOL_DOWN_MIN_S
    return (
        _stretch(Part.STEADY, easy_s, easy_pace_s_per_km, race_fitness),
        *stretches[1:-1],
        _stretch(Part.COOL_DOWN, _COOL_DOWN_MIN_S, easy_pace_s_per_km, race_fitness),
    )


def race(distance_m: float, time_s: float, *, race_fitness: float) -> tuple[Stretch, ...]:
    """All out and nearly even: a little held back at first, a little quicker at the end."""
    pace = time_s / distance_m * 1000
    return tuple(
        _stretch(Part.STEADY, time_s * share, pace * slower, race_fitness)
        for share, slower in ((0.3, 1.006), (0.4, 1.002), (0.3, 0.990))
    )


def at_heart_rate(duration_s: float, pace_s_per_km: float, share: float) -> tuple[Stretch, ...]:
    """A stretch of another sport, where pace says nothing about effort."""
    return (Stretch(part=Part.STEADY, duration_s=duration_s, pace_s_per_km=pace_s_per_km, heart_rate_share=share),)


def distance_of(stretches: Sequence[Stretch]) -> float:
    return sum(1000 * stretch.duration_s / stretch.pace_s_per_km for stretch in stretches)


def _stretch(part: Part, duration_s: float, pace_s_per_km: float, race_fitness: float) -> Stretch:
    share = heart_rate_share(pace_s_per_km, race_fitness)
    if part is Part.WORK and duration_s < _SHORT_WORK_S:
        share = min(share, 0.86)
    return Stretch(part=part, duration_s=float(round(duration_s)), pace_s_per_km=pace_s_per_km, heart_rate_share=share)
