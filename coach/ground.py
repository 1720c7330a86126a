"""The plan while it is being laid: runs placed so far, and what the next ones are measured against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from coach.course import Course
from coach.history import RunLog
from coach.limits import floor_step
from coach.week import SEVEN_DAYS_WEEKLY_M, Role, Skeleton, runs_worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One run of the plan: when, what for, how far. `reference_m` is the longest run of the 30 days before."""

    day: date
    role: Role
    distance_m: int
    reference_m: float | None = None


class Ground:
    """What has been laid: slots by week, weekly volumes, hard days, the largest week."""

    def __init__(self, course: Course, log: RunLog) -> None:
        self.course = course
        self.log = log
        self.slots: dict[int, list[Slot]] = {frame.number: [] for frame in course.season.frames}
        self.hard: set[date] = set(course.hard_days)
        if course.season.race_date is not None:
            self.hard.add(course.season.race_date)
        self.runs = 0
        self.peak_m = 0
        self.peak_long_m = 0

    def runs_for(self, weekly_m: float) -> int:
        """How many runs a week of this volume is worth."""
        return runs_worth(weekly_m, self.course.runs_wanted)

    def skeleton(self, weekly_m: float) -> Skeleton:
        """The days run by now, with a day of rest where the week is too small for seven runs."""
        runs = self.runs if weekly_m >= SEVEN_DAYS_WEEKLY_M else min(self.runs, 6)
        return self.course.skeleton(max(1, runs))

    def roles(self, skeleton: Skeleton, days: list[date], quality: tuple[date, ...]) -> dict[date, Role]:
        """What each day is for; a long run that would follow too closely on what was done becomes easy."""
        roles = {d: Role.QUALITY if d in quality else skeleton.role(d.weekday()) for d in days}
        for d, role in roles.items():
            if role is Role.LONG and (self.course.is_too_soon(d) or len(skeleton.run_days) < 3):
                roles[d] = Role.EASY
        return roles

    def limits(
        self, roles: dict[date, Role], *, may_be_record: bool = False, most_m: float = float("inf")
    ) -> dict[date, float]:
        """How far each run may go: only the long run may be a record, and only it may take more than two hours."""
        return {
            d: min(self.log.limit(d, may_be_record=may_be_record), most_m, self.course.long_max_m)
            if role is Role.LONG
            else min(self.log.limit(d, may_be_record=False), most_m, self.course.easy_max_m)
            for d, role in roles.items()
        }

    def may_be_hard(self, day: date) -> bool:
        return day >= self.course.easy_before and not self.course.is_too_soon(day)

    def number_of(self, day: date) -> int:
        return next(frame.number for frame in self.course.season.frames if day in frame.days)

    def put(self, number: int, slot: Slot) -> None:
        """Place a run; every later one is measured against it."""
        self.slots[number].append(replace(slot, reference_m=self.log.longest_before(slot.day)))
        if slot.role in {Role.LONG, Role.QUALITY}:
            self.hard.add(slot.day)
        if slot.role is not Role.RACE:
            self.log.add(slot.day, slot.distance_m)


def even(distances: dict[date, int], total_m: float, limits: dict[date, float]) -> dict[date, int]:
    """The same distance for every run, within the total and every limit."""
    if not distances:
        return {}
    return dict.fromkeys(distances, floor_step(min(total_m / len(distances), *limits.values())))


def floor_total(distance_m: float) -> int:
    """A week's total, floored to 0.1 km."""
    return int(distance_m / 100 + 1e-6) * 100
