"""A sync in a process of its own, which may be killed at any moment or at a chosen one around the renewal of its token."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from connectors.landing import Store
from connectors.syncing import Desk, Synced, run_sync
from connectors.tokens import Grant, TokenStore
from tests.builders.ledger import new_store
from tests.servers.base import SimulatedClock
from tests.servers.clouds import CLOUDS, Cloud

# Around the two writes of one renewal: the mark before the vendor is asked, the new tokens after its answer. Those that can
# cost a sign-in come first, so that a proof of two rounds meets them.
Moment = Literal["before the mark", "before asking", "before keeping", "after keeping"]
MOMENTS: tuple[Moment, ...] = ("before keeping", "after keeping", "before asking", "before the mark")
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sync to be done elsewhere. `config` points at the fake vendor."""

    name: str
    home: Path
    config: Any
    now: datetime
    dies: Moment | None = None
    is_lock_broken: bool = False  # planted: nobody waits for anybody, or looks again


class MortalStore(TokenStore):
    """A token store whose process is killed at one moment of its first renewal."""

    def __init__(self, folder: Path, *, dies: Moment | None, is_lock_broken: bool) -> None:
        super().__init__(folder, athlete_id="me")
        self._dies = dies
        self._is_lock_broken = is_lock_broken
        self._seen: dict[str, Grant | None] = {}

    def read(self, source: str) -> Grant | None:
        if self._is_lock_broken and source in self._seen:
            return self._seen[source]
        self._seen[source] = super().read(source)
        return self._seen[source]

    def locked(self, source: str) -> AbstractContextManager[None]:  # type: ignore[override]  # planted
        return nullcontext() if self._is_lock_broken else super().locked(source)

    def write(self, grant: Grant) -> None:
        before: Moment = "before the mark" if grant.refresh_begun_at else "before keeping"
        after: Moment = "before asking" if grant.refresh_begun_at else "after keeping"
        self._die_if(before)
        super().write(grant)
        self._die_if(after)

    def _die_if(self, moment: Moment) -> None:
        if self._dies == moment:
            os.kill(os.getpid(), signal.SIGKILL)


def cloud_named(name: str) -> Cloud:
    return next(cloud for cloud in CLOUDS if cloud.name == name)


def sync_here(job: Job, store: Store) -> Synced:
    """The job's sync, in this process, into that ledger."""
    cloud = cloud_named(job.name)
    desk = Desk(
        athlete_id="me",
        store=store,
        tokens=MortalStore(job.home / "tokens", dies=job.dies, is_lock_broken=job.is_lock_broken),
        clock=SimulatedClock(job.now),
        home_zone="Europe/Berlin",
    )
    return run_sync(desk, cloud.source, lambda desk, tally: cloud.sync(desk, tally, job.config))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that waits to be told to begin."""

    process: BaseProcess
    line: Connection

    def begin(self) -> None:
        self.line.send("go")

    def ending(self) -> Synced | None:
        """How its sync ended; None if the process was killed before."""
        try:
            ending: Synced | None = self.line.recv() if self.line.poll(_PATIENCE_S) else None
        except EOFError:
            ending = None
        self.process.join(_PATIENCE_S)
        return ending

    def kill(self) -> None:
        os.kill(self.process.pid or 0, signal.SIGKILL)


@contextmanager
def worker(job: Job) -> Iterator[Worker]:
    """A process with everything loaded, so that what follows `begin` is the sync and nothing else."""
    ours, theirs = _processes().Pipe()
    process = _processes().Process(target=_work, args=(job, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "ready"
        yield Worker(process=process, line=ours)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        ours.close()


def _work(job: Job, line: Connection) -> None:
    """What is at stake is the sign-in: the ledger of a process that may be killed is its own."""
    store = new_store(job.home)
    line.send("ready")
    line.recv()
    line.send(sync_here(job, store))


@cache
def _processes() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.prove._renewing"])
    return context
