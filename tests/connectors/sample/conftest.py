"""The take-outs that the tests look at, written once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.sample import PlannedDay, Takeouts, WorkBlock, write_takeouts

SEED = 7
TODAY = date(2026, 11, 21)
UNTIL = TODAY - timedelta(days=27)  # a Sunday: the plan begins on the Monday after it


def a_plan() -> tuple[PlannedDay, ...]:
    """Four weeks of four runs; the last days have not come yet."""
    days = []
    for week in range(4):
        monday = UNTIL + timedelta(days=1 + 7 * week)
        intervals = (WorkBlock(5, 180.0, 120.0, 255.0),)
        days += [
            PlannedDay(planned_date=monday, workout_type="rest", distance_m=0.0, duration_s=0.0),
            PlannedDay(
                planned_date=monday + timedelta(days=1),
                workout_type="intervals",
                distance_m=9000.0,
                duration_s=2900.0,
                work=intervals,
            ),
            PlannedDay(
                planned_date=monday + timedelta(days=3), workout_type="tempo", distance_m=8000.0, duration_s=2600.0
            ),
            PlannedDay(
                planned_date=monday + timedelta(days=5), workout_type="easy", distance_m=7000.0, duration_s=2450.0
            ),
            PlannedDay(
                planned_date=monday + timedelta(days=6), workout_type="long", distance_m=15000.0, duration_s=5250.0
            ),
        ]
    return tuple(days)


@pytest.fixture(scope="session")
def takeouts(tmp_path_factory: pytest.TempPathFactory) -> Takeouts:
    """This morning's take-out of habitual training."""
    return write_takeouts(tmp_path_factory.mktemp("sample"), seed=SEED, today=TODAY)


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Takeouts:
    """The same athlete's take-out of four weeks ago."""
    return write_takeouts(tmp_path_factory.mktemp("sample"), seed=SEED, today=TODAY, until=UNTIL)


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Takeouts:
    """This morning's take-out of an athlete who had a plan for the last four weeks."""
    return write_takeouts(tmp_path_factory.mktemp("sample"), seed=SEED, today=TODAY, planned=a_plan())
