"""A wearer at the fake Garmin who syncs into a ledger of their own, and what that ledger then says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from connectors.garmin import api
from connectors.landing import Store
from connectors.syncing import Desk, Reach, Synced, run_sync
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store, query
from tests.servers.base import Request, SimulatedClock
from tests.servers.garmin import GarminServer
from tests.servers.world import Run, new_life

TODAY = date(2026, 11, 21)
LIST = "/activitylist-service/activities/search/activities"


@dataclass(slots=True)
class Wearer:
    """One athlete between the server and the ledger."""

    server: GarminServer
    clock: SimulatedClock
    store: Store
    tokens: TokenStore

    def sync(self, reach: Reach = Reach.DUE, **changes: Any) -> Synced:
        """One sync to whatever end."""
        config = replace(self.server.config(), **changes)
        return run_sync(self.desk(reach), api.SOURCE, partial(api.sync, config=config))

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
        """The newest run that is at least so many days old."""
        latest_at = self.clock.now() - timedelta(days=days_ago)
        runs = [run for run in self.server.life.runs.values() if run.start_at <= latest_at]
        return max((run for run in runs if run.is_manual == is_manual), key=lambda run: run.start_at)

    def view(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the ledger says Garmin has, in the terms of `GarminServer.truth`: without recordings."""
        rows = query(
            self.store,
            """
            select entity, source_key, payload::text
            from raw.payloads
            where source = 'garmin_api' and entity <> 'recording'
            qualify row_number() over (partition by entity, source_key order by version desc) = 1 and not is_deleted
            """,
        )
        return {(entity, key): orjson.loads(text) for entity, key, text in rows}

    def recordings(self) -> set[str]:
        """The hashes of the recordings that stand."""
        rows = query(
            self.store,
            """
            select source_key
            from raw.payloads
            where source = 'garmin_api' and entity = 'recording'
            qualify row_number() over (partition by source_key order by version desc) = 1 and not is_deleted
            """,
        )
        return {key for (key,) in rows}

    def versions(self, entity: str, key: str) -> list[dict[str, Any] | None]:
        """All versions of one thing, oldest first; None is a tombstone."""
        rows = query(
            self.store,
            f"select payload::text from raw.payloads where entity = '{entity}' and source_key = '{key}' order by version",
        )
        return [None if payload is None else orjson.loads(payload) for (payload,) in rows]

    def asked(self, part: str = "", since: int = 0) -> list[Request]:
        """The requests from that one on whose path holds this."""
        return [request for request in self.server.asked[since:] if part in request.path]


@contextmanager
def wearer(root: Path, *, days: int, seed: int = 1) -> Iterator[Wearer]:
    """A signed-in athlete with that many days behind them, and an empty ledger."""
    clock = SimulatedClock(datetime.combine(TODAY, time(5, 30), UTC))
    with GarminServer(new_life(seed, today=TODAY, days=days), now=clock.now) as server:
        one = Wearer(server, clock, new_store(root), TokenStore(root / "tokens", athlete_id="me"))
        one.sign_in()
        yield one
