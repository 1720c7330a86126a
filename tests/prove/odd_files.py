"""Recordings whose samples have holes, jumps, no time, repeated instants, huge values or no numbers at all: no build fails by
them, what is measured of the others stays as it is, and one with at most a bad sample in a hundred is measured all the same.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from connectors.errors import Skipped
from connectors.files import read_activity_file
from connectors.files.recording import Found, decoded
from connectors.files.streams import SAMPLE_SCHEMA
from connectors.sample import write_takeouts
from tests.builders.planted import build_in, copied_project, plant
from tests.builders.warehouse import NEXT, ROOT, LedgerBuilder

_DATA = ROOT.parent / "shared" / "data" / "fit_tcx_gpx"
_FIRST_AT = datetime(2026, 1, 1, 6, tzinfo=UTC)
# What was measured and cannot be: no number, or further and higher than anybody goes.
_BEYOND = """
    select file_sha256, distance_m, elevation_gain_m from intermediate.int_recordings_measured
    where not coalesce(isfinite(distance_m) and distance_m between 0 and 1e6, true)
        or not coalesce(isfinite(elevation_gain_m) and elevation_gain_m between 0 and 1e5, true)
"""
_LEAST_SAMPLES = 600
_MOST_BASES = 24
_FEW = 0.008  # of all samples; one in a hundred is borne
_UNTOUCHED, _ODD, _OTHER = "untouched", "odd", "other"

Columns = dict[str, list[Any]]
Mutation = Callable[[Columns, Sequence[int], Random], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A recording as it was decoded: its samples from second 0 on, and what its device says of it."""

    name: str
    samples: Columns
    session: Mapping[str, Any]


def _shifted(seconds: float) -> Mutation:
    def mutate(columns: Columns, at: Sequence[int], random: Random) -> None:
        for number in at:
            columns["sample_at"][number] += timedelta(seconds=seconds)

    return mutate


def _hole(columns: Columns, at: Sequence[int], random: Random) -> None:
    from_here = random.randrange(1, len(columns["sample_at"]))
    length = timedelta(seconds=random.choice([45, 400, 4 * 3600, 15 * 3600]))
    columns["sample_at"][from_here:] = [instant + length for instant in columns["sample_at"][from_here:]]


def _repeated(columns: Columns, at: Sequence[int], random: Random) -> None:
    for number in at:
        columns["sample_at"][number] = columns["sample_at"][at[0]]


def _no_time(columns: Columns, at: Sequence[int], random: Random) -> None:
    columns["sample_at"] = [columns["sample_at"][0]] * len(columns["sample_at"])


def _valued(
    *values: float, names: Sequence[str] = ("distance_m", "speed_m_per_s", "altitude_m", "cadence_rpm")
) -> Mutation:
    def mutate(columns: Columns, at: Sequence[int], random: Random) -> None:
        for name in names:
            value = random.choice(values)
            for number in at:
                columns[name][number] = value

    return mutate


def _turned(columns: Columns, at: Sequence[int], random: Random) -> None:
    columns["distance_m"].reverse()


def _hearts(columns: Columns, at: Sequence[int], random: Random) -> None:
    for number in at:
        columns["heart_rate_bpm"][number] = random.choice([0, -1, 255, 32767])


def _cut(columns: Columns, at: Sequence[int], random: Random) -> None:
    left = random.choice([0, 1, 2, 20])
    for name in columns:
        del columns[name][left:]


_MUTATIONS: Mapping[str, Mutation] = {
    "hole": _hole,
    "back": _shifted(-900),
    "far back": _shifted(-40 * 86_400),
    "ahead": _shifted(2 * 86_400),
    "repeated": _repeated,
    "no time": _no_time,
    "huge": _valued(1e12, 3e38, -3e38, 1e6 + 1),
    "no number": _valued(float("nan"), float("inf"), float("-inf")),
    "nothing": _valued(float("nan")),
    "turned": _turned,
    "hearts": _hearts,
    "cut": _cut,
}
# Of these every sample that was touched is odd, whatever else it says.
_COUNTED = {"huge", "no number"}


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """`n` odd recordings beside as many as there are bases untouched, built with and without them.

    Sabotage `every-clock-is-right` builds by a project that takes a sample of another week for one of this run.
    """
    random = Random(seed)
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch:
        folder = Path(scratch)
        bases = _bases(folder, random)
        project = ROOT
        if sabotage == "every-clock-is-right":
            project = copied_project(folder / "project")
            bound = "<= sample_rules.recording_longest_s, true"
            plant(project, "dbt_project/macros/samples.sql", bound, f"{bound}) or (true")
        landed: dict[str, bool] = {}
        warehouses = {}
        for world in ("with", "without"):
            ledger = LedgerBuilder(folder / world)
            ledger.home.mkdir()
            for athlete_id in ("me", "other"):
                ledger.athlete(athlete_id=athlete_id, max_heart_rate_bpm=190, resting_heart_rate_bpm=50)
            for number, base in enumerate(bases):
                at, samples = _at(2 * number), _table(_from(base.samples, _at(2 * number)))
                ledger.recording(at, key=f"{_UNTOUCHED}-{number}", samples=samples, **base.session)
                ledger.recording(at, key=f"{_OTHER}-{number}", samples=samples, athlete_id="other", **base.session)
            if world == "with":
                landed = _odd_ones(ledger, bases, n, random, counts)
            snapshot = ledger.snapshot(
                folder / f"{world}.snapshot.duckdb", today=_at(2 * max(n, len(bases)) + 3).date()
            )
            warehouses[world] = ledger.home / NEXT
            if why := build_in(project, warehouses[world], snapshot):
                faults.append(f"the build {world} the odd recordings failed: {why}")
                break
        if not faults:
            faults += _differences(warehouses["without"], warehouses["with"])
            faults += _unheard_of(warehouses["with"], landed, counts)
    return {
        "holds": not faults and counts["with few bad samples"] > 0,
        "bases": len(bases),
        **{name.replace(" ", "_"): count for name, count in sorted(counts.items())},
        "fault_count": len(faults),
        "faults": faults[:8],
    }


def _bases(folder: Path, random: Random) -> list[Base]:
    """Real recordings where they lie beside the checkout, and the sample athlete's."""
    takeouts = write_takeouts(
        folder / "takeouts", seed=random.randrange(1000), today=date(2026, 5, 20), since=date(2026, 4, 1)
    )
    files = sorted(path for path in takeouts.watch_folder.rglob("*") if path.is_file())
    real = sorted(path for path in _DATA.rglob("*") if path.suffix.lower() in {".fit", ".gpx", ".tcx"})
    random.shuffle(files)
    random.shuffle(real)
    found: list[Base] = []
    for path in [*real, *files]:
        base = _decoded(path)
        if base is not None:
            found.append(base)
        if len(found) == _MOST_BASES:
            break
    return found


def _decoded(path: Path) -> Base | None:
    try:
        file = read_activity_file(path.read_bytes(), name=path.name)
    except Skipped:
        return None
    session = file.payload["sessions"][0]
    is_run = session["sport"] in (None, "running")
    samples = file.samples.to_pydict()
    if not is_run or len(samples["sample_at"]) < _LEAST_SAMPLES or not session["distance_m"] or not session["timer_s"]:
        return None
    said = ("distance_m", "timer_s", "elapsed_s", "heart_rate_avg_bpm", "heart_rate_max_bpm")
    return Base(name=path.name, samples=samples, session={name: session[name] for name in said})


def _odd_ones(
    ledger: LedgerBuilder, bases: Sequence[Base], n: int, random: Random, counts: Counter[str]
) -> dict[str, bool]:
    """Land the odd ones on days of their own, as a device or our reader sums them up; key → whether it must be measured."""
    names, landed = list(_MUTATIONS), {}
    for number in range(n):
        base, kind = random.choice(bases), names[number % len(names)]
        columns = _from(base.samples, _at(2 * number + 1))
        size = len(columns["sample_at"])
        is_few, is_summed = random.random() < 0.5, random.random() < 0.5
        touched = max(1, int(size * (_FEW if is_few else random.uniform(0.02, 0.9))))
        _MUTATIONS[kind](columns, sorted(random.sample(range(size), touched)), random)
        key = f"{_ODD}-{number}-{kind}"
        counts[kind] += 1
        if not is_summed:
            ledger.recording(_at(2 * number + 1), key=key, samples=_table(columns), **base.session)
        elif not _land_read(ledger, key, columns):
            counts["refused by the reader"] += 1
            continue
        landed[key] = is_few and kind in _COUNTED
        counts["with few bad samples"] += landed[key]
    return landed


def _land_read(ledger: LedgerBuilder, key: str, columns: Columns) -> bool:
    """What our reader makes of these samples alone, as of a track without a summary; False when it finds nothing to take."""
    known = {
        name: np.array([nan if value is None else float(value) for value in values])
        for name, values in columns.items()
        if name != "sample_at"
    }
    known["sample_at"] = np.array([instant.timestamp() for instant in columns["sample_at"]])
    try:
        file = decoded(Found(format="gpx", columns=known, sport="running"), now=None)
    except Skipped:
        return False
    ledger.stream(key, file.samples, athlete_id=ledger.athlete_id)
    ledger.land("file", "recording", key, file.payload)
    return True


def _at(day: int) -> datetime:
    return _FIRST_AT + timedelta(days=day)


def _from(columns: Columns, started_at: datetime) -> Columns:
    """The same samples from another instant on."""
    shift = started_at - columns["sample_at"][0]
    return {**{k: list(v) for k, v in columns.items()}, "sample_at": [at + shift for at in columns["sample_at"]]}


def _table(columns: Columns) -> pa.Table:
    return pa.table(columns, schema=pa.schema([field for field in SAMPLE_SCHEMA if field.name in columns]))


def _differences(without: Path, with_them: Path) -> list[str]:
    """Rows of untouched recordings and of the other athlete that are not the same in both builds."""
    compared = {
        f"{table} of untouched recordings": f"from intermediate.{table} where file_sha256 like '{_UNTOUCHED}-%'"
        for table in ("int_recordings_measured", "int_reps_detected", "int_files_judged")
    } | {
        f"{table} of another athlete": f"from marts.{table} where athlete_id = 'other'"
        for table in ("activities", "best_efforts", "laps", "athlete_weeks")
    }
    faults = []
    for what, query in compared.items():
        rows = []
        for warehouse in (without, with_them):
            with duckdb.connect(str(warehouse), read_only=True) as con:
                rows.append(sorted(repr(_rounded(row)) for row in con.execute(query).fetchall()))
        if not rows[0] and "laps" not in what:
            faults.append(f"no {what}")
        if rows[0] != rows[1]:
            faults.append(f"{len(set(rows[0]) ^ set(rows[1]))} rows differ in {what}")
    return faults


def _rounded(value: Any) -> Any:
    """The value without the last bits of its numbers: more rows are added up in another order."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def _unheard_of(warehouse: Path, landed: Mapping[str, bool], counts: Counter[str]) -> list[str]:
    """Odd recordings that are in no activity and not on the data page, figures that cannot be, and good ones not measured."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        told = "select recording_id from marts.recording_faults union select recording_id from marts.recordings"
        known = {str(name) for (name,) in con.execute(told).fetchall()}
        moved = "select file_sha256 from intermediate.int_recordings_measured where moving_s > 0"
        measured = {str(key) for (key,) in con.execute(moved).fetchall()}
        beyond = con.execute(_BEYOND).fetchall()
        doubted = "select count(*) from intermediate.int_files_judged where not is_believed"
        counts["not believed"] += con.execute(doubted).fetchall()[0][0]
    return (
        [f"{key} was measured as {metres} m, {climbed} m up" for key, metres, climbed in beyond]
        + [f"{key} is nowhere" for key in landed if f"file:{key[:16]}" not in known]
        + [
            f"{key} has few bad samples and was not measured"
            for key, is_few in landed.items()
            if is_few and key not in measured
        ]
    )
