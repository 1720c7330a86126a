"""Sleep, HRV, the day and stress, by calendar date: the last two weeks in every sync, and once the way back to the start.

A date the ledger holds and a range no longer gives is asked for by itself. Only if Garmin has nothing for it then either
is it gone. A range that comes back without a single date, where the ledger holds several, is more likely Garmin's fault
than two weeks erased: only a sync of everything asks on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.garmin.api_calls import Payload, span
from connectors.garmin.api_round import Round, day_in

ENTITIES = ("sleep", "hrv", "day", "stress")
_SAID = {"sleep": "sleep", "hrv": "HRV", "day": "days", "stress": "stress"}
_MANY = 3
# Garmin's first watch that was worn day and night came out in 2014.
_FIRST_WATCH = date(2012, 1, 1)
_DAY = timedelta(days=1)
# What an object without any data still carries.
_LABELS = frozenset({"id", "uuid", "calendarDate", "source", "userProfilePk", "userProfileId"})


def sync_recent(work: Round, entity: str) -> None:
    """The last days, and all since the last sync if that is longer ago."""
    cursor = work.cursor(entity)
    through = day_in(cursor, "through") or work.today
    first = min(work.today, through) - timedelta(days=work.config.recent_days - 1)
    if "swept" not in cursor:
        cursor.setdefault("back_to", (first - _DAY).isoformat())
    for begin, end in span(first, work.today, work.config.ranges[entity]):
        cursor["through"] = end.isoformat()
        # A day after today can only have been landed in a zone further east; it is looked at, too.
        until = None if end == work.today else end + _DAY
        _land(work, entity, _ask(work, entity, begin, end), (begin, until), cursor)


def sync_back(work: Round, entity: str) -> None:
    """The way back from there: to the very beginning once, some months when a sweep is due. A kill resumes it."""
    cursor = work.cursor(entity)
    if "back_to" not in cursor and not work.is_due(cursor, "swept", work.config.sweep_days):
        return
    if work.is_everything or "back_to" not in cursor:
        is_whole = work.is_everything or "swept" not in cursor
        cursor |= {"back_to": (work.today - timedelta(days=work.config.recent_days)).isoformat(), "empty": 0}
        cursor["stop_at"] = None if is_whole else (work.today - timedelta(days=work.config.sweep_back_days)).isoformat()
    oldest = _oldest_held(work, entity)
    longest = timedelta(days=work.config.ranges[entity] - 1)
    while (end := day_in(cursor, "back_to")) is not None:
        first = end - longest
        work.tally.held_back[entity] = f"{_SAID[entity]} up to {end}"
        days = _ask(work, entity, first, end)
        cursor["empty"] = 0 if any(_says_something(day) for day in days.values()) else cursor.get("empty", 0) + 1
        stop_at = day_in(cursor, "stop_at")
        is_over = cursor["empty"] >= work.config.empty_windows_to_stop and (oldest is None or first <= oldest)
        if is_over or first <= _FIRST_WATCH or (stop_at is not None and first <= stop_at):
            cursor = {"through": cursor["through"], "swept": work.today.isoformat()}
        else:
            cursor["back_to"] = (first - _DAY).isoformat()
        if oldest is None or end < oldest:
            # Nothing can be missing; and steps through nothing need no trace, but for the last.
            if days or "back_to" not in cursor:
                work.land(entity, days, cursor=(entity, cursor))
        else:
            _land(work, entity, days, (first, end + _DAY), cursor)
    work.tally.held_back.pop(entity, None)


def _ask(work: Round, entity: str, first: date, last: date) -> dict[str, Payload]:
    days = work.garmin.days(entity, first, last)
    if entity == "sleep":
        for day in days.values():
            work.tally.saw(_instant(day.get("sleepEndTimestampGMT")))
    return days


def _land(
    work: Round, entity: str, days: Mapping[str, Payload], between: tuple[date, date | None], cursor: Mapping[str, Any]
) -> None:
    since, until = between
    if not days and not work.is_everything and _count_held(work, entity, since, until) >= _MANY:
        work.land(entity, {}, cursor=(entity, cursor))
        return

    def confirm(key: str) -> Payload | None:
        day = date.fromisoformat(key)
        return work.garmin.days(entity, day, day).get(key)

    work.settle(
        entity,
        days,
        happened="calendarDate",
        since=since,
        until=until,
        confirm=confirm,
        cursor=(entity, cursor),
    )


def _says_something(day: Payload) -> bool:
    """Whether there is any value in it: a day before the first watch comes as an object full of nulls."""
    return any(_has_value(value) for name, value in day.items() if name not in _LABELS)


def _has_value(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_value(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_value(each) for each in value)
    # Counts of nothing (0 steps) and Garmin's -1 for too little data come from days without a watch, too.
    return value is not None and value not in (0, -1, -2, "", False)


def _oldest_held(work: Round, entity: str) -> date | None:
    rows = work.ask([entity], "select min(source_key) from latest")
    return date.fromisoformat(rows[0][0]) if rows[0][0] else None


def _count_held(work: Round, entity: str, since: date, until: date | None) -> int:
    rows = work.ask(
        [entity],
        "select count(*) from latest where source_key >= $since and source_key < $until",
        since=since.isoformat(),
        until="9999" if until is None else until.isoformat(),
    )
    return int(rows[0][0])


def _instant(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None
