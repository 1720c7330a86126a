"""The process that is measured: one snapshot and one build as the product makes them, and its own peak of memory."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

import duckdb
import orjson

from flows import transform
from flows.home import Home
from flows.snapshot import take_snapshot


def main() -> None:
    home, today, is_incremental = Home(Path(sys.argv[1])), date.fromisoformat(sys.argv[2]), sys.argv[3] == "incremental"
    os.environ["DBT_WRITE_JSON"] = "true"  # the time of each model is read from what dbt writes of its run
    started_at = time.perf_counter()
    snapshot = take_snapshot(home, as_of_at=datetime.combine(today, clock_time(20), tzinfo=UTC), today=today)
    snapshot_s = time.perf_counter() - started_at
    started_at, started_cpu_at = time.perf_counter(), time.process_time()
    built = transform.build(
        home, snapshot, target=home.next_warehouse, start_from=home.warehouse if is_incremental else None
    )
    seconds, cpu_s = time.perf_counter() - started_at, time.process_time() - started_cpu_at
    # What the system says of the process, not what Python knows: most of it is DuckDB's.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    home.next_warehouse.replace(home.warehouse)
    started_at = time.perf_counter()
    _read(snapshot.path)
    read_s = time.perf_counter() - started_at
    ran = orjson.loads((home.work / "dbt" / "target" / "run_results.json").read_bytes())["results"]
    figures = {
        "snapshot_s": snapshot_s,
        "build_s": seconds,
        "build_cpu_s": cpu_s,
        "read_s": read_s,
        "peak_mb": int(peak.split()[1]) / 1024,
        "models": built.models,
        "tests": built.tests,
        "warehouse_mb": home.warehouse.stat().st_size / 1e6,
        "node_s": {each["unique_id"].split(".")[2]: each["execution_time"] for each in ran},
    }
    print(json.dumps(figures))


def _read(snapshot: Path) -> None:
    """Every column of every table a build is made from, with one thread a query as the build has it."""
    with duckdb.connect(str(snapshot), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'; set threads = 1")
        tables = ["raw.payloads", "raw.stream_samples", "coach.athletes", "coach.planned_workouts"]
        for table in tables:
            con.execute(f"select max(columns(*)) from {table}").fetchall()


if __name__ == "__main__":
    main()
