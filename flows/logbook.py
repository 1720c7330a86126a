"""What the athlete says of their days, taken down: notes, check-ins, and periods of illness, injury and travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

import duckdb

from coach.logbook import (
    Checkin,
    Entry,
    Illness,
    Injury,
    Note,
    Off,
    Said,
    Severity,
    Travel,
    append_entry,
    entry_id_of,
    read_logbook,
)
from coach.words import date_and_year
from connectors.manual import check_text
from flows import clock
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.settings import Settings

FIRST_DATE = date(2000, 1, 1)
TRAVEL_AHEAD_DAYS = 366
_NAME_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of something said. `state` is new, changed, unchanged or undone; nothing here is the athlete's own text."""

    entry_id: str
    state: str
    begin_date: date
    end_date: date | None


def log_note(home: Home, settings: Settings, text: str, *, day: date | None, now: datetime) -> Taken:
    """A note on a day; the same note again changes nothing."""
    said = Note(text=check_text("note", text))
    if not said.text:
        raise FlowError("The note is empty. Write it after the command, in quotes.")
    on = checked_day(day, now, settings.time_zone)
    with open_ledger(home.ledger) as con:
        entry_id = entry_id_of("note", on, said.text)
        return take(con, settings, Entry(entry_id=entry_id, begin_date=on, end_date=on, said=said, said_at=now))


def check_in(home: Home, settings: Settings, said: Checkin, *, day: date | None, now: datetime) -> Taken:
    """How the athlete feels on a day. A later check-in of the day keeps the answers that it does not give itself."""
    if any(part not in range(1, 6) for part in said.parts):
        raise FlowError("A check-in is answered from 1 to 5, and 5 is best. Say it again with such numbers.")
    said = replace(said, text=check_text("text", said.text))
    if said == Checkin():
        raise FlowError("The check-in is empty. Add --fatigue, --soreness, --mood or --sleep, each from 1 to 5.")
    on = checked_day(day, now, settings.time_zone)
    with open_ledger(home.ledger) as con:
        entry_id = entry_id_of("checkin", on)
        before = next((e.said for e in _held(con, settings) if e.entry_id == entry_id), None)
        if isinstance(before, Checkin):
            said = Checkin(
                fatigue=before.fatigue if said.fatigue is None else said.fatigue,
                soreness=before.soreness if said.soreness is None else said.soreness,
                mood=before.mood if said.mood is None else said.mood,
                sleep=before.sleep if said.sleep is None else said.sleep,
                text=said.text or before.text,
            )
        return take(con, settings, Entry(entry_id=entry_id, begin_date=on, end_date=on, said=said, said_at=now))


def log_illness(
    home: Home,
    settings: Settings,
    *,
    severity: Severity | None = None,
    is_below_neck: bool | None = None,
    text: str = "",
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> Taken:
    """An illness. One that shares days with one said before becomes part of it; what is not said again stays."""
    text = check_text("text", text)

    def merged(before: Said | None) -> Illness:
        known = before if isinstance(before, Illness) else None
        where = is_below_neck if is_below_neck is not None or known is None else known.is_below_neck
        guess = Severity.MILD if where is False else Severity.MODERATE
        return Illness(
            severity=severity or (guess if known is None else known.severity),
            is_below_neck=where,
            text=text or (known.text if known else ""),
        )

    return _log_period(home, settings, "illness", merged, since=since, until=until, now=now)


def log_injury(
    home: Home,
    settings: Settings,
    *,
    body_part: str = "",
    severity: Severity | None = None,
    text: str = "",
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> Taken:
    """An injury of one part of the body; two parts are two injuries."""
    part, text = check_text("body part", body_part, limit=_NAME_MAX, is_one_line=True), check_text("text", text)

    def merged(before: Said | None) -> Injury:
        known = before if isinstance(before, Injury) else None
        return Injury(
            severity=severity or (Severity.MODERATE if known is None else known.severity),
            body_part=part or (known.body_part if known else ""),
            text=text or (known.text if known else ""),
        )

    return _log_period(home, settings, "injury", merged, part, since=since, until=until, now=now)


def log_off(
    home: Home,
    settings: Settings,
    *,
    text: str = "",
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> Taken:
    """Days without running. Without an end they go on until a run arrives or their end is said."""
    text = check_text("text", text)

    def merged(before: Said | None) -> Off:
        known = before if isinstance(before, Off) else Off()
        return Off(text=text or known.text)

    return _log_period(home, settings, "off", merged, since=since, until=until, now=now)


def log_travel(
    home: Home,
    settings: Settings,
    *,
    place: str = "",
    time_zone: str = "",
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> Taken:
    """A journey, which may lie ahead; runs taken down on its days are timed in its zone."""
    place = check_text("place", place, limit=_NAME_MAX, is_one_line=True)
    if time_zone:
        checked_zone(time_zone)

    def merged(before: Said | None) -> Travel:
        known = before if isinstance(before, Travel) else Travel()
        if place and known.place and place != known.place:
            raise FlowError(
                "Another journey covers these days. End it with `pacewright log travel --over`, or take it back with "
                "`pacewright log undo`; `pacewright log list` names it."
            )
        return Travel(place=place or known.place, time_zone=time_zone or known.time_zone)

    return _log_period(home, settings, "travel", merged, since=since, until=until, now=now)


def end_period(
    home: Home, settings: Settings, kind: str, *, day: date | None = None, body_part: str = "", now: datetime
) -> Taken:
    """The open period of a kind, ended: `day` is the first day without it."""
    over = checked_day(day, now, settings.time_zone)
    with open_ledger(home.ledger) as con:
        entries = [e for e in _held(con, settings) if e.kind == kind and e.end_date is None and e.begin_date <= over]
        named = [e for e in entries if not body_part or _part_of(e) == body_part.strip().lower()]
        if not named:
            raise FlowError(
                f"No {kind} is open{' for that part' if entries else f' on {date_and_year(over)}'}, so there is nothing "
                "to end. `pacewright log list` shows what was said."
            )
        if len(named) > 1:
            ids = ", ".join(e.entry_id for e in named)
            raise FlowError(f"Several are open ({ids}). Say which with --part, or take one back with `log undo`.")
        end = max(named[0].begin_date, over - timedelta(days=1))
        return take(con, settings, replace(named[0], end_date=end, said_at=now))


def zone_on(con: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> str:
    """The athlete's time zone on a day: the journey's, where one with a zone covers it, else home's."""
    zones = [
        e.said.time_zone
        for e in _held(con, settings)
        if isinstance(e.said, Travel) and e.said.time_zone and e.covers(day)
    ]
    return zones[-1] if zones else settings.time_zone


def checked_day(day: date | None, now: datetime, zone: str) -> date:
    """The day that was named, or today. Raises FlowError for one that has not come or cannot be meant."""
    today = clock.local_date(now, zone)
    if day is not None and day > today:
        raise FlowError(f"{day} has not come yet. Name {today} or an earlier day.")
    if day is not None and day < FIRST_DATE:
        raise FlowError(f"{day} is too long ago. Name a day from {FIRST_DATE} on.")
    return day or today


def checked_zone(name: str) -> str:
    """The time zone by its name. Raises FlowError for one that nobody knows."""
    if name not in available_timezones():
        raise FlowError(f"{name[:60]!r} is no time zone. Use a name such as Europe/Berlin.")
    return name


def _log_period(
    home: Home,
    settings: Settings,
    kind: str,
    merged: Callable[[Said | None], Said],
    part: str = "",
    *,
    since: date | None,
    until: date | None,
    now: datetime,
) -> Taken:
    today = clock.local_date(now, settings.time_zone)
    last = today + timedelta(days=TRAVEL_AHEAD_DAYS if kind == "travel" else 0)
    for day in (since, until):
        if day is not None and not FIRST_DATE <= day <= last:
            ahead = "leave it open and say `--over` when it is" if kind != "travel" else "name a day within a year"
            raise FlowError(f"{day} cannot be said of {kind} on {today}. Name a day that has come, or {ahead}.")
    if since is not None and until is not None and until < since:
        raise FlowError(f"It would end on {until}, before it began on {since}. Name a later end or an earlier begin.")
    with open_ledger(home.ledger) as con:
        known = [e for e in _held(con, settings) if e.kind == kind and (not part or _part_of(e) in {"", part.lower()})]
        begin = since or min(today, until or today)
        touched = [e for e in known if e.overlaps(begin, until)]
        if since is None and until is not None and not touched:
            raise FlowError(f"Since when? Add --since with the first day of the {kind}.")
        if len(touched) > 1:
            ids = ", ".join(e.entry_id for e in touched)
            raise FlowError(
                f"It shares days with several said before ({ids}). Take those back with `pacewright log undo` first."
            )
        if not touched:
            entry_id = entry_id_of(kind, begin, part.lower())
            if any(e.entry_id == entry_id for e in known):  # an entry whose begin was moved keeps its name
                entry_id = entry_id_of(kind, begin, part.lower(), now.isoformat())
            entry = Entry(entry_id=entry_id, begin_date=begin, end_date=until, said=merged(None), said_at=now)
        else:
            before = touched[0]
            end = until if until is None or before.end_date is None else max(until, before.end_date)
            said = merged(before.said)
            entry = replace(before, begin_date=min(begin, before.begin_date), end_date=end, said=said, said_at=now)
        return take(con, settings, entry)


def take(con: duckdb.DuckDBPyConnection, settings: Settings, entry: Entry) -> Taken:
    """Append an entry where it says something new."""
    before = next((e for e in _held(con, settings) if e.entry_id == entry.entry_id), None)
    state = "new" if before is None else "unchanged" if replace(before, said_at=entry.said_at) == entry else "changed"
    if state != "unchanged":
        append_entry(con, settings.athlete_id, entry)
    return Taken(entry_id=entry.entry_id, state=state, begin_date=entry.begin_date, end_date=entry.end_date)


def _held(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entry]:
    return [e for e in read_logbook(con, settings.athlete_id) if not e.is_withdrawn]


def _part_of(entry: Entry) -> str:
    return entry.said.body_part.lower() if isinstance(entry.said, Injury) else ""
