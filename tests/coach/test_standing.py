"""What stands is what was agreed to, on the days to which mornings moved it; what a morning made of it is that day's advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from coach import store
from coach.easing import to_rest
from coach.guardrails.content import is_run
from coach.model import Plan
from coach.standing import MORNING, approved_plan, reason_of, shown_plan, standing_plan
from tests.builders import coach as build
from tests.coach.test_store import MORNING as MADE_AT
from tests.coach.test_store import ledger

__all__ = ["ledger"]


def eased(plan: Plan, number: int, *, moved_days: int = 0) -> Plan:
    """The plan with one of its runs turned into rest, and the next one moved."""
    runs = [w for w in plan.workouts if is_run(w)]
    changed = {runs[number].workout_id: to_rest(runs[number])}
    moved = runs[number + 1]
    changed[moved.workout_id] = replace(moved, workout_date=moved.workout_date + timedelta(days=moved_days))
    weeks = (replace(week, workouts=tuple(changed.get(w.workout_id, w) for w in week.workouts)) for week in plan.weeks)
    return replace(plan, weeks=tuple(weeks))


@pytest.fixture
def revised(ledger: duckdb.DuckDBPyConnection) -> tuple[duckdb.DuckDBPyConnection, list[Plan]]:
    """Agreed to, two mornings, agreed to again, and then three revisions of two mornings."""
    plan = build.plan()
    day = next(iter(plan.workouts)).workout_date
    plans = [plan, eased(plan, 0), eased(plan, 1), eased(plan, 2, moved_days=1)]
    plans += [eased(plans[3], 4), eased(plans[3], 6, moved_days=2), eased(plans[3], 8)]
    authors = ["athlete", MORNING, MORNING, "athlete", MORNING, MORNING, MORNING]
    for number, (one, author) in enumerate(zip(plans, authors, strict=True)):
        # The last two were made on the same day.
        reason = reason_of(day + timedelta(days=min(number, 5))) if author == MORNING else "agreed"
        store.append_revision(ledger, one, author=author, reason=reason, made_at=MADE_AT + timedelta(days=number))
    return ledger, plans


def test_the_approved_plan_is_the_last_that_no_morning_made(
    revised: tuple[duckdb.DuckDBPyConnection, list[Plan]],
) -> None:
    con, plans = revised
    latest = store.active_plan(con, "me")
    early = store.active_plan(con, "me", as_of=MADE_AT + timedelta(days=2))

    assert approved_plan(con, latest) == plans[3]
    assert approved_plan(con, early) == plans[0]
    assert approved_plan(con, None) is None


def test_a_morning_finds_what_was_agreed_to_without_its_own_and_with_earlier_ones_days(
    revised: tuple[duckdb.DuckDBPyConnection, list[Plan]],
) -> None:
    con, plans = revised
    latest = store.active_plan(con, "me")
    same_day = next(iter(plans[0].workouts)).workout_date + timedelta(days=5)
    next_day = same_day + timedelta(days=1)

    found = standing_plan(con, latest, day=same_day)
    later = standing_plan(con, latest, day=next_day)
    shown = [shown_plan(con, latest, day=day) for day in (same_day, next_day)]

    assert found is not None
    assert later is not None
    assert latest is not None
    # Before the two revisions of that day stands the one of the day before, which moved nothing.
    assert (found.revision, found.plan) == (5, plans[3])
    assert later.revision == 7
    assert [w.workout_type for w in later.plan.workouts] == [w.workout_type for w in plans[3].workouts]
    assert [one and one.plan for one in shown] == [latest.plan, later.plan]
