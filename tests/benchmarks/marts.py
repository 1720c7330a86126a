"""How long the marts take: one athlete with ten years of samples, and clubs with three years of summaries.

The one athlete is built as everybody's home is, one thread a query. Clubs are built with two, as their owners would: what
is made of summaries is the same to the last bit either way, which is looked at for the smaller one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from flows.home import Home
from tests.builders.clubs import write_club
from tests.builders.decades import write_decade

_ROOT = Path(__file__).resolve().parents[2]
_TODAY = date(2026, 5, 31)
_RUNS = 3_000
_YEARS = 10
_CLUBS = (1_000, 10_000)
_CLUB_THREADS = 2
_SLOWEST = 10
# What a large club may take: five minutes and eight gibibytes on two cores; and no more for each athlete than a small one.
_SECONDS_MAX = 300
_PEAK_MB_MAX = 8 * 1024
_GROWTH_MAX = 1.05


def run() -> dict[str, object]:
    """Seconds, peak memory and slowest nodes of each build, and how often the tables could have been read in that time."""
    figures: dict[str, object] = {}
    with _written(partial(write_decade, today=_TODAY, runs=_RUNS, years=_YEARS)) as made:
        full = _measured(made.home, _TODAY, "full")
        morning = _measured(made.home, _TODAY + timedelta(days=1), "incremental")
        figures["decade"] = {"runs": _RUNS, "written_s": made.seconds, "full": _told(full), "morning": _told(morning)}
    each_s = []
    for athletes in _CLUBS:
        with _written(partial(write_club, athletes=athletes, today=_TODAY)) as made:
            built = _measured(made.home, _TODAY, "full", threads=_CLUB_THREADS)
            size_mb = round(made.home.ledger.stat().st_size / 1e6)
            if athletes == _CLUBS[0]:
                is_same = _is_same_with_one_thread(made.home)
        each_s.append(built["build_s"] / athletes)
        figures[f"club_{athletes}"] = {"written_s": made.seconds, "ledger_mb": size_mb, **_told(built)}
    growth = each_s[-1] / each_s[0]
    return {
        **figures,
        "seconds_per_athlete_ratio": round(growth, 3),
        "same_with_one_thread": is_same,
        "holds": built["build_s"] <= _SECONDS_MAX
        and built["peak_mb"] <= _PEAK_MB_MAX
        and growth <= _GROWTH_MAX
        and is_same,
    }


@dataclass(frozen=True, slots=True)
class _Written:
    home: Home
    seconds: float


@contextmanager
def _written(write: Callable[[Path], Home]) -> Iterator[_Written]:
    """A home in a folder that goes when the measurement is done, and how long it took to write."""
    with tempfile.TemporaryDirectory(prefix="pacewright-bench-") as scratch:
        started_at = time.perf_counter()
        home = write(Path(scratch) / "home")
        yield _Written(home, round(time.perf_counter() - started_at, 1))


def _is_same_with_one_thread(home: Home) -> bool:
    """Whether another build, one thread a query, gives the same marts to the last bit."""
    before = home.root / "before.duckdb"
    shutil.copyfile(home.warehouse, before)
    _measured(home, _TODAY, "full")
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{before}' as before (read_only); attach '{home.warehouse}' as after (read_only)")
        marts = con.execute(
            "select table_name from duckdb_tables() where database_name = 'before' and schema_name = 'marts'"
        ).fetchall()
        differing = [
            con.execute(
                f"select count(*) from (from {one}.marts.{mart} except all from {other}.marts.{mart})"
            ).fetchone()
            for (mart,) in marts
            for one, other in (("before", "after"), ("after", "before"))
        ]
    before.unlink()
    return bool(differing) and all(row == (0,) for row in differing)


def _measured(home: Home, today: date, how: str, *, threads: int = 1) -> dict[str, Any]:
    """One build in a process of its own, so that its peak of memory is only its own."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks._measured_build", str(home.root), today.isoformat(), how],
        cwd=_ROOT,
        env={**os.environ, "PACEWRIGHT_BUILD_THREADS": str(threads)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return figures


def _told(built: dict[str, Any]) -> dict[str, object]:
    slowest = sorted(built["node_s"].items(), key=lambda node: -node[1])[:_SLOWEST]
    return {
        "build_s": round(built["build_s"], 1),
        "build_cpu_s": round(built["build_cpu_s"], 1),
        "read_s": round(built["read_s"], 2),
        "times_reading": round(built["build_s"] / built["read_s"], 1),
        "snapshot_s": round(built["snapshot_s"], 1),
        "peak_mb": round(built["peak_mb"]),
        "warehouse_mb": round(built["warehouse_mb"]),
        "models": built["models"],
        "tests": built["tests"],
        "slowest_s": {name: round(seconds, 1) for name, seconds in slowest},
    }
