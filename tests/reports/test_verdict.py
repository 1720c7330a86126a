"""The week in a verdict, a sentence and an action."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coach.model import WorkoutType
from reports.facts import Day, DayStatus, WeekFigures
from reports.verdict import weekly_words
from tests.builders.reports import workout
from tests.builders.reports_warehouse import MONDAY

FIGURES = WeekFigures(week_start_date=MONDAY, distance_m=30_000.0, moving_s=10_800.0, run_count=3)


def week(*statuses: DayStatus) -> tuple[Day, ...]:
    """A rest day, then a session a day, the last of them the long run."""
    days = [MONDAY + timedelta(days=index) for index in range(len(statuses) + 1)]
    kinds = [WorkoutType.EASY] * (len(statuses) - 1) + [WorkoutType.LONG]
    sessions = (
        Day(day=day, status=status, workout=workout(day, kind, 10_000.0), done_distance_m=9_000.0)
        for day, status, kind in zip(days[1:], statuses, kinds, strict=True)
    )
    return (Day(day=days[0], status=DayStatus.REST, workout=workout(days[0], WorkoutType.REST, 0.0)), *sessions)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (week(DayStatus.COMPLETED, DayStatus.MOVED), "Week 47: all 2 sessions done"),
        (week(DayStatus.COMPLETED, DayStatus.PARTIAL), "Week 47: 1 of 2 sessions done, 1 cut short"),
        (week(DayStatus.COMPLETED, DayStatus.MISSED), "Week 47: 1 of 2 sessions done, 1 missed"),
        (week(DayStatus.COMPLETED, DayStatus.UNKNOWN), "Week 47: 1 of 2 sessions done, 1 not known yet"),
        (week(DayStatus.COMPLETED, DayStatus.PLANNED), "Week 47: 1 of 2 sessions done, 1 to come"),
    ],
)
def test_the_verdict_counts_sessions(days: tuple[Day, ...], expected: str) -> None:
    assert weekly_words(days, FIGURES, (), has_plan=True).verdict == expected


def test_missing_data_asks_for_a_sync_and_never_says_missed() -> None:
    words = weekly_words(week(DayStatus.COMPLETED, DayStatus.UNKNOWN), FIGURES, (), has_plan=True)

    assert words.action == "Sync your watch, so that Wednesday can be counted."
    assert "missed" not in f"{words.verdict} {words.sentence} {words.action}"


def test_a_missed_session_is_not_to_be_made_up() -> None:
    words = weekly_words(week(DayStatus.COMPLETED, DayStatus.MISSED), FIGURES, (), has_plan=True)

    assert words.sentence == "You ran 30 km of 20 km planned in 3:00 h, in 3 runs; the long run was missed."
    assert words.action.startswith("Do not make up what was missed.")


def test_a_week_without_a_plan_is_a_week_all_the_same() -> None:
    days = tuple(Day(day=MONDAY + timedelta(days=index), status=DayStatus.REST) for index in range(7))

    assert weekly_words(days, FIGURES, (), has_plan=False).verdict == "Week 47: 3 runs, nothing was planned"


def test_unknown_distance_is_said_to_be_unknown() -> None:
    words = weekly_words(week(DayStatus.UNKNOWN), None, (), has_plan=True)

    assert words.sentence.startswith("How far you ran is not known;")
