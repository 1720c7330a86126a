"""One athlete's years of recorded runs, a sample a second, and nights, landed in a home as an import leaves them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files.streams import STREAM_SCHEMA
from flows.home import Home
from flows.ledger import migrate

_ATHLETE = "me"
_RUNS_PER_FILE = 300
_FAST_AND_SLOW_S = 240
Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Run:
    """What a watch recorded of one run, and the key under which it landed."""

    key: str
    started_at: datetime
    distance_m: Column
    speed_m_per_s: Column
    altitude_m: Column
    heart_rate_bpm: Column


def write_decade(root: Path, *, today: date, runs: int = 3_000, years: int = 10, seed: int = 1) -> Home:
    """A home with `runs` evenly spread over `years`, of which the last run and night are tomorrow's and land tomorrow.

    A snapshot as of today therefore lacks them, and one as of tomorrow is the next morning's.
    """
    home = Home(root)
    home.prepare()
    migrate(home.ledger)
    random = np.random.default_rng(seed)
    tomorrow = today + timedelta(days=1)
    days = [tomorrow - timedelta(days=round((runs - 1 - number) * 365.25 * years / runs)) for number in range(runs)]
    payloads, streams = [], []
    for first in range(0, runs, _RUNS_PER_FILE):
        # The last run came by itself.
        for numbers in _apart(range(first, min(first + _RUNS_PER_FILE, runs)), last=runs - 1):
            recorded = [_run(number, days[number], random) for number in numbers]
            name = f"{_ATHLETE}/{numbers[0]:05}.parquet"
            _write(home.streams / name, recorded)
            for run in recorded:
                landed_at = _landed_at(run.started_at.date(), today)
                payloads.append(("file", "recording", run.key, json.dumps(_recording(run)), landed_at))
                streams.append((_ATHLETE, run.key, name, len(run.distance_m), landed_at))
    for ago in range(round(365.25 * years)):
        wake_date = tomorrow - timedelta(days=ago)
        key, payload = _night(wake_date, random)
        payloads.append(("whoop_export", "cycle", key, json.dumps(payload), _landed_at(wake_date, today)))
    with duckdb.connect(str(home.ledger)) as con:
        con.execute("set TimeZone = 'UTC'")
        columns = [pa.array(column) for column in zip(*payloads, strict=True)]
        con.register("landed", pa.table(columns, names=["source", "entity", "source_key", "payload", "landed_at"]))
        con.execute(
            "insert into raw.payloads select ?, source, entity, source_key, 1, payload, sha256(payload), false, landed_at "
            "from landed",
            [_ATHLETE],
        )
        con.register(
            "stored", pa.table([pa.array(column) for column in zip(*streams, strict=True)], names=list("abcde"))
        )
        con.execute("insert into raw.streams select * from stored")
        facts = {"athlete_id": _ATHLETE, "time_zone": "UTC", "birth_year": 1985, "sex": "f"}
        con.execute(
            "insert into coach.athletes values (?, ?, ?)", [_ATHLETE, _landed_at(today, today), json.dumps(facts)]
        )
    return home


def _apart(numbers: range, *, last: int) -> list[range]:
    if numbers[-1] == last and len(numbers) > 1:
        return [numbers[:-1], numbers[-1:]]
    return [numbers]


def _landed_at(day: date, today: date) -> datetime:
    return datetime.combine(max(day, today), time(5 if day <= today else 7), tzinfo=UTC)


def _run(number: int, day: date, random: np.random.Generator) -> _Run:
    """Every fifth run is intervals, every seventh is long; the hills and the heart wander as they do."""
    seconds = 2_400 + 300 * (number % 5) + (3_600 if number % 7 == 0 else 0)
    clock_s = np.arange(seconds)
    wanted = np.full(seconds, 3.0)
    if number % 5 == 1:
        is_work = (clock_s // _FAST_AND_SLOW_S % 2 == 1) & (clock_s > 900) & (clock_s < seconds - 600)
        wanted = np.where(is_work, 4.2, 2.6)
    noise = np.convolve(random.normal(0, 0.4, seconds), np.ones(15) / 15, mode="same")
    speed = np.maximum(wanted + noise, 0.5)
    distance = np.cumsum(speed)
    lagged = np.convolve(np.pad(speed, (60, 0), mode="edge"), np.ones(61) / 61, mode="valid")
    return _Run(
        key=hashlib.sha256(f"run {number}".encode()).hexdigest(),
        started_at=datetime.combine(day, time(5), tzinfo=UTC) + timedelta(seconds=number * 7 % 3_000),
        distance_m=distance,
        speed_m_per_s=speed,
        altitude_m=100 + 20 * np.sin(distance / 700) + np.cumsum(random.normal(0, 0.03, seconds)),
        heart_rate_bpm=np.clip(60 + 28 * lagged + clock_s / 600, 60, 190).round(),
    )


def _write(path: Path, runs: list[_Run]) -> None:
    counts = [len(run.distance_m) for run in runs]
    rows = sum(counts)
    starts = np.repeat([round(run.started_at.timestamp() * 1000) for run in runs], counts)
    seconds = np.concatenate([np.arange(count) for count in counts])
    distance = np.concatenate([run.distance_m for run in runs])
    columns: dict[str, Any] = {
        "athlete_id": np.repeat([_ATHLETE], rows),
        "file_sha256": np.repeat([run.key for run in runs], counts),
        "sample_at": (starts + 1000 * seconds).astype("datetime64[ms]"),
        "latitude_deg": 50 + distance / 111_000,
        "longitude_deg": np.full(rows, 8.0),
        "distance_m": distance,
        "speed_m_per_s": np.concatenate([run.speed_m_per_s for run in runs]).astype(np.float32),
        "altitude_m": np.concatenate([run.altitude_m for run in runs]).astype(np.float32),
        "heart_rate_bpm": np.concatenate([run.heart_rate_bpm for run in runs]).astype(np.int16),
        "cadence_rpm": np.full(rows, 84.0, dtype=np.float32),
    }
    arrays = [
        pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in STREAM_SCHEMA
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_arrays(arrays, schema=STREAM_SCHEMA), path, compression="zstd")


def _recording(run: _Run) -> dict[str, Any]:
    """The file's summary, with a lap for each kilometre."""
    ends = np.searchsorted(run.distance_m, np.arange(1000, run.distance_m[-1], 1000))
    bounds = [0, *(int(end) for end in ends), len(run.distance_m)]
    laps = [
        _sums(run, first, after) | {"session": 0, "intensity": None, "trigger": "distance"}
        for first, after in pairwise(bounds)
        if after > first
    ]
    return {
        "format": "fit",
        "reader_version": "1",
        "manufacturer": "garmin",
        "product": "fr255",
        "serial_number": "1",
        "utc_offset_s": 0,
        "is_course": False,
        "faults": [],
        "sample_count": len(run.distance_m),
        "sessions": [_sums(run, 0, len(run.distance_m)) | {"sport": "running", "sub_sport": "generic"}],
        "laps": laps,
        "events": [],
    }


def _sums(run: _Run, first: int, after: int) -> dict[str, Any]:
    return {
        "started_at": (run.started_at + timedelta(seconds=first)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "distance_m": round(float(run.distance_m[after - 1] - (run.distance_m[first - 1] if first else 0)), 2),
        "timer_s": float(after - first),
        "elapsed_s": float(after - first),
        "heart_rate_avg_bpm": round(float(run.heart_rate_bpm[first:after].mean()), 1),
        "heart_rate_max_bpm": float(run.heart_rate_bpm[first:after].max()),
        "cadence_avg_rpm": 84.0,
        "derived": False,
    }


def _night(wake_date: date, random: np.random.Generator) -> tuple[str, dict[str, Any]]:
    asleep_at = datetime.combine(wake_date - timedelta(days=1), time(22), tzinfo=UTC)
    begins = asleep_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    cells = {
        "Recovery score %": str(random.integers(30, 99)),
        "Heart rate variability (ms)": str(random.integers(45, 75)),
        "Resting heart rate (bpm)": str(random.integers(44, 52)),
        "Respiratory rate (rpm)": "14.2",
        "Asleep duration (min)": str(random.integers(390, 480)),
        "Sleep need (min)": "475",
        "Sleep performance %": "90",
        "_started_at": begins,
        "_ended_at": (asleep_at + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "_sleep_onset_at": begins,
        "_wake_at": (asleep_at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "_utc_offset_s": 0,
    }
    return begins, cells
