"""Runs without a watch, and what the ledger holds that was landed by hand, as the source `manual`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson

from connectors import manual
from connectors.landing import Landed, land
from connectors.manual import Run
from flows import clock
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken, checked_day, checked_zone, zone_on
from flows.settings import Settings

_ASSUMED_START = time(12, 0)  # a past day's run whose clock time nobody said
_CORRECTION_ID_LETTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A run, a correction or a grouping as it stands in the ledger."""

    entity: str
    key: str
    payload: dict[str, Any]
    landed_at: datetime
    is_withdrawn: bool = False

    @property
    def entry_id(self) -> str:
        return correction_id(self.key) if self.entity == manual.CORRECTION else self.key

    @property
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self.payload["started_at"])

    @property
    def local_date(self) -> date | None:
        """The day of the run; a correction knows none."""
        if "local_date" in self.payload:
            return date.fromisoformat(self.payload["local_date"])
        if "started_at" not in self.payload:
            return None
        return (self.started_at + timedelta(seconds=self.payload["utc_offset_s"])).date()

    def overlaps(self, started_at: datetime, moving_s: float) -> bool:
        ended_at = self.started_at + timedelta(seconds=max(float(self.payload.get("moving_s") or 0), 1))
        return self.started_at < started_at + timedelta(seconds=max(moving_s, 1)) and started_at < ended_at


def log_run(
    home: Home,
    settings: Settings,
    run: Run,
    *,
    day: date | None = None,
    at: time | None = None,
    time_zone: str = "",
    now: datetime,
) -> Taken:
    """A run, landed. The same run again changes nothing; another one in the same minutes is refused.

    Without a clock time today's run is taken to have ended just now, and a past day's to have begun at noon.
    """
    with open_ledger(home.ledger) as con:
        zone = checked_zone(time_zone) if time_zone else zone_on(con, settings, day or _today(settings, now))
        on = checked_day(day, now, zone)
        started_at = _started_at(on, at, zone, moving_s=run.moving_s or 0.0, now=now)
        offset = started_at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        key = manual.run_key(started_at, on.isoformat())
        offered = manual.land_run(
            settings.athlete_id,
            key,
            run,
            started_at=started_at,
            utc_offset_s=int(offset.total_seconds()),
            is_start_assumed=at is None,
        )
        if started_at + timedelta(seconds=run.moving_s or 0.0) > now:
            raise FlowError(
                f"A run that began on {on} at {started_at.astimezone(ZoneInfo(zone)):%H:%M} has not ended yet. "
                "Check --at, --date and --time-zone."
            )
        for other in read_by_hand(con, settings):
            if other.entity != manual.RUN or other.is_withdrawn or not other.overlaps(started_at, run.moving_s or 0.0):
                continue
            if _content(other.payload) == _content(offered.payload or {}) and (at is None or other.key == key):
                return Taken(entry_id=other.key, state="unchanged", begin_date=on, end_date=on)
            raise FlowError(
                f"In these minutes there is already {other.key}. If it is the same run, correct it "
                f"(`pacewright log correct {other.key} …`) or take it back (`pacewright log undo {other.key}`); if it is "
                "another, say when it began with --at."
            )
        return land_by_hand(con, offered, entry_id=key, on=on, now=now)


def read_by_hand(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[ByHand]:
    """Every run, correction and grouping as last said, withdrawn ones included and marked; the first said comes first."""
    rows = con.execute(
        """
        select
            entity, source_key, arg_max(payload::text, version) filter (where not is_deleted),
            max(landed_at)::timestamptz, arg_max(is_deleted, version)
        from raw.payloads
        where athlete_id = ? and source = 'manual'
        group by entity, source_key
        order by min(landed_at), source_key
        """,
        [settings.athlete_id],
    ).fetchall()
    return [
        ByHand(entity=entity, key=key, payload=orjson.loads(payload), landed_at=landed_at, is_withdrawn=is_withdrawn)
        for entity, key, payload, landed_at, is_withdrawn in rows
    ]


def correction_id(recording_id: str) -> str:
    """A short name for the correction of a recording."""
    return f"{manual.CORRECTION}-{hashlib.sha256(recording_id.encode()).hexdigest()[:_CORRECTION_ID_LETTERS]}"


def land_by_hand(con: duckdb.DuckDBPyConnection, offered: Landed, *, entry_id: str, on: date, now: datetime) -> Taken:
    done = land(con, [offered], now=now)
    state = "new" if done.new else "changed" if done.changed else "unchanged"
    return Taken(entry_id=entry_id, state=state, begin_date=on, end_date=on)


def _started_at(day: date, at: time | None, zone: str, *, moving_s: float, now: datetime) -> datetime:
    """The instant a run began. Where the clocks were set back, the first of the two."""
    if at is None and day == clock.local_date(now, zone):
        return (now - timedelta(seconds=moving_s)).replace(second=0, microsecond=0)
    wall = at or _ASSUMED_START
    instant = clock.at_local(day, wall, zone)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != datetime.combine(day, wall):
        raise FlowError(
            f"{wall:%H:%M} did not exist on {day} in {zone}: the clocks were set forward. Name another --at."
        )
    return instant


def _content(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of a run apart from when it began."""
    apart = {"started_at", "_is_start_assumed"}
    return {name: value for name, value in payload.items() if name not in apart}


def _today(settings: Settings, now: datetime) -> date:
    return clock.local_date(now, settings.time_zone)
