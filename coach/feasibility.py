"""Whether a goal can be prepared safely, by which number not, and what is possible instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import floor

from coach.course import Course, chart
from coach.history import usual_week_m
from coach.labels import labels_of
from coach.limits import (
    EPSILON,
    GOALS,
    LONG_SHARE_MAX,
    WEEKLY_GROWTH,
    GoalRules,
    growth_steps,
    is_masters,
    level_of,
    loaded_in_a_row,
    weeks_needed,
)
from coach.model import Athlete, DoneRun, Evidence, Goal, GoalKind, Prediction, Profile
from coach.outline import Outline, outline
from coach.prediction import predict
from coach.season import weeks_until
from coach.week import run_days_wanted
from coach.words import date_and_year, distance, told_apart

_RACE_RUNS_MIN = 3
_LATER_WEEKS_MAX = 52
_SHORTER = (GoalKind.HALF, GoalKind.TEN_K, GoalKind.FIVE_K)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Something possible instead: the goal to ask for, and why it is the nearest."""

    kind: str  # later_date, shorter_distance, base_plan
    goal: Goal
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasible:
    """The goal can be prepared; `labels` are what the athlete must know all the same."""

    weeks: int
    peak_m: float
    peak_long_m: float
    prediction: Prediction | None = None
    labels: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The goal cannot be prepared safely; `binding` is the number that decides."""

    binding: Evidence
    alternatives: tuple[Alternative, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A verdict with the outline it rests on."""

    verdict: Feasible | Refused
    course: Course | None = None
    outline: Outline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One athlete asking for one race."""

    athlete: Athlete
    profile: Profile
    goal: Goal
    rules: GoalRules
    done: Sequence[DoneRun]
    effective_date: date

    def asking_for(self, goal: Goal) -> _Case:
        return replace(self, goal=goal, rules=GOALS[goal.kind])

    @property
    def weeks(self) -> int:
        """Whole weeks to the race; 0 without a date."""
        return 0 if self.goal.race_date is None else weeks_until(self.effective_date, self.goal.race_date)


def assess(
    athlete: Athlete, profile: Profile, goal: Goal, *, today: date, done: Sequence[DoneRun] = ()
) -> Feasible | Refused:
    """Feasible with its labels, or refused with the binding number and the nearest alternatives."""
    return examine(athlete, profile, goal, done, today=today).verdict


def first_day(done: Sequence[DoneRun], today: date) -> date:
    """The first day a new plan may fill: today, or tomorrow when today's run is done."""
    return today + timedelta(days=1) if any(run.run_date == today for run in done) else today


def examine(athlete: Athlete, profile: Profile, goal: Goal, done: Sequence[DoneRun], *, today: date) -> Assessed:
    """The verdict, and the plan's outline when there is one."""
    effective_date = first_day(done, today)
    rules = GOALS.get(goal.kind)
    case = None
    if rules is not None:
        case = _Case(athlete=athlete, profile=profile, goal=goal, rules=rules, done=done, effective_date=effective_date)
        binding = _obstacle(case)
        if binding is not None:
            return Assessed(verdict=_refuse(case, binding))
    course, log = chart(athlete, profile, goal, done, effective_date=effective_date)
    laid = outline(course, log)
    if case is not None and laid.peak_long_m < case.rules.long_floor_m:
        return Assessed(verdict=_refuse(case, _short_long_run(laid, case.rules)))
    prediction = None if rules is None else predict(profile, rules.distance_m)
    verdict = Feasible(
        weeks=len(course.season.frames),
        peak_m=laid.peak_m,
        peak_long_m=laid.peak_long_m,
        prediction=prediction,
        labels=labels_of(goal, rules, course, laid, prediction),
    )
    return Assessed(verdict=verdict, course=course, outline=laid)


def longest_run_needed_m(rules: GoalRules, weeks: int) -> float:
    """The longest run to start from: the goal's long run shrunk by the growth that so many weeks allow."""
    steps = growth_steps(max(weeks, rules.min_weeks) - rules.taper_weeks)
    return float(rules.base_long_target_m / (1 + WEEKLY_GROWTH) ** steps)


def _obstacle(case: _Case) -> Evidence | None:
    """What stands in the way, by arithmetic alone; the things no date can change come first."""
    fixed = _fixed_obstacle(case)
    if fixed is not None:
        return fixed
    rules, weeks = case.rules, case.weeks
    if case.goal.race_date is None:
        text = f"A {rules.name} plan is built back from race day, and no date is set."
        return Evidence(metric="race_date", text=text)
    if weeks < rules.min_weeks:
        return Evidence(
            metric="weeks_to_race",
            text=f"{weeks} weeks are left and a {rules.name} needs at least {rules.min_weeks}.",
            value=float(weeks),
            unit="weeks",
        )
    longest_m = case.profile.longest_run_30d_m or 0.0
    needed_m = longest_run_needed_m(rules, weeks)
    if longest_m < needed_m - EPSILON:
        longest, needed = told_apart(longest_m, needed_m)
        return Evidence(
            metric="longest_run_30d_m",
            text=f"Your longest run of the last 30 days is {longest}; "
            f"for a {rules.name} in {weeks} weeks it should be {needed}.",
            value=longest_m,
            unit="m",
        )
    return _growth_obstacle(case)


def _fixed_obstacle(case: _Case) -> Evidence | None:
    athlete, profile, rules = case.athlete, case.profile, case.rules
    runs = run_days_wanted(athlete, profile, level_of(profile))
    if runs < _RACE_RUNS_MIN:
        return Evidence(
            metric="days_per_week",
            text=f"With {runs} run days a week one run would be half of it; a race plan needs three.",
            value=float(runs),
            unit="days",
        )
    usual_m = usual_week_m(profile)
    if usual_m < rules.base_weekly_m - EPSILON:
        usual, base = told_apart(usual_m, rules.base_weekly_m)
        return Evidence(
            metric="weekly_distances_m",
            text=f"You run {usual} in a usual week (median of four); a {rules.name} plan starts from {base}.",
            value=usual_m,
            unit="m",
        )
    months = profile.running_months or 0.0
    if months < rules.base_months - EPSILON:
        return Evidence(
            metric="running_months",
            text=f"You have {floor(10 * months) / 10:.1f} months of running behind you; "
            f"a {rules.name} asks for {rules.base_months:g}.",
            value=months,
            unit="months",
        )
    return None


def _growth_obstacle(case: _Case) -> Evidence | None:
    """Whether volume and long run can grow to what the goal needs, at a tenth per loaded week."""
    profile, rules = case.profile, case.rules
    in_a_row = loaded_in_a_row(level_of(profile), masters=is_masters(case.athlete, case.effective_date))
    available = case.weeks - rules.taper_weeks
    if rules.base_long_target_m:
        for metric, current_m, target_m, what in (
            ("weekly_distances_m", usual_week_m(profile), rules.long_floor_m / LONG_SHARE_MAX, "weekly volume"),
            ("longest_run_30d_m", profile.longest_run_30d_m or 0.0, rules.long_floor_m, "long run"),
        ):
            needed = weeks_needed(current_m, target_m, in_a_row=in_a_row)
            if needed > available:
                return Evidence(
                    metric=metric,
                    text=f"Growing your {what} from {distance(current_m)} to {distance(target_m)} by a tenth a week "
                    f"takes {needed} weeks before the taper, and there are {available}.",
                    value=float(needed),
                    unit="weeks",
                )
    return None


def _short_long_run(laid: Outline, rules: GoalRules) -> Evidence:
    return Evidence(
        metric="peak_long_run_m",
        text=f"Growing safely, your longest run would reach {distance(laid.peak_long_m)}; "
        f"a {rules.name} needs at least {distance(rules.long_floor_m)}.",
        value=float(laid.peak_long_m),
        unit="m",
    )


def _refuse(case: _Case, binding: Evidence) -> Refused:
    goal, rules = case.goal, case.rules
    alternatives = [one for one in (_later_date(case), _shorter_distance(case)) if one is not None]
    general = replace(goal, kind=GoalKind.GENERAL, race_date=None, race_name="", target_s=None)
    alternatives.append(
        Alternative(
            kind="base_plan",
            goal=general,
            text="a base plan of twelve weeks that builds regular, easy running first",
        )
    )
    when = "" if goal.race_date is None else f" on {date_and_year(goal.race_date)}"
    text = f"A {rules.name}{when} is not planned: {binding.text} Possible instead: " + "; or ".join(
        a.text for a in alternatives
    )
    return Refused(binding=binding, alternatives=tuple(alternatives), text=text + ".")


def _is_possible(case: _Case) -> bool:
    if _obstacle(case) is not None:
        return False
    course, log = chart(case.athlete, case.profile, case.goal, case.done, effective_date=case.effective_date)
    return outline(course, log).peak_long_m >= case.rules.long_floor_m


def _later_date(case: _Case) -> Alternative | None:
    """The first date a whole number of weeks later that works."""
    if _fixed_obstacle(case) is not None:
        return None
    rules = case.rules
    earliest = case.effective_date + timedelta(weeks=rules.min_weeks) - timedelta(days=1)
    first = case.goal.race_date or earliest + timedelta(days=(6 - earliest.weekday()) % 7)
    weeks_later = max(0, rules.min_weeks - weeks_until(case.effective_date, first))
    for more in range(weeks_later, _LATER_WEEKS_MAX):
        race_date = first + timedelta(weeks=more)
        later = case.asking_for(replace(case.goal, race_date=race_date))
        if race_date != case.goal.race_date and _is_possible(later):
            text = f"the {rules.name} from {date_and_year(race_date)} on, in {later.weeks} weeks"
            return Alternative(kind="later_date", goal=later.goal, text=text)
    return None


def _shorter_distance(case: _Case) -> Alternative | None:
    """The longest shorter race that can be prepared by the same date."""
    if case.goal.race_date is None:
        return None
    for kind in _SHORTER:
        shorter = case.asking_for(replace(case.goal, kind=kind, target_s=None))
        if shorter.rules.distance_m < case.rules.distance_m and _is_possible(shorter):
            text = f"a {shorter.rules.name} on {date_and_year(case.goal.race_date)}"
            return Alternative(kind="shorter_distance", goal=shorter.goal, text=text)
    return None
