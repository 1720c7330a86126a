"""Landing a full list: what a newer list no longer names is gone, and an older list never overrules a newer one.

Archives are whole lists, made at some moment, and people import them in any order. Each landed list leaves a payload
of entity `snapshot` that says what it covered; the next list is compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import orjson

from connectors.landing import Landed, LandResult, land

# 2026-11-21: two lists are taken for the same account when they share at least half of the shorter one's keys. Less
# means another account, or a list somebody cut down, and neither may delete. Lists of one account share nearly all.
SAME_ACCOUNT_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of one entity as a source listed it at one moment.

    Every payload carries `_started_at`. `exported_at` is the archive's own date for the list where it has one. A list
    with `is_complete` names all there is; otherwise it speaks only for the time between its oldest and newest row.
    `unreadable_keys` are named by the list but could not be understood: neither landed nor gone.
    """

    athlete_id: str
    source: str
    entity: str
    payloads: Mapping[str, Mapping[str, Any]]
    exported_at: datetime | None
    is_complete: bool
    unreadable_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotResult:
    """What landing a list did, and a sentence for the person when it was less than they may expect."""

    landed: LandResult
    caution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coverage:
    exported_at: str | None
    oldest_at: str
    newest_at: str

    def holds(self, started_at: str | None) -> bool:
        return started_at is not None and self.oldest_at <= started_at <= self.newest_at

    def is_older_than(self, other: _Coverage) -> bool:
        if self.exported_at is not None and other.exported_at is not None:
            return self.exported_at < other.exported_at
        return self.newest_at < other.newest_at


def land_snapshot(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, *, now: datetime) -> SnapshotResult:
    """Land what the list says is new or changed, and a tombstone for what it no longer names."""
    if not snapshot.payloads:
        return SnapshotResult(landed=LandResult(), caution="It lists nothing, so nothing was changed.")
    coverage = _coverage_of(snapshot)
    held = _held(con, snapshot)
    before = _coverage_before(con, snapshot)
    is_same_account = _is_same_account(snapshot, held)
    if before is not None and coverage.is_older_than(before):
        return _land_older(con, snapshot, held, before, is_same_account=is_same_account, now=now)

    things = [_thing(snapshot, key, payload) for key, payload in snapshot.payloads.items()]
    named = snapshot.payloads.keys() | snapshot.unreadable_keys
    missing = [
        key
        for key, (started_at, is_deleted) in held.items()
        if key not in named and not is_deleted and (snapshot.is_complete or coverage.holds(started_at))
    ]
    caution = None
    if missing and is_same_account:
        things += [_thing(snapshot, key, None) for key in missing]
    elif missing and snapshot.is_complete:
        caution = "It shares little with the list imported before (another account?), so nothing was taken for deleted."
    landed = land(con, things, now=now)
    land(con, [_record(snapshot, coverage)], now=now)
    return SnapshotResult(landed=landed, caution=caution)


def _land_older(
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    held: Mapping[str, tuple[str | None, bool]],
    newer: _Coverage,
    *,
    is_same_account: bool,
    now: datetime,
) -> SnapshotResult:
    """Add only what the newer list could not know; what it left out was deleted in between."""
    things = [
        _thing(snapshot, key, payload)
        for key, payload in snapshot.payloads.items()
        if key not in held
        and not (is_same_account and (snapshot.is_complete or newer.holds(payload.get("_started_at"))))
    ]
    return SnapshotResult(
        landed=land(con, things, now=now),
        caution="It is older than the list imported before, so it changed nothing that is already known.",
    )


def _thing(snapshot: Snapshot, key: str, payload: Mapping[str, Any] | None) -> Landed:
    return Landed(
        athlete_id=snapshot.athlete_id,
        source=snapshot.source,
        entity=snapshot.entity,
        source_key=key,
        payload=payload,
    )


def _record(snapshot: Snapshot, coverage: _Coverage) -> Landed:
    return Landed(
        athlete_id=snapshot.athlete_id,
        source=snapshot.source,
        entity="snapshot",
        source_key=snapshot.entity,
        payload={
            "exported_at": coverage.exported_at,
            "oldest_at": coverage.oldest_at,
            "newest_at": coverage.newest_at,
            "row_count": len(snapshot.payloads),
        },
    )


def _coverage_of(snapshot: Snapshot) -> _Coverage:
    instants = [each["_started_at"] for each in snapshot.payloads.values()]
    return _Coverage(
        exported_at=None if snapshot.exported_at is None else snapshot.exported_at.isoformat(),
        oldest_at=min(instants),
        newest_at=max(instants),
    )


def _coverage_before(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> _Coverage | None:
    row = con.execute(
        """
        select arg_max(payload, version)
        from raw.payloads
        where athlete_id = $athlete_id and source = $source and entity = 'snapshot' and source_key = $entity
        """,
        {"athlete_id": snapshot.athlete_id, "source": snapshot.source, "entity": snapshot.entity},
    ).fetchone()
    if row is None or row[0] is None:
        return None
    record = orjson.loads(row[0])
    return _Coverage(exported_at=record["exported_at"], oldest_at=record["oldest_at"], newest_at=record["newest_at"])


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


def _is_same_account(snapshot: Snapshot, held: Mapping[str, tuple[str | None, bool]]) -> bool:
    if not held:
        return True
    named = snapshot.payloads.keys() | snapshot.unreadable_keys
    shared = sum(1 for key in held if key in named)
    return shared >= SAME_ACCOUNT_SHARE * min(len(held), len(named))
