"""A warehouse built upon yesterday's equals one built from nothing."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.builders.warehouse import LANDED_AT, Build, LedgerBuilder, build, samples

pytestmark = pytest.mark.slow

FIRST = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


def test_an_incremental_build_equals_a_full_one_after_edits_merges_and_deletions(tmp_path: Path) -> None:
    ledger = LedgerBuilder(tmp_path)
    ledger.athlete(birth_year=1986, sex="m")
    runs = [_run(ledger, number) for number in range(6)]
    for number in range(6):
        ledger.night((FIRST + timedelta(days=number)).date())
    ledger.strava(1, FIRST, **{"Distance (2)": 3000, "Moving Time": 1000, "Activity Name": "First"})
    yesterday = build(
        tmp_path / "old" / "warehouse.next.duckdb",
        ledger.snapshot(_folder(tmp_path / "old") / "snapshot.duckdb", today=date(2026, 5, 6)),
    )

    ledger.landed_at = LANDED_AT + timedelta(days=1)
    # Edited: another distance. Deleted: a run and its strap's copy. Merged: a second recording of a known run.
    ledger.strava(1, FIRST, **{"Distance (2)": 3050, "Moving Time": 1000, "Activity Name": "First, renamed"})
    ledger.land("file", "recording", runs[2], None)
    ledger.whoop_workout(FIRST + timedelta(days=3, seconds=40), minutes=15, cells={"Average HR (bpm)": 150})
    _run(ledger, 7)
    # Read again by a better reader: the same file, another first session.
    _run(ledger, 4, key=runs[4], reader_version="2", speed=3.2)
    snapshot = ledger.snapshot(_folder(tmp_path / "new") / "snapshot.duckdb", today=date(2026, 5, 9))
    next_warehouse = tmp_path / "new" / "warehouse.next.duckdb"
    shutil.copyfile(yesterday.warehouse, next_warehouse)
    incremental = build(next_warehouse, snapshot)
    full = build(_folder(tmp_path / "full") / "warehouse.next.duckdb", snapshot)

    differences = _differences(incremental, full)

    assert differences == {}
    assert incremental.row("select count(*) as count from marts.activities") == {"count": 6}
    assert incremental.row("select title from marts.activities where local_date = '2026-05-01'") == {
        "title": "First, renamed"
    }


def _run(
    ledger: LedgerBuilder, number: int, *, key: str | None = None, reader_version: str = "1", speed: float = 3.0
) -> str:
    started_at = FIRST + timedelta(days=number)
    stream: pa.Table = samples(started_at, speeds_m_per_s=[speed] * 1000, heart_rates_bpm=140 + number)
    if key is not None:
        ledger.tables = [table for table in ledger.tables if table["file_sha256"][0].as_py() != key]
    return ledger.recording(
        started_at,
        key=key or f"{number:016d}" + "0" * 48,
        samples=stream,
        reader_version=reader_version,
        distance_m=999.0 * speed,
        duration_s=999.0,
        heart_rate_avg_bpm=140.0 + number,
    )


def _differences(one: Build, other: Build) -> dict[str, int]:
    """Rows that stand in only one of two warehouses, by table."""
    differing = {}
    with one.open() as con:
        con.execute(f"attach '{other.warehouse}' as other (read_only)")
        tables = con.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('intermediate', 'marts') and table_catalog = current_database() order by 1, 2"
        ).fetchall()
        for schema, table in tables:
            mine, theirs = f"{schema}.{table}", f"other.{schema}.{table}"
            (count,) = con.execute(
                f"select count(*) from ((from {mine} except all from {theirs})"
                f" union all (from {theirs} except all from {mine}))"
            ).fetchone() or (0,)
            if count:
                differing[mine] = count
    assert len(tables) >= 19
    return differing


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path
