"""How numbers and days are said: one place, so that every text agrees. Metric now; `units` is where imperial will go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import floor

METRES_PER_MILE = 1609.344
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def distance(distance_m: float, units: str = "metric") -> str:
    """12 000 → "12 km", 12 480 → "12.5 km"; below a kilometre metres."""
    if units == "imperial":
        return f"{f'{distance_m / METRES_PER_MILE:.1f}'.removesuffix('.0')} mi"
    if 0 < distance_m < 1000:
        return f"{distance_m:.0f} m"
    return f"{f'{distance_m / 1000:.1f}'.removesuffix('.0')} km"


def exact_distance(distance_m: float) -> str:
    """Two decimals, for limits that ten metres decide: 19 810 → "19.81 km"."""
    return f"{distance_m / 1000:.2f} km"


def told_apart(less_m: float, more_m: float) -> tuple[str, str]:
    """Two distances of which one is the shorter, so that it reads as the shorter: 14 980 and 15 000 → "14.98 km", "15.00 km"."""
    if distance(less_m) != distance(more_m):
        return distance(less_m), distance(more_m)
    return f"{floor(less_m / 10) / 100:.2f} km", f"{more_m / 1000:.2f} km"


def pace(pace_s_per_km: float, units: str = "metric") -> str:
    """315 → "5:15/km"."""
    per, unit = (METRES_PER_MILE / 1000, "mi") if units == "imperial" else (1.0, "km")
    minutes, seconds = divmod(round(pace_s_per_km * per), 60)
    return f"{minutes}:{seconds:02d}/{unit}"


def pace_range(fast_s_per_km: float, slow_s_per_km: float, units: str = "metric") -> str:
    """ "5:15–5:45/km", or one pace when both round to the same."""
    fast, slow = pace(fast_s_per_km, units), pace(slow_s_per_km, units)
    return fast if fast == slow else f"{fast.split('/')[0]}–{slow}"


def duration(seconds: float) -> str:
    """2880 → "48 min"; 5700 → "1 h 35 min"; 90 → "1:30 min"; below a minute seconds."""
    if 0 < seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 600 and round(seconds) % 60:
        return f"{round(seconds) // 60}:{round(seconds) % 60:02d} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def race_time(seconds: float) -> str:
    """6330 → "1:45:30"; 1500 → "25:00"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(ratio: float) -> str:
    """0.354 → "35.4 %"; whole when it is whole."""
    text = f"{100 * ratio:.1f}"
    return f"{text.removesuffix('.0')} %"


def weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()]


def day_and_date(day: date) -> str:
    """ "Sunday 8 March"."""
    return f"{weekday(day)} {day.day} {_MONTHS[day.month - 1]}"


def date_and_year(day: date) -> str:
    """ "14 March 2027"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def number(value: int) -> str:
    """ "three", "12"; nothing is "no"."""
    return _NUMBERS[value] if 0 <= value < len(_NUMBERS) else str(value)


def count(value: int, noun: str) -> str:
    """ "one run", "three runs", "12 runs"."""
    return f"{number(value)} {noun}" if value == 1 else f"{number(value)} {noun}s"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def inside(title: str) -> str:
    """A title inside a sentence."""
    return title[:1].lower() + title[1:]
