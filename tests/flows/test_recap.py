"""What the weekly mail asks for lies ahead."""

from __future__ import annotations

from datetime import date, timedelta

from coach.model import Athlete, Goal, GoalKind, Profile, WorkoutType
from coach.periodise import make_plan
from flows.recap import _ahead, last_closed_week

MONDAY = date(2026, 11, 16)


def test_the_last_closed_week_is_the_one_before() -> None:
    assert last_closed_week(MONDAY) == MONDAY - timedelta(weeks=1)
    assert last_closed_week(MONDAY + timedelta(days=6)) == MONDAY - timedelta(weeks=1)


def test_nothing_that_is_past_is_asked_for() -> None:
    athlete = Athlete(athlete_id="me", days_per_week=4)
    weeks = (38000.0,) * 8
    profile = Profile(
        athlete_id="me",
        as_of_date=MONDAY,
        weekly_distances_m=weeks,
        longest_run_30d_m=15000.0,
        running_months=24.0,
        last_run_date=MONDAY - timedelta(days=1),
    )
    goal = Goal(goal_id="g", kind=GoalKind.HALF, race_date=MONDAY + timedelta(weeks=14, days=6))
    plan = make_plan(athlete, profile, goal, (), today=MONDAY, plan_id="p")

    for offset in range(21):
        day = MONDAY + timedelta(days=offset)
        ahead = _ahead(plan, day)

        assert ahead is not None
        assert all(workout.workout_date >= day for workout in ahead.workouts)
        assert any(workout.workout_type is not WorkoutType.REST for workout in ahead.workouts)
    assert _ahead(None, MONDAY) is None
