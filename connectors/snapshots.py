"""Landing a full list: what a newer list no longer names is gone, and an older list never overrules a newer one.

Archives are whole lists, made at some moment, and people import them in any order. Each landed list leaves a payload
of entity `snapshot` that says what it named and covered. Of all lists that speak for a row, the newest has the word,
so the ledger comes to the same whatever the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import duckdb
import orjson

from connectors.landing import Landed, LandResult, canonical_json, land

# 2026-11-21: two lists are taken for the same account when they share at least half of the shorter one's keys. Less
# means another account, or a list somebody cut down, and neither may delete. Lists of one account share nearly all.
SAME_ACCOUNT_SHARE = 0.5
# Rows in memory at a time: a row of an export is some kB of JSON.
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of one entity as a source listed it at one moment.

    Every payload carries `_started_at`, unless `started_at` gives it by key. `exported_at` is the archive's own date
    for the list where it has one; `age` is a text that sorts the lists of a source that says more than that. A list
    with `is_complete` names all there is; otherwise it speaks for the time between its oldest and newest row, and with
    `is_selection` for nothing but the rows it names. `unreadable_keys` are named by the list but could not be
    understood: neither landed nor gone.
    """

    athlete_id: str
    source: str
    entity: str
    payloads: Mapping[str, Mapping[str, Any]]
    exported_at: datetime | None
    is_complete: bool
    unreadable_keys: frozenset[str] = frozenset()
    is_selection: bool = False
    age: str | None = None
    started_at: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotResult:
    """What landing a list did, and a sentence for the person when it was less than they may expect."""

    landed: LandResult
    caution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A list as the ledger remembers it: when it is from, which keys it names, and for what else it speaks."""

    exported_at: str | None
    oldest_at: str
    newest_at: str
    age: str | None
    is_complete: bool
    is_selection: bool
    keys: frozenset[str]

    def is_older_than(self, other: _List) -> bool:
        if self.age is not None and other.age is not None:
            return self.age < other.age
        if self.exported_at is not None and other.exported_at is not None:
            return self.exported_at < other.exported_at
        return self.newest_at < other.newest_at

    def covers(self, started_at: str | None) -> bool:
        """Whether a row of that time would be in the list if it still existed."""
        if self.is_selection:
            return False
        if self.is_complete:
            return None in (self.exported_at, started_at) or str(started_at) <= str(self.exported_at)
        return started_at is not None and self.oldest_at <= started_at <= self.newest_at

    def is_of_same_account(self, other: _List) -> bool:
        if not self.keys or not other.keys:
            return True
        return len(self.keys & other.keys) >= SAME_ACCOUNT_SHARE * min(len(self.keys), len(other.keys))


def land_snapshot(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, *, now: datetime) -> SnapshotResult:
    """Land what the list says is new or changed, and a tombstone for what it no longer names."""
    if not snapshot.payloads:
        return SnapshotResult(landed=LandResult(), caution="It lists nothing, so nothing was changed.")
    started_at = snapshot.started_at or {key: str(each["_started_at"]) for key, each in snapshot.payloads.items()}
    this = _list_of(snapshot, started_at)
    # A selection deletes nothing, so what is held does not matter to it.
    held = {} if snapshot.is_selection else _held(con, snapshot)
    before = _lists_before(con, snapshot, held)
    newer = [each for each in before if this.is_older_than(each)]
    newer_of_account = [each for each in newer if each.is_of_same_account(this)]

    def is_settled(key: str, at: str | None) -> bool:
        return any(key in each.keys for each in newer) or any(each.covers(at) for each in newer_of_account)

    ours = frozenset[str]().union(*(each.keys for each in before if each.is_of_same_account(this)))
    missing = [
        key
        for key, (at, is_deleted) in held.items()
        if key not in this.keys and not is_deleted and this.covers(at) and not is_settled(key, at)
    ]
    gone = [key for key in missing if key in ours]
    named = (key for key in snapshot.payloads if not is_settled(key, started_at.get(key)))
    landed = _land_in_parts(con, _things(snapshot, named, gone), now=now)
    land(con, [_record(snapshot, this)], now=now)
    return SnapshotResult(
        landed=replace(landed, unchanged=len(snapshot.payloads) - landed.new - landed.changed),
        caution=_caution(
            snapshot, is_older=bool(newer_of_account) and not snapshot.is_selection, foreign=len(missing) - len(gone)
        ),
    )


def _caution(snapshot: Snapshot, *, is_older: bool, foreign: int) -> str | None:
    if is_older:
        return "It is older than the list imported before, so it changed nothing that is already known."
    if foreign and snapshot.is_complete:
        return "It shares little with the list imported before (another account?), so nothing was taken for deleted."
    return None


def _things(snapshot: Snapshot, named: Iterable[str], gone: Iterable[str]) -> Iterator[Landed]:
    for key in named:
        yield _thing(snapshot, key, snapshot.payloads[key])
    for key in gone:
        yield _thing(snapshot, key, None)


def _land_in_parts(con: duckdb.DuckDBPyConnection, things: Iterator[Landed], *, now: datetime) -> LandResult:
    total = LandResult()
    while part := list(islice(things, _ROWS_AT_ONCE)):
        landed = land(con, part, now=now)
        total = LandResult(
            new=total.new + landed.new, changed=total.changed + landed.changed, gone=total.gone + landed.gone
        )
    return total


def _thing(snapshot: Snapshot, key: str, payload: Mapping[str, Any] | None) -> Landed:
    return Landed(
        athlete_id=snapshot.athlete_id,
        source=snapshot.source,
        entity=snapshot.entity,
        source_key=key,
        payload=payload,
    )


def _list_of(snapshot: Snapshot, started_at: Mapping[str, str]) -> _List:
    return _List(
        exported_at=None if snapshot.exported_at is None else snapshot.exported_at.isoformat(),
        oldest_at=min(started_at.values()),
        newest_at=max(started_at.values()),
        age=snapshot.age,
        is_complete=snapshot.is_complete,
        is_selection=snapshot.is_selection,
        keys=frozenset(snapshot.payloads) | snapshot.unreadable_keys,
    )


def _record(snapshot: Snapshot, this: _List) -> Landed:
    payload = {
        "exported_at": this.exported_at,
        "oldest_at": this.oldest_at,
        "newest_at": this.newest_at,
        "age": this.age,
        "is_complete": this.is_complete,
        "is_selection": this.is_selection,
        "row_count": len(snapshot.payloads),
        "keys": sorted(this.keys),
    }
    return Landed(
        athlete_id=snapshot.athlete_id,
        source=snapshot.source,
        entity="snapshot",
        source_key=f"{snapshot.entity}|{hashlib.sha256(canonical_json(payload)).hexdigest()[:16]}",
        payload=payload,
    )


def _lists_before(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, held: Mapping[str, tuple[str | None, bool]]
) -> list[_List]:
    """Every list landed before. Records of an earlier form say less: they named what is held and speak for their time."""
    rows = con.execute(
        """
        select payload
        from raw.payloads
        where
            athlete_id = $athlete_id
            and source = $source
            and entity = 'snapshot'
            and (source_key = $entity or starts_with(source_key, $entity || '|'))
            and not is_deleted
        """,
        {"athlete_id": snapshot.athlete_id, "source": snapshot.source, "entity": snapshot.entity},
    ).fetchall()
    records = [orjson.loads(row[0]) for row in rows]
    return [
        _List(
            exported_at=record["exported_at"],
            oldest_at=record["oldest_at"],
            newest_at=record["newest_at"],
            age=record.get("age"),
            is_complete=record.get("is_complete", False),
            is_selection=record.get("is_selection", False),
            keys=frozenset(record.get("keys", held)),
        )
        for record in records
    ]


def _held(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> dict[str, tuple[str | None, bool]]:
    rows = con.execute(
        """
        select
            source_key,
            arg_max(payload ->> '_started_at', version) as started_at,
            arg_max(is_deleted, version) as is_deleted
        from raw.payloads
        where athlete_id = $athlete_id and source = $source and entity = $entity
        group by source_key
        """,
        {"athlete_id": snapshot.athlete_id, "source": snapshot.source, "entity": snapshot.entity},
    ).fetchall()
    return {key: (started_at, is_deleted) for key, started_at, is_deleted in rows}
