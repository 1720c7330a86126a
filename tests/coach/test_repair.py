"""A correction makes a plan safe or says what it cannot correct, and never asks for more running."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.guardrails import judge
from coach.model import Plan, WorkoutType
from coach.repair import Repaired, repair
from tests.builders.plans import (
    HALF_WEEKS,
    MONDAY,
    change,
    day,
    facts,
    half_plan,
    plan,
    run,
    session,
    with_day,
)
from tests.coach.test_adversarial import PAIRS, Pair

# Time that is missing, a race that is missing and running that is missing cannot be corrected by running less.
CANNOT = {
    "A26 omitted",
    "A26 wrong date",
    "A27",
    "A28",
    "A28 by ten metres",
    "A29",
    "A29 by a week",
    "A30",
    "A31",
    "A45",
}


def assert_lawful(before: Plan, repaired: Repaired) -> None:
    """No session is longer than it was, and no week either."""
    was = {w.workout_id: w.distance_m for w in before.workouts}
    assert all(w.distance_m <= was[w.workout_id] + 1e-6 for w in repaired.plan.workouts)
    for week, old in zip(repaired.plan.weeks, before.weeks, strict=True):
        assert week.distance_m <= old.distance_m + 1e-6


@pytest.mark.parametrize("attack", [p for p in PAIRS if p.rule_id != "H21"], ids=lambda p: p.attack)
def test_attack_is_corrected_or_named(attack: Pair) -> None:
    before, known = attack.bad
    repaired = repair(before, known)

    assert repaired.unrepaired == judge(repaired.plan, known)
    assert bool(repaired.unrepaired) is (attack.attack in CANNOT)
    assert_lawful(before, repaired)


@pytest.mark.parametrize("attack", [p for p in PAIRS if p.rule_id == "H21"], ids=lambda p: p.attack)
def test_unsound_plan_is_returned_as_it_is(attack: Pair) -> None:
    repaired = repair(*attack.bad)

    assert {v.rule_id for v in repaired.unrepaired} == {"H21"}
    assert repaired.plan is attack.bad[0]


def test_sound_plan_is_left_alone() -> None:
    assert repair(half_plan(), facts()) == Repaired(plan=half_plan(), adjustments=(), unrepaired=())


def test_long_run_is_capped_at_its_limit_and_says_why() -> None:
    repaired = repair(plan([(44, 14.9)]), facts())
    (adjustment,) = repaired.adjustments

    assert (adjustment.before.distance_m, adjustment.after.distance_m) == (14900, 14000)
    assert adjustment.after.title == "Long run 14 km"
    assert adjustment.rule_id == "H03"
    assert "14.30 km" in adjustment.because[0].text


def test_quality_too_close_becomes_an_easy_run_of_no_more_time() -> None:
    close = with_day(plan(), session(day(2, 2), 9.5))
    (adjustment,) = repair(close, facts()).adjustments

    assert adjustment.after.workout_type is WorkoutType.EASY
    assert adjustment.after.duration_s <= adjustment.before.duration_s
    assert adjustment.after.segments == ()


def test_correction_reaches_only_as_far_as_asked() -> None:
    """A later violation waits for the weekly look."""
    both = with_day(with_day(plan(), session(day(2, 2), 9.5)), session(day(6, 2), 10))
    repaired = repair(both, facts(), until=day(3, 6))

    assert [a.before.workout_date for a in repaired.adjustments] == [day(2, 2)]
    assert repaired.unrepaired == ()


@settings(max_examples=15, deadline=None)
@given(
    stretch=st.lists(st.floats(0.3, 2.5), min_size=12, max_size=12),
    longs=st.lists(st.floats(0.2, 0.6), min_size=12, max_size=12),
    extra=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5), st.floats(1, 25)), max_size=4),
)
def test_repair_never_adds_and_leaves_no_violation_unsaid(
    stretch: list[float], longs: list[float], extra: list[tuple[int, int, float]]
) -> None:
    weeks = [(km * s, km * s * share) for (km, _), s, share in zip(HALF_WEEKS, stretch, longs, strict=True)]
    before = change(plan(weeks), lambda w: replace(w, distance_m=round(w.distance_m, -2)) if not w.segments else w)
    for week, weekday, km in extra:
        before = with_day(before, run(day(week, weekday), round(km, 1)))
    known = facts()
    repaired = repair(before, known)

    assert repaired.unrepaired == judge(repaired.plan, known)
    assert_lawful(before, repaired)
    assert {a.before.workout_date for a in repaired.adjustments} <= {w.workout_date for w in before.workouts}
    assert before.effective_date == MONDAY
