"""A small ledger built by hand, its snapshot as `flows` would copy it, and dbt run on it in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files.streams import STREAM_SCHEMA
from flows import transform
from flows.home import Home
from tests.builders import warm

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
NEXT = Home(ROOT).next_warehouse.name  # the parsed project names its database after the file
LANDED_AT = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)

_SEGMENT = {
    "kind": "work",
    "intensity": "I",
    "distance_m": 1000.0,
    "duration_s": 240.0,
    "repeats": 1,
    "recovery_s": 120.0,
    "recovery_distance_m": 300.0,
    "pace_fast_s_per_km": None,
    "pace_slow_s_per_km": None,
    "heart_rate_low_bpm": None,
    "heart_rate_high_bpm": None,
}
_HEADER = ("utc_offset_s", "manufacturer", "laps", "faults", "reader_version")


@dataclass(slots=True)
class LedgerBuilder:
    """Rows of a ledger to be; every `add` returns the source key so that a test can change or delete the thing later."""

    home: Path
    athlete_id: str = "me"
    landed_at: datetime = LANDED_AT
    payloads: list[tuple[Any, ...]] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    tables: list[pa.Table] = field(default_factory=list)

    def land(self, source: str, entity: str, key: str, payload: Mapping[str, Any] | None, **where: Any) -> str:
        """Append a version of one thing; a payload of None is a tombstone."""
        athlete_id = where.get("athlete_id", self.athlete_id)
        version = 1 + sum(row[:4] == (athlete_id, source, entity, key) for row in self.payloads)
        body = None if payload is None else json.dumps(payload)
        digest = sha256((body or "").encode()).hexdigest()
        landed_at = where.get("landed_at", self.landed_at)
        self.payloads.append((athlete_id, source, entity, key, version, body, digest, payload is None, landed_at))
        return key

    def recording(
        self, started_at: datetime, *, source: str = "file", samples: pa.Table | None = None, **facts: Any
    ) -> str:
        """One recorded file with one session. Session fields override the defaults; None stays unknown."""
        where = {name: facts.pop(name) for name in ("athlete_id", "landed_at") if name in facts}
        header = {name: facts.pop(name) for name in _HEADER if name in facts}
        key = facts.pop("key", None) or sha256(f"{source}{where}{started_at.isoformat()}{facts}".encode()).hexdigest()
        duration_s = float(facts.pop("duration_s", 3000.0))
        session = {
            "started_at": started_at.isoformat(),
            "sport": "running",
            "sub_sport": None,
            "distance_m": 10000.0,
            "timer_s": duration_s,
            "elapsed_s": duration_s,
            "heart_rate_avg_bpm": None,
            "heart_rate_max_bpm": None,
        } | facts
        payload = {
            "format": "fit",
            "reader_version": header.get("reader_version", "1"),
            "manufacturer": header.get("manufacturer", "garmin"),
            "product": None,
            "serial_number": None,
            "utc_offset_s": header.get("utc_offset_s", 0),
            "faults": header.get("faults", []),
            "sample_count": 0 if samples is None else samples.num_rows,
            "sessions": [session],
            "laps": header.get("laps", []),
            "events": [],
        }
        if samples is not None:
            self.stream(key, samples, athlete_id=where.get("athlete_id", self.athlete_id))
        return self.land(source, "recording", key, payload, **where)

    def stream(self, file_sha256: str, samples: pa.Table, *, athlete_id: str) -> None:
        """The samples of a file."""
        for name, value in (("file_sha256", file_sha256), ("athlete_id", athlete_id)):
            samples = samples.append_column(name, pa.array([value] * samples.num_rows, type=pa.string()))
        self.tables.append(samples)

    def strava(self, activity_id: int, started_at: datetime, **cells: Any) -> str:
        """One row of a Strava archive. Keywords `sport`, `file_sha256` and the where of `land`; other cells by header."""
        where = {name: cells.pop(name) for name in ("athlete_id", "landed_at") if name in cells}
        sport, file_sha256 = cells.pop("sport", "run"), cells.pop("file_sha256", None)
        payload = {"Activity ID": str(activity_id), "Activity Type": sport.title()} | {
            name: str(value) for name, value in cells.items()
        }
        payload |= {"_started_at": started_at.isoformat(), "_sport": sport, "_file_sha256": file_sha256}
        return self.land("strava_archive", "activity", str(activity_id), payload, **where)

    def manual(
        self, activity_id: int, started_at: datetime, *, minutes: float, distance_m: float | None = None, **more: Any
    ) -> str:
        """A run typed in by hand: time, perhaps distance, nothing else."""
        cells: dict[str, Any] = {"Moving Time": minutes * 60, "Elapsed Time (2)": minutes * 60}
        if distance_m is not None:
            cells["Distance (2)"] = distance_m
        return self.strava(activity_id, started_at, **cells, **more)

    def night(self, wake_date: date, *, offset_s: int = 0, **cells: Any) -> str:
        """One WHOOP cycle whose night ends at seven o'clock local time."""
        where = {name: cells.pop(name) for name in ("athlete_id", "landed_at") if name in cells}
        wake_at = datetime(wake_date.year, wake_date.month, wake_date.day, 7, tzinfo=UTC) - timedelta(seconds=offset_s)
        asleep_at = wake_at - timedelta(hours=8)
        values = {
            "Recovery score %": 60,
            "Heart rate variability (ms)": 60,
            "Resting heart rate (bpm)": 50,
            "Respiratory rate (rpm)": 14.5,
            "Asleep duration (min)": 450,
            "Sleep need (min)": 480,
            "Sleep performance %": 90,
        } | cells
        payload: dict[str, Any] = {name: "" if value is None else str(value) for name, value in values.items()}
        payload |= {
            "_started_at": asleep_at.isoformat(),
            "_ended_at": (asleep_at + timedelta(days=1)).isoformat(),
            "_sleep_onset_at": asleep_at.isoformat(),
            "_wake_at": wake_at.isoformat(),
            "_utc_offset_s": offset_s,
        }
        return self.land("whoop_export", "cycle", asleep_at.isoformat(), payload, **where)

    def whoop_workout(
        self,
        started_at: datetime,
        *,
        minutes: float,
        name: str = "Running",
        offset_s: int = 0,
        cells: Mapping[str, object] | None = None,
        **where: Any,
    ) -> str:
        payload: dict[str, Any] = {"Activity name": name, "Duration (min)": str(minutes)}
        payload |= {header: str(value) for header, value in (cells or {}).items()}
        payload |= {
            "_started_at": started_at.isoformat(),
            "_ended_at": (started_at + timedelta(minutes=minutes)).isoformat(),
            "_utc_offset_s": offset_s,
        }
        return self.land("whoop_export", "workout", f"{started_at.isoformat()}|{name}", payload, **where)

    def athlete(self, **facts: Any) -> None:
        athlete_id = facts.pop("athlete_id", self.athlete_id)
        row = (athlete_id, self.landed_at, json.dumps({"athlete_id": athlete_id, "time_zone": "UTC"} | facts))
        self.rows.setdefault("coach.athletes", []).append(row)

    def revision(
        self, workouts: Sequence[Mapping[str, Any]], *, made_at: datetime, revision: int = 1, **more: Any
    ) -> None:
        """One plan revision with its workouts; the first also makes the plan active."""
        athlete_id, plan_id = more.get("athlete_id", self.athlete_id), more.get("plan_id", "plan-1")
        self.rows.setdefault("coach.plan_revisions", []).append(
            (athlete_id, plan_id, revision, made_at, made_at.date(), "planner", "", "{}", "[]")
        )
        if revision == 1:
            self.rows.setdefault("coach.plan_states", []).append((athlete_id, plan_id, "active", made_at))
        for number, workout in enumerate(workouts, start=1):
            facts: dict[str, Any] = {
                "workout_type": "easy",
                "title": "Easy run",
                "distance_m": 10000.0,
                "duration_s": 3000.0,
                "is_quality": False,
            }
            facts |= {"workout_id": f"w{number}", **workout}
            self.rows.setdefault("coach.planned_workouts", []).append(
                (
                    athlete_id,
                    plan_id,
                    revision,
                    facts["workout_id"],
                    facts["date"],
                    facts["workout_type"],
                    facts["title"],
                    facts["distance_m"],
                    facts["duration_s"],
                    facts["is_quality"],
                    "base",
                    1,
                    made_at,
                )
            )
            for segment_number, segment in enumerate(facts.get("segments", ()), start=1):
                part: dict[str, Any] = dict(_SEGMENT) | segment
                key = (athlete_id, plan_id, revision, facts["workout_id"], segment_number)
                self.rows.setdefault("coach.planned_segments", []).append((*key, *part.values(), made_at))

    def word(self, workout_id: str, verdict: str, *, said_at: datetime, **more: Any) -> None:
        """What the athlete said of a planned workout: done (with `recording_id`), not_this, not_done or skipped."""
        entry = {"plan_id": "plan-1", "workout_id": workout_id, "verdict": verdict}
        entry |= {name: value for name, value in more.items() if name in {"plan_id", "recording_id", "because"}}
        suffix = f"-{more['recording_id']}" if verdict == "not_this" else ""
        entry_id = more.get("entry_id", f"workout-{workout_id}{suffix}")
        self.rows.setdefault("coach.logbook", []).append(
            (
                more.get("athlete_id", self.athlete_id),
                entry_id,
                "workout",
                said_at.date(),
                said_at.date(),
                json.dumps(entry),
                said_at,
                more.get("is_withdrawn", False),
            )
        )

    def snapshot(self, path: Path, *, today: date, as_of_at: datetime | None = None) -> Path:
        """Write the build input for one day."""
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as con:
            con.execute("set timezone = 'UTC'")
            for migration in sorted((ROOT / "flows/migrations").glob("*.sql")):
                con.execute(migration.read_text())
            _insert(con, "raw.payloads", self.payloads)
            for table, rows in self.rows.items():
                _insert(con, table, rows)
            add_build_inputs(con, self._stream_files(path), today=today, as_of_at=as_of_at)
        return path

    def _stream_files(self, path: Path) -> list[Path]:
        if not self.tables:
            return []
        stream_file = path.with_suffix(".parquet")
        table = pa.concat_tables([table.select(STREAM_SCHEMA.names).cast(STREAM_SCHEMA) for table in self.tables])
        pq.write_table(table, stream_file, compression="zstd")
        return [stream_file]


def add_build_inputs(
    con: duckdb.DuckDBPyConnection, stream_files: Sequence[Path], *, today: date, as_of_at: datetime | None = None
) -> None:
    """Give a copied ledger what a build needs besides: the samples and the clock."""
    if stream_files:
        names = ", ".join(f"'{file}'" for file in stream_files)
        con.execute(f"create view raw.stream_samples as select * from read_parquet([{names}])")
    else:
        con.register("no_samples", STREAM_SCHEMA.empty_table())
        con.execute("create table raw.stream_samples as select * from no_samples")
        con.unregister("no_samples")
    as_of_at = as_of_at or datetime(today.year, today.month, today.day, 20, tzinfo=UTC)
    con.execute("create table raw.clock (as_of_at timestamptz, today_date date)")
    con.execute("insert into raw.clock values (?, ?)", [as_of_at, today])


def samples(
    started_at: datetime,
    *,
    speeds_m_per_s: Sequence[float],
    step_s: float = 1.0,
    heart_rates_bpm: Sequence[int | None] | int | None = None,
    altitudes_m: Sequence[float] | None = None,
    cadences_rpm: Sequence[float] | float | None = 85.0,
) -> pa.Table:
    """A stream of evenly spaced samples that runs at the given speeds."""
    count = len(speeds_m_per_s)
    distances, covered = [], 0.0
    for number, speed in enumerate(speeds_m_per_s):
        covered += speed * step_s if number else 0.0
        distances.append(covered)
    columns: dict[str, Any] = {
        "sample_at": [started_at + timedelta(seconds=step_s * number) for number in range(count)],
        "latitude_deg": [50.0 + d / 111_000 for d in distances],
        "longitude_deg": [8.0] * count,
        "distance_m": distances,
        "speed_m_per_s": list(speeds_m_per_s),
        "altitude_m": [100.0] * count if altitudes_m is None else list(altitudes_m),
        "heart_rate_bpm": _spread(heart_rates_bpm, count),
        "cadence_rpm": _spread(cadences_rpm, count),
    }
    filled = {name: columns.get(name, [None] * count) for name in STREAM_SCHEMA.names[2:]}
    return pa.table(filled, schema=pa.schema(list(STREAM_SCHEMA)[2:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A warehouse that dbt has built and closed."""

    warehouse: Path
    succeeded: bool
    seconds: Mapping[str, float]
    messages: tuple[str, ...]
    shown: tuple[dict[str, Any], ...] = ()

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            yield con

    def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        with self.open() as con:
            result = con.execute(sql, list(arguments))
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str, *arguments: Any) -> dict[str, Any]:
        (only,) = self.rows(sql, *arguments)
        return only


def run_dbt(*command: str, warehouse: Path, snapshot: Path) -> Build:
    """Run one dbt command in this process and close its connection, so that the file may be opened or moved.

    What dbt writes lies in the folder `target` beside the warehouse.
    """
    assert warehouse.name == NEXT, f"dbt builds into a file named {NEXT}"
    folder = warm.dbt_folder(warehouse.parent)
    answer = transform.invoke(folder, list(command), warehouse=warehouse, snapshot=snapshot)
    results = list(getattr(answer.result, "results", []) or [])
    messages = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail", "warn")]
    if answer.exception is not None:
        messages.append(str(answer.exception))
    seconds = {result.node.name: result.execution_time for result in results}
    shown = tuple(
        dict(row) for r in results if getattr(r, "agate_table", None) is not None for row in r.agate_table.rows
    )
    return Build(warehouse=warehouse, succeeded=answer.success, seconds=seconds, messages=tuple(messages), shown=shown)


def evaluate(sql: str, *, warehouse: Path, snapshot: Path) -> dict[str, Any]:
    """The one row that a query written with the project's macros gives."""
    answer = run_dbt("show", "--inline", sql, "--limit", "-1", warehouse=warehouse, snapshot=snapshot)
    assert answer.succeeded, "\n".join(answer.messages)
    return answer.shown[0]


def build(warehouse: Path, snapshot: Path, *more: str) -> Build:
    """Build the whole warehouse as the morning does, and fail the test with dbt's words if it does not succeed."""
    built = run_dbt("build", "--exclude-resource-type", "unit_test", *more, warehouse=warehouse, snapshot=snapshot)
    assert built.succeeded, "\n".join(built.messages)
    return built


def build_lean(warehouse: Path, snapshot: Path) -> Build:
    """The same without dbt's data tests, for marts that a test holds against known numbers anyway."""
    return build(warehouse, snapshot, "--exclude-resource-type", "test")


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"insert into {table} values ({marks})", rows)


def _spread(value: Sequence[Any] | float | None, count: int) -> list[Any]:
    return list(value) if isinstance(value, Sequence) else [value] * count
