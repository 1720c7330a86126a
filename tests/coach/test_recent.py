"""What the marts say of the last days and weeks, as the coach reads it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from coach.recent import read_week
from tests.coach.test_readiness import warehouse

MONDAY = date(2026, 3, 2)
RUNS = ((-1, 20000.0, False), (0, 9000.0, False), (1, 9000.0, False), (2, 10000.0, True), (3, 8000.0, False))


@pytest.mark.parametrize(
    ("began", "before_plan_m"),
    [
        (MONDAY + timedelta(days=3), 18000.0),  # a Thursday: Monday's and Tuesday's runs, and Wednesday's race is none
        (MONDAY + timedelta(days=1), 9000.0),
        (MONDAY, 0.0),
        (MONDAY - timedelta(days=30), 0.0),
        (MONDAY + timedelta(days=7), 0.0),  # a plan of the week after
        (None, 0.0),
    ],
)
def test_what_was_run_before_a_plan_began_in_a_week_is_not_held_against_it(
    began: date | None, before_plan_m: float
) -> None:
    with warehouse() as con:
        con.execute(
            "create table marts.athlete_weeks as select 'me' as athlete_id, ? as week_start_date, 36000e0 as distance_m, "
            "4 as run_count, 30000e0 as planned_distance_m, 3 as planned_run_count, 1 as completed_count, 0 as partial_count, "
            "0 as missed_count, 0 as unknown_count, 10000e0 as longest_run_m, 9e-1 as easy_share, 30000e0 as distance_4w_mean_m, "
            "0 as skipped_count, 0 as unknown_run_days",
            [MONDAY],
        )
        con.execute(
            "create table marts.activities (athlete_id text, local_date date, distance_m double, is_race boolean, is_run boolean)"
        )
        for day, distance_m, is_race in RUNS:
            row = [MONDAY + timedelta(days=day), distance_m, is_race]
            con.execute("insert into marts.activities values ('me', ?, ?, ?, true)", row)
            con.execute("insert into marts.activities values ('you', ?, ?, ?, true)", row)
        con.execute("create table marts.plan_adherence (athlete_id text, workout_date date)")
        for later in (0, 2):
            if began is not None:
                con.execute("insert into marts.plan_adherence values ('me', ?)", [began + timedelta(days=later)])
        week = read_week(con, "me", week_start_date=MONDAY)

    assert week is not None
    assert week.before_plan_m == before_plan_m
    assert (week.raced_m, week.longest_training_m, week.trained_m) == (10000.0, 9000.0, 26000.0)
    assert week.trained_by_plan_m == 26000.0 - before_plan_m
