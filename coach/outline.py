"""Every run's day, purpose and distance, before any session has content: how volume and long run grow, rest and taper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from coach.course import FLOOR_M, Course
from coach.history import RunLog
from coach.limits import (
    CUTBACK_LOADED_MAX,
    CUTBACK_OF_LOADED,
    LONG_SHARE_MAX,
    WEEKLY_GROWTH,
    floor_step,
)
from coach.model import Level, Phase, WeekKind
from coach.season import Frame
from coach.week import SEVEN_DAYS_WEEKLY_M, Role, Skeleton, runs_worth, share_out

_CUTBACK_LONG = 0.78
# The longest run of each taper block against the peak long run; a strict taper is monotone (Smyth & Lawlor 2021).
_TAPER_LONG: dict[int, tuple[float, ...]] = {1: (0.60,), 2: (0.60, 0.40), 3: (0.75, 0.60, 0.40)}
# On three run days the runs are few, so each may be longer; the long run still falls strictly.
_TAPER_LONG_FEW_DAYS: dict[int, tuple[float, ...]] = {1: (0.75,), 2: (0.70, 0.50), 3: (0.85, 0.70, 0.50)}
_FEW_RUN_DAYS = 3
# The last two blocks together: about half of the peak (Bosquet 2007: 41-60 % less).
_LAST_TWO_BLOCKS = 0.86
_BLOCK_MAX = 0.77
_EVEN = 1.2
_TOUCH_BEFORE_RACE_DAYS = 3
_WORTH_STARTING_M = 2000  # a partial first week holds no run shorter than this unless nothing else is possible
_TWO_QUALITY_FROM_RUNS = 5
_TWO_QUALITY_FROM_M = 30000
_DAY = timedelta(days=1)
_SUNDAY = 6
_SHARE_FROM_RUNS = 3  # with fewer runs a share of the week says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One run of the plan: when, what for, how far. `reference_m` is the longest run of the 30 days before."""

    day: date
    role: Role
    distance_m: int
    reference_m: float | None = None


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
    builder = _Builder(course, log)
    for frame in course.season.frames:
        builder.add_before_taper(frame)
    builder.add_taper()
    return builder.outline()


class _Builder:
    """Lays one week after another, each measured against what was done and planned before it."""

    def __init__(self, course: Course, log: RunLog) -> None:
        self._course = course
        self._log = log
        self._volumes_m: list[float] = list(course.recent_weeks_m)
        self._slots: dict[int, list[Slot]] = {frame.number: [] for frame in course.season.frames}
        self._caps: dict[int, tuple[float, float]] = {}
        self._kinds: dict[int, WeekKind] = {}
        self._hard: set[date] = set(course.hard_days)
        if course.season.race_date is not None:
            self._hard.add(course.season.race_date)
        self._step = 0
        self._full_weeks = 0
        self._runs = 0
        self._last_loaded_m = 0
        self._last_loaded_long_m = 0
        self._peak_m = 0
        self._peak_long_m = 0
        self._no_room = False

    def outline(self) -> Outline:
        weeks = []
        for frame in self._course.season.frames:
            cap_m, before_m = self._caps.get(frame.number, (0.0, 0.0))
            weeks.append(
                OutlineWeek(
                    frame=frame,
                    kind=self._kinds.get(frame.number, frame.kind),
                    slots=tuple(sorted(self._slots[frame.number], key=lambda slot: slot.day)),
                    cap_m=cap_m,
                    before_m=before_m,
                )
            )
        return Outline(
            weeks=tuple(weeks),
            peak_m=self._peak_m,
            peak_long_m=self._peak_long_m,
            quality_without_room=self._no_room,
        )

    def add_before_taper(self, frame: Frame) -> None:
        if not frame.loaded_days:
            return
        if frame.kind is WeekKind.PARTIAL:
            self._add_partial(frame)
        elif frame.kind is WeekKind.CUTBACK:
            self._add_cutback(frame)
        else:
            self._add_loaded(frame)

    # The weeks before the taper

    def _add_partial(self, frame: Frame) -> None:
        """The rest of a week already begun: easy runs within what the week has left, no record, no quality."""
        course = self._course
        done_m = course.done_week_m
        skeleton = course.skeleton(min(6, self._runs_for(course.start_m)))
        days = [d for d in frame.days if d.weekday() in skeleton.run_days]
        before_m = self._before_m()
        cap_m = min(course.first_cap_m, (1 + WEEKLY_GROWTH) * before_m)
        left_m = max(0.0, min(cap_m, course.start_m) - done_m)
        room = max(0, len(skeleton.run_days) - course.done_week_days)
        days = sorted(days, key=lambda d: (d.weekday() != course.long_day, d))[:room]
        while days and left_m / len(days) < min(_WORTH_STARTING_M, course.start_m / len(skeleton.run_days) - 1):
            days.pop()
        total_m = min(left_m, course.start_m * len(days) / len(skeleton.run_days))
        roles = self._roles(skeleton, sorted(days), ())
        limits = self._limits(roles)
        if len(roles) < _SHARE_FROM_RUNS:
            limits = {d: min(limit, LONG_SHARE_MAX * before_m) for d, limit in limits.items()}
        if course.from_nothing or len(roles) < _SHARE_FROM_RUNS or Role.LONG not in roles.values():
            distances = self._even(dict.fromkeys(roles, 0), total_m, limits)
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
        self._runs = max(self._runs, self._runs_for(wanted_m))
        skeleton = self._skeleton(0.0 if frame.taper_days else 0.98 * min(wanted_m, cap_m))
        days = [frame.start_date + i * _DAY for i in range(7)]
        days = [d for d in days if d.weekday() in skeleton.run_days]
        quality = () if returning else self._quality_days(skeleton, days, frame, most=self._most_quality(frame))
        total_m = floor_step_total(min(wanted_m, cap_m))
        roles = self._roles(skeleton, days, quality)
        distances = self._distances(roles, total_m, returning=returning)
        if frame.taper_days and not any(roles[d] is Role.LONG for d in roles if d in frame.loaded_days):
            most_m = self._taper_run_m()
            distances = {d: min(m, most_m) for d, m in distances.items()}
        if returning and course.return_days:
            self._kinds[frame.number] = WeekKind.RETURN
        self._keep(frame, roles, distances)
        self._full_weeks += 1
        if not frame.taper_days:
            self._last_loaded_m = sum(distances.values())
            self._last_loaded_long_m = _longest(distances, roles)
            self._peak_m = max(self._peak_m, self._last_loaded_m)
            self._peak_long_m = max(self._peak_long_m, self._last_loaded_long_m)
        self._close(frame, cap_m, before_m, 0.0)

    def _add_cutback(self, frame: Frame) -> None:
        before_m = self._before_m()
        skeleton = self._skeleton(CUTBACK_OF_LOADED * self._last_loaded_m - 1000)
        days = [d for d in frame.days if d.weekday() in skeleton.run_days]
        quality = self._quality_days(skeleton, days, frame, most=1)
        roles = self._roles(skeleton, days, quality)
        total_m = floor_step_total(CUTBACK_OF_LOADED * self._last_loaded_m)
        long_m = min(_CUTBACK_LONG * self._last_loaded_long_m, CUTBACK_LOADED_MAX * self._last_loaded_long_m)
        limits = self._limits(roles, most_m=long_m)
        distances = self._share(total_m, roles, limits)
        self._keep(frame, roles, distances)
        self._full_weeks += 1
        self._close(frame, CUTBACK_LOADED_MAX * self._last_loaded_m, before_m, 0.0)

    def _distances(self, roles: dict[date, Role], total_m: int, *, returning: bool) -> dict[date, int]:
        course = self._course
        limits = self._limits(roles, may_be_record=not returning)
        if returning and len(roles) < _SHARE_FROM_RUNS:
            limits = {d: min(limit, LONG_SHARE_MAX * self._before_m()) for d, limit in limits.items()}
        if returning and course.from_nothing and self._log.longest_before(min(roles)) is None:
            return self._even(dict.fromkeys(roles, 0), total_m, limits)
        # The long run follows its own course, but never lags so far that the others would have to be longer.
        wanted = max(course.long_m(self._step), 1.06 * total_m / len(roles))
        limits = {d: min(limit, wanted) if roles[d] is Role.LONG else limit for d, limit in limits.items()}
        return self._share(total_m, roles, limits)

    def _limits(
        self, roles: dict[date, Role], *, may_be_record: bool = False, most_m: float = float("inf")
    ) -> dict[date, float]:
        """How far each run may go: only the long run may be a record, and only it may take more than two hours."""
        return {
            d: min(self._log.limit(d, may_be_record=may_be_record), most_m, self._course.long_max_m)
            if role is Role.LONG
            else min(self._log.limit(d, may_be_record=False), most_m, self._course.easy_max_m)
            for d, role in roles.items()
        }

    def _share(self, total_m: int, roles: dict[date, Role], limits: dict[date, float]) -> dict[date, int]:
        if Role.LONG not in roles.values():
            return self._even(dict.fromkeys(roles, 0), total_m, limits)
        return share_out(total_m, roles, limits, share=LONG_SHARE_MAX)

    @staticmethod
    def _even(distances: dict[date, int], total_m: float, limits: dict[date, float]) -> dict[date, int]:
        if not distances:
            return {}
        return dict.fromkeys(distances, floor_step(min(total_m / len(distances), *limits.values())))

    def _runs_for(self, weekly_m: float) -> int:
        return runs_worth(weekly_m, self._course.runs_wanted)

    def _skeleton(self, weekly_m: float) -> Skeleton:
        """The days run by now, with a day of rest where the week is too small for seven runs."""
        runs = self._runs if weekly_m >= SEVEN_DAYS_WEEKLY_M else min(self._runs, 6)
        return self._course.skeleton(max(1, runs))

    def _roles(self, skeleton: Skeleton, days: list[date], quality: tuple[date, ...]) -> dict[date, Role]:
        roles = {d: Role.QUALITY if d in quality else skeleton.role(d.weekday()) for d in days}
        for d, role in roles.items():
            if role is Role.LONG and (self._course.is_too_soon(d) or len(skeleton.run_days) < 3):
                roles[d] = Role.EASY
        return roles

    def _most_quality(self, frame: Frame) -> int:
        """How many quality days a loaded week may hold by phase, level and volume."""
        two = (
            frame.phase in {Phase.BUILD, Phase.PEAK}
            and self._course.level is not Level.BEGINNER
            and self._runs >= _TWO_QUALITY_FROM_RUNS
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
                if d.weekday() == weekday and len(chosen) < most and self._may_be_hard(d):
                    longs = {d + i * _DAY for i in range(-6, 7) if (d + i * _DAY).weekday() == course.long_day}
                    hard = self._hard | set(chosen) | longs
                    if all(abs((d - other).days) >= course.gap_days for other in hard):
                        chosen.append(d)
        return tuple(chosen)

    def _may_be_hard(self, day: date) -> bool:
        return day >= self._course.easy_before and not self._course.is_too_soon(day)

    def _before_m(self) -> float:
        """The largest of the four weeks before; what a break leaves of the usual week counts for the first full one."""
        course = self._course
        back_m = course.start_m if course.return_days and self._full_weeks == 0 else 0.0
        return max(FLOOR_M, back_m, *self._volumes_m[-4:], 0.0)

    def _keep(self, frame: Frame, roles: dict[date, Role], distances: dict[date, int]) -> None:
        """Put the runs into the plan, in order of days, those of the taper left out."""
        for d in sorted(distances):
            if distances[d] > 0 and d in frame.loaded_days:
                self._put(frame.number, Slot(day=d, role=roles[d], distance_m=distances[d]))

    def _put(self, number: int, slot: Slot) -> None:
        self._slots[number].append(replace(slot, reference_m=self._log.longest_before(slot.day)))
        if slot.role in {Role.LONG, Role.QUALITY}:
            self._hard.add(slot.day)
        if slot.role is not Role.RACE:
            self._log.add(slot.day, slot.distance_m)

    def _close(self, frame: Frame, cap_m: float, before_m: float, done_m: float) -> None:
        self._caps[frame.number] = (cap_m, before_m)
        self._volumes_m.append(done_m + sum(slot.distance_m for slot in self._slots[frame.number]))

    def _taper_run_m(self) -> int:
        """The longest easy run beside the first taper days of its week: much longer would be a long run by content."""
        rules = self._course.rules
        if rules is None:
            return 0
        even_m = rules.taper[0] * self._peak_m / max(1, self._runs)
        return floor_step(min(even_m, self._taper_longs()[0] * self._peak_long_m))

    def _taper_longs(self) -> tuple[float, ...]:
        """The longest run of each taper block as a share of the peak long run."""
        table = _TAPER_LONG_FEW_DAYS if self._runs <= _FEW_RUN_DAYS else _TAPER_LONG
        return table[len(self._course.season.taper_blocks)]

    # The taper

    def add_taper(self) -> None:
        """Seven-day blocks counted back from race day: volume and longest run fall strictly, frequency stays."""
        season, rules = self._course.season, self._course.rules
        if rules is None or season.race_date is None:
            return
        longs = self._taper_longs()
        volumes = list(rules.taper)
        if len(volumes) >= 2:
            # A race block with few usable days holds less than its share; the block before makes up for it.
            last = season.taper_blocks[-1]
            room_m = longs[-1] * self._peak_long_m * len(self._race_block_days(last))
            missing = _LAST_TWO_BLOCKS - min(volumes[-1], room_m / max(1, self._peak_m))
            volumes[-2] = min(_BLOCK_MAX, max(volumes[-2], missing))
        most_m = [share * self._peak_long_m for share in longs]
        if len(most_m) == 1:
            most_m = [min(most_m[0], _EVEN * self._taper_run_m())]  # there is no long run in a race week
        for index, block in enumerate(season.taper_blocks):
            after_m = most_m[index + 1] if index + 1 < len(most_m) else most_m[index]
            self._add_block(block, floor_step_total(volumes[index] * self._peak_m), most_m[index], after_m)
        race = Slot(day=season.race_date, role=Role.RACE, distance_m=round(rules.distance_m))
        self._put(self._number_of(season.race_date), race)

    def _add_block(self, block: tuple[date, ...], total_m: int, long_m: float, after_m: float) -> None:
        """One block; its runs in the Monday week of the next block do not stand out beside that block's runs."""
        course = self._course
        race_date = course.season.race_date
        skeleton = self._skeleton(0.0)
        is_race_block = race_date in block
        days = [d for d in block if d.weekday() in skeleton.run_days]
        if is_race_block:
            days = self._race_block_days(block)
        touch = self._touch(block, days, skeleton)
        roles = self._roles(skeleton, days, touch)
        if is_race_block:
            roles = {d: Role.EASY if role is Role.LONG else role for d, role in roles.items()}
        limits = self._limits(roles, most_m=long_m)
        if block[-1].weekday() != _SUNDAY:
            monday = block[-1] - block[-1].weekday() * _DAY
            limits |= {d: min(limits[d], _EVEN * after_m) for d in roles if d >= monday and roles[d] is not Role.LONG}
        share = LONG_SHARE_MAX if len(roles) >= 4 else None
        for d, metres in sorted(share_out(total_m, roles, limits, share=share).items()):
            if metres > 0:
                self._put(self._number_of(d), Slot(day=d, role=roles[d], distance_m=metres))

    def _race_block_days(self, block: tuple[date, ...]) -> list[date]:
        """One run fewer than usual (the race is one), the day before the race only as a last resort."""
        skeleton = self._skeleton(0.0)
        runs = len(skeleton.run_days)
        usable = [d for d in block[:-1] if d.weekday() in self._course.available]
        chosen = [d for d in usable if d.weekday() in skeleton.run_days and d != block[-2]]
        others = [d for d in usable if d not in chosen]
        taken = set(chosen)
        for d in others:
            number = self._number_of(d)
            in_week = {s.day for s in self._slots[number]} | {t for t in taken if self._number_of(t) == number}
            if len(taken) < runs - 1 and len(in_week) < runs:
                taken.add(d)
        return sorted(taken)[: max(1, runs - 1)]

    def _touch(self, block: tuple[date, ...], days: list[date], skeleton: Skeleton) -> tuple[date, ...]:
        """One short reminder of pace per block, well before the race."""
        course = self._course
        race_date = course.season.race_date
        away = max(course.gap_days, _TOUCH_BEFORE_RACE_DAYS)
        longs = {d for d in block if d.weekday() == course.long_day and race_date not in block}
        legal = [
            d
            for d in days
            if self._may_be_hard(d)
            and d.weekday() != course.long_day
            and race_date is not None
            and (race_date - d).days >= away
            and all(abs((d - other).days) >= course.gap_days for other in self._hard | longs)
        ]
        preferred = [d for d in legal if d.weekday() in skeleton.quality_days]
        return tuple((preferred or legal)[-1:] if race_date in block else (preferred or legal)[:1])

    def _number_of(self, day: date) -> int:
        return next(frame.number for frame in self._course.season.frames if day in frame.days)


def floor_step_total(distance_m: float) -> int:
    """A week's total, floored to 0.1 km."""
    return int(distance_m / 100 + 1e-6) * 100


def _longest(distances: dict[date, int], roles: dict[date, Role]) -> int:
    longs = [m for d, m in distances.items() if roles[d] is Role.LONG]
    return max(longs or distances.values(), default=0)
