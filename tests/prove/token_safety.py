"""No renewal burns a token: two processes at once, and kills at any moment around the vendor's answer.

Where the process dies after the vendor has used up the old token and before the new one is written, nothing can save
the sign-in; then the next sync says so with the remedy, and nobody asks with the dead token again.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from connectors.landing import Store
from connectors.syncing import Synced
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store, query
from tests.prove._renewing import MOMENTS, Job, cloud_named, sync_here, worker
from tests.servers.base import SimulatedClock
from tests.servers.strava import StravaServer
from tests.servers.world import new_life

_TODAY = date(2026, 10, 12)
_DAYS_LIVED = 2
_LONGER_THAN_ANY_TOKEN = timedelta(hours=12)
# WHOOP's refresh tokens work once; Strava's change when they like.
_VENDORS = ("whoop", "strava")
_LONGEST_TO_THE_KILL_S = 0.06


@dataclass(slots=True)
class _Home:
    """One athlete's home and the vendor they are signed in to."""

    name: str
    root: Path
    vendor: Any
    clock: SimulatedClock
    store: Store
    is_lock_broken: bool
    figures: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> TokenStore:
        return TokenStore(self.root / "tokens", athlete_id="me")

    def job(self) -> Job:
        return Job(
            name=self.name,
            home=self.root,
            config=self.vendor.config(),
            now=self.clock.now(),
            is_lock_broken=self.is_lock_broken,
        )

    def renewals_asked_for(self) -> int:
        return sum(request.method == "POST" and request.path.endswith("/token") for request in self.vendor.asked)

    def is_lost(self) -> bool:
        """Whether the vendor no longer takes the refresh token that we keep."""
        grant = self.tokens.read(self.name)
        return grant is None or not self.vendor.accepts(grant.refresh_token)

    def sync(self) -> Synced:
        self.figures["syncs"] += 1
        return sync_here(self.job(), self.store)

    def found(self, problem: str) -> None:
        self.problems.append(f"{self.name}: {problem}")


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """n rounds at each vendor: a race of two processes, then a kill; the figures say what became of the sign-ins.

    Sabotage `nobody-waits` lets two processes renew at once.
    """
    started_at = time.monotonic()
    random = Random(seed)
    figures: Counter[str] = Counter()
    problems: list[str] = []
    for name in _VENDORS:
        clock = SimulatedClock(datetime(2026, 10, 12, 17, tzinfo=UTC))
        life = new_life(seed, today=_TODAY, days=_DAYS_LIVED)
        with tempfile.TemporaryDirectory() as folder, cloud_named(name).start(life, clock) as vendor:
            home = _Home(name, Path(folder), vendor, clock, new_store(Path(folder)), sabotage == "nobody-waits")
            _lift_the_quotas(vendor)
            home.tokens.write(vendor.grant())
            home.sync()
            for index in range(n):
                _race(home)
                _kill(home, random, index)
            _look_for_secrets(home)
            figures.update(home.figures)
            problems += home.problems
    return {
        "holds": figures["races"] == n * len(_VENDORS)
        and all(figures[_killed(moment)] > 0 for moment in MOMENTS[:n])
        and not problems,
        **figures,
        "seconds": round(time.monotonic() - started_at, 1),
        "problems": problems[:5],
    }


def _race(home: _Home) -> None:
    """Two processes find the token at its end and sync at once: one renewal, and both have a token that works."""
    home.clock.at += _LONGER_THAN_ANY_TOKEN
    before = home.renewals_asked_for()
    with worker(home.job()) as one, worker(home.job()) as other:
        one.begin()
        other.begin()
        endings = [one.ending(), other.ending()]
    home.figures["races"] += 1
    home.figures["syncs"] += 2
    renewals = home.renewals_asked_for() - before
    if renewals != 1:
        home.found(f"two processes renewed {renewals} times")
    if home.is_lost():
        home.found("two processes at once lost the sign-in")
    home.problems += [
        f"{home.name}: racing sync ended {'unheard' if each is None else f'{each.state}: {each.fact}'}"
        for each in endings
        if each is None or each.state != "complete"
    ]


def _kill(home: _Home, random: Random, index: int) -> None:
    """A sync is killed, at a chosen moment of its renewal or at any; what follows must end well, or say how it can."""
    home.clock.at += _LONGER_THAN_ANY_TOKEN
    moment = (*MOMENTS, None)[index % (len(MOMENTS) + 1)]
    with worker(replace(home.job(), dies=moment)) as victim:
        victim.begin()
        if moment is None:
            time.sleep(random.uniform(0, _LONGEST_TO_THE_KILL_S))
            victim.kill()
        if victim.ending() is not None:
            home.figures["too_late_to_kill"] += 1
            return
    home.figures["kills"] += 1
    home.figures[_killed(moment or "any time")] += 1
    was_lost = home.is_lost()
    before = home.renewals_asked_for()
    synced = home.sync()
    asked = home.renewals_asked_for() - before
    if asked > 1:
        home.found(f"after a kill ({moment}) the vendor was asked {asked} times")
    if was_lost:
        home.figures["lost_to_the_kill"] += 1
        _expect_the_remedy(home, synced)
        home.tokens.write(home.vendor.grant())
        synced = home.sync()
    if synced.state != "complete":
        home.found(f"after a kill ({moment}) the sync ended {synced.state}: {synced.fact}")


def _killed(moment: str) -> str:
    return f"killed_{moment.replace(' ', '_')}"


def _expect_the_remedy(home: _Home, synced: Synced) -> None:
    if synced.state != "sign_in_again" or f"pacewright connect {home.name}" not in synced.remedy:
        home.found(f"a lost sign-in ended {synced.state}: {synced.fact} {synced.remedy}")
    before = home.renewals_asked_for()
    for _ in range(2):
        if home.sync().state != "sign_in_again":
            home.found("a lost sign-in came back by itself")
    if home.renewals_asked_for() != before:
        home.found("a dead token was shown to the vendor again")


def _look_for_secrets(home: _Home) -> None:
    """Everything but the token's own record, word by word."""
    written = str(_everything_in_the_ledger(home))
    found = [secret for secret in home.vendor.secrets if secret in written]
    if found:
        home.found(f"{len(found)} secrets in the ledger")
    modes = {path.stat().st_mode & 0o777 for path in (home.root / "tokens").glob("*.json")}
    if modes != {0o600}:
        home.found(f"the record is readable for others: {[oct(mode) for mode in modes]}")


def _everything_in_the_ledger(home: _Home) -> list[Any]:
    tables = ("raw.syncs", "raw.cursors", "raw.payloads")
    return [row for table in tables for row in query(home.store, f"select columns(*)::text from {table}")]


def _lift_the_quotas(vendor: Any) -> None:
    """Every process loads everything anew; how often is not what this is about."""
    if isinstance(vendor, StravaServer):
        for quota in (vendor.overall, vendor.reads):
            quota.quarter = quota.day = 1_000_000
