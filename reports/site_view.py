"""Gather what the site shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import duckdb

from coach.model import Adjustment, Athlete, Plan, PlanWeek, Workout
from reports import marts
from reports.days import days_between, planned_distance_m, planned_from, week_of, with_plan
from reports.facts import Activity, WeekFigures
from reports.format import short_id
from reports.marts import Adherence
from reports.questions import open_questions
from reports.view import Check, DailyView, Edition, FileNote, SiteView, SiteWeek, display_name

_ACTIVITY_DAYS = 60
_ACTIVITY_PAGES = 20
_TREND_DAYS = 112
_TREND_WEEKS = 16


def site_view(
    con: duckdb.DuckDBPyConnection,
    *,
    athlete: Athlete,
    plan: Plan | None,
    daily: DailyView,
    checks: tuple[Check, ...] = (),
    refused: tuple[Check, ...] = (),
    files: tuple[FileNote, ...] = (),
    changes: tuple[Adjustment, ...] = (),
    revision: int | None = None,
    edition: Edition | None = None,
) -> SiteView:
    """The whole site as of the daily brief's day. `changes` are the plan's recent changes, newest first.

    `checks` judged the warehouse that is read, `refused` one that was not published since.
    """
    day, athlete_id = daily.day, athlete.athlete_id
    workouts = tuple(plan.workouts) if plan is not None else ()
    adherence = marts.read_adherence(con, athlete_id, plan.plan_id) if plan is not None else {}
    first = min((workout.workout_date for workout in workouts), default=day)
    since = min(week_of(first), day - timedelta(days=_ACTIVITY_DAYS - 1))
    activities = _with_pages(con, athlete_id, marts.read_activities(con, athlete_id, since=since, until=day), day)
    week_count = max(_TREND_WEEKS, (day - week_of(first)).days // 7 + 1)
    history = with_plan(marts.read_weeks(con, athlete_id, until=day, count=week_count), workouts)
    gathered = _Gathered(workouts, adherence, activities, {week.week_start_date: week for week in history}, day)
    mondays = sorted({week_of(workout.workout_date) for workout in workouts})
    planned = {monday: _plan_week(plan, monday) for monday in mondays} if plan is not None else {}
    this_monday, next_monday = week_of(day), week_of(day) + timedelta(days=7)
    pages = {activity.activity_id: activity.page for activity in activities}
    return SiteView(
        athlete_id=athlete_id,
        athlete_name=display_name(athlete),
        day=day,
        daily=daily,
        week=gathered.week(this_monday, planned.get(this_monday)),
        next_week=gathered.week(next_monday, planned[next_monday]) if next_monday in planned else None,
        plan_weeks=tuple(gathered.week(monday, planned[monday]) for monday in mondays),
        goal=plan.goal if plan is not None else None,
        labels=plan.labels if plan is not None else (),
        level=plan.level.value if plan is not None else "",
        history=history[-_TREND_WEEKS:],
        days=marts.read_days(con, athlete_id, since=day - timedelta(days=_TREND_DAYS - 1), until=day),
        activities=tuple(
            activity for activity in activities if activity.local_date > day - timedelta(days=_ACTIVITY_DAYS)
        ),
        profile=marts.read_profile(con, athlete_id),
        bests=tuple(replace(best, page=pages.get(best.activity_id, "")) for best in marts.read_bests(con, athlete_id)),
        equivalents=marts.read_equivalents(con, athlete_id),
        zones=marts.read_zones(con, athlete_id),
        changes=changes,
        sources=daily.sources,
        checks=checks,
        files=files,
        edition=edition or daily.edition,
        revision=revision if revision is not None else daily.revision,
        refused=refused,
        faults=marts.read_faults(con, athlete_id),
        questions=open_questions(con, athlete_id),
    )


class _Gathered:
    """What was read once and every week is cut from."""

    def __init__(
        self,
        workouts: tuple[Workout, ...],
        adherence: Mapping[str, Adherence],
        activities: tuple[Activity, ...],
        figures: Mapping[date, WeekFigures],
        today: date,
    ) -> None:
        self._workouts = workouts
        self._adherence = adherence
        self._activities = activities
        self._figures = figures
        self._today = today

    def week(self, monday: date, planned: PlanWeek | None) -> SiteWeek:
        figures = self._figures.get(monday)
        week = SiteWeek(
            week_start_date=monday,
            days=days_between(
                monday,
                monday + timedelta(days=6),
                workouts=self._workouts,
                adherence=self._adherence,
                activities=self._activities,
                today=self._today,
            ),
            done_distance_m=figures.distance_m if figures is not None else None,
        )
        if planned is None:
            return week
        return replace(
            week,
            week_number=planned.week_number,
            phase=planned.phase,
            phase_week=planned.phase_week,
            kind=planned.kind,
            note=planned.note,
            planned_distance_m=planned_distance_m(self._workouts, monday),
            planned_from_date=planned_from(self._workouts, monday),
        )


def _plan_week(plan: Plan, monday: date) -> PlanWeek:
    """The plan week that holds most of a calendar week: blocks counted back from a race may begin on any weekday."""
    return max(plan.weeks, key=lambda week: sum(week_of(workout.workout_date) == monday for workout in week.workouts))


def _with_pages(
    con: duckdb.DuckDBPyConnection, athlete_id: str, activities: tuple[Activity, ...], day: date
) -> tuple[Activity, ...]:
    """The activities, the newest runs with reps, plan, laps, recordings and the name of a page of their own."""
    runs = [activity for activity in activities if activity.is_run and activity.local_date <= day]
    paged = {activity.activity_id for activity in runs[:_ACTIVITY_PAGES]}
    return tuple(
        replace(
            activity,
            page=_page_name(activity),
            reps=marts.read_reps(con, athlete_id, activity.activity_id),
            planned_reps=marts.read_planned_reps(con, athlete_id, activity.activity_id),
            laps=marts.read_laps(con, athlete_id, activity.activity_id),
            recordings=marts.read_recordings(con, athlete_id, activity.activity_id),
        )
        if activity.activity_id in paged
        else activity
        for activity in activities
    )


def _page_name(activity: Activity) -> str:
    """A file name that no source's id can break out of."""
    return f"run-{activity.local_date.isoformat()}-{short_id(activity.activity_id)}.html"
