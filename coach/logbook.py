"""What the athlete says of their days: notes, check-ins, illness, injury, travel, words on workouts. Only ever appended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import duckdb
import orjson

from coach.codec import decode, encode


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkin:
    """How the athlete feels, each from 1 to 5 and 5 the best (rested, no soreness, good mood, slept well); None is unsaid."""

    fatigue: int | None = None
    soreness: int | None = None
    mood: int | None = None
    sleep: int | None = None
    text: str = ""

    @property
    def parts(self) -> tuple[int, ...]:
        """The answers that were given."""
        return tuple(part for part in (self.fatigue, self.soreness, self.mood, self.sleep) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """`is_below_neck` is True for fever, chest or stomach, False for a cold in the head, None where nothing was said."""

    severity: Severity = Severity.MODERATE
    is_below_neck: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injury:
    severity: Severity = Severity.MODERATE
    body_part: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    place: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """Days without running, whatever the reason; said where recordings cannot tell."""

    text: str = ""


class Verdict(StrEnum):
    """What became of a planned workout: this activity is it, this one is not, nothing is, or it was left out on purpose."""

    DONE = "done"
    NOT_THIS = "not_this"
    NOT_DONE = "not_done"
    SKIPPED = "skipped"


class Because(StrEnum):
    SICK = "sick"
    INJURED = "injured"
    TIRED = "tired"
    BUSY = "busy"
    WEATHER = "weather"
    TRAVEL = "travel"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A word on one planned workout. `recording_id` is any recording of the activity that is meant."""

    plan_id: str
    workout_id: str
    verdict: Verdict
    recording_id: str = ""
    because: Because | None = None
    text: str = ""


Said = Note | Checkin | Illness | Injury | Off | Travel | Outcome
KINDS: Mapping[str, type[Said]] = {
    "note": Note,
    "checkin": Checkin,
    "illness": Illness,
    "injury": Injury,
    "off": Off,
    "travel": Travel,
    "workout": Outcome,
}
_KIND_OF = {said: kind for kind, said in KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing said, as it stands now. `end_date` is the last day of it; None is still going on."""

    entry_id: str
    begin_date: date
    end_date: date | None
    said: Said
    said_at: datetime
    is_withdrawn: bool = False

    @property
    def kind(self) -> str:
        return _KIND_OF[type(self.said)]

    def covers(self, day: date) -> bool:
        return self.begin_date <= day and (self.end_date is None or day <= self.end_date)

    def overlaps(self, begin: date, end: date | None) -> bool:
        """Whether a period shares a day with this one; periods without an end go on."""
        return self.begin_date <= (end or date.max) and begin <= (self.end_date or date.max)


def entry_id_of(kind: str, begin: date, *parts: str) -> str:
    """A name that the same thing said twice gets twice: "illness-20260519", "note-20260520-3f9a1c"."""
    name = f"{kind}-{begin:%Y%m%d}"
    return f"{name}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:6]}" if any(parts) else name


def read_logbook(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, as_of: datetime | None = None
) -> tuple[Entry, ...]:
    """Every entry as it stood at an instant, oldest first, withdrawn ones included and marked."""
    rows = con.execute(
        """
        select entry_id, kind, begin_date, end_date, entry::text, said_at::timestamptz, is_withdrawn
        from coach.logbook
        where athlete_id = $athlete_id and ($as_of is null or said_at <= $as_of)
        qualify row_number() over (partition by entry_id order by said_at desc) = 1
        order by begin_date, entry_id
        """,
        {"athlete_id": athlete_id, "as_of": as_of},
    ).fetchall()
    return tuple(
        Entry(
            entry_id=entry_id,
            begin_date=begin_date,
            end_date=end_date,
            said=decode(KINDS[kind], orjson.loads(entry)),
            said_at=said_at,
            is_withdrawn=is_withdrawn,
        )
        for entry_id, kind, begin_date, end_date, entry, said_at, is_withdrawn in rows
    )


def append_entry(con: duckdb.DuckDBPyConnection, athlete_id: str, entry: Entry) -> None:
    """Append what is said now; it holds from then on, whatever the entry said before."""
    row = con.execute(
        """
        select max(said_at)::timestamptz from coach.logbook
        where athlete_id = $athlete_id and (entry_id = $entry_id or said_at < $said_at + interval 1 second)
        """,
        {"athlete_id": athlete_id, "entry_id": entry.entry_id, "said_at": entry.said_at},
    ).fetchone()
    # Two words within the clock's resolution: the later one must stay the later one.
    said_at = entry.said_at if row is None or row[0] is None else max(entry.said_at, row[0] + timedelta(microseconds=1))
    con.execute(
        "insert into coach.logbook values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            athlete_id,
            entry.entry_id,
            entry.kind,
            entry.begin_date,
            entry.end_date,
            _dumps(entry.said),
            said_at,
            entry.is_withdrawn,
        ],
    )


def _dumps(said: Said) -> str:
    """What was said and nothing else: a part that was left out is not in it."""
    encoded: dict[str, Any] = encode(said)
    given = {name: value for name, value in encoded.items() if value is not None and value != ""}
    return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
