"""Where a day stands in the plan, in words."""

from __future__ import annotations

from datetime import date

from coach.model import Goal, GoalKind, Level, Phase, Plan, PlanWeek, WeekKind, Workout, WorkoutType
from coach.perspective import perspective

MONDAY = date(2026, 11, 16)
RACE = date(2027, 1, 24)


def workout(day: date, kind: WorkoutType, title: str, distance_m: float = 0.0) -> Workout:
    return Workout(
        workout_id=f"w-{day}",
        workout_date=day,
        workout_type=kind,
        title=title,
        purpose="",
        distance_m=distance_m,
        duration_s=0.0,
        is_quality=False,
    )


def plan(kind: WeekKind = WeekKind.LOADED) -> Plan:
    days = (
        workout(MONDAY, WorkoutType.REST, "Rest"),
        workout(date(2026, 11, 17), WorkoutType.EASY, "Easy run 8 km", 8000.0),
    )
    week = PlanWeek(
        week_number=7, week_start_date=MONDAY, phase=Phase.BASE, phase_week=7, kind=kind, note="", workouts=days
    )
    goal = Goal(goal_id="g", kind=GoalKind.HALF, race_date=RACE)
    return Plan(
        plan_id="p",
        athlete_id="me",
        goal=goal,
        made_on=MONDAY,
        effective_date=MONDAY,
        level=Level.INTERMEDIATE,
        weeks=(week,),
    )


def test_a_rest_day_points_to_the_run_it_is_for() -> None:
    said = perspective(plan(), MONDAY)

    assert said.startswith("This is week 7 of 1, 69 days before the race, in the base phase")
    assert said.endswith("Next comes easy run 8 km tomorrow, and it goes better on rested legs.")


def test_a_running_day_does_not_look_ahead() -> None:
    assert "Next comes" not in perspective(plan(), date(2026, 11, 17))


def test_a_lighter_week_says_that_it_is_meant() -> None:
    assert "a lighter one on purpose" in perspective(plan(WeekKind.CUTBACK), MONDAY)


def test_a_day_outside_the_plan_has_no_place_in_it() -> None:
    assert perspective(plan(), date(2027, 6, 1)) == ""
