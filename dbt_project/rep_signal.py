"""The speed of a run second by second, and the arithmetic that finds fast stretches in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Span = tuple[int, int]

_STILL_M_PER_S = 1.2
_NEAR_STILL_S = 8
_BLOCK_S = 15
# Otsu's classes are sought among speeds at which people run, in bins of 0.05 m/s.
_BINS = np.arange(1.0, 8.0, 0.05)


@dataclass(frozen=True, slots=True)
class Signal:
    """Metres per second at each second: as measured (`raw`), at equal effort on the flat (`flat`), and that smoothed."""

    raw: Series
    flat: Series
    speed: Series
    is_clear: Mask
    """Seconds that are no stop and not next to one: braking for a light is no second kind of running."""

    @property
    def seconds(self) -> int:
        return len(self.flat)


def signal(elapsed_s: Any, step_m: Any, flat_step_m: Any) -> Signal:
    """What was recorded, at any intervals, as speeds second by second."""
    at = np.asarray(elapsed_s, dtype=np.float64)
    seconds = np.arange(0, int(at[-1]) + 1, dtype=np.float64)
    raw, flat = (
        np.diff(np.interp(seconds, at, np.cumsum(np.asarray(steps, dtype=np.float64))))
        for steps in (step_m, flat_step_m)
    )
    is_still = mean_over(raw, 5) < _STILL_M_PER_S
    near = np.convolve(is_still, np.ones(2 * _NEAR_STILL_S + 1), "same") > 0.5
    return Signal(raw, flat, mean_over(_median_of_5(flat), 5), ~near)


def ahead_spans(ahead_m: Series, gain_m: float) -> list[Span]:
    """Where a runner gets at least `gain_m` ahead of the pace setter, from the lowest point to the highest, before
    losing as much again: the most likely two-speed course of the run for a given noise."""
    turns = np.flatnonzero(np.diff(ahead_m > 0)) + 1
    places = np.concatenate([[0], turns, [len(ahead_m)]])
    totals = np.concatenate([[0.0], np.cumsum(ahead_m)])[places].tolist()
    spans: list[Span] = []
    low_at = high_at = 0
    low = high = totals[0]
    is_up = False
    for at, value in zip(places.tolist(), totals, strict=True):
        if is_up:
            if value > high:
                high, high_at = value, at
            elif high - value >= gain_m:
                spans.append((low_at, high_at))
                is_up, low, low_at = False, value, at
        elif value < low:
            low, low_at = value, at
        elif value - low >= gain_m:
            is_up, high, high_at = True, value, at
    return [*spans, (low_at, high_at)] if is_up else spans


def otsu(speed: Series) -> float:
    """The speed that splits best into a slow and a fast class (Otsu 1979)."""
    counts, edges = np.histogram(speed, bins=_BINS)
    middles = (edges[:-1] + edges[1:]) / 2
    slow, slow_m = np.cumsum(counts), np.cumsum(counts * middles)
    fast, fast_m = slow[-1] - slow, slow_m[-1] - slow_m
    is_split = (slow > 0) & (fast > 0)
    if not is_split.any():
        return float(speed.mean())
    between = np.zeros(len(counts))
    apart = slow_m[is_split] / slow[is_split] - fast_m[is_split] / fast[is_split]
    between[is_split] = slow[is_split] * fast[is_split] * apart**2
    return float(edges[1 + int(between.argmax())])


def wander_m2_per_s(signal: Signal, is_work: Mask) -> float:
    """How fast the distance covered at an even effort strays, from neighbouring quarter minutes of one kind."""
    count = signal.seconds // _BLOCK_S * _BLOCK_S
    means = signal.flat[:count].reshape(-1, _BLOCK_S).mean(axis=1)
    kinds = np.where(signal.is_clear, np.where(is_work, 2, 1), 0)[:count].reshape(-1, _BLOCK_S)
    is_pure = (kinds.min(axis=1) == kinds.max(axis=1)) & (kinds[:, 0] > 0)
    pairs = is_pure[1:] & is_pure[:-1] & (kinds[1:, 0] == kinds[:-1, 0])
    if pairs.sum() < 5:
        return 0.5
    # The median of squared differences of two normal values is 0.455 of their mean, which is twice the variance.
    return float(_BLOCK_S * np.median(np.diff(means)[pairs] ** 2) / (2 * 0.455))


def edge(raw: Series, at: int, other: int, *, is_start: bool, reach_s: int = 25) -> int:
    """The second near `at`, one end of a rep whose other end is `other`, where speed is half-way between rep and rest."""
    within = min(reach_s, abs(other - at) // 2)
    first, last = (at - reach_s, at + within) if is_start else (at - within, at + reach_s)
    first, last = max(0, first), min(len(raw), last)
    before, after = raw[first:at], raw[at:last]
    if min(len(before), len(after)) < 5:
        return at
    ahead = np.cumsum(raw[first:last] - (np.median(before) + np.median(after)) / 2)
    total = np.concatenate([[0.0], ahead])
    return first + int(total.argmin() if is_start else total.argmax())


def mask(spans: list[Span], seconds: int) -> Mask:
    covered = np.zeros(seconds, dtype=bool)
    for start, end in spans:
        covered[start:end] = True
    return covered


def mean_over(values: Series, width: int) -> Series:
    total = np.concatenate([[0.0], np.cumsum(np.pad(values, width // 2, mode="edge"))])
    return np.asarray((total[width:] - total[:-width]) / width, dtype=np.float64)


def _median_of_5(values: Series) -> Series:
    padded = np.pad(values, 2, mode="edge")
    a, b, c, d, e = (padded[shift : shift + len(values)] for shift in range(5))
    # The middle of five by comparisons: the larger of the smaller pairs, the smaller of the larger, and the fifth.
    low, high = np.maximum(np.minimum(a, b), np.minimum(c, d)), np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))
