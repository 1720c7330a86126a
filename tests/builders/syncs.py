"""A runner at a fake vendor who syncs into a ledger of their own, and what that ledger then says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

from connectors.landing import Store
from connectors.syncing import Desk, Reach, Synced, run_sync
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store, query
from tests.servers import ledger_view
from tests.servers.base import Request, SimulatedClock, Vendor
from tests.servers.clouds import GARMIN, STRAVA, WHOOP, Cloud
from tests.servers.garmin import GarminServer
from tests.servers.strava import Quota, StravaServer
from tests.servers.whoop import WhoopServer
from tests.servers.world import Run, new_life

TODAY = date(2026, 11, 21)
PLENTY = Quota(10**6, 10**6)
_CALM_SYNCS = 60

Server = TypeVar("Server", bound=Vendor)


class Killed(BaseException):
    """As a kill: nothing catches it."""


@dataclass
class DeadlyClock(SimulatedClock):
    """The process dies when it looks at the time after that many requests."""

    requests: Sized = ()
    deadly_after: int = 1000

    def now(self) -> datetime:
        if len(self.requests) >= self.deadly_after:
            raise Killed
        return self.at


@dataclass(slots=True)
class Runner(Generic[Server]):
    """One athlete between the server and the ledger."""

    cloud: Cloud
    server: Server
    clock: SimulatedClock
    store: Store
    tokens: TokenStore

    def sync(self, reach: Reach = Reach.DUE, **changes: Any) -> Synced:
        """One sync to whatever end."""
        config = self.server.config(**changes)
        return run_sync(self.desk(reach), self.cloud.source, lambda desk, tally: self.cloud.sync(desk, tally, config))

    def sync_killed_after(self, requests: int) -> None:
        """One sync whose process dies at about that many requests of this server's life."""
        alive = self.clock
        self.clock = DeadlyClock(alive.at, requests=self.server.asked, deadly_after=requests)
        try:
            ended = self.sync()
        except Killed:
            self.clock = alive
        else:
            raise AssertionError(f"It ended before it was killed: {ended}")

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
        """The newest run that is at least so many days old and shown to everybody."""
        latest_at = self.clock.now() - timedelta(days=days_ago)
        runs = [run for run in self.server.life.runs.values() if run.start_at <= latest_at and not run.is_hidden]
        return max((run for run in runs if run.is_manual == is_manual), key=lambda run: run.start_at)

    def view(self) -> ledger_view.View:
        """What the ledger says the vendor has, in the terms of the server's `truth`."""
        return ledger_view.view(self.store, self.cloud.source)

    def recordings(self) -> dict[str, dict[str, Any]]:
        """The recordings that stand, by hash."""
        return ledger_view.recordings(self.store, self.cloud.source)

    def versions(self, entity: str, key: str) -> list[dict[str, Any] | None]:
        """All versions of one thing, oldest first; None is a tombstone."""
        rows = query(
            self.store,
            f"select payload::text from raw.payloads where entity = '{entity}' and source_key = '{key}' order by version",
        )
        return [None if payload is None else orjson.loads(payload) for (payload,) in rows]

    def requests(self, part: str = "", since: int = 0) -> list[Request]:
        """The requests from that one on whose path holds this."""
        return [request for request in self.server.asked[since:] if part in request.path]

    def asked(self, since: int = 0) -> list[str]:
        """The paths of the requests from that one on, as the vendor's own pages write them."""
        return [request.path.removeprefix(self.cloud.prefix) for request in self.server.asked[since:]]


def in_peace(sync: Callable[[Reach], Synced], clock: SimulatedClock) -> Synced:
    """One look at everything, and ordinary syncs, each when the one before says that it can go on, until all is told."""
    reach = Reach.EVERYTHING
    for _ in range(_CALM_SYNCS):
        synced = sync(reach)
        if synced.state in {"complete", "paused"}:
            reach = Reach.DUE  # the look has begun, and every sync after it goes on with it
        if not unfinished(synced):
            break
        clock.at = max(clock.at + timedelta(minutes=1), synced.resumes_at or clock.at + timedelta(days=1))
    return synced


def unfinished(synced: Synced) -> list[str]:
    """What keeps a sync in peace from being the last one."""
    if synced.state != "complete":
        return [f"in peace it ends {synced.state}: {synced.fact}"]
    return [f"in peace it holds back {text}" for text in synced.held_back.values()]


@contextmanager
def runner_at(
    cloud: Cloud, root: Path, *, days: int, seed: int = 1, at: time = time(17), **changes: Any
) -> Iterator[Runner[Any]]:
    """A signed-in runner with that many days behind them, and an empty ledger; `changes` are the server's."""
    clock = SimulatedClock(datetime.combine(TODAY, at, UTC))
    with cloud.start(new_life(seed, today=TODAY, days=days), clock, **changes) as server:
        one = Runner(cloud, server, clock, new_store(root), TokenStore(root / "tokens", athlete_id="me"))
        one.sign_in()
        yield one


def garmin_runner(root: Path, *, days: int) -> AbstractContextManager[Runner[GarminServer]]:
    return runner_at(GARMIN, root, days=days, at=time(5, 30))


def strava_runner(
    root: Path, *, days: int, page_size: int = 200, reads: Quota = PLENTY
) -> AbstractContextManager[Runner[StravaServer]]:
    # A quota counts, so everybody gets one of their own.
    overall, reads = replace(PLENTY), replace(reads)
    return runner_at(STRAVA, root, days=days, at=time(17, 4), page_size=page_size, overall=overall, reads=reads)


def whoop_runner(root: Path, *, days: int) -> AbstractContextManager[Runner[WhoopServer]]:
    return runner_at(WHOOP, root, days=days)
