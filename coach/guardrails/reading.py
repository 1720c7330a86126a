"""A plan laid beside what was done: weeks with their windows, volumes and reference, read once for all rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from coach.guardrails.content import is_active, is_quality, is_race, is_run
from coach.guardrails.facts import Facts
from coach.limits import EPSILON, FIRST_RUN_M, FIRST_WEEK_RUNS, RETURN_SHARES, SPIKE_WINDOW_DAYS, is_masters, level_of
from coach.model import DoneRun, Level, Plan, PlanWeek, WeekKind, Workout, WorkoutType
from coach.silence import assumed_sessions

_REFERENCE_WEEKS = 4
_REACH_BACK_WEEKS = 26  # over weeks of which nothing is known
_BREAK_OF_USUAL = 0.5  # two weeks below half of the usual volume are a break
_LONGEST_BY = 1.25  # this much longer than every other run makes a long run, whatever it is called
_LEVELS = (Level.BEGINNER, Level.INTERMEDIATE, Level.ADVANCED)
HARD_DONE = frozenset(
    {"race", "intervals", "fartlek", "tempo", "progression", "long", "repetitions", "hills", "race_pace"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One plan week: `runs` are its training runs, `approved_runs` those that shares and sums are judged on."""

    plan_week: PlanWeek
    start_date: date  # of the full seven days, before week_start_date in a partial first week
    runs: tuple[Workout, ...]
    approved_runs: tuple[Workout, ...]
    done: tuple[DoneRun, ...]
    done_before: tuple[DoneRun, ...]  # of this week, before the plan began
    volume_m: float  # done, assumed where nothing is known yet, and still to do
    remaining: tuple[Workout, ...]
    is_past: bool
    has_race: bool
    is_partial: bool

    @property
    def number(self) -> int:
        return self.plan_week.week_number

    @property
    def end_date(self) -> date:
        return self.start_date + timedelta(days=6)

    @property
    def approved_m(self) -> float:
        """The week's volume as it was approved, with what was done in it before the plan began."""
        return sum(w.distance_m for w in self.approved_runs) + sum(r.distance_m for r in self.done_before)

    @property
    def run_count(self) -> int:
        return len(self.approved_runs) + len({r.run_date for r in self.done_before})

    @property
    def kind(self) -> WeekKind:
        return self.plan_week.kind


@dataclass(frozen=True)
class Reading:
    """Everything the rules ask about a plan; built by `read`."""

    plan: Plan
    facts: Facts
    weeks: tuple[Week, ...]
    _longest_m: dict[date, float] = field(default_factory=dict)
    _before_m: dict[date, float | None] = field(default_factory=dict)

    @cached_property
    def level(self) -> Level:
        """The more careful of the plan's level and the profile's; a plan in force keeps the level it was approved at."""
        if self.facts.approved is not None:
            return self.facts.approved.level
        return _LEVELS[min(_LEVELS.index(self.plan.level), _LEVELS.index(level_of(self.facts.profile)))]

    @cached_property
    def masters(self) -> bool:
        return is_masters(self.facts.athlete, self.facts.today)

    @cached_property
    def runs(self) -> tuple[Workout, ...]:
        """Training runs from today on that are still to do, in order of date."""
        return tuple(sorted((w for week in self.weeks for w in week.remaining), key=lambda w: w.workout_date))

    @cached_property
    def races(self) -> tuple[Workout, ...]:
        return tuple(w for w in self.plan.workouts if is_race(w))

    @cached_property
    def race_date(self) -> date | None:
        return self.plan.goal.race_date

    def is_long(self, workout: Workout, week: Week) -> bool:
        """Called a long run, or by far the longest of its week."""
        if workout.workout_type is WorkoutType.LONG:
            return True
        others = [w.distance_m for w in week.runs if w is not workout]
        return len(others) >= 2 and workout.distance_m > _LONGEST_BY * max(others) + EPSILON

    def is_hard(self, workout: Workout, week: Week) -> bool:
        return is_race(workout) or is_quality(workout) or self.is_long(workout, week)

    def longest_before(self, day: date) -> float | None:
        """The longest single run, done or planned, of the 30 days before `day`; None when there is none."""
        if day not in self._before_m:
            since = self._days_before(day)
            longest = max((m for d, m in self._longest_m.items() if since <= d < day), default=None)
            pause = self.facts.pause
            if pause is not None and day >= pause.begin_date:
                longest = max(longest or 0.0, pause.run_m())
            self._before_m[day] = longest
        return self._before_m[day]

    def _days_before(self, day: date) -> date:
        """The first of the thirty days before `day`; those of which nothing is known are reached over."""
        since, skipped = day - timedelta(days=SPIKE_WINDOW_DAYS), self.facts.silence.skipped
        for unknown in sorted((d for d in skipped if d < day), reverse=True):
            if unknown < since:
                break
            since -= timedelta(days=1)
        return since

    @cached_property
    def record_days(self) -> tuple[date, ...]:
        """Days whose run goes beyond the longest of the 30 days before, races apart."""
        apart = {w.workout_date for w in self.races} | {r.run_date for r in self.facts.done if r.run_type == "race"}
        days = []
        for day, distance_m in sorted(self._longest_m.items()):
            reference = self.longest_before(day)
            if day not in apart and reference is not None and distance_m > reference + EPSILON:
                days.append(day)
        return tuple(days)

    @cached_property
    def first_run_m(self) -> float:
        """How far the first run after 30 days without one may go."""
        longest = self.longest_90d_m
        return FIRST_RUN_M if longest is None else 0.5 * longest

    @cached_property
    def longest_90d_m(self) -> float | None:
        """The longest run done in the last 90 days."""
        since = self.facts.today - timedelta(days=90)
        done = max((r.distance_m for r in self.facts.done if since <= r.run_date <= self.facts.today), default=None)
        known = self.facts.profile.longest_run_90d_m
        return max((m for m in (done, known) if m), default=None)

    def reference_m(self, start_date: date) -> float:
        """The largest of the four weeks before, only those since a break, at least a first week's three short runs."""
        pause = self.facts.pause
        back_m = 0.0 if pause is None or self.facts.approved is None else pause.week_m(start_date)
        return max(max(self._before(start_date), default=0.0), back_m, self.floor_m)

    @cached_property
    def floor_m(self) -> float:
        return FIRST_WEEK_RUNS * FIRST_RUN_M

    def start_cap_m(self, growth: float) -> float:
        """The most a plan's first week may hold: the usual week and a tenth, or less after days without a run."""
        if not self.weeks:
            return 0.0
        closed = [self._closed[start] for start in sorted(self._closed)][-_REFERENCE_WEEKS:]
        usual = (1 + growth) * median(closed) if closed else 0.0
        return max(usual, self._return_m, self.floor_m)

    @cached_property
    def _return_m(self) -> float:
        """What section "missed time" allows in the first week after a break, given the usual week before it."""
        if not self._break_starts or self.facts.profile.last_run_date is None:
            return 0.0
        usual = [m for start, m in self._closed.items() if start < self._break_starts]
        days_off = (self.facts.today - self.facts.profile.last_run_date).days
        share = next((share for days, share in RETURN_SHARES if days_off >= days), 0.0)
        return share * median(usual) if usual else 0.0

    @cached_property
    def _break_starts(self) -> date | None:
        """The first of the latest two or more closed weeks in a row below half of the usual, if it still matters."""
        starts = sorted(self._closed)
        if len(starts) < 3:
            return None
        usual = median(self._closed.values())
        low = [self._closed[s] < _BREAK_OF_USUAL * usual - EPSILON for s in starts]
        run = 0
        found = None
        for index, is_low in enumerate(low):
            run = run + 1 if is_low else 0
            if run >= 2:
                found = starts[index - run + 1]
        return found

    @cached_property
    def _first_starts(self) -> tuple[date, ...]:
        """The first week, and the first full one when the plan begins in the middle of a week."""
        return tuple(week.start_date for week in self.weeks[: 2 if self.weeks and self.weeks[0].is_partial else 1])

    def _before(self, start_date: date) -> list[float]:
        reach = [start_date - timedelta(days=7 * back) for back in range(1, _REACH_BACK_WEEKS + 1)]
        weeks = [week for week in reach if week in self._volumes][:_REFERENCE_WEEKS] or reach[:_REFERENCE_WEEKS]
        if self._break_starts is not None and self._break_starts >= weeks[-1]:
            since = [w for w in weeks if w >= self._break_starts]
            weeks = since or weeks
        volumes = [self._volumes[w] for w in weeks if w in self._volumes]
        if self._break_starts is not None and start_date in self._first_starts:
            volumes.append(self._return_m)
        return volumes

    @cached_property
    def _closed(self) -> dict[date, float]:
        """Volumes of the closed weeks that the profile knows, by first day."""
        if not self.weeks:
            return {}
        profile = self.facts.profile
        current = _aligned(profile.as_of_date, self.weeks[0].start_date)
        known = dict(zip(profile.weekly_start_dates, profile.weekly_distances_m, strict=False))
        shift = current - (profile.as_of_date - timedelta(days=profile.as_of_date.weekday()))
        closed = {start + shift: m for start, m in known.items()}
        if not known:
            volumes = reversed(profile.weekly_distances_m)
            closed = {current - timedelta(days=7 * (back + 1)): m for back, m in enumerate(volumes)}
        if not closed and self.facts.done:
            first = _aligned(min(r.run_date for r in self.facts.done), self.weeks[0].start_date)
            while first < current:
                closed[first] = _done_m(self.facts.done, first)
                first += timedelta(days=7)
        return closed

    @cached_property
    def _volumes(self) -> dict[date, float]:
        """Volumes of all weeks, closed, current and planned, by first day."""
        volumes = dict(self._closed)
        if self.weeks:
            current = _aligned(self.facts.profile.as_of_date, self.weeks[0].start_date)
            volumes[current] = max(self.facts.profile.current_week_distance_m, _done_m(self.facts.done, current))
        skipped = self.facts.silence.skipped
        for week in self.weeks:
            is_known = not any(week.start_date <= day <= week.end_date for day in skipped)
            if not week.is_past or (week.start_date not in volumes and is_known):
                volumes[week.start_date] = week.volume_m
        return volumes


def read(plan: Plan, facts: Facts) -> Reading:
    """Lay the plan beside the facts."""
    weeks = tuple(_weeks(plan, facts))
    longest: dict[date, float] = {}
    for run in facts.done:
        longest[run.run_date] = max(run.distance_m, longest.get(run.run_date, 0.0))
    for session in assumed_sessions(facts.approved, facts.silence):
        if is_run(session) or is_race(session):
            longest[session.workout_date] = max(session.distance_m, longest.get(session.workout_date, 0.0))
    if not longest and facts.profile.longest_run_30d_m:
        longest[facts.profile.as_of_date - timedelta(days=1)] = facts.profile.longest_run_30d_m
    for workout in plan.workouts:
        day = workout.workout_date
        if (is_run(workout) or is_race(workout)) and is_to_do(workout, facts):
            longest[day] = max(workout.distance_m, longest.get(day, 0.0))
    return Reading(plan, facts, weeks, longest)


def is_to_do(workout: Workout, facts: Facts) -> bool:
    """Today or later, and nothing run today yet."""
    if workout.workout_date == facts.today:
        return all(run.run_date != facts.today for run in facts.done)
    return workout.workout_date > facts.today


def active_days(workouts: tuple[Workout, ...]) -> set[date]:
    return {w.workout_date for w in workouts if is_active(w)}


def _weeks(plan: Plan, facts: Facts) -> list[Week]:
    approved = {} if facts.approved is None else {w.week_start_date: w for w in facts.approved.weeks}
    assumed = [w for w in assumed_sessions(facts.approved, facts.silence) if is_run(w)]
    weeks = []
    for index, plan_week in enumerate(plan.weeks):
        start = plan_week.week_start_date
        if index == 0:
            anchor = plan.weeks[1].week_start_date if len(plan.weeks) > 1 else start - timedelta(days=start.weekday())
            start = _aligned(start, anchor)
        runs = tuple(w for w in plan_week.workouts if is_run(w))
        last = start + timedelta(days=6)
        done = tuple(r for r in facts.done if start <= r.run_date <= last and r.run_type != "race")
        began = min(plan_week.week_start_date, min((w.workout_date for w in plan_week.workouts), default=last))
        remaining = tuple(w for w in runs if is_to_do(w, facts))
        weeks.append(
            Week(
                plan_week=plan_week,
                start_date=start,
                runs=runs,
                approved_runs=_as_approved(runs, approved.get(plan_week.week_start_date)),
                done=done,
                done_before=tuple(r for r in done if r.run_date < began) if index == 0 else (),
                volume_m=sum(w.distance_m for w in remaining)
                + sum(r.distance_m for r in done)
                + sum(w.distance_m for w in assumed if start <= w.workout_date <= last),
                remaining=remaining,
                is_past=last < facts.today,
                has_race=any(is_race(w) for w in plan_week.workouts),
                is_partial=began > start or plan.effective_date > start,
            )
        )
    return weeks


def _as_approved(runs: tuple[Workout, ...], approved: PlanWeek | None) -> tuple[Workout, ...]:
    """The approved runs when the week only shrinks or drops some of them, else the runs as they are."""
    if approved is None:
        return runs
    before = tuple(w for w in approved.workouts if is_run(w))
    now = sorted((w.distance_m for w in runs), reverse=True)
    then = sorted((w.distance_m for w in before), reverse=True)
    shrinks = len(now) <= len(then) and all(a <= b + EPSILON for a, b in zip(now, then, strict=False))
    return before if shrinks else runs


def _aligned(day: date, anchor: date) -> date:
    """The first day of the week that holds `day`, where weeks begin on the weekday of `anchor`."""
    return day - timedelta(days=(day - anchor).days % 7)


def _done_m(done: tuple[DoneRun, ...], start_date: date) -> float:
    last = start_date + timedelta(days=6)
    return sum(r.distance_m for r in done if start_date <= r.run_date <= last and r.run_type != "race")
