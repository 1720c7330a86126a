"""How fast each intensity is for this athlete, and the target that a session shows for it."""

from __future__ import annotations

from dataclasses import dataclass

from coach.fitness import training_pace_range, training_paces
from coach.limits import SLOWER_THAN_EASY
from coach.model import Athlete, Intensity, Level, Profile, Target, TrainingPaces

# Without a race to go by, durations are estimated from the easy pace (or the level's) by the usual ratios of the table.
_EASY_GUESS_S_PER_KM = {Level.BEGINNER: 450.0, Level.INTERMEDIATE: 385.0, Level.ADVANCED: 330.0}
_EASY_S_PER_KM_BOUNDS = (240.0, 600.0)
_SHARE_OF_EASY = {
    Intensity.EASY: 1.0,
    Intensity.MARATHON: 0.86,
    Intensity.THRESHOLD: 0.80,
    Intensity.INTERVAL: 0.74,
    Intensity.REPETITION: 0.69,
    Intensity.STRIDES: 0.69,
}
WALK_S_PER_KM = 720.0

_PACE_NAMES = {
    Intensity.EASY: "easy",
    Intensity.MARATHON: "marathon",
    Intensity.THRESHOLD: "threshold",
    Intensity.INTERVAL: "interval",
    Intensity.REPETITION: "repetition",
}

# Shares of maximum heart rate (Daniels): marathon 80-89, threshold 88-92; easy 65-79. Shorter work is too short for it.
_HEART_RATE_SHARES = {
    Intensity.EASY: (0.65, 0.79),
    Intensity.MARATHON: (0.80, 0.89),
    Intensity.THRESHOLD: (0.88, 0.92),
}
_RPE = {
    Intensity.WALK: 1,
    Intensity.EASY: 3,
    Intensity.MARATHON: 5,
    Intensity.THRESHOLD: 7,
    Intensity.INTERVAL: 8,
    Intensity.REPETITION: 9,
    Intensity.STRIDES: 8,
}
_EFFORT = {
    Intensity.WALK: "a brisk walk",
    Intensity.EASY: "easy: you can talk in whole sentences",
    Intensity.MARATHON: "steady: short sentences, controlled",
    Intensity.THRESHOLD: "comfortably hard: a few words at a time, never gasping",
    Intensity.INTERVAL: "hard: as fast as you could race for about ten to fifteen minutes",
    Intensity.REPETITION: "fast and relaxed: good form matters more than the clock",
    Intensity.STRIDES: "quick and light, never a sprint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceBook:
    """The athlete's paces; `paces` is None when no race is known, and then targets are effort words."""

    paces: TrainingPaces | None
    easy_s_per_km: float
    max_heart_rate_bpm: float | None

    def middle(self, intensity: Intensity) -> float:
        """The pace that durations are computed with."""
        if intensity is Intensity.WALK:
            return WALK_S_PER_KM
        if self.paces is None:
            return self.easy_s_per_km * _SHARE_OF_EASY[intensity]
        return {
            Intensity.EASY: self.easy_s_per_km,
            Intensity.MARATHON: self.paces.marathon,
            Intensity.THRESHOLD: self.paces.threshold,
            Intensity.INTERVAL: self.paces.interval,
            Intensity.REPETITION: self.paces.repetition,
            Intensity.STRIDES: self.paces.repetition,
        }[intensity]

    def target(self, intensity: Intensity, *, with_pace: bool = True) -> Target:
        """What to aim at: pace where known, heart rate where it settles, effort always."""
        fast = slow = None
        if self.paces is not None and with_pace and intensity in _PACE_NAMES:
            bounds = pace_range(self.paces.race_fitness, _PACE_NAMES[intensity], self.easy_s_per_km)
            fast, slow = (round(pace, 1) for pace in bounds)
        low = high = None
        if self.max_heart_rate_bpm is not None and intensity in _HEART_RATE_SHARES:
            shares = _HEART_RATE_SHARES[intensity]
            low, high = (float(round(share * self.max_heart_rate_bpm)) for share in shares)
        return Target(
            pace_fast_s_per_km=fast,
            pace_slow_s_per_km=slow,
            heart_rate_low_bpm=low,
            heart_rate_high_bpm=high,
            rpe=_RPE[intensity],
            effort=_EFFORT[intensity],
        )


def pace_range(race_fitness: float, intensity: str, own_easy_s_per_km: float | None) -> tuple[float, float]:
    """The fastest and slowest pace of an intensity in s/km.

    The easy range is moved to where easy is slower by the heart than race fitness alone would say.
    """
    fast, slow = training_pace_range(race_fitness, intensity)
    if intensity != "easy" or own_easy_s_per_km is None:
        return fast, slow
    own, half = _own_easy(own_easy_s_per_km, fast, slow), (slow - fast) / 2
    return max(fast, own - half), max(slow, min(own + half, SLOWER_THAN_EASY * slow))


def _own_easy(own: float | None, fast: float, slow: float) -> float:
    """The pace that is easy by heart rate, within what race fitness calls easy and a recovery jog; else its middle."""
    return (fast + slow) / 2 if own is None else min(max(own, fast), SLOWER_THAN_EASY * slow)


def pace_book(athlete: Athlete, profile: Profile, level: Level) -> PaceBook:
    """Paces of today's race fitness, never of the time the athlete wishes for."""
    paces = None if profile.race_fitness is None else training_paces(profile.race_fitness)
    if paces is not None:
        easy = _own_easy(profile.easy_pace_s_per_km, paces.easy_fast, paces.easy_slow)
    else:
        low, high = _EASY_S_PER_KM_BOUNDS
        easy = min(max(profile.easy_pace_s_per_km or _EASY_GUESS_S_PER_KM[level], low), high)
    heart_rate = athlete.max_heart_rate_bpm
    if heart_rate is None and profile.max_heart_rate_confidence != "low":
        heart_rate = profile.max_heart_rate_bpm  # a formula's guess (± 20 bpm) is worse than effort words
    return PaceBook(paces=paces, easy_s_per_km=easy, max_heart_rate_bpm=heart_rate)
