"""Numbers and dates as runners read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from coach.guardrails import RULES
from reports import format as say


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (say.km(12_430.0), "12.4 km"),
        (say.km(8_000.0), "8 km"),
        (say.km(437.0), "437 m"),
        (say.km(100.0), "100 m"),
        (say.km(0.0), "0 km"),
        (say.km(123_400.0), "123 km"),
        (say.duration(48 * 60), "48 min"),
        (say.duration(3599), "1:00 h"),
        (say.duration(4320), "1:12 h"),
        (say.step_length(90), "90 s"),
        (say.step_length(150), "2:30 min"),
        (say.step_length(600), "10 min"),
        (say.clock(292), "4:52"),
        (say.clock(6727), "1:52:07"),
        (say.pace(312), "5:12 /km"),
        (say.pace(359.6), "6:00 /km"),
        (say.pace_range(292, 300), "4:52–5:00 /km"),
        (say.pace_range(300, None), "5:00 /km"),
        (say.heart_rate_range(None, 146), "up to 146 bpm"),
        (say.number(-4.2), "−4"),
        (say.number(-0.2), "0"),
        (say.measure(26_100, "s"), "7:15 h"),
        (say.percent(0.826), "83 %"),
        (say.change(38.0, 43.2), "−12 %"),
        (say.change(43.1, 43.0), "±0 %"),
        (say.points(0.83, 0.80), "+3 pts"),
        (say.long_date(date(2026, 11, 20)), "Friday 20 November 2026"),
        (say.short_date(date(2026, 11, 20)), "Fri 20 Nov"),
        (say.iso_week(date(2027, 1, 1)), "Week 53"),
        (say.age(0), "today"),
        (say.count(1, "run"), "1 run"),
        (say.count(0, "run"), "no runs"),
        (say.race_distance(21_097.5), "Half marathon"),
        # Each at its bound, and one step beyond.
        (say.km(999.0), "999 m"),
        (say.km(1000.0), "1 km"),
        (say.km_number(99_940.0), "99.9"),
        (say.km_number(100_000.0), "100"),
        (say.km_down(12_499.0), "12.4 km"),
        (say.km_down(12_500.0), "12.5 km"),
        (say.km_down(19_999.9), "19.9 km"),
        (say.duration(59.4), "59 s"),
        (say.duration(60), "1 min"),
        (say.duration(0), "0 s"),
        (say.duration(3569), "59 min"),
        (say.duration(3600), "1:00 h"),
        (say.duration(36_060), "10:01 h"),
        (say.step_length(91), "1:31 min"),
        (say.step_length(60), "60 s"),
        (say.clock(59.4), "0:59"),
        (say.clock(3599.4), "59:59"),
        (say.clock(3600), "1:00:00"),
        (say.clock(36_061), "10:01:01"),
        (say.pace_range(300.2, 299.9), "5:00 /km"),
        (say.pace_range(None, 301), "5:01 /km"),
        (say.heart_rate_range(130, None), "from 130 bpm"),
        (say.heart_rate_range(130, 148), "130–148 bpm"),
        (say.number(0.0), "0"),
        (say.number(0.0, "ms"), "0 ms"),
        (say.number(-0.04, digits=1), "0.0"),
        (say.number(-10.0), "−10"),
        (say.measure(0.0, "bpm"), "0 bpm"),
        (say.percent(0.0), "0 %"),
        (say.change(41.0, 40.0), "+2 %"),
        (say.change(0.0, 40.0), "−100 %"),
        (say.points(0.80, 0.80), "±0 pts"),
        (say.points(0.78, 0.80), "−2 pts"),
        (say.day_month(date(2026, 1, 2)), "2 Jan"),
        (say.full_date(date(2026, 12, 31)), "31 Dec 2026"),
        (say.weekday(date(2026, 11, 22)), "Sunday"),
        (say.age(1), "yesterday"),
        (say.age(2), "2 days ago"),
        (say.count(2, "run"), "2 runs"),
        (say.count(2, "recovery", "recoveries"), "2 recoveries"),
        (say.race_distance(10_000.0), "10 km"),
        (say.race_distance(1609.344), "Mile"),
        (say.words("race_pace"), "race pace"),
        (say.sentence("the week"), "The week"),
    ],
)
def test_says(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    "said",
    [
        say.km(None), say.duration(None), say.pace(None), say.clock(None), say.number(None, "bpm"), say.percent(None),
        say.change(None, 40.0), say.change(40.0, None), say.change(40.0, 0.0), say.pace_range(None, None),
        say.heart_rate_range(None, None), say.age(None), say.short_date(None), say.km_down(None), say.km_number(None),
        say.step_length(None), say.measure(None, "s"), say.points(None, 0.8), say.points(0.8, None), say.long_date(None),
        say.day_month(None), say.full_date(None),
    ],
)  # fmt: skip
def test_unknown_is_never_a_zero(said: str) -> None:
    assert isinstance(said, say.Unknown)


def test_guardrails_are_told_by_what_they_ask_for() -> None:
    assert {rule_id: rule.title for rule_id, rule in RULES.items()} == say.RULES
    assert say.rule("H09") == "48 h between hard days"
    assert say.rule("readiness_amber") == "readiness amber"


def test_instants_are_told_by_the_athletes_clock() -> None:
    at = datetime(2026, 11, 21, 23, 5, tzinfo=UTC)

    assert say.instant(at, "Europe/Berlin") == "22 Nov 2026, 00:05"
    assert say.instant(at) == "21 Nov 2026, 23:05 UTC"
    assert say.instant(None, "Europe/Berlin") is say.UNKNOWN
