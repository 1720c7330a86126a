"""A member of the fake WHOOP who syncs into a ledger of their own, and what that ledger then says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from connectors.landing import Store
from connectors.syncing import Desk, Reach, Synced, run_sync
from connectors.tokens import TokenStore
from connectors.whoop import api
from tests.builders.ledger import new_store, query
from tests.servers.base import SimulatedClock
from tests.servers.whoop import WhoopServer
from tests.servers.world import new_life

TODAY = date(2026, 11, 21)


@dataclass(slots=True)
class Member:
    """One athlete between the server and the ledger."""

    server: WhoopServer
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

    def sign_in(self) -> None:
        """As after `connect`."""
        self.tokens.write(self.server.grant())

    def live(self, days: int = 1) -> None:
        """Let that many days pass at the vendor and on the clock, without a sync."""
        with self.server.lock:
            for _ in range(days):
                self.server.life.live_day()
        self.clock.at += timedelta(days=days)

    def view(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the ledger says WHOOP has."""
        rows = query(
            self.store,
            """
            select entity, source_key, payload::text
            from raw.payloads
            where source = 'whoop_api'
            qualify row_number() over (partition by entity, source_key order by version desc) = 1 and not is_deleted
            """,
        )
        return {(entity, key): orjson.loads(payload) for entity, key, payload in rows}

    def versions(self, entity: str, key: str) -> list[dict[str, Any] | None]:
        """All versions of one thing, oldest first; None is a tombstone."""
        rows = query(
            self.store,
            f"select payload::text from raw.payloads where entity = '{entity}' and source_key = '{key}' order by version",
        )
        return [None if payload is None else orjson.loads(payload) for (payload,) in rows]

    def asked(self, since: int = 0) -> list[str]:
        """The paths of the requests from that one on."""
        return [request.path.removeprefix("/developer") for request in self.server.asked[since:]]


@contextmanager
def member(root: Path, *, days: int, seed: int = 1) -> Iterator[Member]:
    """A signed-in member with that many days behind them, and an empty ledger."""
    clock = SimulatedClock(datetime.combine(TODAY, time(17), UTC))
    with WhoopServer(new_life(seed, today=TODAY, days=days), now=clock.now) as server:
        one = Member(server, clock, new_store(root), TokenStore(root / "tokens", athlete_id="me"))
        one.sign_in()
        yield one
