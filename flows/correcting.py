"""Corrections of what devices recorded, and new versions of runs taken down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime

import duckdb

from connectors import manual
from connectors.manual import Correction, Run, Said
from flows.activities import Activity, activities_on, find_activities
from flows.by_hand import ByHand, correction_id, land_by_hand, read_by_hand
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken, checked_day
from flows.settings import Settings


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
                "the last build is named after `pacewright rebuild`, and an ignored one after `pacewright log undo`."
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
    return land_by_hand(con, offered, entry_id=own.key, on=own.local_date or own.started_at.date(), now=now)


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
    return land_by_hand(con, offered, entry_id=correction_id(key), on=activity.local_date, now=now)
