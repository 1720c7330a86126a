"""Charts: the sentence each states, and that the machine does not show through."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from reports import charts
from reports.days import planned_distance_m, with_plan
from reports.facts import DayFigures, WeekFigures
from reports.view import SiteView
from tests.builders.reports_warehouse import TODAY


def test_each_chart_states_its_message(site: SiteView) -> None:
    drawn = (charts.weekly_distance(site.history), charts.hrv(site.days))

    assert [chart.alt for chart in drawn if chart is not None] == [
        "The week so far of 16 Nov: 24.3 km of 53.7 km planned; the four weeks before averaged 46 km.",
        "The seven-day mean of 20 Nov is 57 ms, below your normal of 59 to 69 ms.",
    ]


def test_form_is_what_is_left_of_the_figures_beside_it(site: SiteView) -> None:
    chart = charts.fitness(site.days)
    assert chart is not None
    words = chart.alt.replace("−", "-").split()
    fitness, fatigue, form = (float(words[words.index(name) + 1]) for name in ("Fitness", "fatigue", "form"))

    assert fitness - fatigue == pytest.approx(form, abs=0.11)  # each is rounded once, to a tenth
    assert chart.alt.endswith("on the morning of 20 Nov.")


def test_without_data_there_is_no_chart() -> None:
    days = (DayFigures(local_date=TODAY),) * 30

    assert charts.weekly_distance(()) is None
    assert charts.fitness(days) is None
    assert charts.recovery_and_load(days) is None
    assert charts.hrv(days) is None


def test_a_week_of_which_days_are_unknown_is_shown_as_what_is_known_of_it(site: SiteView) -> None:
    def message(unknown_run_days: int, distance_m: float | None, *, is_closed: bool = True) -> str:
        before = WeekFigures(week_start_date=date(2026, 2, 23), distance_m=41500.0, planned_distance_m=42000.0)
        week = WeekFigures(
            week_start_date=date(2026, 3, 2),
            is_closed=is_closed,
            distance_m=distance_m,
            planned_distance_m=40000.0,
            unknown_run_days=unknown_run_days,
        )
        chart = charts.weekly_distance((*site.history, before, week))
        assert chart is not None
        return chart.alt

    assert message(0, 0.0) == "The week of 2 Mar: 0 km of 40 km planned."
    assert message(3, 8000.0) == "What is known of the week of 2 Mar: 8 km of 40 km planned."
    assert message(7, None) == "Nothing is known of the week of 2 Mar."
    assert message(1, None, is_closed=False) == "The week of 23 Feb: 41.5 km of 42 km planned."
    assert message(0, 6000.0, is_closed=False) == "The week so far of 2 Mar: 6 km of 40 km planned."


def test_a_week_in_which_a_plan_begins_is_not_held_against_the_part_that_it_plans(site: SiteView) -> None:
    workouts = tuple(day.workout for week in site.plan_weeks for day in week.days if day.workout is not None)
    first = site.plan_weeks[0].week_start_date
    weeks = (WeekFigures(week_start_date=first, is_closed=True, distance_m=64_000.0, planned_distance_m=42_000.0),)
    late = tuple(workout for workout in workouts if workout.workout_date >= first + timedelta(days=3))

    assert with_plan(weeks, workouts)[0].planned_distance_m == planned_distance_m(workouts, first)
    assert with_plan(weeks, late)[0].planned_distance_m is None
    assert with_plan(weeks, ())[0].planned_distance_m == 42_000.0


def test_a_night_without_data_leaves_a_gap_not_a_zero(site: SiteView) -> None:
    days = site.days[-28:]
    gone = tuple(replace(day, recovery_score_pct=None) if index == 20 else day for index, day in enumerate(days))

    chart = charts.recovery_and_load(gone)

    assert chart is not None
    assert "on 24 nights" in chart.alt


def test_a_picture_is_a_png_of_twice_the_size(site: SiteView) -> None:
    chart = charts.weekly_distance(site.history)

    assert chart is not None
    assert chart.png().startswith(b"\x89PNG\r\n")
    assert int.from_bytes(chart.png()[16:20], "big") > 2 * 400


def test_the_time_zone_of_the_machine_changes_nothing(site: SiteView, monkeypatch: pytest.MonkeyPatch) -> None:
    here = charts.fitness(site.days)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    there = charts.fitness(site.days)
    monkeypatch.undo()
    time.tzset()

    assert here == there


def test_reading_a_report_does_not_load_the_chart_engine() -> None:
    heavy = "{'vl_convert', 'altair', 'css_inline'}"
    program = f"import sys, reports.mail, reports.site, reports.weekly; print({heavy} & set(sys.modules))"

    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env={**os.environ}
    ).stdout

    assert printed.strip() == "set()"
