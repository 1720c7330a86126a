"""Gather what the daily brief shows."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from coach.model import Adjustment, Athlete, Call, Plan, Readiness
from reports import marts
from reports.days import countdown, days_between, week_of, with_plan, workout_on
from reports.view import Brief, BriefWords, DailyView, Edition, display_name

_CHART_DAYS = 28
_NO_EDITION = Edition()


def daily_view(
    con: duckdb.DuckDBPyConnection,
    *,
    athlete: Athlete,
    plan: Plan | None,
    readiness: Readiness,
    call: Call,
    adjustments: tuple[Adjustment, ...],
    brief: BriefWords,
    day: date,
    revision: int | None = None,
    edition: Edition = _NO_EDITION,
) -> DailyView:
    """The brief of one day. `plan` is the plan after the day's adjustments."""
    week_start_date = week_of(day)
    workouts = tuple(plan.workouts) if plan is not None else ()
    adherence = marts.read_adherence(con, athlete.athlete_id, plan.plan_id) if plan is not None else {}
    since = min(week_start_date, day - timedelta(days=1))
    activities = marts.read_activities(con, athlete.athlete_id, since=since, until=day)
    weeks = with_plan(marts.read_weeks(con, athlete.athlete_id, until=day, count=1), workouts)
    return DailyView(
        athlete_id=athlete.athlete_id,
        athlete_name=display_name(athlete),
        day=day,
        call=call,
        brief=Brief(
            headline=brief.headline,
            why=brief.why,
            today_line=brief.today_line,
            yesterday_line=brief.yesterday_line,
            week_line=brief.week_line,
            easier_option=brief.easier_option,
            flags=tuple(brief.flags),
        ),
        readiness_state=readiness.state,
        readiness_score=readiness.score,
        readiness_rule=readiness.rule,
        signals=readiness.signals,
        today=workout_on(workouts, day),
        adjustments=adjustments,
        week=days_between(
            week_start_date,
            week_start_date + timedelta(days=6),
            workouts=workouts,
            adherence=adherence,
            activities=activities,
            today=day,
        ),
        week_figures=next((week for week in weeks if week.week_start_date == week_start_date), None),
        yesterday=tuple(
            activity for activity in reversed(activities) if activity.local_date == day - timedelta(days=1)
        ),
        recent=marts.read_days(con, athlete.athlete_id, since=day - timedelta(days=_CHART_DAYS - 1), until=day),
        countdown=countdown(plan, day, marts.read_equivalents(con, athlete.athlete_id)),
        sources=marts.read_sources(con, athlete.athlete_id),
        edition=edition,
        has_plan=plan is not None,
        revision=revision,
    )
