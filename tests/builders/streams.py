"""Recordings sample by sample with what sensors do to them: noise, holes, stops, jumps, dry straps and counted steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.files.streams import STREAM_SCHEMA
from tests.builders.warehouse import Build, LedgerBuilder, run_dbt

Values: TypeAlias = npt.NDArray[np.float64]

FIRST = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a watch wrote: seconds since the start and what it measured then; nan is nothing."""

    at_s: Values
    distance_m: Values
    altitude_m: Values | None = None
    heart_rate_bpm: Values | None = None
    cadence_spm: Values | None = None

    def table(self, started_at: datetime) -> pa.Table:
        instants = (round(started_at.timestamp() * 1e6) + self.at_s * 1e6).astype("int64")
        known: dict[str, pa.Array] = {
            "sample_at": pa.array(instants, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "latitude_deg": pa.array(50 + self.distance_m / 111_000),
            "longitude_deg": pa.array(np.full(len(self.at_s), 8.0)),
            "distance_m": pa.array(self.distance_m),
        }
        for name, values in (
            ("altitude_m", self.altitude_m),
            ("heart_rate_bpm", None if self.heart_rate_bpm is None else np.round(self.heart_rate_bpm)),
            ("cadence_rpm", None if self.cadence_spm is None else self.cadence_spm / 2),
        ):
            if values is not None:
                known[name] = pa.array(values, from_pandas=True)
        columns = list(STREAM_SCHEMA)[2:]
        arrays = [
            known[column.name].cast(column.type) if column.name in known else pa.nulls(len(self.at_s), column.type)
            for column in columns
        ]
        return pa.Table.from_arrays(arrays, schema=pa.schema(columns))


def record(ledger: LedgerBuilder, name: str, day: int, stream: Stream) -> None:
    """Land a stream as the file called `name`, with the averages that a watch would write into it."""
    started_at = FIRST + timedelta(days=day)
    heart_rate = stream.heart_rate_bpm
    ledger.recording(
        started_at,
        key=name,
        samples=stream.table(started_at),
        distance_m=float(stream.distance_m[-1]),
        duration_s=float(stream.at_s[-1]),
        heart_rate_avg_bpm=None if heart_rate is None else float(np.nanmean(heart_rate)),
        heart_rate_max_bpm=None if heart_rate is None else float(np.nanmax(heart_rate)),
    )


def build_models(ledger: LedgerBuilder, *models: str) -> Build:
    """Only these models and what they need, without the tests of the others."""
    snapshot = ledger.snapshot(ledger.home / "snapshot.duckdb", today=(FIRST + timedelta(days=100)).date())
    kinds = ("--resource-type", "model", "--resource-type", "seed")
    chosen = [f"+{model}" for model in models]
    warehouse = ledger.home / "warehouse.next.duckdb"
    built = run_dbt("build", *kinds, "--select", *chosen, warehouse=warehouse, snapshot=snapshot)
    assert built.succeeded, "\n".join(built.messages)
    return built


def even(speeds_m_per_s: Values, **more: Values) -> Stream:
    """A sample a second; the first stands at the start."""
    at_s = np.arange(len(speeds_m_per_s), dtype=float)
    return Stream(at_s=at_s, distance_m=np.cumsum(speeds_m_per_s) - speeds_m_per_s[0], **more)


def wandering(count: int, *, sd: float, lasting_s: float, rng: np.random.Generator) -> Values:
    """Noise of a given size that forgets itself over `lasting_s` seconds (AR(1) at one a second)."""
    keep = float(np.exp(-1 / lasting_s))
    steps = rng.normal(0, sd * np.sqrt(1 - keep**2), count)
    values = np.empty(count)
    values[0] = rng.normal(0, sd)
    for second in range(1, count):
        values[second] = keep * values[second - 1] + steps[second]
    return values


def kept(stream: Stream, choose: Callable[[Values], npt.NDArray[np.bool_]]) -> Stream:
    """The samples at chosen seconds only: a watch that was paused, or that records when something changes."""
    chosen = choose(stream.at_s)

    def of(values: Values | None) -> Values | None:
        return None if values is None else values[chosen]

    return Stream(
        at_s=stream.at_s[chosen],
        distance_m=stream.distance_m[chosen],
        altitude_m=of(stream.altitude_m),
        heart_rate_bpm=of(stream.heart_rate_bpm),
        cadence_spm=of(stream.cadence_spm),
    )
