"""Details and streams, one call each: newest first, for as long as the quota lasts; the next sync goes on from there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from connectors.batches import transaction
from connectors.cursors import read_cursor, write_cursor
from connectors.errors import Skipped, SyncEnded
from connectors.landing import land
from connectors.recordings import DecodedRecording, land_decoded
from connectors.strava.api_client import Strava
from connectors.strava.api_config import StravaConfig
from connectors.strava.api_due import Todo, known_activities, place, thing
from connectors.strava.api_rules import SOURCE
from connectors.strava.api_streams import decode_streams, original
from connectors.syncing import Desk, Tally

# What a killed process loses at most: this many activities are landed in one go.
_BATCH = 10
RECHECK = "recheck"


@dataclass(slots=True)
class _Batch:
    things: list[tuple[str, str, Mapping[str, Any] | None]] = field(default_factory=list)
    recordings: list[DecodedRecording] = field(default_factory=list)
    reached: list[str] | None = None


def land_details(
    desk: Desk, tally: Tally, strava: Strava, config: StravaConfig, *, keep_since: datetime | None
) -> None:
    """Land what is missing or outdated, then go on with a recheck of everything, if one was asked for."""
    cursor = _recheck(desk)
    known = known_activities(desk, cursor, keep_since)
    queue = sorted((each for each in known if each.is_due), key=place, reverse=True)
    queue += sorted((each for each in known if each.is_recheck), key=place, reverse=True)
    allowed = queue if config.details_per_sync is None else queue[: config.details_per_sync]
    batch, done, ended = _Batch(), 0, None
    try:
        for each in allowed:
            _fetch(each, strava, batch, desk)
            done += 1
            if done % _BATCH == 0:
                cursor = _land(desk, tally, batch, cursor)
                batch = _Batch()
    except SyncEnded as error:
        # What was read before the quota ended is kept.
        ended = error
    _hold_back(tally, queue[done:], len(known))
    cursor = _land(desk, tally, batch, cursor)
    if ended is not None:
        raise ended
    if cursor and done == len(queue):
        with desk.store.open_ledger() as con:
            _write(con, desk, {})


def _fetch(each: Todo, strava: Strava, batch: _Batch, desk: Desk) -> None:
    """Ask for what is due about one activity and put it into the batch."""
    if each.needs_detail:
        detail = strava.detail(each.activity_id)
        if detail is None:
            batch.things += [(entity, each.activity_id, None) for entity in ("activity", "detail", "streams")]
            return
        batch.things.append(("detail", each.activity_id, {**detail, "_summary_sha256": each.summary_sha256}))
    if each.needs_streams:
        link = {name: each.summary[name] for name in ("upload_id", "moving_time", "distance")}
        link |= {"_started_at": each.summary["start_date"], "file_sha256": None}
        streams = strava.streams(each.activity_id)
        if streams is not None:
            _add_recording(each, streams, link, batch, desk)
        batch.things.append(("streams", each.activity_id, link))
    if each.is_recheck:
        batch.reached = place(each)


def _add_recording(each: Todo, streams: Mapping[str, Any], link: dict[str, Any], batch: _Batch, desk: Desk) -> None:
    data = original({**each.summary, "id": int(each.activity_id)}, streams)
    try:
        decoded = decode_streams(data, now=desk.clock.now())
    except Skipped as why:
        link["_why"] = str(why)
        return
    recording = DecodedRecording(
        name=f"{each.activity_id}.json", data=data, extension="json", payload=decoded.payload, samples=decoded.samples
    )
    batch.recordings.append(recording)
    link["file_sha256"] = hashlib.sha256(data).hexdigest()


def _land(desk: Desk, tally: Tally, batch: _Batch, cursor: dict[str, Any]) -> dict[str, Any]:
    """Land the batch and where the recheck stands; the cursor as it is then."""
    if batch.reached is not None:
        cursor = {**cursor, "before": batch.reached}
    if not batch.things:
        return cursor
    now = desk.clock.now()
    land_decoded(batch.recordings, athlete_id=desk.athlete_id, source=SOURCE, store=desk.store, now=now)
    things = [thing(desk, entity, key, payload) for entity, key, payload in batch.things]
    with desk.store.open_ledger() as con, transaction(con):
        tally.add(land(con, things, now=now))
        if batch.reached is not None:
            _write(con, desk, cursor)
    return cursor


def _recheck(desk: Desk) -> dict[str, Any]:
    """Where the recheck of everything stands; empty when none is under way."""
    with desk.store.open_ledger() as con:
        return read_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=RECHECK)


def _write(con: duckdb.DuckDBPyConnection, desk: Desk, cursor: Mapping[str, Any]) -> None:
    write_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=RECHECK, cursor=cursor, now=desk.clock.now())


def _hold_back(tally: Tally, left: Sequence[Todo], total: int) -> None:
    """Say what is still to be fetched."""
    due = [each for each in left if each.is_due]
    for name, count, what in (
        ("details", sum(each.needs_detail for each in due), "without their newest details"),
        ("recordings", sum(each.needs_streams for each in due), "without their recording"),
        ("recheck", len(left) - len(due), "still to be checked again"),
    ):
        if count:
            tally.held_back[name] = f"{count:,} of {total:,} activities {what}"
