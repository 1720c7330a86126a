"""Runs by day, done and already planned: what every spike and volume rule measures the next session against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from coach.limits import (
    EPSILON,
    FIRST_RUN_M,
    FIRST_RUN_OF_LONGEST_90D,
    FIRST_WEEK_RUNS,
    RECORD_EVERY_DAYS,
    SPIKE_RATIO,
    SPIKE_WINDOW_DAYS,
)
from coach.model import DoneRun, Profile

_BREAK_OF_USUAL = 0.5  # two weeks below half of the usual volume are a break


@dataclass(slots=True)
class RunLog:
    """The longest run of each day; planned runs are added as the plan grows."""

    longest_m: dict[date, float] = field(default_factory=dict)
    first_run_m: float = FIRST_RUN_M

    def add(self, day: date, distance_m: float) -> None:
        if distance_m > 0:
            self.longest_m[day] = max(distance_m, self.longest_m.get(day, 0.0))

    def longest_before(self, day: date, days: int = SPIKE_WINDOW_DAYS) -> float | None:
        """The longest single run of the `days` days before `day`; None when there was none."""
        before = [d for back in range(1, days + 1) if (d := self.longest_m.get(day - timedelta(days=back))) is not None]
        return max(before, default=None)

    def is_record(self, day: date) -> bool:
        reference = self.longest_before(day)
        return reference is not None and self.longest_m.get(day, 0.0) > reference + EPSILON

    def limit(self, day: date, *, may_be_record: bool) -> float:
        """How far a run may go on `day`: within the longest of 30 days, or a tenth further if a record is due."""
        reference = self.longest_before(day)
        if reference is None:
            return self.first_run_m
        recent = (day - timedelta(days=back) for back in range(1, RECORD_EVERY_DAYS))
        if may_be_record and not any(self.is_record(d) for d in recent):
            return SPIKE_RATIO * reference
        return reference


def run_log(profile: Profile, done: Iterable[DoneRun]) -> RunLog:
    """The log of what was done; a profile without single runs stands in with its longest."""
    longest_90d = profile.longest_run_90d_m
    first = FIRST_RUN_M if longest_90d is None else min(FIRST_RUN_M, FIRST_RUN_OF_LONGEST_90D * longest_90d)
    log = RunLog(first_run_m=first)
    for run in done:
        log.add(run.run_date, run.distance_m)
    if not log.longest_m and profile.longest_run_30d_m:
        log.add(profile.as_of_date, profile.longest_run_30d_m)
    return log


def usual_week_m(profile: Profile) -> float:
    """The median of the last four closed weeks; 0.0 when nothing is known."""
    return float(median(profile.weekly_distances_m[-4:])) if profile.weekly_distances_m else 0.0


def recent_weeks_m(profile: Profile) -> tuple[float, ...]:
    """The closed weeks that volume may be measured against: the last four, or only those since a break."""
    weeks = profile.weekly_distances_m[-4:]
    usual = float(median(profile.weekly_distances_m)) if profile.weekly_distances_m else 0.0
    low = 0
    for week_m in reversed(weeks):
        if week_m >= _BREAK_OF_USUAL * usual:
            break
        low += 1
    return weeks[-low:] if low >= 2 else weeks


def starting_week_m(profile: Profile, log: RunLog) -> float:
    """The volume a plan starts from: the usual or the largest recent week, the smaller, at least three first runs."""
    floor_m = FIRST_WEEK_RUNS * log.first_run_m
    weeks = profile.weekly_distances_m[-4:]
    return max(floor_m, min(usual_week_m(profile), max(weeks, default=0.0)))


def days_since_last_run(profile: Profile, done: Iterable[DoneRun], today: date) -> int | None:
    """Days without a run; None when no run is known."""
    days = [run.run_date for run in done if run.run_date <= today]
    if profile.last_run_date is not None:
        days.append(profile.last_run_date)
    return (today - max(days)).days if days else None
