"""The plan that stands: what was approved. What a morning makes of a session is advice for that day, and no history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from coach.model import Plan
from coach.store import StoredPlan, newest_revision

# The author of revisions that a morning made by itself; anybody else's were agreed to.
MORNING = "morning"


def reason_of(day: date) -> str:
    """What a morning's revision says it was made for."""
    return f"the morning of {day}"


def approved_plan(con: duckdb.DuckDBPyConnection, stored: StoredPlan | None) -> Plan | None:
    """The last revision that no morning made by itself."""
    agreed = None if stored is None else newest_revision(con, stored, not_by=MORNING)
    return None if agreed is None else agreed.plan


def standing_plan(con: duckdb.DuckDBPyConnection, stored: StoredPlan | None, *, day: date) -> StoredPlan | None:
    """The plan as a morning of `day` finds it: what was approved, on the days to which earlier mornings moved it.

    Sessions that earlier mornings eased stand as approved again: what they rested on may have changed since.
    """
    stored = None if stored is None else newest_revision(con, stored, not_by=MORNING, not_for=reason_of(day))
    approved = approved_plan(con, stored)
    if stored is None or approved is None:
        return None
    return replace(stored, plan=_as_approved(stored.plan, approved))


def shown_plan(con: duckdb.DuckDBPyConnection, stored: StoredPlan | None, *, day: date) -> StoredPlan | None:
    """The plan as reports of `day` show it: what stands, and what that day's own morning made of it."""
    if stored is not None and stored.author == MORNING and stored.reason == reason_of(day):
        return stored
    return standing_plan(con, stored, day=day)


def _as_approved(latest: Plan, approved: Plan) -> Plan:
    days = {w.workout_id: w.workout_date for w in latest.workouts}
    weeks = tuple(
        replace(
            week,
            workouts=tuple(
                sorted(
                    (replace(w, workout_date=days.get(w.workout_id, w.workout_date)) for w in week.workouts),
                    key=lambda w: w.workout_date,
                )
            ),
        )
        for week in approved.weeks
    )
    return replace(approved, weeks=weeks)
