"""When the sample athlete sets out, and what an outing is called when nobody names it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

_SATURDAY = 5


def start_of(day: date, rng: np.random.Generator, *, is_long: bool = False) -> datetime:
    """When the athlete sets out: after work, now and then before it, at weekends in the morning."""
    if is_long or day.weekday() >= _SATURDAY:
        minutes = rng.normal(9 * 60 + 20, 28)
    elif rng.random() < 0.25:
        minutes = rng.normal(6 * 60 + 45, 12)
    else:
        minutes = rng.normal(18 * 60 + 5, 26)
    return datetime.combine(day, time()) + timedelta(seconds=round(float(minutes) * 60))


def default_title(start_at: datetime, noun: str = "Run") -> str:
    """The name Strava gives when nobody types one."""
    part = (
        "Morning"
        if start_at.hour < 11
        else "Lunch"
        if start_at.hour < 14
        else "Afternoon"
        if start_at.hour < 17
        else "Evening"
    )
    return f"{part} {noun}"
