"""After thirty days of syncs against a cloud on its bad days, the ledger holds exactly what the vendor holds.

For each seed and source a made-up life is loaded for the first time and then synced every morning for thirty days while
the vendor breaks off, refuses, rotates, drifts and ends its grants, and while people edit and delete the past. Then the
faults stop, everything is looked at once more, and the ledger's current view is compared with the vendor's own.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from unittest.mock import patch

import duckdb

from connectors import windows
from connectors.landing import Store
from connectors.syncing import Reach, Synced
from connectors.tokens import TokenStore
from tests.builders.syncs import Runner, in_peace, unfinished
from tests.servers.base import SimulatedClock
from tests.servers.clouds import CLOUDS, Cloud
from tests.servers.faults import EVERY, Faults
from tests.servers.ledger_view import differences
from tests.servers.world import new_life

_TODAY = date(2026, 10, 12)  # the thirty days that follow hold the end of summer time
_DAYS_SYNCED = 30
_DAYS_BEFORE = 84  # about sixty activities
_LONG_DAYS_BEFORE = 3 * 365
_LONG_EVERY = 100
_ROOT = Path(__file__).resolve().parents[2]
_PROCESSES = 2


@dataclass(slots=True)
class Figures:
    """What one world, or all of them, came to."""

    worlds: int = 0
    syncs: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    items: int = 0
    tombstones: int = 0
    versions: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Count another's figures in."""
        self.worlds += other.worlds
        self.syncs += other.syncs
        self.requests += other.requests
        self.faults.update(other.faults)
        self.endings.update(other.endings)
        self.items += other.items
        self.tombstones += other.tombstones
        self.versions += other.versions
        self.problems += other.problems


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """Live through n worlds; the figures say what befell them, and whether every ledger told the truth in the end.

    Sabotage lets what is gone at the vendor stay in the ledger.
    """
    started_at = time.monotonic()
    total = Figures()
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        for figures in pool.map(live_through, range(n), [seed] * n, [sabotage] * n):
            total.add(figures)
    return {
        # Without bad days, and without anything that was ever taken back, nothing would have been shown.
        "holds": total.worlds == n * len(CLOUDS)
        and not total.problems
        and sum(total.faults.values()) >= total.worlds
        and total.tombstones > 0
        and len(total.endings) > 1,
        "worlds": total.worlds,
        "syncs": total.syncs,
        "requests": total.requests,
        "items": total.items,
        "tombstones": total.tombstones,
        "versions": total.versions,
        "faults": dict(sorted(total.faults.items())),
        "endings": dict(sorted(total.endings.items())),
        "seconds": round(time.monotonic() - started_at, 1),
        "problems": total.problems[:5],
    }


def live_through(index: int, seed: int, sabotage: str) -> Figures:
    """One seed's world at every vendor."""
    with patch.object(windows, "_missing", return_value=[]) if sabotage == "what-is-gone-stays" else nullcontext():
        return _live_through(index, seed)


def _live_through(index: int, seed: int) -> Figures:
    figures = Figures()
    for number, cloud in enumerate(CLOUDS):
        world_seed = (seed * 1_000_003 + index) * len(CLOUDS) + number
        is_long = Random(f"{seed} {index}").randrange(_LONG_EVERY) == 0
        try:
            figures.add(_live_with(cloud, world_seed, days=_LONG_DAYS_BEFORE if is_long else _DAYS_BEFORE))
        except Exception as error:  # noqa: BLE001  one broken world is a finding, the others go on
            figures.problems.append(f"{cloud.source} world {index}: {type(error).__name__}: {error}")
    return figures


def _live_with(cloud: Cloud, seed: int, *, days: int) -> Figures:
    random = Random(seed)
    clock = SimulatedClock(
        datetime.combine(_TODAY, datetime.min.time(), UTC) + timedelta(hours=5, minutes=random.randint(0, 90))
    )
    faults = Faults(random, rate=random.choice((0.02, 0.05, 0.15)), kinds=EVERY)
    life = new_life(seed, today=_TODAY, days=days)
    figures = Figures(worlds=1)
    with tempfile.TemporaryDirectory() as name, _store(Path(name)) as store, cloud.start(life, clock, faults) as vendor:
        one = Runner(cloud, vendor, clock, store, TokenStore(Path(name) / "tokens", athlete_id="me"))
        one.sign_in()

        def sync(reach: Reach = Reach.DUE) -> Synced:
            synced = one.sync(reach)
            figures.syncs += 1
            figures.endings[synced.state] += 1
            if synced.state == "sign_in_again":
                if f"pacewright connect {cloud.name}" not in synced.remedy:
                    figures.problems.append(
                        f"{cloud.source} seed {seed}: signs out without the remedy: {synced.remedy}"
                    )
                one.sign_in()
            return synced

        for _ in range(_DAYS_SYNCED + 1):
            if sync().state == "failed":
                figures.problems.append(f"{cloud.source} seed {seed}: a sync failed by itself")
            _next_morning(clock)
            with vendor.lock:
                life.live_day()
                for _ in range(random.randint(0, 3)):
                    life.edit_something(random, clock.now(), reach_days=random.choice((3, 12, 60, 400)))
        faults.calm()
        last = in_peace(sync, clock)
        figures.problems += [
            f"{cloud.source} seed {seed}: {each}"
            for each in (unfinished(last) + differences(store, cloud.source, vendor.truth(), vendor.secrets))
        ]
        figures.requests = len(vendor.asked)
        figures.faults.update(faults.seen)
        _count(store, figures)
    return figures


def _next_morning(clock: SimulatedClock) -> None:
    """The same time tomorrow, whatever the syncs of today have waited for."""
    clock.at += timedelta(days=1)


def _count(store: Store, figures: Figures) -> None:
    with store.open_ledger() as con:
        row = con.execute(
            "select count(distinct (entity, source_key)), count(*) filter (where is_deleted), count(*) from raw.payloads"
        ).fetchone()
    assert row is not None
    figures.items, figures.tombstones, figures.versions = row


@contextmanager
def _store(home: Path) -> Iterator[Store]:
    """A ledger file like a home's, kept open: one process, thousands of short visits."""
    with duckdb.connect(str(home / "ledger.duckdb")) as ledger:
        ledger.execute("set TimeZone = 'UTC'")
        # One process per core lives through worlds; more threads per query would only wait for each other.
        ledger.execute("set threads = 1")
        for migration in sorted((_ROOT / "flows" / "migrations").glob("*.sql")):
            ledger.execute(migration.read_text(encoding="utf-8"))

        @contextmanager
        def open_it() -> Iterator[duckdb.DuckDBPyConnection]:
            with ledger.cursor() as cursor:
                cursor.execute("set TimeZone = 'UTC'")
                yield cursor

        yield Store(home / "files", home / "streams", open_it)
