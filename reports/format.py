"""Numbers and dates as a runner reads them. What is not known is UNKNOWN, never a zero."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from math import floor
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_RACES = {1609: "Mile", 3219: "2 miles", 21098: "Half marathon", 42195: "Marathon"}
# What a runner is told instead of a guardrail's number.
RULES = {
    "H01": "weekly volume grows by at most 15 %",
    "H02": "no run above 35 % of its week",
    "H03": "no run a tenth beyond the longest of 30 days",
    "H04": "one longest-yet run in seven days",
    "H05": "a cutback after three loaded weeks",
    "H06": "a taper that falls",
    "H07": "only on run days, not on too many",
    "H08": "the long run on its day",
    "H09": "48 h between hard days",
    "H10": "quality sessions per week",
    "H11": "no quality in the first six weeks of running",
    "H12": "enough time and base for the goal",
    "H13": "paces of current fitness",
    "H14": "work and time per session",
    "H15": "a day of rest every week",
    "H16": "sums and words agree",
    "H17": "the calendar holds together",
    "H18": "readiness and illness are respected",
    "H19": "three quarters of the time easy",
    "H20": "no running while injured",
    "H21": "a readable plan",
    "H22": "no medicine, doses or diagnoses",
}
_SHORT_DISTANCE_M = 1000.0
_SHORT_DURATION_S = 3600.0


class Unknown(str):
    """A dash that templates may spell out for screen readers and plain text."""

    __slots__ = ()


UNKNOWN = Unknown("–")


def km(distance_m: float | None) -> str:
    """12.4 km; below a kilometre in metres."""
    if distance_m is None:
        return UNKNOWN
    if 0 < distance_m < _SHORT_DISTANCE_M:
        return f"{round(distance_m)} m"
    return f"{km_number(distance_m)} km"


def km_number(distance_m: float | None) -> str:
    """12.4, for a column whose head says km."""
    if distance_m is None:
        return UNKNOWN
    kilometres = distance_m / 1000
    return f"{kilometres:.0f}" if kilometres >= 100 else f"{kilometres:.1f}".removesuffix(".0")


def km_down(distance_m: float | None) -> str:
    """12.4 km for anything up to 12.5: a limit is never rounded up."""
    return UNKNOWN if distance_m is None else km(floor(distance_m / 100 + 1e-6) * 100.0)


def race_distance(distance_m: float) -> str:
    """Half marathon, Mile, 5 km: the names runners use."""
    return _RACES.get(round(distance_m), km(distance_m))


def short_id(activity_id: str) -> str:
    """Eight letters that mean an activity in commands and in the names of pages."""
    return hashlib.sha256(activity_id.encode()).hexdigest()[:8]


def duration(seconds: float | None) -> str:
    """48 min below an hour, 1:12 h above."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if seconds < _SHORT_DURATION_S and minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


def step_length(seconds: float | None) -> str:
    """90 s, 2:30 min or 12 min: the length of one step or one recovery."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    if whole <= 90:
        return f"{whole} s"
    return f"{whole // 60} min" if whole % 60 == 0 else f"{whole // 60}:{whole % 60:02d} min"


def clock(seconds: float | None) -> str:
    """A race or lap time: 4:52, 1:52:07."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def pace(pace_s_per_km: float | None) -> str:
    """5:12 /km."""
    return UNKNOWN if pace_s_per_km is None else f"{clock(pace_s_per_km)} /km"


def pace_range(fast_s_per_km: float | None, slow_s_per_km: float | None) -> str:
    """5:40–6:10 /km, or the one that is known."""
    known = [pace_s for pace_s in (fast_s_per_km, slow_s_per_km) if pace_s is not None]
    if len(known) == 2 and round(known[0]) != round(known[1]):
        return f"{clock(known[0])}–{pace(known[1])}"
    return pace(known[0]) if known else UNKNOWN


def heart_rate_range(low_bpm: float | None, high_bpm: float | None) -> str:
    """130–148 bpm, or the bound that is known."""
    if low_bpm is None and high_bpm is None:
        return UNKNOWN
    if low_bpm is None:
        return f"up to {high_bpm:.0f} bpm"
    return f"from {low_bpm:.0f} bpm" if high_bpm is None else f"{low_bpm:.0f}–{high_bpm:.0f} bpm"


def number(value: float | None, unit: str = "", digits: int = 0) -> str:
    """62 ms, 1.34; a minus sign is a minus, not a hyphen."""
    if value is None:
        return UNKNOWN
    text = f"{value:.{digits}f}".replace("-", "−")
    text = text.removeprefix("−") if not text.strip("−0.") else text
    return f"{text} {unit}" if unit else text


def measure(value: float | None, unit: str) -> str:
    """A value in its unit, seconds as a duration: 62 ms, 7:15 h."""
    return duration(value) if unit == "s" else number(value, unit)


def percent(share: float | None) -> str:
    """A share of one as 82 %."""
    return number(None if share is None else share * 100, "%")


def change(now: float | None, before: float | None) -> str:
    """How far above or below: +8 %, −12 %, ±0 %."""
    if now is None or not before:
        return UNKNOWN
    rounded = round((now / before - 1) * 100)
    return "±0 %" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded)} %"


def points(now: float | None, before: float | None) -> str:
    """The difference of two shares in percentage points: +3 pts."""
    if now is None or before is None:
        return UNKNOWN
    rounded = round((now - before) * 100)
    return "±0 pts" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded)} pts"


def long_date(day: date | None) -> str:
    """Friday 21 November 2026."""
    return UNKNOWN if day is None else f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date | None) -> str:
    """Fri 21 Nov."""
    return UNKNOWN if day is None else f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def day_month(day: date | None) -> str:
    """21 Nov."""
    return UNKNOWN if day is None else f"{day.day} {MONTHS[day.month - 1][:3]}"


def full_date(day: date | None) -> str:
    """21 Nov 2026."""
    return UNKNOWN if day is None else f"{day_month(day)} {day.year}"


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def instant(at: datetime | None, time_zone: str = "UTC") -> str:
    """21 Nov 2026, 06:05 by the athlete's clock; only UTC, which is nobody's, is named."""
    if at is None:
        return UNKNOWN
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{full_date(there.date())}, {there:%H:%M}{' UTC' if time_zone == 'UTC' else ''}"


def age(days: int | None) -> str:
    """today, yesterday, 5 days ago."""
    if days is None:
        return UNKNOWN
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def count(number_of: int, noun: str, plural: str = "") -> str:
    """1 run, 3 runs, no runs."""
    word = noun if number_of == 1 else (plural or f"{noun}s")
    return f"{number_of or 'no'} {word}"


def iso_week(day: date) -> str:
    """Week 47."""
    return f"Week {day.isocalendar().week}"


def words(code: str) -> str:
    """race_pace as race pace."""
    return code.replace("_", " ")


def rule(rule_id: str) -> str:
    """What a change rests on: a guardrail by what it asks for, any other reason by its own words."""
    return RULES.get(rule_id, words(rule_id))


def sentence(text: str) -> str:
    """The same words with a capital first letter."""
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        km, km_number, km_down, race_distance, duration, step_length, clock, pace, pace_range, heart_rate_range,
        number, measure, percent, change, points, long_date, short_date, day_month, full_date, weekday,
        instant, age, count, iso_week, words, rule, sentence,
    )
}  # fmt: skip
