"""The paces a plan is made with: of today's race fitness, and no easier run faster than the heart calls easy."""

from __future__ import annotations

import pytest

from coach.fitness import training_paces
from coach.guardrails import Facts, judge
from coach.model import GoalKind, Intensity, Level
from coach.pace import pace_book
from coach.periodise import make_plan
from tests.builders import coach as build

PACES = training_paces(43.0)
FAST, SLOW = PACES.easy_fast, PACES.easy_slow
MIDDLE = (FAST + SLOW) / 2
HALF = (SLOW - FAST) / 2


def easy_of(own: float | None) -> tuple[float, float | None, float | None]:
    """The pace that easy runs are timed with, and the ends of the range they are told."""
    book = pace_book(build.athlete(), build.profile(easy_pace_s_per_km=own), Level.INTERMEDIATE)
    target = book.target(Intensity.EASY)
    return book.easy_s_per_km, target.pace_fast_s_per_km, target.pace_slow_s_per_km


@pytest.mark.parametrize(
    ("own", "pace", "fast", "slow"),
    [
        (None, MIDDLE, FAST, SLOW),
        (FAST - 20, FAST, FAST, SLOW),
        (MIDDLE - 5, MIDDLE - 5, FAST, SLOW),
        (MIDDLE + 5, MIDDLE + 5, FAST + 5, SLOW + 5),
        (SLOW + 10, SLOW + 10, SLOW + 10 - HALF, SLOW + 10 + HALF),
        (SLOW * 1.15 - 1, SLOW * 1.15 - 1, SLOW * 1.15 - 1 - HALF, SLOW * 1.15),
        (900.0, SLOW * 1.15, SLOW * 1.15 - HALF, SLOW * 1.15),
    ],
)
def test_easy_is_what_the_heart_calls_easy_within_what_race_fitness_allows(
    own: float | None, pace: float, fast: float, slow: float
) -> None:
    assert easy_of(own) == pytest.approx((pace, fast, slow), abs=0.06)


def test_only_easy_running_follows_the_heart() -> None:
    slow, usual = (
        pace_book(build.athlete(), build.profile(easy_pace_s_per_km=own), Level.INTERMEDIATE) for own in (430.0, None)
    )

    for intensity in set(Intensity) - {Intensity.EASY}:
        assert slow.middle(intensity) == usual.middle(intensity)
        assert slow.target(intensity) == usual.target(intensity)


def test_a_plan_for_whom_easy_is_slow_takes_longer_and_keeps_every_rule() -> None:
    profile = build.profile(easy_pace_s_per_km=SLOW + 15)
    plan = make_plan(
        build.athlete(), profile, build.goal(GoalKind.HALF), build.done_runs(), today=build.MONDAY, plan_id="p"
    )
    facts = Facts(athlete=build.athlete(), profile=profile, done=build.done_runs(), today=build.MONDAY)

    assert judge(plan, facts) == ()
    easy = [w for w in plan.workouts if w.workout_type.value == "easy" and not w.segments]
    assert easy
    for workout in easy:
        assert workout.duration_s / workout.distance_m * 1000 == pytest.approx(SLOW + 15, abs=1)
