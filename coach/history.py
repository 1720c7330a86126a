"""Runs by day, done and already planned: what every spike and volume rule measures the next session against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from coach.limits import (
    EPSILON,
    FIRST_RUN_M,
    FIRST_RUN_OF_LONGEST_90D,
    RECORD_EVERY_DAYS,
    SPIKE_RATIO,
    SPIKE_WINDOW_DAYS,
)
from coach.model import DoneRun, Profile

# Two weeks below half of the usual volume are a break; what came before no longer counts as handled.
_BREAK_OF_USUAL = 0.5
_BREAK_WEEKS = 2
_WEEKS_TO_TELL = 3
_REFERENCE_WEEKS = 4


@dataclass(slots=True)
class RunLog:
    """The longest run of each day; planned runs are added as the plan grows."""

    # By the day's ordinal number: every session asks for thirty days, and dates are slow keys.
    _longest_m: dict[int, float] = field(default_factory=dict)
    first_run_m: float = FIRST_RUN_M

    @property
    def is_empty(self) -> bool:
        return not self._longest_m

    def add(self, day: date, distance_m: float) -> None:
        if distance_m > 0:
            number = day.toordinal()
            self._longest_m[number] = max(distance_m, self._longest_m.get(number, 0.0))

    def longest_before(self, day: date, days: int = SPIKE_WINDOW_DAYS) -> float | None:
        """The longest single run of the `days` days before `day`; None when there was none."""
        number, longest_m = day.toordinal(), self._longest_m
        before = [longest_m[n] for n in range(number - days, number) if n in longest_m]
        return max(before, default=None)

    def is_record(self, day: date) -> bool:
        reference = self.longest_before(day)
        return reference is not None and self._longest_m.get(day.toordinal(), 0.0) > reference + EPSILON

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
    log = _log(((run.run_date, run.distance_m) for run in done), profile.longest_run_90d_m)
    if log.is_empty and profile.longest_run_30d_m:
        log.add(profile.as_of_date - timedelta(days=1), profile.longest_run_30d_m)  # the profile counts from yesterday
    return log


def longest_safe_run_m(day: date, done: Iterable[tuple[date, float]], longest_90d_m: float | None) -> float:
    """How far a run may go on `day` after runs of (date, distance_m), if a record is due."""
    return _log(done, longest_90d_m).limit(day, may_be_record=True)


def usual_week_m(profile: Profile) -> float:
    """The median of the last four closed weeks; 0.0 when nothing is known."""
    return float(median(profile.weekly_distances_m[-4:])) if profile.weekly_distances_m else 0.0


def break_started(profile: Profile) -> int | None:
    """The index of the first of the latest two or more closed weeks in a row below half of the usual; None without."""
    return _break_started(profile.weekly_distances_m)


def recent_weeks_m(profile: Profile) -> tuple[float, ...]:
    """The closed weeks that volume may be measured against: the last four, or only those since a break."""
    return _recent_weeks_m(profile.weekly_distances_m)


def volume_reference_m(weekly_distances_m: Sequence[float]) -> float | None:
    """The week that the next may exceed by a tenth: the longest of those closed weeks; None without any."""
    return max(_recent_weeks_m(tuple(weekly_distances_m)), default=None)


def usual_before_break_m(profile: Profile) -> float:
    """The median week before a break, or of all closed weeks where there was none."""
    weeks = profile.weekly_distances_m[: break_started(profile)]
    return float(median(weeks)) if weeks else 0.0


def days_since_last_run(profile: Profile, done: Iterable[DoneRun], today: date) -> int | None:
    """Days without a run; None when no run is known."""
    days = [run.run_date for run in done if run.run_date <= today]
    if profile.last_run_date is not None:
        days.append(profile.last_run_date)
    return (today - max(days)).days if days else None


def _log(runs: Iterable[tuple[date, float]], longest_90d_m: float | None) -> RunLog:
    first = FIRST_RUN_M if longest_90d_m is None else min(FIRST_RUN_M, FIRST_RUN_OF_LONGEST_90D * longest_90d_m)
    log = RunLog(first_run_m=first)
    for run_date, distance_m in runs:
        log.add(run_date, distance_m)
    return log


def _recent_weeks_m(weeks: tuple[float, ...]) -> tuple[float, ...]:
    return weeks[max(len(weeks) - _REFERENCE_WEEKS, _break_started(weeks) or 0) :]


def _break_started(weeks: Sequence[float]) -> int | None:
    if len(weeks) < _WEEKS_TO_TELL:
        return None
    usual = float(median(weeks))
    low, found = 0, None
    for index, week_m in enumerate(weeks):
        low = low + 1 if week_m < _BREAK_OF_USUAL * usual - EPSILON else 0
        if low >= _BREAK_WEEKS:
            found = index - low + 1
    return found
