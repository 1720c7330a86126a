"""A whole plan from an athlete, a profile and a goal; the same inputs give the same plan, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from coach.errors import GoalRefused
from coach.feasibility import Refused, examine
from coach.model import Athlete, DoneRun, Goal, Plan, PlanWeek, Profile, WeekKind
from coach.notes import week_note
from coach.outline import Outline
from coach.sessions import Coach


def make_plan(
    athlete: Athlete, profile: Profile, goal: Goal, done: Sequence[DoneRun], *, today: date, plan_id: str
) -> Plan:
    """The plan from today (tomorrow, if today's run is done) to race day; raises GoalRefused where none is safe."""
    assessed = examine(athlete, profile, goal, done, today=today)
    if isinstance(assessed.verdict, Refused):
        raise GoalRefused(assessed.verdict)
    if assessed.course is None or assessed.outline is None:
        raise AssertionError("A feasible goal comes with its course and outline.")
    course, laid, verdict = assessed.course, assessed.outline, assessed.verdict
    coach = Coach(
        plan_id=plan_id,
        goal=goal,
        course=course,
        prediction=verdict.prediction,
        has_injury_flags=bool(athlete.injury_flags),
    )
    return Plan(
        plan_id=plan_id,
        athlete_id=athlete.athlete_id,
        goal=goal,
        made_on=today,
        effective_date=course.effective_date,
        level=course.level,
        weeks=tuple(_weeks(coach, goal, laid)),
        paces=course.book.paces,
        prediction=verdict.prediction,
        labels=verdict.labels,
    )


def _weeks(coach: Coach, goal: Goal, laid: Outline) -> list[PlanWeek]:
    weeks: list[PlanWeek] = []
    loaded_m = 0
    for week in laid.weeks:
        filled = coach.fill(week)
        weeks.append(
            PlanWeek(
                week_number=week.frame.number,
                week_start_date=week.frame.start_date,
                phase=week.frame.phase,
                phase_week=week.frame.phase_week,
                kind=week.kind,
                note=week_note(goal, week, filled, loaded_before_m=loaded_m, is_run_walk=coach.is_run_walk),
                workouts=filled,
            )
        )
        if week.kind is WeekKind.LOADED:
            loaded_m = week.distance_m
    return weeks
