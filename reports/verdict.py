"""The week in a verdict, a sentence and an action, from what was planned and what became of it.

The verdict becomes a mail's subject, so it says nothing about health, and it never calls missing data a missed session.
"""

from __future__ import annotations

from coach.model import WorkoutType
from reports import format as say
from reports.facts import Day, DayStatus, WeekFigures
from reports.view import WeeklyWords

_NOT_SESSIONS = (WorkoutType.REST, WorkoutType.CROSS)
_DONE = (DayStatus.COMPLETED, DayStatus.MOVED)


def weekly_words(
    days: tuple[Day, ...], figures: WeekFigures | None, next_days: tuple[Day, ...], *, has_plan: bool
) -> WeeklyWords:
    """What the week was and the one thing to do next."""
    week = say.iso_week(days[0].day)
    sessions = [day for day in days if day.workout is not None and day.workout.workout_type not in _NOT_SESSIONS]
    if not has_plan or not sessions:
        return WeeklyWords(
            verdict=f"{week}: {_runs(figures)}, nothing was planned",
            sentence=_ran(figures, None),
            action=_next_key_session(next_days) if has_plan else "Set a goal, and next week has a plan.",
        )
    return WeeklyWords(
        verdict=f"{week}: {_verdict(sessions)}",
        sentence=_sentence(sessions, figures),
        action=_action(sessions, next_days),
    )


def _verdict(sessions: list[Day]) -> str:
    done = sum(day.status in _DONE for day in sessions)
    total = len(sessions)
    if done == total:
        return f"all {total} sessions done" if total > 1 else "the one session done"
    rest = (
        (DayStatus.PARTIAL, "cut short"),
        (DayStatus.MISSED, "missed"),
        (DayStatus.UNKNOWN, "not known yet"),
        (DayStatus.PLANNED, "to come"),
    )
    counted = ((sum(day.status is status for day in sessions), word) for status, word in rest)
    parts = [f"{done} of {total} sessions done", *(f"{number} {word}" for number, word in counted if number)]
    return ", ".join(parts)


def _sentence(sessions: list[Day], figures: WeekFigures | None) -> str:
    planned_m = sum(
        day.workout.distance_m
        for day in sessions
        if day.workout is not None and day.workout.workout_type is not WorkoutType.RACE
    )
    long_runs = [day for day in sessions if day.workout is not None and day.workout.workout_type is WorkoutType.LONG]
    ran = _ran(figures, planned_m)
    if not long_runs:
        return ran
    long_run = long_runs[-1]
    endings = {
        DayStatus.COMPLETED: f"the long run is in at {say.km(long_run.done_distance_m)}",
        DayStatus.MOVED: "the long run is in, on another day",
        DayStatus.PARTIAL: f"the long run was cut short at {say.km(long_run.done_distance_m)}",
        DayStatus.MISSED: "the long run was missed",
        DayStatus.UNKNOWN: "whether the long run happened is not known yet",
        DayStatus.PLANNED: "the long run is still to come",
    }
    return f"{ran.removesuffix('.')}; {endings[long_run.status]}."


def _action(sessions: list[Day], next_days: tuple[Day, ...]) -> str:
    unknown = [say.weekday(day.day) for day in sessions if day.status is DayStatus.UNKNOWN]
    if unknown:
        return f"Sync your watch, so that {_listed(unknown)} can be counted."
    missed = [day for day in sessions if day.status is DayStatus.MISSED]
    following = _next_key_session(next_days)
    return f"Do not make up what was missed. {following}" if missed else following


def _next_key_session(next_days: tuple[Day, ...]) -> str:
    planned = [(day.day, day.workout) for day in next_days if day.workout is not None]
    sessions = [(day, workout) for day, workout in planned if workout.workout_type not in _NOT_SESSIONS]
    hard = [(day, workout) for day, workout in sessions if workout.is_quality]
    long_runs = [(day, workout) for day, workout in sessions if workout.workout_type is WorkoutType.LONG]
    for day, workout in hard or long_runs or sessions:
        return f"The one that counts next: {workout.title}, {say.short_date(day)}."
    return "Nothing is planned for the next seven days."


def _ran(figures: WeekFigures | None, planned_m: float | None) -> str:
    if figures is None or figures.distance_m is None:
        return "How far you ran is not known."
    planned = f" of {say.km(planned_m)} planned" if planned_m else ""
    time = f" in {say.duration(figures.moving_s)}" if figures.moving_s else ""
    return f"You ran {say.km(figures.distance_m)}{planned}{time}, in {_runs(figures)}."


def _runs(figures: WeekFigures | None) -> str:
    if figures is None or figures.run_count is None:
        return "runs unknown"
    return say.count(figures.run_count, "run")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
