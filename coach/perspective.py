"""Where a day stands in the plan: which week, how long to the race, what the phase is for, and what comes next."""

from __future__ import annotations

from datetime import date, timedelta

from coach.daylines import short_title
from coach.model import Phase, Plan, PlanWeek, WeekKind, Workout, WorkoutType
from coach.words import count, inside, weekday

_NOT_RUN = (WorkoutType.REST, WorkoutType.CROSS)

_PHASE_AIM = {
    Phase.BASE: "the base phase, where easy distance builds what the faster work later stands on",
    Phase.BUILD: "the build phase: the key sessions grow, and everything between them stays easy so that they can",
    Phase.PEAK: "the peak phase, when the work comes close to what race day asks for",
    Phase.TAPER: "the taper: the fitness is made, and what is left is to arrive rested",
    Phase.GENERAL: "a block without a race, so the aim is weeks that you can repeat",
}


def perspective(plan: Plan, day: date) -> str:
    """One or two sentences; empty when the plan does not hold the day."""
    week = next((one for one in plan.weeks if any(w.workout_date == day for w in one.workouts)), None)
    if week is None:
        return ""
    return " ".join(part for part in (_where(plan, week, day), _next(plan, day)) if part)


def _where(plan: Plan, week: PlanWeek, day: date) -> str:
    race = plan.goal.race_date
    to_go = f", {count((race - day).days, 'day')} before the race" if race is not None and race > day else ""
    where = f"This is week {week.week_number} of {len(plan.weeks)}{to_go}"
    if week.kind is WeekKind.CUTBACK:
        return f"{where}, and a lighter one on purpose: the body catches up with the weeks before."
    return f"{where}, in {_PHASE_AIM[week.phase]}."


def _next(plan: Plan, day: date) -> str:
    today = plan.on(day)
    if today is not None and today.workout_type not in _NOT_RUN:
        return ""
    coming = _next_run(plan, day)
    if coming is None:
        return ""
    when = "tomorrow" if coming.workout_date == day + timedelta(days=1) else f"on {weekday(coming.workout_date)}"
    what = "the race" if coming.workout_type is WorkoutType.RACE else inside(short_title(coming))
    return f"Next comes {what} {when}, and it goes better on rested legs."


def _next_run(plan: Plan, day: date) -> Workout | None:
    coming = (w for w in plan.workouts if w.workout_date > day and w.workout_type not in _NOT_RUN)
    return min(coming, key=lambda w: w.workout_date, default=None)
