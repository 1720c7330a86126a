"""Values for coach tests: every builder gives a plausible runner or plan; a test sets only what it is about."""

from __future__ import annotations

from datetime import date, timedelta

from coach.model import Athlete, DoneRun, Goal, GoalKind, Plan, Profile
from coach.periodise import make_plan

MONDAY = date(2026, 3, 2)


def athlete(**facts: object) -> Athlete:
    """A 36-year-old who runs four days a week, long on Sundays."""
    return Athlete(**{"athlete_id": "me", "birth_year": 1990, "days_per_week": 4, **facts})  # type: ignore[arg-type]  # tests set fields by name


def profile(**facts: object) -> Profile:
    """Thirty-eight kilometres a week for years, long run 13 km, 22:40 for 5 km."""
    known: dict[str, object] = {
        "athlete_id": "me",
        "as_of_date": MONDAY,
        "weekly_distances_m": (36000.0, 38000.0, 38000.0, 29000.0, 38000.0, 39000.0, 38000.0, 37000.0),
        "runs_per_week": 4.0,
        "longest_run_30d_m": 13000.0,
        "longest_run_90d_m": 14000.0,
        "last_run_date": MONDAY - timedelta(days=1),
        "running_months": 30.0,
        "races_18m": 2,
        "easy_pace_s_per_km": 350.0,
        "race_fitness": 43.0,
        "race_fitness_date": MONDAY - timedelta(days=20),
        "race_fitness_source": "race",
        "median_daily_moving_s": 3300.0,
        "confidence": "high",
    }
    return Profile(**{**known, **facts})  # type: ignore[arg-type]  # tests set fields by name


def goal(kind: GoalKind = GoalKind.HALF, *, weeks: int = 14, start: date = MONDAY, **facts: object) -> Goal:
    """A race on the Sunday that ends so many weeks from `start`; none for general fitness."""
    race_date = None if kind is GoalKind.GENERAL else start + timedelta(days=7 * weeks - 1)
    return Goal(**{"goal_id": "goal", "kind": kind, "race_date": race_date, **facts})  # type: ignore[arg-type]  # tests set fields by name


def done_runs(
    until: date = MONDAY, *, weeks: int = 8, distances_m: tuple[float, ...] = (8000.0, 8000.0, 9000.0, 13000.0)
) -> tuple[DoneRun, ...]:
    """Four easy runs a week (Tuesday, Wednesday, Friday, Sunday) up to the day before `until`, a Monday."""
    weekdays = (1, 2, 4, 6)
    first = until - timedelta(days=7 * weeks)
    return tuple(
        DoneRun(
            run_date=first + timedelta(days=7 * week + weekday),
            distance_m=distance_m,
            duration_s=round(distance_m * 0.35),
            run_type="long" if distance_m == max(distances_m) else "easy",
        )
        for week in range(weeks)
        for weekday, distance_m in zip(weekdays, distances_m, strict=True)
    )


def plan(kind: GoalKind = GoalKind.HALF, *, weeks: int = 18, today: date = MONDAY, **facts: object) -> Plan:
    """A plan of our own for that runner; keywords change the athlete."""
    wanted = goal(kind, weeks=weeks)
    return make_plan(athlete(**facts), profile(), wanted, done_runs(), today=today, plan_id="plan")
