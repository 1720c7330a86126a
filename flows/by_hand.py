"""Runs without a watch, and corrections of recorded ones, landed as the source `manual`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson

from connectors import manual
from connectors.landing import Landed, land
from connectors.manual import Correction, Run, Said
from flows import clock
from flows.activities import Activity, activities_on, find_activities
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken, checked_day, checked_zone, zone_on
from flows.settings import Settings

_ASSUMED_START = time(12, 0)  # a past day's run whose clock time nobody said
_CORRECTION_ID_LETTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A run or a correction as it stands in the ledger."""

    entity: str
    key: str
    payload: dict[str, Any]
    landed_at: datetime
    is_withdrawn: bool = False

    @property
    def entry_id(self) -> str:
        return self.key if self.entity == manual.RUN else correction_id(self.key)

    @property
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self.payload["started_at"])

    @property
    def local_date(self) -> date | None:
        """The run's own day; a correction knows none."""
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
        return _land(con, offered, entry_id=key, on=on, now=now)


def correct(
    home: Home, settings: Settings, activity: str, correction: Correction, *, day: date | None = None, now: datetime
) -> Taken:
    """Say what an activity really was; what earlier corrections said of it stays where this one says nothing.

    A run taken down by hand gets a new version. Without `activity` it is the only one of the day. Raises FlowError with
    the choices where that is not clear.
    """
    with open_ledger(home.ledger) as con:
        known = [one for one in read_by_hand(con, settings) if not one.is_withdrawn]
        runs = [one for one in known if one.entity == manual.RUN]
        meant = _meant(home, settings, activity, runs, day=day, now=now)
        if isinstance(meant, ByHand):
            return _correct_run(con, settings, meant, correction, now=now)
        return _correct_recorded(
            con,
            settings,
            meant,
            {one.key: one for one in known if one.entity == manual.CORRECTION},
            correction,
            now=now,
        )


def read_by_hand(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[ByHand]:
    """Every run and correction as last said, withdrawn ones included and marked; the first said comes first."""
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


def _meant(
    home: Home, settings: Settings, name: str, runs: Sequence[ByHand], *, day: date | None, now: datetime
) -> ByHand | Activity:
    """The one activity that was named, or the only one of the day."""
    by_key = {f"manual:{one.key}": one for one in runs}
    if name:
        own = by_key.get(f"manual:{name.removeprefix('manual:')}")
        if own is not None:
            return own
        found = find_activities(home, settings, name)
        if not found:
            raise FlowError(
                f"No activity is called {name[:80]!r}. `pacewright log list --activities` names them; what came in since "
                "the last build is named after `pacewright rebuild`."
            )
        return _unless_by_hand(found[0], by_key)
    on = checked_day(day, now, settings.time_zone)
    recorded = activities_on(home, settings, on)
    built = {recording for one in recorded for recording in one.recordings}
    unbuilt = [one for key, one in by_key.items() if key not in built and one.local_date == on]
    choices: list[ByHand | Activity] = [*recorded, *unbuilt]
    if not choices:
        raise FlowError(f"No activity is known on {on}. Name another day with --date, or bring it in first.")
    if len(choices) > 1:
        said = "; ".join(_said(one) for one in choices)
        raise FlowError(f"There are {len(choices)} on {on}: {said}. Name one: `pacewright log correct ID …`.")
    return _unless_by_hand(choices[0], by_key)


def _unless_by_hand(one: ByHand | Activity, by_key: Mapping[str, ByHand]) -> ByHand | Activity:
    """A run that is known only by hand is its own entry."""
    if isinstance(one, Activity) and len(one.recordings) == 1:
        return by_key.get(one.recordings[0], one)
    return one


def _said(one: ByHand | Activity) -> str:
    """A choice in words, without its title."""
    if isinstance(one, ByHand):
        return f"{one.key} ({one.payload['sport']}, by hand)"
    size = "" if one.distance_m is None else f", {one.distance_m / 1000:.1f} km"
    return f"{one.short_id} ({one.sport} at {one.local_started_at:%H:%M}{size})"


def _correct_run(
    con: duckdb.DuckDBPyConnection, settings: Settings, own: ByHand, correction: Correction, *, now: datetime
) -> Taken:
    """A new version of a run taken down by hand."""
    if correction.is_ignored is not None:
        raise FlowError(f"{own.key} was taken down by hand. Take it back instead: `pacewright log undo {own.key}`.")
    manual.land_correction(settings.athlete_id, own.key, correction)
    later = Run(**{field.name: getattr(correction, field.name) for field in fields(Said)})
    offered = manual.land_run(
        settings.athlete_id,
        own.key,
        Run(**manual.said_before(own.payload, later)),
        started_at=own.started_at,
        utc_offset_s=own.payload["utc_offset_s"],
        is_start_assumed=bool(own.payload.get("_is_start_assumed")),
    )
    return _land(con, offered, entry_id=own.key, on=own.local_date or _today(settings, now), now=now)


def _correct_recorded(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    activity: Activity,
    corrected: Mapping[str, ByHand],
    correction: Correction,
    *,
    now: datetime,
) -> Taken:
    """A correction of what devices recorded, under the same recording as an earlier one of this activity."""
    manual.land_correction(settings.athlete_id, activity.activity_id, correction)
    key = next((one for one in activity.recordings if one in corrected), activity.recordings[0])
    before = corrected[key].payload if key in corrected else {}
    merged = Correction(**manual.said_before(before, correction))
    if {correction.distance_m, correction.moving_s, correction.sport} != {None}:
        # Judged together with what is known of the activity: a distance must fit its time.
        known = replace(
            merged,
            distance_m=merged.distance_m or activity.distance_m,
            moving_s=merged.moving_s or activity.moving_s,
            sport=merged.sport or activity.sport,
        )
        manual.land_correction(settings.athlete_id, key, known)
    offered = manual.land_correction(settings.athlete_id, key, merged)
    return _land(con, offered, entry_id=correction_id(key), on=activity.local_date, now=now)


def _land(con: duckdb.DuckDBPyConnection, offered: Landed, *, entry_id: str, on: date, now: datetime) -> Taken:
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
