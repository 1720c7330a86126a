"""Which days hold what: H07 run days, H09 spacing of hard days, H10 and H11 quality per week, H15 a day of rest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

from coach.guardrails.content import is_quality, is_race
from coach.guardrails.reading import HARD_DONE, Reading, active_days
from coach.limits import EPSILON, HARD_GAP_DAYS, HARD_GAP_DAYS_MASTERS, NEW_RUNNER_DAYS
from coach.model import GoalKind, Level, Violation
from coach.words import count, day_and_date, weekday

_QUALITY_PER_WEEK = {Level.BEGINNER: 1, Level.INTERMEDIATE: 2, Level.ADVANCED: 2}
_QUALITY_PER_WEEK_GENERAL = 1
_EASY_DAYS_AFTER_B_RACE = 3
_SEVEN_DAYS_WEEKLY_M = 60000
_DAYS_PER_MONTH = 30.44


def run_days(reading: Reading) -> Iterator[Violation]:
    """H07: no more run days than the athlete has, and only on days that are free; race day always is."""
    athlete = reading.facts.athlete
    for week in reading.weeks:
        if not week.remaining:
            continue
        days = {w.workout_date for w in week.runs} | {r.run_date for r in week.done_before}
        if athlete.days_per_week is not None and len(days) > athlete.days_per_week:
            yield Violation(
                rule_id="H07",
                text=f"Week {week.number} has {count(len(days), 'run day')}; at most {athlete.days_per_week} are wanted.",
                week_number=week.number,
                value=float(len(days)),
                limit=float(athlete.days_per_week),
            )
        for workout in week.remaining:
            if athlete.run_days and workout.workout_date.weekday() not in athlete.run_days:
                yield Violation(
                    rule_id="H07",
                    text=f"{day_and_date(workout.workout_date)} has a run; {weekday(workout.workout_date)} is not a run day.",
                    week_number=week.number,
                    workout_date=workout.workout_date,
                )


def hard_spacing(reading: Reading) -> Iterator[Violation]:
    """H09: 48 h between hard days (72 h from age 50), also over the week's end and against what was done."""
    gap = HARD_GAP_DAYS_MASTERS if reading.masters else HARD_GAP_DAYS
    b_races = {w.workout_date for w in reading.races if w.workout_date != reading.race_date}
    hard: dict[date, int | None] = {
        r.run_date: None for r in reading.facts.done if r.is_quality or r.run_type in HARD_DONE
    }
    b_races |= {r.run_date for r in reading.facts.done if r.run_type == "race"}
    for week in reading.weeks:
        hard |= {w.workout_date: week.number for w in week.remaining if reading.is_hard(w, week)}
        hard |= {w.workout_date: week.number for w in week.plan_week.workouts if is_race(w)}
    days = sorted(hard)
    for before, day in itertools.pairwise(days):
        needed = max(gap, _EASY_DAYS_AFTER_B_RACE + 1) if before in b_races else gap
        if hard[day] is not None and day >= reading.facts.today and (day - before).days < needed:
            yield Violation(
                rule_id="H09",
                text=(
                    f"Hard days on {day_and_date(before)} and {day_and_date(day)}: "
                    f"{(day - before).days * 24} h apart, {needed * 24} h are needed."
                ),
                week_number=hard[day],
                workout_date=day,
                value=float((day - before).days),
                limit=float(needed),
            )


def quality_per_week(reading: Reading) -> Iterator[Violation]:
    """H10: one quality session a week for beginners and general fitness, two for others; work in a long run counts."""
    most = _QUALITY_PER_WEEK[reading.level]
    if reading.plan.goal.kind is GoalKind.GENERAL:
        most = min(most, _QUALITY_PER_WEEK_GENERAL)
    for week in reading.weeks:
        to_do = [w for w in week.remaining if is_quality(w)]
        total = len(to_do) + len({r.run_date for r in week.done if r.is_quality})
        if to_do and total > most:
            yield Violation(
                rule_id="H10",
                text=f"Week {week.number} has {count(total, 'quality session')}; at most {most}.",
                week_number=week.number,
                value=float(total),
                limit=float(most),
            )


def new_runner(reading: Reading) -> Iterator[Violation]:
    """H11: no quality in the first six weeks of running."""
    profile = reading.facts.profile
    days_run = 0.0 if profile.running_months is None else profile.running_months * _DAYS_PER_MONTH
    began = min(profile.as_of_date, reading.plan.effective_date) - timedelta(days=min(round(days_run), 36500))
    if days_run == 0.0:
        began = reading.plan.effective_date
    allowed = began + timedelta(days=NEW_RUNNER_DAYS)
    for week in reading.weeks:
        for workout in week.remaining:
            if is_quality(workout) and workout.workout_date < allowed:
                yield Violation(
                    rule_id="H11",
                    text=f"Quality on {day_and_date(workout.workout_date)}: none before {day_and_date(allowed)}, "
                    "after six weeks of running.",
                    week_number=week.number,
                    workout_date=workout.workout_date,
                )


def rest_day(reading: Reading) -> Iterator[Violation]:
    """H15: a full day of rest each week, except for advanced runners of seven days and 60 km."""
    for week in reading.weeks:
        if not week.remaining:
            continue
        days = active_days(week.plan_week.workouts) | {r.run_date for r in week.done_before}
        is_excepted = (
            reading.level is Level.ADVANCED
            and reading.facts.athlete.days_per_week == 7
            and week.approved_m >= _SEVEN_DAYS_WEEKLY_M - EPSILON
        )
        if len(days) >= 7 and not is_excepted:
            yield Violation(
                rule_id="H15",
                text=f"Week {week.number} has no day of rest.",
                week_number=week.number,
                value=0.0,
                limit=1.0,
            )
