"""Landing a full list: what a newer list no longer names is gone, and an older list never overrules a newer one.

Archives are whole lists, made at some moment, and people import them in any order. Each landed list leaves a payload
of entity `snapshot` that says what it named and covered. Of all lists that speak for a row, the newest has the word,
so the ledger comes to the same whatever the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb
import orjson

from connectors.batches import transaction
from connectors.landing import Landed, LandResult, canonical_json, land

# 2026-11-21: two lists are taken for the same account when they share at least half of the shorter one's keys. Less
# means another account, or a list somebody cut down, and neither may delete. Lists of one account share nearly all.
SAME_ACCOUNT_SHARE = 0.5


# 2026-11-21: landing 1 GB of rows of 30 kB in parts of 30 MB needs no more, and takes no longer than with all of memory.
_LEDGER_MEMORY = "256MB"


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


_NOTHING_LISTED = SnapshotResult(landed=LandResult(), caution="It lists nothing, so nothing was changed.")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """What a list means for the ledger, decided before anything is written."""

    this: _List
    named: tuple[str, ...]
    gone: tuple[str, ...]
    caution: str | None


def land_snapshot(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, *, now: datetime) -> SnapshotResult:
    """Land what the list says is new or changed, and a tombstone for what it no longer names."""
    if not snapshot.payloads:
        return _NOTHING_LISTED
    decision = _decide(con, snapshot)
    landed = _land_part(con, snapshot, decision.named, now=now)
    return _land_rest(con, snapshot, decision, landed, now=now)


def land_large_snapshot(
    open_ledger: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
    snapshot: Snapshot,
    *,
    now: datetime,
    rows_at_once: int,
    finish: Callable[[duckdb.DuckDBPyConnection], None],
) -> SnapshotResult:
    """The same for a list of any size: that many rows at a time, each part in a transaction of its own.

    What a transaction holds, the ledger keeps in memory, and while it is open nobody else gets in. The last part goes
    together with the tombstones, the record of the list and whatever `finish` writes; a kill before leaves rows that
    are true, and the next import of the list does the rest.
    """
    with open_ledger() as con, _bounded(con), transaction(con):
        if len(snapshot.payloads) <= rows_at_once:
            result = land_snapshot(con, snapshot, now=now)
            finish(con)
            return result
        decision = _decide(con, snapshot)
    parts = [decision.named[at : at + rows_at_once] for at in range(0, len(decision.named), rows_at_once)] or [()]
    landed = LandResult()
    for part in parts[:-1]:
        with open_ledger() as con, _bounded(con), transaction(con):
            landed = _sum(landed, _land_part(con, snapshot, part, now=now))
    with open_ledger() as con, _bounded(con), transaction(con):
        landed = _sum(landed, _land_part(con, snapshot, parts[-1], now=now))
        result = _land_rest(con, snapshot, decision, landed, now=now)
        finish(con)
    return result


@contextmanager
def _bounded(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A ledger that does not keep in memory what it reads and rewrites: else it takes most of the machine's."""
    con.execute(f"set memory_limit = '{_LEDGER_MEMORY}'")
    con.execute("set threads = 1")  # each thread packs columns in memory of its own, and one is no slower here
    try:
        yield
    finally:
        con.execute("reset threads")
        con.execute("reset memory_limit")


def _decide(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> _Decision:
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
    gone = tuple(key for key in missing if key in ours)
    return _Decision(
        this=this,
        named=tuple(key for key in snapshot.payloads if not is_settled(key, started_at.get(key))),
        gone=gone,
        caution=_caution(
            snapshot,
            is_older=bool(newer_of_account) and not snapshot.is_selection,
            foreign=len(missing) - len(gone),
        ),
    )


def _land_part(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, keys: Sequence[str], *, now: datetime) -> LandResult:
    return land(con, [_thing(snapshot, key, snapshot.payloads[key]) for key in keys], now=now)


def _land_rest(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, decision: _Decision, landed: LandResult, *, now: datetime
) -> SnapshotResult:
    """The tombstones and the record of the list, once its rows are in."""
    landed = _sum(landed, land(con, [_thing(snapshot, key, None) for key in decision.gone], now=now))
    land(con, [_record(snapshot, decision.this)], now=now)
    unchanged = len(snapshot.payloads) - landed.new - landed.changed
    return SnapshotResult(landed=replace(landed, unchanged=unchanged), caution=decision.caution)


def _sum(one: LandResult, other: LandResult) -> LandResult:
    return LandResult(new=one.new + other.new, changed=one.changed + other.changed, gone=one.gone + other.gone)


def _caution(snapshot: Snapshot, *, is_older: bool, foreign: int) -> str | None:
    if is_older:
        return "It is older than the list imported before, so it changed nothing that is already known."
    if foreign and snapshot.is_complete:
        return "It shares little with the list imported before (another account?), so nothing was taken for deleted."
    return None


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
    """Every key the ledger holds, and whether it is gone. When a row began is looked up only where the list lacks it."""
    whose = {"athlete_id": snapshot.athlete_id, "source": snapshot.source, "entity": snapshot.entity}
    standing = con.execute(
        """
        select source_key, arg_max(is_deleted, version) as is_deleted
        from raw.payloads
        where athlete_id = $athlete_id and source = $source and entity = $entity
        group by source_key
        """,
        whose,
    ).fetchall()
    named = snapshot.payloads.keys() | snapshot.unreadable_keys
    missing = [key for key, is_deleted in standing if key not in named and not is_deleted]
    began = con.execute(
        """
        select source_key, arg_max(payload ->> '_started_at', version) as started_at
        from raw.payloads
        where athlete_id = $athlete_id and source = $source and entity = $entity and source_key in $missing
        group by source_key
        """,
        {**whose, "missing": missing},
    ).fetchall()
    started_at = dict(began)
    return {key: (started_at.get(key), is_deleted) for key, is_deleted in standing}
