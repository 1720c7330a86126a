"""How long the gate judges the marts of one athlete and of ten thousand, beside what loading the judge costs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import duckdb

from flows import quality
from tests.flows.test_quality import sound_marts

_ATHLETES = 10_000


def run() -> dict[str, object]:
    """Seconds of one run, and their ratios; compare them only within this run."""
    started = time.perf_counter()
    import great_expectations  # noqa: F401  its import is what is measured

    import_s = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="pacewright-bench-") as scratch:
        one = sound_marts(Path(scratch) / "one.duckdb")
        one_s = _judged(one)
        club = _club(one, Path(scratch) / "club.duckdb")
        club_s = _judged(club)
    return {
        "import_s": round(import_s, 2),
        "one_athlete_s": round(one_s, 2),
        "one_athlete_over_import": round(one_s / import_s, 2),
        "athletes": _ATHLETES,
        "athletes_s": round(club_s, 2),
    }


def _judged(warehouse: Path) -> float:
    started = time.perf_counter()
    checks = quality.judge_marts(warehouse, previous=warehouse)
    assert all(check.passed for check in checks), [check.expectation for check in checks if not check.passed]
    return time.perf_counter() - started


def _club(one: Path, target: Path) -> Path:
    """The same hundred days for everybody: what the gate's queries cost does not depend on what was run."""
    with duckdb.connect(str(target)) as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute("create schema marts")
        for (mart,) in con.execute("select table_name from duckdb_tables() where database_name = 'one'").fetchall():
            con.execute(
                f"create table marts.{mart} as select each.* replace ('a' || n as athlete_id) "
                f"from one.marts.{mart} as each cross join range({_ATHLETES}) as athletes(n)"
            )
    return target
