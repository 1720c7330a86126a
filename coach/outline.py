"""Every run's day, purpose and distance, before any session has content: how volume and long run grow, rest and taper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from coach.course import FLOOR_M, Course
from coach.ground import Ground, Slot, even, floor_total
from coach.history import RunLog
from coach.limits import CUTBACK_LOADED_MAX, CUTBACK_OF_LOADED, LONG_SHARE_MAX, WEEKLY_GROWTH
from coach.model import Level, Phase, WeekKind
from coach.season import Frame
from coach.taper import lay_taper, taper_run_m
from coach.week import Role, Skeleton, share_out

_CUTBACK_LONG = 0.78
_WORTH_STARTING_M = 2000  # a partial first week holds no run shorter than this unless nothing else is possible
_TWO_QUALITY_FROM_RUNS = 5
_TWO_QUALITY_FROM_M = 30000
_SHARE_FROM_RUNS = 3  # with fewer runs a share of the week says nothing
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineWeek:
    """One week of slots; `cap_m` is the most it may hold, `before_m` the largest of the four weeks before."""

    frame: Frame
    kind: WeekKind
    slots: tuple[Slot, ...]
    cap_m: float
    before_m: float

    @property
    def distance_m(self) -> int:
        return sum(slot.distance_m for slot in self.slots if slot.role is not Role.RACE)

    @property
    def long_m(self) -> int:
        return max((s.distance_m for s in self.slots if s.role is Role.LONG), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole plan in distances; peak values are those of the largest loaded week."""

    weeks: tuple[OutlineWeek, ...]
    peak_m: int
    peak_long_m: int
    quality_without_room: bool


def outline(course: Course, log: RunLog) -> Outline:
    """Lay every week from the first planned day to the race; `log` receives the planned runs."""
    weeks = _Weeks(course, log)
    for frame in course.season.frames:
        weeks.add(frame)
    lay_taper(weeks.ground)
    return weeks.outline()


class _Weeks:
    """Lays one week after another up to the taper, each measured against what was done and planned before it."""

    def __init__(self, course: Course, log: RunLog) -> None:
        self.ground = Ground(course, log)
        self._course = course
        self._log = log
        self._volumes_m: list[float] = list(course.recent_weeks_m)
        self._caps: dict[int, tuple[float, float]] = {}
        self._kinds: dict[int, WeekKind] = {}
        self._step = 0
        self._full_weeks = 0
        self._last_loaded_m = 0
        self._last_loaded_long_m = 0
        self._no_room = False

    def outline(self) -> Outline:
        weeks = []
        for frame in self._course.season.frames:
            cap_m, before_m = self._caps.get(frame.number, (0.0, 0.0))
            weeks.append(
                OutlineWeek(
                    frame=frame,
                    kind=self._kinds.get(frame.number, frame.kind),
                    slots=tuple(sorted(self.ground.slots[frame.number], key=lambda slot: slot.day)),
                    cap_m=cap_m,
                    before_m=before_m,
                )
            )
        return Outline(
            weeks=tuple(weeks),
            peak_m=self.ground.peak_m,
            peak_long_m=self.ground.peak_long_m,
            quality_without_room=self._no_room,
        )

    def add(self, frame: Frame) -> None:
        if not frame.loaded_days:
            return
        if frame.kind is WeekKind.PARTIAL:
            self._add_partial(frame)
        elif frame.kind is WeekKind.CUTBACK:
            self._add_cutback(frame)
        else:
            self._add_loaded(frame)

    def _add_partial(self, frame: Frame) -> None:
        """The rest of a week already begun: easy runs within what the week has left, no record, no quality."""
        course = self._course
        done_m = course.done_week_m
        skeleton = course.skeleton(min(6, self.ground.runs_for(course.start_m)))
        days = [d for d in frame.days if d.weekday() in skeleton.run_days]
        before_m = self._before_m()
        cap_m = min(course.first_cap_m, (1 + WEEKLY_GROWTH) * before_m)
        left_m = max(0.0, min(cap_m, course.start_m) - done_m)
        room = max(0, len(skeleton.run_days) - course.done_week_days)
        days = sorted(days, key=lambda d: (d.weekday() != course.long_day, d))[:room]
        while days and left_m / len(days) < min(_WORTH_STARTING_M, course.start_m / len(skeleton.run_days) - 1):
            days.pop()
        total_m = min(left_m, course.start_m * len(days) / len(skeleton.run_days))
        roles = self.ground.roles(skeleton, sorted(days), ())
        limits = self.ground.limits(roles)
        if len(roles) < _SHARE_FROM_RUNS:
            limits = {d: min(limit, LONG_SHARE_MAX * before_m) for d, limit in limits.items()}
        if course.from_nothing or len(roles) < _SHARE_FROM_RUNS or Role.LONG not in roles.values():
            distances = even(dict.fromkeys(roles, 0), total_m, limits)
        else:
            distances = share_out(total_m, roles, limits, share=LONG_SHARE_MAX)
        self._keep(frame, roles, distances)
        self._close(frame, cap_m, before_m, done_m)

    def _add_loaded(self, frame: Frame) -> None:
        course = self._course
        first = self._full_weeks == 0
        returning = first and (course.return_days > 0 or course.from_nothing)
        if not returning:
            self._step += 1
        wanted_m = course.volume_m(self._step)
        before_m = self._before_m()
        cap_m = (1 + WEEKLY_GROWTH) * before_m
        if first:
            cap_m = min(cap_m, course.first_cap_m)
        self.ground.runs = max(self.ground.runs, self.ground.runs_for(wanted_m))
        skeleton = self.ground.skeleton(0.0 if frame.taper_days else 0.98 * min(wanted_m, cap_m))
        days = [frame.start_date + i * _DAY for i in range(7)]
        days = [d for d in days if d.weekday() in skeleton.run_days]
        quality = () if returning else self._quality_days(skeleton, days, frame, most=self._most_quality(frame))
        total_m = floor_total(min(wanted_m, cap_m))
        roles = self.ground.roles(skeleton, days, quality)
        distances = self._distances(roles, total_m, returning=returning)
        if frame.taper_days and not any(roles[d] is Role.LONG for d in roles if d in frame.loaded_days):
            most_m = taper_run_m(self.ground)
            distances = {d: min(m, most_m) for d, m in distances.items()}
        if returning and course.return_days:
            self._kinds[frame.number] = WeekKind.RETURN
        self._keep(frame, roles, distances)
        self._full_weeks += 1
        if not frame.taper_days:
            self._last_loaded_m = sum(distances.values())
            self._last_loaded_long_m = _longest(distances, roles)
            self.ground.peak_m = max(self.ground.peak_m, self._last_loaded_m)
            self.ground.peak_long_m = max(self.ground.peak_long_m, self._last_loaded_long_m)
        self._close(frame, cap_m, before_m, 0.0)

    def _add_cutback(self, frame: Frame) -> None:
        before_m = self._before_m()
        skeleton = self.ground.skeleton(CUTBACK_OF_LOADED * self._last_loaded_m - 1000)
        days = [d for d in frame.days if d.weekday() in skeleton.run_days]
        quality = self._quality_days(skeleton, days, frame, most=1)
        roles = self.ground.roles(skeleton, days, quality)
        total_m = floor_total(CUTBACK_OF_LOADED * self._last_loaded_m)
        long_m = min(_CUTBACK_LONG * self._last_loaded_long_m, CUTBACK_LOADED_MAX * self._last_loaded_long_m)
        limits = self.ground.limits(roles, most_m=long_m)
        distances = self._share(total_m, roles, limits)
        self._keep(frame, roles, distances)
        self._full_weeks += 1
        self._close(frame, CUTBACK_LOADED_MAX * self._last_loaded_m, before_m, 0.0)

    def _distances(self, roles: dict[date, Role], total_m: int, *, returning: bool) -> dict[date, int]:
        course = self._course
        limits = self.ground.limits(roles, may_be_record=not returning)
        if returning and len(roles) < _SHARE_FROM_RUNS:
            limits = {d: min(limit, LONG_SHARE_MAX * self._before_m()) for d, limit in limits.items()}
        if returning and course.from_nothing and self._log.longest_before(min(roles)) is None:
            return even(dict.fromkeys(roles, 0), total_m, limits)
        # The long run follows its own course, but never lags so far that the others would have to be longer.
        wanted = max(course.long_m(self._step), 1.06 * total_m / len(roles))
        limits = {d: min(limit, wanted) if roles[d] is Role.LONG else limit for d, limit in limits.items()}
        return self._share(total_m, roles, limits)

    def _share(self, total_m: int, roles: dict[date, Role], limits: dict[date, float]) -> dict[date, int]:
        if Role.LONG not in roles.values():
            return even(dict.fromkeys(roles, 0), total_m, limits)
        return share_out(total_m, roles, limits, share=LONG_SHARE_MAX)

    def _most_quality(self, frame: Frame) -> int:
        """How many quality days a loaded week may hold by phase, level and volume."""
        two = (
            frame.phase in {Phase.BUILD, Phase.PEAK}
            and self._course.level is not Level.BEGINNER
            and self.ground.runs >= _TWO_QUALITY_FROM_RUNS
            and self._course.volume_m(self._step) >= _TWO_QUALITY_FROM_M
        )
        return 2 if two else 1

    def _quality_days(self, skeleton: Skeleton, days: list[date], frame: Frame, *, most: int) -> tuple[date, ...]:
        course = self._course
        chosen: list[date] = []
        if not skeleton.quality_days:
            self._no_room = True
        for weekday in skeleton.quality_days:
            for d in days:
                if d.weekday() == weekday and len(chosen) < most and self.ground.may_be_hard(d):
                    longs = {d + i * _DAY for i in range(-6, 7) if (d + i * _DAY).weekday() == course.long_day}
                    hard = self.ground.hard | set(chosen) | longs
                    if all(abs((d - other).days) >= course.gap_days for other in hard):
                        chosen.append(d)
        return tuple(chosen)

    def _before_m(self) -> float:
        """The largest of the four weeks before; what a break leaves of the usual week counts for the first full one."""
        course = self._course
        back_m = course.start_m if course.return_days and self._full_weeks == 0 else 0.0
        return max(FLOOR_M, back_m, *self._volumes_m[-4:], 0.0)

    def _keep(self, frame: Frame, roles: dict[date, Role], distances: dict[date, int]) -> None:
        """Put the runs into the plan, in order of days, those of the taper left out."""
        for d in sorted(distances):
            if distances[d] > 0 and d in frame.loaded_days:
                self.ground.put(frame.number, Slot(day=d, role=roles[d], distance_m=distances[d]))

    def _close(self, frame: Frame, cap_m: float, before_m: float, done_m: float) -> None:
        self._caps[frame.number] = (cap_m, before_m)
        self._volumes_m.append(done_m + sum(slot.distance_m for slot in self.ground.slots[frame.number]))


def _longest(distances: dict[date, int], roles: dict[date, Role]) -> int:
    longs = [m for d, m in distances.items() if roles[d] is Role.LONG]
    return max(longs or distances.values(), default=0)
