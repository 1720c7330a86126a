"""Gather what the weekly mail shows, in the order it shows it."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from coach.model import Adjustment, Athlete, Plan
from reports import marts
from reports.days import countdown, days_between, with_plan
from reports.questions import open_questions
from reports.recovery import recovery_lines
from reports.trend import easy_run_trend
from reports.view import Edition, Limit, WeeklyView, WeeklyWords, display_name

_CHART_DAYS = 28
_HISTORY_WEEKS = 12
_NO_EDITION = Edition()


def weekly_view(
    con: duckdb.DuckDBPyConnection,
    *,
    athlete: Athlete,
    plan: Plan | None,
    week_start_date: date,
    day: date,
    words: WeeklyWords,
    adjustments: tuple[Adjustment, ...] = (),
    limits: tuple[Limit, ...] = (),
    flags: tuple[str, ...] = (),
    revision: int | None = None,
    edition: Edition = _NO_EDITION,
) -> WeeklyView:
    """The report on the week from `week_start_date`, made on `day`; the next seven days begin after both."""
    athlete_id = athlete.athlete_id
    week_end_date = week_start_date + timedelta(days=6)
    next_date = max(day, week_end_date + timedelta(days=1))
    workouts = tuple(plan.workouts) if plan is not None else ()
    adherence = marts.read_adherence(con, athlete_id, plan.plan_id) if plan is not None else {}
    activities = marts.read_activities(con, athlete_id, since=week_start_date, until=week_end_date)
    days = days_between(
        week_start_date, week_end_date, workouts=workouts, adherence=adherence, activities=activities, today=day
    )
    next_days = days_between(
        next_date,
        next_date + timedelta(days=6),
        workouts=workouts,
        adherence=adherence,
        activities=marts.read_activities(con, athlete_id, since=next_date, until=day),
        today=day,
    )
    history = with_plan(marts.read_weeks(con, athlete_id, until=week_start_date, count=_HISTORY_WEEKS), workouts)
    figures = next((week for week in history if week.week_start_date == week_start_date), None)
    last_day = min(day, week_end_date)
    return WeeklyView(
        athlete_id=athlete_id,
        athlete_name=display_name(athlete),
        day=day,
        week_start_date=week_start_date,
        words=words,
        sources=marts.read_sources(con, athlete_id),
        days=days,
        figures=figures,
        limits=limits,
        history=history,
        recovery=recovery_lines(con, athlete_id, since=week_start_date, until=last_day),
        recent=marts.read_days(con, athlete_id, since=last_day - timedelta(days=_CHART_DAYS - 1), until=last_day),
        trend=easy_run_trend(con, athlete_id, until=last_day),
        adjustments=adjustments,
        next_days=next_days,
        next_note=_note_of(plan, next_date),
        countdown=countdown(plan, day, marts.read_equivalents(con, athlete_id)),
        flags=flags,
        questions=open_questions(con, athlete_id),
        edition=edition,
        has_plan=plan is not None,
        revision=revision,
    )


def _note_of(plan: Plan | None, day: date) -> str:
    """The coach's word on the plan week that holds a day."""
    if plan is None:
        return ""
    begun = [week for week in plan.weeks if week.week_start_date <= day]
    return begun[-1].note if begun and day <= begun[-1].week_start_date + timedelta(days=6) else ""
