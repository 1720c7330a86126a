"""What the views gather, and that a stored one comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from coach.adjust import apply
from coach.model import Adjustment, Call, ReadinessState
from reports.daily import daily_view
from reports.days import days_between
from reports.facts import DayStatus
from reports.format import short_date
from reports.marts import Adherence
from reports.site import site_pages
from reports.site_view import site_view
from reports.view import Brief, DailyView, SiteView, WeeklyView
from reports.weekly import weekly_view
from tests.builders.reports import ATHLETE, EDITION, WORDS, adjustment, build_daily, half_marathon_plan, readiness
from tests.builders.reports_warehouse import MONDAY, TODAY, empty_warehouse, insert, instant_of, warehouse


def test_a_daily_view_survives_its_json(daily: DailyView) -> None:
    assert DailyView.from_json(json.loads(json.dumps(daily.to_json()))) == daily


def test_a_weekly_view_survives_its_json(weekly: WeeklyView) -> None:
    assert WeeklyView.from_json(json.loads(json.dumps(weekly.to_json()))) == weekly


def test_a_site_view_survives_its_json(site: SiteView) -> None:
    assert SiteView.from_json(json.loads(json.dumps(site.to_json()))) == site


def test_a_snapshot_of_an_older_version_takes_defaults_and_drops_what_is_gone(daily: DailyView) -> None:
    stored = daily.to_json()
    del stored["revision"]
    stored["edition"]["a_field_of_long_ago"] = 1

    assert DailyView.from_json(stored) == replace(daily, revision=None)


def test_the_last_bits_of_a_sum_do_not_make_a_stored_view_new(daily: DailyView) -> None:
    one_order, another, further = (
        replace(daily, recent=(replace(daily.recent[0], training_load=load),)).to_json()
        for load in (0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.600001)
    )

    assert one_order == another
    assert one_order != further


def test_every_day_of_the_week_says_what_became_of_it(weekly: WeeklyView) -> None:
    expected = ["rest", "completed", "missed", "unknown", "completed", "rest", "completed"]

    assert [day.status.value for day in weekly.days] == expected


def test_a_moved_session_is_shown_where_it_was_planned_and_where_it_was_run(site: SiteView) -> None:
    days = {day.day: day for week in site.plan_weeks for day in week.days}

    moved = days[date(2026, 10, 29)]

    assert (moved.status, moved.reason, moved.done_distance_m) == (DayStatus.MOVED, "done on Fri 30 Oct", None)


def test_how_a_session_was_kept_and_who_said_so_stand_where_it_was_planned() -> None:
    sessions = [w for w in half_marathon_plan().workouts if w.distance_m][:2]
    moved, skipped = (replace(w, workout_date=MONDAY + timedelta(days=n)) for n, w in enumerate(sessions))
    rows = (
        Adherence(
            workout_id=moved.workout_id, workout_date=moved.workout_date, status="moved", activity_id="file:a",
            done_date=MONDAY + timedelta(days=3), is_by_hand=True, detail="7 of 8 reps on target",
        ),
        Adherence(
            workout_id=skipped.workout_id, workout_date=skipped.workout_date, status="skipped", is_by_hand=True,
            reason="by hand: skipped, sick",
        ),
    )  # fmt: skip

    first, second = days_between(
        MONDAY, MONDAY + timedelta(days=1), workouts=(moved, skipped),
        adherence={row.workout_id: row for row in rows}, activities=(), today=MONDAY + timedelta(days=7),
    )  # fmt: skip

    assert first.reason == f"by hand: done on {short_date(MONDAY + timedelta(days=3))}, 7 of 8 reps on target"
    assert (second.status, second.reason) == (DayStatus.SKIPPED, "by hand: skipped, sick")


def test_a_past_session_without_a_verdict_is_unknown_not_missed() -> None:
    view = build_daily(empty_warehouse())

    past = [day.status for day in view.week if day.day < TODAY and day.workout and day.workout.distance_m]

    assert past == [DayStatus.UNKNOWN] * 3


def test_the_plan_that_stands_is_shown_whatever_was_changed_before(marts: duckdb.DuckDBPyConnection) -> None:
    """Two mornings may have changed the same session: the plan holds the last word, the list of changes both."""
    plan = half_marathon_plan()
    change = adjustment(plan)
    rest = replace(change.after, title="Rest", distance_m=0.0, duration_s=0.0)
    later = Adjustment(before=change.after, after=rest, rule_id="illness", because=change.because)

    view = weekly_view(
        marts, athlete=ATHLETE, plan=apply(plan, (change, later)), week_start_date=MONDAY, day=TODAY, words=WORDS,
        adjustments=(later, change),
    )  # fmt: skip

    assert view.days[TODAY.weekday()].workout == rest


def test_an_unplanned_run_is_shown_beside_the_plan() -> None:
    plan = half_marathon_plan()
    con = warehouse(plan)
    saturday = MONDAY - timedelta(days=2)
    insert(
        con, "activities", activity_id="file:extra", is_run=True, sport="run", local_date=saturday, distance_m=5000.0
    )

    view = weekly_view(
        con, athlete=ATHLETE, plan=plan, week_start_date=MONDAY - timedelta(days=7), day=MONDAY, words=WORDS
    )

    assert (view.days[5].status, view.days[5].done_distance_m, view.days[5].done_moving_s) == (
        DayStatus.EXTRA,
        5000.0,
        None,
    )


def test_the_site_holds_the_runs_of_sixty_days_up_to_today() -> None:
    con = empty_warehouse()
    for back in (0, 1, 59, 60):
        day = TODAY - timedelta(days=back)
        insert(
            con, "activities", activity_id=f"file:{back}", is_run=True, sport="run", local_date=day, distance_m=5000.0,
            started_at=instant_of(day), local_started_at=instant_of(day).replace(tzinfo=None), utc_offset_s=0,
        )  # fmt: skip
        insert(con, "athlete_days", local_date=day, distance_m=5000.0, training_load=30.0)
    for back in (111, 112):
        insert(con, "athlete_days", local_date=TODAY - timedelta(days=back), training_load=30.0)
    brief = Brief(headline="Rest")
    today = daily_view(
        con, athlete=ATHLETE, plan=None, readiness=readiness(), call=Call.REST, adjustments=(), brief=brief, day=TODAY,
        revision=None, edition=EDITION,
    )  # fmt: skip
    site = site_view(con, athlete=ATHLETE, plan=None, daily=today)

    assert [activity.activity_id for activity in site.activities] == ["file:0", "file:1", "file:59"]
    assert [(TODAY - day.local_date).days for day in site.days] == [111, 60, 59, 1, 0]
    pages = site_pages(site)
    assert all(activity.page in pages for activity in site.activities if activity.page)
    assert site.activities[0].page


def test_not_a_number_is_unknown() -> None:
    con = empty_warehouse()
    insert(con, "athlete_days", local_date=TODAY, training_load=float("nan"), hrv_ms=None)

    view = build_daily(con)

    assert view.recent[0].training_load is None


def test_without_a_plan_the_brief_still_stands() -> None:
    view = daily_view(
        empty_warehouse(), athlete=ATHLETE, plan=None, readiness=readiness(ReadinessState.NEUTRAL), call=Call.GO,
        adjustments=(), brief=Brief(headline="Welcome"), day=TODAY,
    )  # fmt: skip

    assert (view.today, view.countdown, view.has_plan, len(view.week)) == (None, None, False, 7)


@pytest.mark.parametrize(("per_window", "is_sufficient"), [(4, False), (8, True)])
def test_a_trend_needs_enough_runs_of_the_same_kind(per_window: int, is_sufficient: bool) -> None:
    con = empty_warehouse()
    for window, efficiency in ((0, 1.40), (28, 1.30)):
        for index in range(per_window):
            insert(
                con, "activities", activity_id=f"file:{window}-{index}", is_run=True, is_trail=False, is_treadmill=False,
                is_race=False, run_type="easy", moving_s=3000.0, efficiency_factor=efficiency + index * 0.001,
                local_date=MONDAY - timedelta(days=1 + window + index * 3),
            )  # fmt: skip

    view = weekly_view(
        con, athlete=ATHLETE, plan=None, week_start_date=MONDAY - timedelta(days=7), day=MONDAY, words=WORDS
    )

    assert view.trend.is_sufficient is is_sufficient
    assert ("more distance per heartbeat" in view.trend.text) is is_sufficient
