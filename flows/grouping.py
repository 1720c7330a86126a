"""Activities merged and split by hand: said of their recordings, so that it survives every rebuild and every new name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors import manual
from flows.activities import Activity, find_activities
from flows.by_hand import ByHand, land_by_hand, read_by_hand
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken
from flows.settings import Settings

_ID_LETTERS = 8
_FARTHEST_APART = timedelta(days=1)  # one run may lie on two local days, never on three


def merge(home: Home, settings: Settings, names: Sequence[str], *, now: datetime) -> Taken:
    """Say that activities are one run. Raises FlowError where a name means none, or all mean one."""
    found = {one.activity_id: one for name in names for one in [_activity(home, settings, name)]}
    activities = sorted(found.values(), key=lambda one: (one.local_started_at, one.activity_id))
    if len(activities) < 2:
        raise FlowError(
            "That is one activity already. Name two or more that are one run: `pacewright log list --activities` shows "
            "them."
        )
    if activities[-1].local_started_at - activities[0].local_started_at > _FARTHEST_APART:
        raise FlowError(
            f"These began on {activities[0].local_date} and on {activities[-1].local_date}: no run is that long. Name "
            "activities that began within a day."
        )
    lists = [list(one.recordings) for one in activities]
    return _say(home, settings, manual.MERGE, lists, activities[0], now=now)


def split(home: Home, settings: Settings, name: str, recordings: Sequence[str], *, now: datetime) -> Taken:
    """Say that the named recordings of an activity are a run of their own; of two, the one and the other.

    Activities that are apart already and lie at the same time are named instead of recordings: then all of them were run.

    Raises FlowError with the choices where it is not clear which.
    """
    activity = _activity(home, settings, name)
    others = [one for other in recordings for one in find_activities(home, settings, other) if one != activity]
    if recordings and len(others) == len(recordings):
        return _say(
            home, settings, manual.SPLIT, [list(one.recordings) for one in (activity, *others)], activity, now=now
        )
    choices = f"Its recordings are {', '.join(activity.recordings)}."
    if len(activity.recordings) == 1:
        raise FlowError(f"{activity.short_id} has one recording, {activity.recordings[0]}: there is nothing to split.")
    if not recordings and len(activity.recordings) > 2:
        raise FlowError(
            f"{choices} Name those that are a run of their own: `pacewright log split {activity.short_id} …`."
        )
    apart = sorted({_recording(activity, one, choices) for one in recordings or activity.recordings[1:]})
    rest = [one for one in activity.recordings if one not in apart]
    if not rest:
        raise FlowError(f"All recordings were named, and none would be left. {choices} Name only some of them.")
    return _say(home, settings, manual.SPLIT, [rest, apart], activity, now=now)


def _activity(home: Home, settings: Settings, name: str) -> Activity:
    found = find_activities(home, settings, name) if name else ()
    if not found:
        raise FlowError(
            f"No activity is called {name[:80]!r}. `pacewright log list --activities` names them; what came in since the "
            "last build is named after `pacewright rebuild`."
        )
    return found[0]


def _recording(activity: Activity, name: str, choices: str) -> str:
    """The one recording of that name, or whose name begins so."""
    found = [one for one in activity.recordings if one == name] or [
        one for one in activity.recordings if name and one.startswith(name)
    ]
    if len(found) != 1:
        what = "Several recordings begin with" if found else "No recording of it is called"
        raise FlowError(f"{what} {name[:80]!r}. {choices}")
    return found[0]


def _say(
    home: Home, settings: Settings, kind: str, lists: Sequence[Sequence[str]], first: Activity, *, now: datetime
) -> Taken:
    """Land it, unless it is the last word on these recordings already."""
    said = manual.land_grouping(settings.athlete_id, "", kind, lists, local_date=first.local_date.isoformat())
    payload = said.payload or {}
    with open_ledger(home.ledger) as con:
        last = _last_word(read_by_hand(con, settings), payload)
        # Said again after it was taken back or contradicted it is a new word, with a name of its own.
        key = last.key if last is not None else f"{kind}-{_digest([payload, now.isoformat()])}"
        offered = manual.land_grouping(settings.athlete_id, key, kind, lists, local_date=payload["local_date"])
        return land_by_hand(con, offered, entry_id=key, on=first.local_date, now=now)


def _last_word(known: Sequence[ByHand], payload: Mapping[str, Any]) -> ByHand | None:
    """What was said last of any of these recordings, if it says just this."""
    mine = {name for names in payload["recordings"] for name in names}
    held = [
        one
        for one in known
        if one.entity == manual.GROUPING
        and not one.is_withdrawn
        and mine & {name for names in one.payload["recordings"] for name in names}
    ]
    last = max(held, key=lambda one: (one.landed_at, one.key), default=None)
    return last if last is not None and last.payload == payload else None


def _digest(said: object) -> str:
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_ID_LETTERS]
