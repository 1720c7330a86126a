"""A runner at the fake Strava who syncs into a ledger of their own, and what that ledger then says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from connectors.landing import VOLATILE_FIELDS, Store
from connectors.strava import api
from connectors.syncing import Desk, Reach, Synced, run_sync
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store, query
from tests.servers.base import SimulatedClock
from tests.servers.strava import Quota, StravaServer
from tests.servers.world import Run, new_life

TODAY = date(2026, 11, 21)
PLENTY = Quota(10**6, 10**6)


@dataclass(slots=True)
class Runner:
    """One athlete between the server and the ledger."""

    server: StravaServer
    clock: SimulatedClock
    store: Store
    tokens: TokenStore

    def sync(self, reach: Reach = Reach.DUE, **changes: Any) -> Synced:
        """One sync to whatever end."""
        return run_sync(self.desk(reach), api.SOURCE, partial(api.sync, config=self.server.config(**changes)))

    def desk(self, reach: Reach = Reach.DUE) -> Desk:
        return Desk(
            athlete_id="me",
            store=self.store,
            tokens=self.tokens,
            clock=self.clock,
            home_zone="Europe/Berlin",
            reach=reach,
        )

    def sign_in(self, **changes: Any) -> None:
        """As after `connect`."""
        self.tokens.write(self.server.grant(**changes))

    def live(self, days: int = 1) -> None:
        """Let that many days pass at the vendor and on the clock, without a sync."""
        with self.server.lock:
            for _ in range(days):
                self.server.life.live_day()
        self.clock.at += timedelta(days=days)

    def run(self, days_ago: int = 0, *, is_manual: bool = False) -> Run:
        """A visible run of about that many days ago or before."""
        latest_at = self.clock.now() - timedelta(days=days_ago)
        return max(
            (
                run
                for run in self.server.life.runs.values()
                if run.start_at <= latest_at and run.is_manual == is_manual and not run.is_hidden
            ),
            key=lambda run: run.start_at,
        )

    def view(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the ledger says Strava has, in the terms of `StravaServer.truth`: without recordings and what is volatile."""
        rows = query(
            self.store,
            """
            select entity, source_key, payload::text
            from raw.payloads
            where source = 'strava_api'
            qualify row_number() over (partition by entity, source_key order by version desc) = 1 and not is_deleted
            """,
        )
        view = {}
        for entity, key, text in rows:
            volatile = VOLATILE_FIELDS.get(("strava_api", entity), frozenset())
            if entity != "recording":
                view[entity, key] = {k: v for k, v in orjson.loads(text).items() if k not in volatile}
        return view

    def recordings(self) -> dict[str, dict[str, Any]]:
        """The recordings that stand, by hash."""
        rows = query(
            self.store,
            """
            select source_key, payload::text
            from raw.payloads
            where source = 'strava_api' and entity = 'recording'
            qualify row_number() over (partition by source_key order by version desc) = 1 and not is_deleted
            """,
        )
        return {key: orjson.loads(text) for key, text in rows}

    def versions(self, entity: str, key: str) -> list[dict[str, Any] | None]:
        """All versions of one thing, oldest first; None is a tombstone."""
        rows = query(
            self.store,
            f"select payload::text from raw.payloads where entity = '{entity}' and source_key = '{key}' order by version",
        )
        return [None if payload is None else orjson.loads(payload) for (payload,) in rows]

    def asked(self, since: int = 0) -> list[str]:
        """The paths of the requests from that one on."""
        return [request.path.removeprefix("/api/v3") for request in self.server.asked[since:]]


@contextmanager
def runner(
    root: Path, *, days: int, seed: int = 1, page_size: int = 200, overall: Quota = PLENTY, reads: Quota = PLENTY
) -> Iterator[Runner]:
    """A signed-in runner with that many days behind them, and an empty ledger."""
    clock = SimulatedClock(datetime.combine(TODAY, time(17, 4), UTC))
    life = new_life(seed, today=TODAY, days=days)
    # A quota counts, so everybody gets one of their own.
    server = StravaServer(life, now=clock.now, page_size=page_size, overall=replace(overall), reads=replace(reads))
    with server:
        one = Runner(server, clock, new_store(root), TokenStore(root / "tokens", athlete_id="me"))
        one.sign_in()
        yield one
