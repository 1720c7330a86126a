"""One week's shape: which days are run, what each is for, and how the week's distance is shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import combinations, pairwise

from coach.limits import EPSILON, floor_step, next_step, previous_step
from coach.model import Athlete, Level, Profile

# Days after the long run on which to run, by runs per week; constrained weeks stay as close to these as they can.
_SKELETONS: dict[int, tuple[int, ...]] = {
    1: (0,),
    2: (0, 3),
    3: (0, 2, 4),
    4: (0, 2, 3, 5),
    5: (0, 2, 3, 4, 6),
    6: (0, 1, 2, 3, 4, 6),
    7: (0, 1, 2, 3, 4, 5, 6),
}
_QUALITY_PREFERENCE = (2, 4, 3, 5)
_RECOVERY_FROM_RUNS = 6
SEVEN_DAYS_WEEKLY_M = 60000
_WORTH_A_RUN_M = 3500  # fewer, longer runs rather than more below this


class Role(StrEnum):
    LONG = "long"
    QUALITY = "quality"
    EASY = "easy"
    RECOVERY = "recovery"
    RACE = "race"


_WEIGHTS = {Role.QUALITY: 1.12, Role.EASY: 1.0, Role.RECOVERY: 0.75}


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Weekdays (0 = Monday) of one training week; quality days in order of importance."""

    long_day: int
    run_days: tuple[int, ...]
    quality_days: tuple[int, ...]

    def role(self, weekday: int) -> Role:
        if weekday == self.long_day:
            return Role.LONG
        offset = (weekday - self.long_day) % 7
        if len(self.run_days) >= _RECOVERY_FROM_RUNS and offset in {1, 5}:
            return Role.RECOVERY
        return Role.EASY


def available_days(athlete: Athlete) -> tuple[int, ...]:
    return tuple(sorted(set(athlete.run_days))) or tuple(range(7))


def long_day_of(athlete: Athlete) -> int:
    """The preferred long-run day, or the nearest day the athlete can run on (the later one of two)."""
    return min(
        available_days(athlete),
        key=lambda d: (min((d - athlete.long_run_day) % 7, (athlete.long_run_day - d) % 7), -d),
    )


def run_days_wanted(athlete: Athlete, profile: Profile, level: Level) -> int:
    """How many days a week to run at most: as said, else as done, never more than the days there are."""
    habit = 3 if profile.runs_per_week is None else max(3, round(profile.runs_per_week))
    wanted = athlete.days_per_week or min(habit, 4 if level is Level.BEGINNER else 6)
    weekly_m = max(profile.weekly_distances_m[-4:], default=0.0)
    if level is not Level.ADVANCED or weekly_m < SEVEN_DAYS_WEEKLY_M:
        wanted = min(wanted, 6)
    return max(1, min(wanted, len(available_days(athlete))))


def runs_worth(weekly_m: float, wanted: int) -> int:
    """How many of the wanted days a volume is worth."""
    return min(wanted, max(3, int(weekly_m // _WORTH_A_RUN_M)))


@lru_cache(maxsize=1024)
def skeleton(available: tuple[int, ...], long_day: int, runs: int, gap_days: int) -> Skeleton:
    """The best week of `runs` days among those available, with hard days at least `gap_days` apart."""
    wanted = set(_SKELETONS[runs])
    others = sorted((d - long_day) % 7 for d in available if d != long_day)
    best = max(combinations(others, runs - 1), key=lambda offsets: _fitness(offsets, wanted, gap_days))
    quality = _quality_offsets(best, gap_days)
    return Skeleton(
        long_day=long_day,
        run_days=tuple(sorted((o + long_day) % 7 for o in (0, *best))),
        quality_days=tuple((o + long_day) % 7 for o in quality),
    )


def _fitness(offsets: tuple[int, ...], wanted: set[int], gap_days: int) -> tuple[int, int, int]:
    """Room for one quality day first, then likeness to the wanted skeleton, then evenness."""
    days = (0, *offsets, 7)
    uneven = sum((b - a) ** 2 for a, b in pairwise(days))
    return (min(1, len(_quality_offsets(offsets, gap_days))), len(wanted & set(offsets)), -uneven)


def _quality_offsets(offsets: tuple[int, ...], gap_days: int) -> tuple[int, ...]:
    chosen: list[int] = []
    for offset in _QUALITY_PREFERENCE:
        legal = gap_days <= offset <= 7 - gap_days
        if legal and offset in offsets and all(abs(offset - other) >= gap_days for other in chosen):
            chosen.append(offset)
    return tuple(chosen[:2])


def share_out(
    total_m: float,
    roles: Mapping[date, Role],
    limits: Mapping[date, float],
    *,
    share: float | None,
) -> dict[date, int]:
    """Distances of the week's runs in planned steps: within the total, every limit, and the long run's share.

    The long run gets what it may (its limit, its share); no other run is longer than it. Without a long run, or with
    `share` None, only the limits hold.
    """
    long_days = [day for day, role in roles.items() if role is Role.LONG]
    others = [day for day, role in roles.items() if role is not Role.LONG]
    if not long_days:
        return _fill(total_m, others, roles, limits)
    day = long_days[0]
    long_m = floor_step(min(limits[day], total_m if share is None else share * total_m))
    while long_m > 0:
        capped = {other: min(limits[other], long_m) for other in others}
        distances = {day: long_m, **_fill(total_m - long_m, others, roles, capped)}
        if share is None or long_m <= share * sum(distances.values()) + EPSILON:
            return distances
        long_m = previous_step(long_m)
    return dict.fromkeys(roles, 0)


def _fill(
    total_m: float, days: Sequence[date], roles: Mapping[date, Role], limits: Mapping[date, float]
) -> dict[date, int]:
    """Share a distance by weight, then hand out what rounding left, one step at a time."""
    distances: dict[date, int] = dict.fromkeys(days, 0)
    open_days = list(days)
    left = total_m
    while open_days:
        weight = sum(_WEIGHTS[roles[day]] for day in open_days)
        full = [d for d in open_days if limits[d] <= left * _WEIGHTS[roles[d]] / weight]
        for day in full or open_days:
            distances[day] = floor_step(min(limits[day], left * _WEIGHTS[roles[day]] / weight))
        if not full:
            break
        left -= sum(limits[day] for day in full)
        open_days = [d for d in open_days if d not in full]
    spare = total_m - sum(distances.values())
    order = sorted(days, key=lambda d: -_WEIGHTS[roles[d]])
    grew = True
    while grew:
        grew = False
        for day in order:
            longer = next_step(distances[day])
            if longer <= limits[day] + EPSILON and longer - distances[day] <= spare + EPSILON:
                spare -= longer - distances[day]
                distances[day] = longer
                grew = True
    return distances
