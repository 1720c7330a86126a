"""Numbers and days as the plan says them."""

from __future__ import annotations

from datetime import date

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
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def kilometres(distance_m: float) -> str:
    """ "8 km", "12.5 km": whole where it is whole."""
    km = distance_m / 1000
    return f"{km:.0f} km" if abs(km - round(km)) < 0.05 else f"{km:.1f} km"


def clock(seconds: float) -> str:
    """ "45 s", "5 min", "1:30 min", "1 h 45 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min" if rest == 0 else f"{minutes}:{rest:02d} min"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes:02d} min"


def race_clock(seconds: float) -> str:
    """ "49:30", "1:45:07": a race time."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def day_text(day: date) -> str:
    """ "14 March 2027", whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday_text(weekday: int) -> str:
    return _WEEKDAYS[weekday]
