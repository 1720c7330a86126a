"""Everything said by hand in one list, and the way to take any of it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import duckdb

from coach.logbook import Checkin, Entry, Illness, Injury, Note, Off, Outcome, Travel, append_entry, read_logbook
from connectors import manual
from connectors.landing import land
from flows import clock
from flows.by_hand import ByHand, read_by_hand
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken
from flows.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing said. `text` quotes the athlete: it is for their own terminal, never for logs, parameters or artifacts."""

    entry_id: str
    kind: str
    begin_date: date
    end_date: date | None
    facts: str
    text: str
    said_at: datetime


def list_said(home: Home, settings: Settings, *, days: int, now: datetime) -> list[Line]:
    """What holds of the last days or was said in them, oldest first; what was taken back is not in it."""
    since = clock.local_date(now, settings.time_zone) - timedelta(days=days)
    with open_ledger(home.ledger) as con:
        lines = [_line(one, settings) for one in _all(con, settings) if not one.is_withdrawn]
    recent = [
        line
        for line in lines
        if (line.end_date or date.max) >= since or clock.local_date(line.said_at, settings.time_zone) >= since
    ]
    return sorted(recent, key=lambda line: (line.begin_date, line.said_at, line.entry_id))


def undo(home: Home, settings: Settings, entry_id: str | None, *, now: datetime) -> Taken:
    """Take an entry back, with every later word on it; without a name, the one said last. Nothing is deleted.

    Raises FlowError where nothing is called so, where several are, and where it was taken back before.
    """
    with open_ledger(home.ledger) as con:
        known = _all(con, settings)
        one = _last(known) if entry_id is None else _named(known, entry_id)
        if one.is_withdrawn:
            said = clock.local_date(_said_at(one), settings.time_zone)
            raise FlowError(f"{one.entry_id} was already undone on {said}. To have it again, say it again.")
        if isinstance(one, Entry):
            append_entry(con, settings.athlete_id, replace(one, said_at=now, is_withdrawn=True))
        else:
            land(con, [manual.take_back(settings.athlete_id, one.entity, one.key)], now=now)
    line = _line(one, settings)
    return Taken(entry_id=one.entry_id, state="undone", begin_date=line.begin_date, end_date=line.end_date)


def _all(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entry | ByHand]:
    return [*read_logbook(con, settings.athlete_id), *read_by_hand(con, settings)]


def _last(known: list[Entry | ByHand]) -> Entry | ByHand:
    held = [one for one in known if not one.is_withdrawn]
    if not held:
        raise FlowError("Nothing was said that could be undone. `pacewright log list` shows what holds.")
    return max(held, key=_said_at)


def _named(known: list[Entry | ByHand], name: str) -> Entry | ByHand:
    """The entry of that name, or the only one whose name begins so."""
    exact = [one for one in known if one.entry_id == name]
    alike = [one for one in known if name and one.entry_id.startswith(name)]
    found = exact or [one for one in alike if not one.is_withdrawn] or alike
    if len(found) == 1:
        return found[0]
    if not found:
        raise FlowError(f"No entry is called {name[:80]!r}. `pacewright log list` shows the names.")
    ids = ", ".join(one.entry_id for one in found[:8])
    raise FlowError(f"{len(found)} entries begin with {name[:80]!r} ({ids}). Write more of the name.")


def _said_at(one: Entry | ByHand) -> datetime:
    return one.said_at if isinstance(one, Entry) else one.landed_at


def _line(one: Entry | ByHand, settings: Settings) -> Line:
    if isinstance(one, ByHand):
        day = one.local_date or clock.local_date(one.landed_at, settings.time_zone)
        text = str(one.payload.get("title") or one.payload.get("note") or "")
        return Line(
            entry_id=one.entry_id,
            kind=one.payload["kind"] if one.entity == manual.GROUPING else one.entity,
            begin_date=day,
            end_date=day,
            facts=_facts_by_hand(one),
            text=text,
            said_at=one.landed_at,
        )
    facts, text = _facts(one)
    return Line(
        entry_id=one.entry_id,
        kind=one.kind,
        begin_date=one.begin_date,
        end_date=one.end_date,
        facts=facts,
        text=text,
        said_at=one.said_at,
    )


def _facts(entry: Entry) -> tuple[str, str]:
    """What was chosen, and what was written freely."""
    match entry.said:
        case Note(text=text) | Off(text=text):
            return "", text
        case Checkin(text=text) as said:
            answers = {name: getattr(said, name) for name in ("fatigue", "soreness", "mood", "sleep")}
            return ", ".join(f"{name} {value}" for name, value in answers.items() if value is not None), text
        case Illness(severity=severity, is_below_neck=where, text=text):
            place = "" if where is None else ", below the neck" if where else ", above the neck"
            return f"{severity.value}{place}", text
        case Injury(severity=severity, body_part=part, text=text):
            return severity.value, ": ".join(filter(None, (part, text)))
        case Travel(place=place, time_zone=zone):
            return zone, place
        case Outcome(workout_id=workout, verdict=verdict, recording_id=recording, because=because, text=text):
            what = verdict.value.replace("_", " ") + (f", {because.value}" if because else "")
            return f"{workout} {what}{f' {recording}' if recording else ''}", text


def _facts_by_hand(one: ByHand) -> str:
    said = one.payload
    if one.entity == manual.GROUPING:
        return "; ".join(", ".join(names) for names in said["recordings"])
    parts = [str(said["sport"])] if "sport" in said else []
    if "distance_m" in said:
        parts.append(f"{said['distance_m'] / 1000:.2f} km")
    if "moving_s" in said:
        parts.append(f"{round(said['moving_s'] / 60)} min")
    if "perceived_exertion" in said:
        parts.append(f"RPE {said['perceived_exertion']}")
    if "run_type" in said:
        parts.append(f"as {said['run_type']}")
    signs = {"is_race": "race", "is_treadmill": "treadmill", "is_trail": "trail", "is_ignored": "ignored"}
    parts += [word if said[name] else f"no {word}" for name, word in signs.items() if name in said]
    return ", ".join(parts)
