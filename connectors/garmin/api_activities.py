"""Garmin's list of activities: the last month in every sync, the way back in slices, and what is no longer listed.

The list is paged by position, so an activity that is deleted or uploaded between two pages shifts all others. Pages
therefore overlap by one: when the seam does not match, the slice is listed anew. An activity that the ledger holds and
the list lacks is asked for by itself: one that exists has been moved to another day and is taken from there.

Multisport: the list names the whole and its legs (`isParent`, `parentId`). Both are landed as they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.errors import NotAllowed, TryLater
from connectors.garmin.api_calls import Payload, key_of
from connectors.garmin.api_round import Round, day_in

CURSOR = "activities"
_STARTED = "startTimeLocal"
_DAY = timedelta(days=1)
_LISTED_ANEW = 6


def sync_recent(work: Round) -> None:
    """The last month, and all since the last sync if that is longer ago."""
    cursor = work.cursor(CURSOR)
    through = day_in(cursor, "through") or work.today
    first = min(work.today, through) - timedelta(days=work.config.recent_activity_days)
    if "swept" not in cursor:
        cursor.setdefault("back_to", (first - _DAY).isoformat())
    cursor["through"] = work.today.isoformat()
    # No last day: an athlete further east may run tomorrow already.
    _settle(work, first, None, cursor)


def sync_back(work: Round) -> bool:
    """The way back from there to the first activity, once and whenever a sweep is due; whether there was one.

    A kill resumes it.
    """
    cursor = work.cursor(CURSOR)
    if "back_to" not in cursor and not work.is_due(cursor, "swept", work.config.sweep_days):
        return False
    if work.is_everything or "back_to" not in cursor:
        cursor["back_to"] = (work.today - timedelta(days=work.config.recent_activity_days + 1)).isoformat()
    oldest = work.garmin.oldest_activity()
    started_at = None if oldest is None else local_start(oldest)
    while (end := day_in(cursor, "back_to")) is not None:
        first = end - timedelta(days=work.config.slice_days - 1)
        work.tally.held_back["activities"] = f"activities up to {end}"
        # The last slice has no beginning: what the ledger holds from before it, or without a time, is looked at, too.
        since = None if started_at is None or first <= started_at.date() else first
        if since is None:
            cursor = {"through": cursor["through"], "swept": work.today.isoformat()}
        else:
            cursor["back_to"] = (first - _DAY).isoformat()
        _settle(work, since, end, cursor)
    work.tally.held_back.pop("activities", None)
    return True


def local_start(activity: Payload) -> datetime | None:
    """When it began by the clock on the wall, without a zone."""
    return _time(activity.get(_STARTED))


def _settle(work: Round, first: date | None, last: date | None, cursor: Mapping[str, Any]) -> None:
    listed = _listed(work, first, last)
    _check_same(work, listed)
    for activity in listed.values():
        began_at = _time(activity.get("startTimeGMT"))
        work.tally.saw(None if began_at is None else began_at.replace(tzinfo=UTC))
    work.settle(
        "activity",
        listed,
        happened=_STARTED,
        since=first,
        until=None if last is None else last + _DAY,
        confirm=lambda key: _as_it_is(work, key),
        cursor=(CURSOR, cursor),
    )


def _check_same(work: Round, listed: Mapping[str, Payload]) -> None:
    """Raise when the key is another athlete's: to it all that was fetched so far is gone."""
    owners = {str(activity["ownerId"]) for activity in listed.values() if activity.get("ownerId") is not None}
    known = work.owner()
    if known is not None and owners - {known}:
        raise NotAllowed(
            "This key is another Garmin account's than what was fetched so far.",
            "Connect the account as before (`pacewright connect garmin`), or remove what was fetched first: "
            "`pacewright purge garmin_api`.",
        )


def _listed(work: Round, first: date | None, last: date | None) -> dict[str, Payload]:
    """All activities of these days, listed anew while the list changes under our hands."""
    for _ in range(_LISTED_ANEW):
        listed = _listed_once(work, first, last)
        if listed is not None:
            return listed
    raise TryLater(
        "Garmin's list of activities changed every time we turned a page.", "Nothing to do: the next sync tries again."
    )


def _listed_once(work: Round, first: date | None, last: date | None) -> dict[str, Payload] | None:
    """All pages, or None when two of them do not fit together."""
    listed: dict[str, Payload] = {}
    start = 0
    seam: str | None = None
    while True:
        page = work.garmin.activities(first=first, last=last, start=start)
        keys = [key_of(activity, "activityId", "activity") for activity in page]
        if seam is not None and keys[:1] != [seam]:
            return None
        listed.update(zip(keys, page, strict=True))
        if len(page) < work.config.page:
            return listed
        start += work.config.page - 1
        seam = keys[work.config.page - 1]


def _as_it_is(work: Round, key: str) -> Payload | None:
    """An activity that its old day no longer lists: None if it is gone, else as its new day lists it."""
    detail = work.garmin.activity(key)
    if detail is None:
        return None
    summary = detail.get("summaryDTO")
    began_at = _time(summary.get(_STARTED)) if isinstance(summary, dict) else None
    if began_at is not None:
        listed = _listed(work, began_at.date(), began_at.date())
        if key in listed:
            return listed[key]
    # It exists, but is not listed where it says it is: what we know of it stays.
    return work.held("activity", key)


def _time(text: object) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss`, or the same with a T and fractions."""
    if isinstance(text, str):
        with suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=None)
    return None
