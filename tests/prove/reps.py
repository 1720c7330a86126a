"""Repetitions are found where they were run and nowhere else: drawn workouts and runs without any, through a real build."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any
from unittest.mock import patch

from dbt_project import reps as detection
from tests.builders.warehouse import NEXT, Build, LedgerBuilder, run_dbt
from tests.prove._workouts import NULLS, SHAPES, DrawnRun, TrueRep, draw, moved_to

_FIRST = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
_COUNT_EXACT_MIN = 0.97
_NONE_INVENTED_MIN = 0.99
_PACE_ERROR_MAX_S_PER_KM = 2.0
_REST_ERROR_MAX_S = 5.0
_PACED_FROM_S = 60.0


@dataclass(slots=True)
class _Tally:
    """How one shape was found over all seeds."""

    runs: int = 0
    exact: int = 0
    pace_errors: list[float] = field(default_factory=list)
    rest_errors: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def count(self, true: Sequence[TrueRep], found: Sequence[dict[str, Any]], seed: int) -> None:
        self.runs += 1
        if len(true) != len(found):
            self.missed.append(f"seed {seed}: {len(found)} for {len(true)}")
            return
        self.exact += 1
        for rep, seen in zip(true, found, strict=True):
            if rep.duration_s >= _PACED_FROM_S:
                self.pace_errors.append(abs(seen["pace_s_per_km"] - rep.pace_s_per_km))
        for (rep, following), seen in zip(pairwise(true), found, strict=False):
            self.rest_errors.append(abs(seen["rest_after_s"] - (following.started_s - rep.ended_s)))


def run(n: int, seed: int, sabotage: str = "") -> dict[str, Any]:
    """Draw every shape n times, build once, compare with what was run. Seeds below zero belong to the tuning.

    Sabotage `all-is-meant` takes every faster stretch for a rep.
    """
    began = perf_counter()
    shapes = [*SHAPES, *NULLS]
    seeds = [1000 * abs(seed) + number for number in range(n)]
    with tempfile.TemporaryDirectory() as folder:
        with patch.object(detection, "_is_meant", return_value=True) if sabotage == "all-is-meant" else nullcontext():
            truth, built = _built(Path(folder), shapes, seeds)
        found = _found(built)
        build_s = sum(built.seconds.values())
        detect_s = built.seconds["int_reps_detected"]
    tallies = {shape: _Tally() for shape in shapes}
    for (shape, number), reps in truth.items():
        tallies[shape].count(reps, found.get((f"seed-{number}", shape), []), number)
    figures = _figures(tallies)
    return {
        **figures,
        "build_s": round(build_s, 1),
        "detect_s": round(detect_s, 1),
        "seconds": round(perf_counter() - began, 1),
    }


def _built(
    folder: Path, shapes: Sequence[str], seeds: Sequence[int]
) -> tuple[dict[tuple[str, int], tuple[TrueRep, ...]], Build]:
    """One athlete for each seed, one day for each shape, one build for all."""
    ledger, truth = LedgerBuilder(folder), {}
    for number in seeds:
        athlete_id = f"seed-{number}"
        ledger.athlete(athlete_id=athlete_id)
        for day, shape in enumerate(shapes):
            drawn = draw(shape, number)
            truth[shape, number] = drawn.reps
            _record(ledger, drawn, athlete_id, _FIRST + timedelta(days=day))
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=(_FIRST + timedelta(days=len(shapes))).date())
    warehouse = folder / NEXT
    assert run_dbt("seed", warehouse=warehouse, snapshot=snapshot).succeeded
    built = run_dbt("run", "--select", "+reps", "int_structures_worded", warehouse=warehouse, snapshot=snapshot)
    assert built.succeeded, "\n".join(built.messages)
    return truth, built


def _record(ledger: LedgerBuilder, drawn: DrawnRun, athlete_id: str, started_at: datetime) -> None:
    ledger.recording(
        started_at,
        athlete_id=athlete_id,
        key=f"{drawn.shape}/{athlete_id}",
        samples=moved_to(drawn.samples, started_at),
        distance_m=drawn.distance_m,
        duration_s=drawn.duration_s,
        sub_sport="trail" if drawn.is_trail else None,
    )


def _found(built: Build) -> dict[tuple[str, str], list[dict[str, Any]]]:
    rows = built.rows(
        """
        select
            reps.athlete_id, split_part(merged.stream.file_sha256, '/', 1) as shape, reps.pace_s_per_km, reps.rest_after_s
        from marts.reps
        inner join intermediate.int_activities_merged as merged using (athlete_id, activity_id)
        order by reps.athlete_id, reps.activity_id, reps.rep_number
        """
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["athlete_id"], row["shape"]), []).append(row)
    return found


def _figures(tallies: dict[str, _Tally]) -> dict[str, Any]:
    worked, empty = [tallies[name] for name in SHAPES], [tallies[name] for name in NULLS]
    exact = sum(t.exact for t in worked) / sum(t.runs for t in worked)
    empty_runs = sum(t.runs for t in empty)
    invented = empty_runs - sum(t.exact for t in empty)
    pace = fmean(error for t in worked for error in t.pace_errors)
    rest = fmean(error for t in worked for error in t.rest_errors)
    return {
        "holds": exact >= _COUNT_EXACT_MIN
        # One among fewer than a hundred runs cannot tell one in a hundred from one in a thousand.
        and invented <= max(1, (1 - _NONE_INVENTED_MIN) * empty_runs)
        and pace <= _PACE_ERROR_MAX_S_PER_KM
        and rest <= _REST_ERROR_MAX_S,
        "runs": sum(t.runs for t in tallies.values()),
        "count_exact": round(exact, 4),
        "worst_shape": min((t.exact / t.runs, name) for name, t in tallies.items() if name in SHAPES),
        "none_invented": round(1 - invented / empty_runs, 4),
        "worst_without": min((t.exact / t.runs, name) for name, t in tallies.items() if name in NULLS),
        "pace_error_s_per_km": round(pace, 2),
        "rest_error_s": round(rest, 2),
        "missed": {name: t.missed[:5] for name, t in tallies.items() if t.missed},
    }
