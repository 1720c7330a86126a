"""The long run and every single run's length: H02 share, H03 and H04 spikes, H08 its day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from coach.guardrails.reading import Reading, Week
from coach.limits import EPSILON, GOALS, LONG_SHARE_MAX, RECORD_EVERY_DAYS, SPIKE_RATIO
from coach.model import GoalKind, Violation, WeekKind, Workout, WorkoutType
from coach.words import day_and_date, distance, duration, exact_distance, percent, weekday

_SHARE_FROM_RUNS = 3
# The first run after 30 days without one: half an hour, easy (our step; unknown history starts with 3 km or run-walk).
FIRST_RUN_MAX_S = 30 * 60
FIRST_RUN_WALK_MAX_S = 45 * 60  # half of it or more is walking


def long_run_share(reading: Reading) -> Iterator[Violation]:
    """H02: no run above 35 % of its week; with fewer than three runs, of the volume the week may grow from."""
    for week in reading.weeks:
        if week.is_past or week.has_race or _is_exempt(week, reading):
            continue
        limit_m, of_what = LONG_SHARE_MAX * week.approved_m, f"week {week.number}'s {distance(week.approved_m)}"
        if len(week.approved_runs) < _SHARE_FROM_RUNS:
            if week.is_partial or week.kind is WeekKind.RETURN:
                reference_m = reading.reference_m(week.start_date)
                limit_m, of_what = LONG_SHARE_MAX * reference_m, f"the usual {distance(reference_m)}"
            elif reading.plan.goal.kind is GoalKind.GENERAL:
                continue  # two equal easy runs a week hold no long run
        for workout in week.approved_runs:
            if workout.distance_m > limit_m + EPSILON and workout in week.runs:
                yield _violation(
                    "H02",
                    workout,
                    week,
                    limit_m,
                    f"{_named(workout)} is {distance(workout.distance_m)}, above {percent(LONG_SHARE_MAX)} of {of_what}: "
                    f"at most {exact_distance(limit_m)}.",
                )


def single_run_spike(reading: Reading) -> Iterator[Violation]:
    """H03: no run more than a tenth beyond the longest of the 30 days before; the first after a break stays short."""
    for week in reading.weeks:
        for workout in week.remaining:
            reference_m = reading.longest_before(workout.workout_date)
            if reference_m is None:
                yield from _first_run(reading, workout, week)
            elif workout.distance_m > SPIKE_RATIO * reference_m + EPSILON:
                yield _violation(
                    "H03",
                    workout,
                    week,
                    SPIKE_RATIO * reference_m,
                    f"{_named(workout)} is {exact_distance(workout.distance_m)}; the longest run of the 30 days before is "
                    f"{exact_distance(reference_m)}, so at most {exact_distance(SPIKE_RATIO * reference_m)}.",
                )


def one_record_in_seven_days(reading: Reading) -> Iterator[Violation]:
    """H04: at most one run beyond the longest of its 30 days in any seven days."""
    records = reading.record_days
    planned = {w.workout_date: (w, week) for week in reading.weeks for w in week.remaining}
    for before, day in itertools.pairwise(records):
        if day in planned and (day - before).days < RECORD_EVERY_DAYS:
            workout, week = planned[day]
            limit_m = reading.longest_before(day)
            yield _violation(
                "H04",
                workout,
                week,
                limit_m,
                f"{_named(workout)} would be the second longest-yet run in {(day - before).days + 1} days "
                f"(the other on {day_and_date(before)}); at most one in seven days.",
            )


def long_run_day(reading: Reading) -> Iterator[Violation]:
    """H08: the long run falls on the day the athlete prefers; race weeks and dated exceptions are free."""
    athlete, facts = reading.facts.athlete, reading.facts
    if athlete.run_days and athlete.long_run_day not in athlete.run_days:
        return
    for week in reading.weeks:
        is_excepted = any(week.start_date <= d <= week.end_date for d in facts.long_run_exceptions)
        if week.is_past or week.has_race or is_excepted:
            continue
        for workout in week.remaining:
            is_long = workout.workout_type is WorkoutType.LONG
            is_ordinary = not (week.is_partial or week.kind is WeekKind.RETURN or _is_exempt(week, reading))
            if is_ordinary:
                is_long = reading.is_long(workout, week)
            if is_long and workout.workout_date.weekday() != athlete.long_run_day:
                day = weekday(workout.workout_date)
                yield _violation(
                    "H08",
                    workout,
                    week,
                    None,
                    f"The long run of week {week.number} is on a {day}, not on the chosen day.",
                )


def _first_run(reading: Reading, workout: Workout, week: Week) -> Iterator[Violation]:
    """The first run after 30 days without one."""
    limit_m = reading.first_run_m
    is_run_walk = workout.workout_type is WorkoutType.RUN_WALK
    is_time_only = is_run_walk and reading.longest_90d_m is None
    if not is_time_only and workout.distance_m > limit_m + EPSILON:
        yield _violation(
            "H03",
            workout,
            week,
            limit_m,
            f"{_named(workout)} is the first after 30 days without one: at most {distance(limit_m)}.",
        )
    limit_s = FIRST_RUN_WALK_MAX_S if is_run_walk else FIRST_RUN_MAX_S
    if workout.duration_s > limit_s + EPSILON:
        yield Violation(
            rule_id="H03",
            text=f"{_named(workout)} is the first after 30 days without one: at most {duration(limit_s)}.",
            week_number=week.number,
            workout_date=workout.workout_date,
            value=workout.duration_s,
            limit=float(limit_s),
        )


def _is_exempt(week: Week, reading: Reading) -> bool:
    """Taper weeks: their long run is held by H06 instead."""
    rules, race_date = GOALS.get(reading.plan.goal.kind), reading.race_date
    if rules is None or race_date is None:
        return False
    return (race_date - week.end_date).days < 7 * rules.taper_weeks


def _named(workout: Workout) -> str:
    what = "The long run" if workout.workout_type is WorkoutType.LONG else "The run"
    return f"{what} on {day_and_date(workout.workout_date)}"


def _violation(rule_id: str, workout: Workout, week: Week, limit: float | None, text: str) -> Violation:
    return Violation(
        rule_id=rule_id,
        text=text,
        week_number=week.number,
        workout_date=workout.workout_date,
        value=workout.distance_m,
        limit=limit,
    )
