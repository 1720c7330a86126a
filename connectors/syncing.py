"""One sync of one source, however it ends: what it landed, why it stopped, when it may go on, on record in the ledger."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

import orjson

from connectors.errors import NotAllowed, Paused, SignInAgain, SourceChanged, SyncEnded, TryLater
from connectors.http import Bucket, Budget, Clock
from connectors.landing import LandResult, Store
from connectors.tokens import TokenStore

State = Literal["complete", "paused", "try_later", "sign_in_again", "source_changed", "not_allowed", "failed"]


class Reach(StrEnum):
    """How far back a sync looks: as far as is due by itself, or over everything there is."""

    DUE = "due"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every sync works with. `today` and the clock are the athlete's morning, not the machine's."""

    athlete_id: str
    store: Store
    tokens: TokenStore
    clock: Clock
    home_zone: str
    reach: Reach = Reach.DUE


@dataclass(slots=True)
class Tally:
    """What a sync has done so far; kept also when it ends early. `held_back` says in words what is still to come."""

    counts: Counter[str] = field(default_factory=Counter)
    held_back: dict[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    newest_at: datetime | None = None

    def add(self, landed: LandResult) -> None:
        """Count what landed."""
        self.counts.update(new=landed.new, changed=landed.changed, gone=landed.gone, unchanged=landed.unchanged)

    def saw(self, happened_at: datetime | None) -> None:
        """Remember the newest thing the source has."""
        if happened_at is not None and (self.newest_at is None or happened_at > self.newest_at):
            self.newest_at = happened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How a sync ended. `fact` and `remedy` are empty when it is complete and holds nothing back."""

    source: str
    state: State
    fact: str = ""
    remedy: str = ""
    resumes_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    held_back: Mapping[str, str] = field(default_factory=dict)

    @property
    def appended(self) -> int:
        return sum(self.counts.get(kind, 0) for kind in ("new", "changed", "gone"))


# From most to least particular: the first that fits names the state.
_STATES: tuple[tuple[type[SyncEnded], State], ...] = (
    (Paused, "paused"),
    (TryLater, "try_later"),
    (SignInAgain, "sign_in_again"),
    (SourceChanged, "source_changed"),
    (NotAllowed, "not_allowed"),
)


def run_sync(desk: Desk, source: str, sync: Callable[[Desk, Tally], None]) -> Synced:
    """Run a source's sync to whatever end it comes to, and put that on record. Raises nothing a vendor can cause.

    `source` is the ledger's name (`whoop_api`). A fault of our own is recorded as `failed` and raised.
    """
    started_at = desk.clock.now()
    tally = Tally(budget=Budget({bucket.name: bucket for bucket in last_quota(desk, source)}))
    try:
        sync(desk, tally)
        synced = Synced(source=source, state="complete", held_back=tally.held_back, counts=dict(tally.counts))
    except SyncEnded as ended:
        synced = Synced(
            source=source,
            state=next(state for kind, state in _STATES if isinstance(ended, kind)),
            fact=ended.fact,
            remedy=ended.remedy,
            resumes_at=ended.resumes_at if isinstance(ended, TryLater) else None,
            held_back=tally.held_back,
            counts=dict(tally.counts),
        )
    except Exception as error:
        fact = f"Pacewright itself failed ({type(error).__name__})."
        _record(desk, Synced(source=source, state="failed", fact=fact, counts=dict(tally.counts)), tally, started_at)
        raise
    _record(desk, synced, tally, started_at)
    return synced


def last_quota(desk: Desk, source: str) -> tuple[Bucket, ...]:
    """The quotas as the last sync left them; a window that has ended since counts as full again."""
    with desk.store.open_ledger() as con:
        row = con.execute(
            "select quota from raw.syncs where athlete_id = ? and source = ? order by ended_at desc limit 1",
            [desk.athlete_id, source],
        ).fetchone()
    now = desk.clock.now()
    buckets = [] if row is None else [_bucket(each) for each in orjson.loads(row[0])]
    return tuple(bucket for bucket in buckets if bucket.resets_at > now)


def _bucket(written: Mapping[str, str | int]) -> Bucket:
    return Bucket(
        name=str(written["name"]),
        limit=int(written["limit"]),
        used=int(written["used"]),
        resets_at=datetime.fromisoformat(str(written["resets_at"])),
    )


def _record(desk: Desk, synced: Synced, tally: Tally, started_at: datetime) -> None:
    quota = [
        {"name": each.name, "limit": each.limit, "used": each.used, "resets_at": each.resets_at}
        for each in tally.budget.buckets.values()
    ]
    with desk.store.open_ledger() as con:
        con.execute(
            "insert into raw.syncs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                desk.athlete_id,
                synced.source,
                uuid.uuid4().hex,
                started_at,
                desk.clock.now(),
                synced.state,
                synced.fact or None,
                synced.remedy or None,
                synced.resumes_at,
                orjson.dumps(synced.counts).decode(),
                orjson.dumps(quota).decode(),
                orjson.dumps(synced.held_back).decode(),
                tally.newest_at,
            ],
        )
