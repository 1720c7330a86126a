"""The recordings behind Garmin's activities: each is downloaded once, unpacked with care and landed like any other file.

The original file never changes at Garmin, whatever is edited later, so the link from activity to recording is written
once. What cannot be had is written down with the reason and asked for again by the monthly sweep, not every day. A
multisport activity keeps one file for all of its legs: the whole is asked for it, the legs are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from connectors.errors import Damaged, NotRecognised, Skipped, TooLarge, TryLater, Unsafe
from connectors.garmin.api_calls import Payload
from connectors.garmin.api_round import Round
from connectors.garmin.api_zip import unzipped
from connectors.recordings import land_recordings
from connectors.unpack import Limits

CURSOR = "files"
BY_HAND = "It was entered by hand: there is no file."
LEG = "It is a leg: the whole activity has the file."
NONE_THERE = "Garmin has no file of it."
FAILING = "Garmin failed each time it was asked for the file."

_AT_A_TIME = 8
_BATCH_BYTES = 32 * 1024**2
_ASKED_TWICE_MORE = 3
_GIVEN_UP_AFTER = 3


def sync_files(work: Round, budget: int | None) -> int:
    """Download up to so many recordings (None: all that are missing), newest first; how many were asked for."""
    cursor = work.cursor(CURSOR)
    failed: dict[str, int] = dict(cursor.get("failed", {}))
    is_asked_again = work.is_due(cursor, "asked_again", work.config.sweep_days)
    due = _due(work, is_asked_again=is_asked_again)
    work.land("file", {each.key: _without(each.reason) for each in due if each.reason is not None})
    wanted = [each.key for each in due if each.reason is None]
    unasked = {each.key for each in due if each.reason is None and each.is_new}
    taken = wanted if budget is None else wanted[: max(0, budget)]
    batch: dict[str, bytes] = {}
    try:
        for key in taken:
            got: bytes | Skipped | None = None
            with work.forgiving(f"file {key}"):
                got = _downloaded(work, key, Limits(file_bytes=work.config.file_bytes))
            if got is None:
                failed[key] = failed.get(key, 0) + 1
                if failed[key] < _GIVEN_UP_AFTER:
                    continue
                got = NotRecognised(FAILING, "Nothing to do.")
            failed.pop(key, None)
            unasked.discard(key)
            if isinstance(got, Skipped):
                work.land("file", {key: _without(got.fact)})
            else:
                batch[key] = got
            if len(batch) >= _AT_A_TIME or sum(map(len, batch.values())) > _BATCH_BYTES:
                _land(work, batch)
                batch = {}
        if is_asked_again and len(taken) == len(wanted):
            cursor["asked_again"] = work.today.isoformat()
    finally:
        _land(work, batch)
        work.land("file", {}, cursor=(CURSOR, {**cursor, "failed": failed}))
        _tell(work, len(unasked))
    return len(taken)


def _downloaded(work: Round, key: str, limits: Limits) -> bytes | Skipped:
    """The recording itself, or why there is none. What looks damaged may only have been cut on the way: asked again.

    A web page says nothing about this file but that Garmin is not itself: raises `TryLater`.
    """
    why: Skipped = Damaged("It came damaged.", "Nothing to do.")
    is_page = False
    for _ in range(_ASKED_TWICE_MORE):
        try:
            reply = work.garmin.file(key)
        except TooLarge as error:
            return Unsafe(error.fact, error.remedy)
        if reply.is_missing or reply.is_empty:
            return NotRecognised(NONE_THERE, "Nothing to do.")
        try:
            return unzipped(reply.body, limits, name=f"{key}_ACTIVITY")
        except Skipped as error:
            why, is_page = error, reply.body.lstrip().startswith(b"<")
    if is_page:
        raise TryLater("Garmin sends a web page in place of a recording.", "Nothing to do: the next sync tries again.")
    return why


def _land(work: Round, batch: Mapping[str, bytes]) -> None:
    if not batch:
        return
    desk = work.desk
    outcomes = land_recordings(
        [(f"garmin/{key}", data) for key, data in batch.items()],
        athlete_id=desk.athlete_id,
        source="garmin_api",
        store=desk.store,
        now=desk.clock.now(),
    )
    links = {
        key: _without(outcome.fact) if isinstance(outcome, Skipped) else {"file_sha256": outcome, "why": None}
        for key, outcome in zip(batch, outcomes, strict=True)
    }
    work.land("file", links)
    work.tally.counts["recordings"] += sum(1 for link in links.values() if link["file_sha256"])


def _without(why: str) -> Payload:
    return {"file_sha256": None, "why": why}


class _Due(NamedTuple):
    """An activity whose link is to be written: with a reason where no file is to be asked for."""

    key: str
    reason: str | None
    is_new: bool


def _due(work: Round, *, is_asked_again: bool) -> list[_Due]:
    """Activities without a recording: never asked for first, newest first, then those to be asked for again."""
    rows = work.ask(
        ("activity", "file"),
        """
        select
            activity.source_key,
            activity.payload,
            file.payload is null as is_new,
            (file.payload ->> '$.why') as why
        from latest as activity
        left join latest as file on activity.source_key = file.source_key and file.entity = 'file'
        where
            activity.entity = 'activity'
            and (is_new or ($is_asked_again and (file.payload ->> '$.file_sha256') is null))
        order by is_new desc, (activity.payload ->> '$.startTimeLocal') desc nulls last, activity.source_key desc
        """,
        is_asked_again=is_asked_again,
    )
    due = [(_Due(key, _reason(payload), is_new), why) for key, payload, is_new, why in rows]
    return [each for each, why in due if each.reason is None or each.reason != why]


def _reason(activity: str) -> str | None:
    said = orjson.loads(activity)
    if said.get("isManualActivity") is True or said.get("manualActivity") is True:
        return BY_HAND
    return LEG if said.get("parentId") else None


def _tell(work: Round, left: int) -> None:
    if left:
        ((total,),) = work.ask(["activity"], "select count(*) from latest")
        work.tally.held_back["files"] = f"{left:,} of {total:,} activities not yet asked for their recording"
    else:
        work.tally.held_back.pop("files", None)
