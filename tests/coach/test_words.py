"""Numbers read the same everywhere."""

from __future__ import annotations

from datetime import date

import pytest

from coach import words


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.distance(12000), "12 km"),
        (words.distance(12480), "12.5 km"),
        (words.distance(400), "400 m"),
        (words.distance(10000, "imperial"), "6.2 mi"),
        (words.exact_distance(19810), "19.81 km"),
        (words.pace(315), "5:15/km"),
        (words.pace(359.6), "6:00/km"),
        (words.pace(315, "imperial"), "8:27/mi"),
        (words.pace_range(315, 345), "5:15–5:45/km"),
        (words.pace_range(315.1, 315.2), "5:15/km"),
        (words.duration(45), "45 s"),
        (words.duration(90), "1:30 min"),
        (words.duration(300), "5 min"),
        (words.duration(2880), "48 min"),
        (words.duration(5700), "1 h 35 min"),
        (words.duration(7200), "2 h"),
        (words.race_time(6330), "1:45:30"),
        (words.race_time(1500), "25:00"),
        (words.percent(0.354), "35.4 %"),
        (words.percent(0.8), "80 %"),
        (words.day_and_date(date(2026, 3, 8)), "Sunday 8 March"),
        (words.date_and_year(date(2027, 3, 14)), "14 March 2027"),
        (words.count(1, "run"), "one run"),
        (words.count(12, "run"), "12 runs"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.sentence("so it is"), "So it is."),
    ],
)
def test_number_is_said_as_a_coach_says_it(said: str, expected: str) -> None:
    assert said == expected
