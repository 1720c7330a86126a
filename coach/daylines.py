"""A line each for today, yesterday and the week; what has not arrived is said to have not arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coach.model import PlanWeek, Workout, WorkoutType
from coach.words import count, distance, duration, inside, pace, pace_range, weekday

_RUN_TYPES = {
    "intervals": "with intervals",
    "fartlek": "as a fartlek",
    "hills": "with hill repeats",
    "tempo": "at tempo",
    "progression": "as a progression",
    "long": "as a long run",
    "race": "in a race",
    "easy": "easy",
    "recovery": "very easy",
    "steady": "steady",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDone:
    """What was run on one day; compliance is green, yellow or red against the plan, None where nothing was planned.

    `detail` says in words how the session was kept beyond its length.
    """

    distance_m: float
    moving_s: float
    run_type: str = ""
    compliance: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSoFar:
    """The running week up to this morning, and what the plan still holds in it (today included)."""

    done_m: float
    done_runs: int
    to_go_m: float
    to_go_runs: int


def today_line(workout: Workout | None, units: str) -> str:
    """Today's session: what, how long, how fast."""
    if workout is None:
        return "No session is planned."
    if workout.workout_type is WorkoutType.REST:
        return "Rest."
    parts = [workout.title]
    size = distance(workout.distance_m, units)
    if workout.distance_m > 0 and size not in workout.title:
        parts.append(size)
    if workout.duration_s > 0:
        parts.append(f"about {duration(60 * round(workout.duration_s / 60))}")
    target = workout.target
    if target.pace_fast_s_per_km is not None and target.pace_slow_s_per_km is not None:
        parts.append(pace_range(target.pace_fast_s_per_km, target.pace_slow_s_per_km, units))
    elif target.effort:
        parts.append(target.effort)
    if target.rpe is not None:
        parts.append(f"effort {target.rpe} of 10")
    return " · ".join(parts)


def yesterday_line(done: DayDone | None, planned: Workout | None, session: str, *, is_known: bool, units: str) -> str:
    """Yesterday beside its plan; a run is only called missing when its source has synced.

    `session` is what became of the day's session where it was not run on it: done on another day, or left out.
    """
    is_planned = planned is not None and planned.workout_type not in {WorkoutType.REST, WorkoutType.CROSS}
    if done is None:
        if session:
            return session
        if not is_known:
            return "Yesterday's recordings have not arrived yet."
        if planned is not None and is_planned:
            return f"No run arrived for yesterday's {inside(short_title(planned))}."
        return "Yesterday was a day without running."
    how = _RUN_TYPES.get(done.run_type, "")
    per_km = f" ({pace(1000 * done.moving_s / done.distance_m, units)})" if done.distance_m > 0 else ""
    text = f"You ran {distance(done.distance_m, units)}{f' {how}' if how else ''} in {duration(done.moving_s)}{per_km}"
    if not is_planned:
        return f"{text}, outside the plan."
    judged = {"green": "as planned", "yellow": "close to the plan", "red": "far from the plan"}
    detail = f": {done.detail}" if done.detail else ""
    return f"{text}, {judged[done.compliance]}{detail}." if done.compliance in judged else f"{text}."


def week_line(day: date, week: WeekSoFar | None, plan_week: PlanWeek | None, units: str) -> str:
    """The week so far and what is left of it; a week just begun is not behind."""
    if week is None:
        return ""
    long_run = next((w for w in plan_week.workouts if w.workout_type is WorkoutType.LONG), None) if plan_week else None
    long_day = weekday(long_run.workout_date) if long_run is not None and long_run.workout_date > day else ""
    if week.done_runs == 0:
        if not week.to_go_runs:
            return "No runs in this week's plan."
        text = f"This week holds {distance(week.to_go_m, units)} in {count(week.to_go_runs, 'run')}"
        return f"{text}; the long run is on {long_day}." if long_day else f"{text}."
    text = f"This week so far: {distance(week.done_m, units)} in {count(week.done_runs, 'run')}"
    if not week.to_go_runs:
        return f"{text}, and nothing left to do."
    text = f"{text}; {distance(week.to_go_m, units)} in {count(week.to_go_runs, 'run')} to go"
    return f"{text}, the long run on {long_day}." if long_day and week.to_go_runs > 1 else f"{text}."


def short_title(workout: Workout) -> str:
    """What the session is called."""
    return "Rest" if workout.workout_type is WorkoutType.REST else workout.title
