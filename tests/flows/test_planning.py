"""What a person may type for a goal, and what is refused with the remedy."""

from __future__ import annotations

from datetime import date

import pytest

from coach.model import GoalKind
from flows.errors import NotSetUp
from flows.planning import parse_goal

TODAY = date(2026, 11, 21)
RACE = date(2027, 4, 11)


def test_a_goal_is_what_was_typed() -> None:
    goal = parse_goal("half", RACE, "1:45:00", "Spring Half", today=TODAY)

    assert (goal.kind, goal.race_date, goal.target_s, goal.race_name) == (GoalKind.HALF, RACE, 6300.0, "Spring Half")


@pytest.mark.parametrize(
    ("kind", "day", "target", "fact"),
    [
        ("10 miles", RACE, "", "no goal we know"),
        ("half", None, "", "needs its race day"),
        ("half", date(2025, 1, 1), "", "not ahead"),
        ("half", RACE, "abc", "no time"),
        ("half", RACE, "1:75:00", "no time"),
        ("half", RACE, "1:45", "faster than anybody"),
        ("5k", RACE, "0:00", "faster than anybody"),
        ("general", RACE, "", "no race day"),
        ("general", None, "20:00", "no race day"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(kind: str, day: date | None, target: str, fact: str) -> None:
    with pytest.raises(NotSetUp, match=fact):
        parse_goal(kind, day, target, "", today=TODAY)
