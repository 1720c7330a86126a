"""What a next run is measured against: the longest of thirty days, the weeks that still count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coach.history import RunLog, break_started, recent_weeks_m, run_log, usual_before_break_m, usual_week_m
from tests.builders import coach as build

DAY = build.MONDAY


def test_a_run_of_thirty_days_ago_counts_and_of_thirty_one_does_not() -> None:
    log = RunLog()
    log.add(DAY, 18000)

    assert log.longest_before(DAY + timedelta(days=30)) == 18000
    assert log.longest_before(DAY + timedelta(days=31)) is None
    assert log.longest_before(DAY) is None


def test_a_record_is_a_tenth_at_most_and_one_in_seven_days() -> None:
    log = RunLog()
    log.add(DAY, 10000)
    log.add(DAY + timedelta(days=7), 11000)

    assert log.is_record(DAY + timedelta(days=7))
    assert log.limit(DAY + timedelta(days=13), may_be_record=True) == 11000
    assert log.limit(DAY + timedelta(days=14), may_be_record=True) == pytest.approx(12100)
    assert log.limit(DAY + timedelta(days=14), may_be_record=False) == 11000


def test_the_first_run_of_a_stranger_is_three_kilometres_at_most() -> None:
    assert (
        run_log(build.profile(longest_run_30d_m=None, longest_run_90d_m=None), ()).limit(DAY, may_be_record=True)
        == 3000
    )
    assert run_log(build.profile(longest_run_30d_m=None, longest_run_90d_m=4000.0), ()).limit(
        DAY, may_be_record=True
    ) == pytest.approx(2000)


def test_weeks_before_a_break_no_longer_count_as_handled() -> None:
    away = build.profile(weekly_distances_m=(40000.0, 40000.0, 42000.0, 40000.0, 41000.0, 40000.0, 0.0, 5000.0))

    assert break_started(away) == 6
    assert recent_weeks_m(away) == (0.0, 5000.0)
    assert usual_before_break_m(away) == 40000.0
    assert usual_week_m(away) == pytest.approx(22500)


def test_one_quiet_week_is_no_break() -> None:
    quiet = build.profile(weekly_distances_m=(40000.0,) * 6 + (8000.0, 40000.0))

    assert break_started(quiet) is None
    assert recent_weeks_m(quiet) == (40000.0, 40000.0, 8000.0, 40000.0)


def test_a_stranger_has_no_usual_week() -> None:
    assert usual_week_m(build.profile(weekly_distances_m=())) == 0.0
