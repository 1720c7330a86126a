"""Where what the world sent comes to rest: versions in the ledger, never overwritten.

Landing appends a version when the payload differs from the latest one of its key, or when the latest is a tombstone.
So a thing that changes and changes back is kept as three versions, and landing the same thing twice adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

# What a vendor changes without the activity changing: applause counts and links that are signed anew on every look.
# They are stored with the version they came with, but never make a new one.
_APPLAUSE = frozenset(
    {
        "achievement_count",
        "athlete_count",
        "comment_count",
        "has_kudoed",
        "kudos_count",
        "photo_count",
        "photos",
        "pr_count",
        "segment_efforts",
        "similar_activities",
        "total_photo_count",
    }
)
VOLATILE_FIELDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("strava_api", "activity"): _APPLAUSE,
    # The gear in a detail is the shoe with all the kilometres run in it since.
    ("strava_api", "detail"): _APPLAUSE | {"gear"},
    ("strava_api", "athlete"): frozenset({"follower_count", "friend_count", "mutual_friend_count", "updated_at"}),
    ("strava_archive", "activity"): frozenset({"Media"}),
}
_NOTHING_VOLATILE: frozenset[str] = frozenset()

# What a tombstone hashes to: JSON null, which no payload can be.
TOMBSTONE_SHA256 = hashlib.sha256(b"null").hexdigest()


@dataclass(frozen=True, slots=True)
class Store:
    """Where an import writes: original files, sample files, and the ledger for moments at a time."""

    files_dir: Path
    streams_dir: Path
    open_ledger: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One thing as a source told it; a payload of None says the source no longer has it."""

    athlete_id: str
    source: str
    entity: str
    source_key: str
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandResult:
    """How many keys were new, changed, gone or as before."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    unchanged: int = 0

    @property
    def appended(self) -> int:
        return self.new + self.changed + self.gone

    def __add__(self, other: LandResult) -> LandResult:
        return LandResult(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            gone=self.gone + other.gone,
            unchanged=self.unchanged + other.unchanged,
        )


def land(con: duckdb.DuckDBPyConnection, payloads: Sequence[Landed], *, now: datetime) -> LandResult:
    """Append a version of every payload that differs from the latest of its key.

    One call is one look at a source: a key named twice in it counts once, the last time. All or nothing is written,
    also outside a transaction, because it is one statement.
    """
    last_of_key = {(each.athlete_id, each.source, each.entity, each.source_key): each for each in payloads}
    if not last_of_key:
        return LandResult()
    con.register("landing_offered", _as_table(list(last_of_key.values())))
    try:
        appended = con.execute(_APPEND_CHANGED, {"now": now}).fetchall()
    finally:
        con.unregister("landing_offered")
    gone = sum(1 for _, is_deleted in appended if is_deleted)
    new = sum(1 for version, is_deleted in appended if version == 1 and not is_deleted)
    return LandResult(
        new=new,
        changed=len(appended) - new - gone,
        gone=gone,
        unchanged=len(last_of_key) - len(appended),
    )


def canonical_json(payload: Mapping[str, Any]) -> bytes:
    """The same bytes for the same payload: keys sorted, no blanks, UTF-8, NaN as null."""
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)


def payload_sha256(thing: Landed) -> str:
    """The hash that decides whether a payload is news: canonical JSON without the volatile fields."""
    if thing.payload is None:
        return TOMBSTONE_SHA256
    return _sha256_of(thing, canonical_json(thing.payload))


# A tombstone for a key the ledger never held says nothing and is left out.
_APPEND_CHANGED = """
with latest as (

    select
        athlete_id,
        source,
        entity,
        source_key,
        max(version) as version,
        arg_max(payload_sha256, version) as payload_sha256
    from raw.payloads
    semi join landing_offered using (athlete_id, source, entity, source_key)
    group by all

)

insert into raw.payloads
select
    offered.athlete_id,
    offered.source,
    offered.entity,
    offered.source_key,
    coalesce(latest.version, 0) + 1 as version,
    offered.payload::json as payload,
    offered.payload_sha256,
    offered.is_deleted,
    $now as landed_at
from landing_offered as offered
left join latest using (athlete_id, source, entity, source_key)
where
    offered.payload_sha256 is distinct from latest.payload_sha256
    and not (offered.is_deleted and latest.version is null)
returning version, is_deleted
"""


def _as_table(things: Sequence[Landed]) -> pa.Table:
    texts = [None if each.payload is None else canonical_json(each.payload) for each in things]
    hashes = [
        TOMBSTONE_SHA256 if text is None else _sha256_of(each, text) for each, text in zip(things, texts, strict=True)
    ]
    return pa.table(
        {
            "athlete_id": pa.array([each.athlete_id for each in things], pa.string()),
            "source": pa.array([each.source for each in things], pa.string()),
            "entity": pa.array([each.entity for each in things], pa.string()),
            "source_key": pa.array([each.source_key for each in things], pa.string()),
            "payload": pa.array([None if text is None else text.decode() for text in texts], pa.string()),
            "payload_sha256": pa.array(hashes, pa.string()),
            "is_deleted": pa.array([text is None for text in texts], pa.bool_()),
        }
    )


def _sha256_of(thing: Landed, text: bytes) -> str:
    volatile = VOLATILE_FIELDS.get((thing.source, thing.entity), _NOTHING_VOLATILE)
    if thing.payload is not None and not volatile.isdisjoint(thing.payload):
        text = canonical_json({key: value for key, value in thing.payload.items() if key not in volatile})
    return hashlib.sha256(text).hexdigest()
