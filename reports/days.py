"""Planned and done side by side, one calendar day at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from coach.model import Plan, Workout, WorkoutType
from reports import format as say
from reports.facts import Activity, Day, DayStatus, WeekFigures
from reports.marts import Adherence
from reports.profile import RaceEquivalent
from reports.view import Countdown

_NOT_VOLUME = (WorkoutType.RACE, WorkoutType.CROSS)
_SAME_RACE_M = 100.0


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def workout_on(workouts: Iterable[Workout], day: date) -> Workout | None:
    """The day's session; where a swap put two on one day, the one that is not a rest."""
    here = [workout for workout in workouts if workout.workout_date == day]
    return max(here, key=lambda workout: workout.duration_s, default=None)


def days_between(
    first: date,
    last: date,
    *,
    workouts: tuple[Workout, ...],
    adherence: Mapping[str, Adherence],
    activities: tuple[Activity, ...],
    today: date,
) -> tuple[Day, ...]:
    """Every day from first to last with its plan, its activities and its status."""
    moved_to = {
        row.activity_id: row.workout_date
        for row in adherence.values()
        if row.activity_id and row.done_date is not None and row.done_date != row.workout_date
    }
    matched = {row.activity_id for row in adherence.values() if row.activity_id}
    length = (last - first).days + 1
    return tuple(
        _day(
            first + timedelta(days=offset),
            workouts=workouts,
            adherence=adherence,
            activities=activities,
            moved_to=moved_to,
            matched=matched,
            today=today,
        )
        for offset in range(length)
    )


def planned_distance_m(workouts: Iterable[Workout], monday: date) -> float | None:
    """Planned running of a calendar week, the race left out; None where the plan has nothing to say about the week."""
    week = [workout for workout in workouts if week_of(workout.workout_date) == monday]
    counted = [workout.distance_m for workout in week if workout.workout_type not in _NOT_VOLUME]
    return sum(counted) if week else None


def planned_from(workouts: Iterable[Workout], monday: date) -> date | None:
    """The first planned day of a week whose plan begins in its middle; None for a week planned from Monday on."""
    first = min(
        (workout.workout_date for workout in workouts if week_of(workout.workout_date) == monday), default=monday
    )
    return first if first > monday else None


def with_plan(weeks: Iterable[WeekFigures], workouts: tuple[Workout, ...]) -> tuple[WeekFigures, ...]:
    """Weeks with the planned distance of the plan that the report shows, so that charts, tables and words agree.

    Of a week in which the plan begins it knows a part, and the whole week is not held against that.
    """
    shown = []
    for week in weeks:
        planned_m = planned_distance_m(workouts, week.week_start_date)
        if planned_m is None:
            shown.append(week)
        else:
            is_whole = planned_from(workouts, week.week_start_date) is None
            shown.append(replace(week, planned_distance_m=planned_m if is_whole else None))
    return tuple(shown)


def countdown(plan: Plan | None, today: date, equivalents: Sequence[RaceEquivalent]) -> Countdown | None:
    """The days to the race and the time that this morning's race equivalents say; None where there is no race ahead."""
    if plan is None or plan.goal.race_date is None or plan.goal.race_date < today:
        return None
    race = workout_on(tuple(plan.workouts), plan.goal.race_date)
    forecast = next(
        (one for one in equivalents if race is not None and abs(one.distance_m - race.distance_m) <= _SAME_RACE_M), None
    )
    return Countdown(
        goal=plan.goal,
        days_left=(plan.goal.race_date - today).days,
        prediction=None if forecast is None else forecast.prediction,
    )


def _day(
    day: date,
    *,
    workouts: tuple[Workout, ...],
    adherence: Mapping[str, Adherence],
    activities: tuple[Activity, ...],
    moved_to: Mapping[str, date],
    matched: set[str],
    today: date,
) -> Day:
    here = tuple(activity for activity in activities if activity.local_date == day)
    workout = workout_on(workouts, day)
    row = adherence.get(workout.workout_id) if workout is not None else None
    base = Day(day=day, status=DayStatus.PLANNED, workout=workout, activities=here)
    if workout is None or workout.workout_type is WorkoutType.REST:
        return _without_session(base, moved_to)
    if row is None:
        return replace(base, status=DayStatus.PLANNED if day >= today else DayStatus.UNKNOWN)
    reason = row.reason
    is_elsewhere = row.done_date is not None and row.done_date != day
    if is_elsewhere:
        said = "by hand: " if row.is_by_hand else ""
        reason = f"{said}done on {say.short_date(row.done_date)}{f', {row.detail}' if row.detail else ''}"
    elif any(activity.is_run and activity.activity_id not in matched for activity in here):
        reason = f"{reason}; also an extra run".removeprefix("; ")
    return replace(
        base,
        status=DayStatus(row.status),
        done_distance_m=None if is_elsewhere else row.done_distance_m,
        done_moving_s=None if is_elsewhere else row.done_moving_s,
        reason=reason,
    )


def _without_session(base: Day, moved_to: Mapping[str, date]) -> Day:
    """A rest day or an unplanned one: a run on it is extra, or a session moved here."""
    runs = [activity for activity in base.activities if activity.is_run]
    if not runs:
        return replace(base, status=DayStatus.REST)
    origins = sorted(moved_to[run.activity_id] for run in runs if run.activity_id in moved_to)
    distances = [run.distance_m for run in runs if run.distance_m is not None]
    durations = [run.moving_s for run in runs if run.moving_s is not None]
    return replace(
        base,
        status=DayStatus.EXTRA,
        done_distance_m=sum(distances) if distances else None,
        done_moving_s=sum(durations) if durations else None,
        reason=f"the session of {say.short_date(origins[0])}" if origins else "",
    )
