"""The one place that reads the clock."""

from __future__ import annotations

import os
import time as machine
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.errors import NotSetUp


def now() -> datetime:
    """The current instant in UTC, or the one PACEWRIGHT_NOW names (ISO 8601 with offset) for trials and tests."""
    fixed = os.environ.get("PACEWRIGHT_NOW")
    if not fixed:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(fixed)
    except ValueError as error:
        raise NotSetUp(f"PACEWRIGHT_NOW is {fixed!r}. Write it as 2026-11-21T07:00:00+00:00, or unset it.") from error
    if instant.tzinfo is None:
        raise NotSetUp(f"PACEWRIGHT_NOW is {fixed!r}, without an offset. Write it as 2026-11-21T07:00:00+00:00.")
    return instant.astimezone(UTC)


class WallClock:
    """The clock that connectors are given: this machine's time, and waiting that takes it."""

    def now(self) -> datetime:
        return now()

    def sleep(self, seconds: float) -> None:
        machine.sleep(seconds)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of an instant where the athlete lives."""
    return instant.astimezone(ZoneInfo(zone)).date()


def at_local(day: date, at: time, zone: str) -> datetime:
    """The instant of a local clock time on a day, in UTC."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def monday_of(day: date) -> date:
    """First day of the Monday-first week that holds `day`."""
    return day - timedelta(days=day.weekday())
