"""Recordings of one run become one activity, those of different runs never do, and no distance is counted twice, whatever
the devices do and in whatever order things arrive: `make prove WHAT=merge N=40 SEED=7`.

Every world is landed as two athletes of one ledger, in two orders; dbt builds them at once, and their marts are compared.
A recording that holds several runs in one piece belongs to any one of them, and so does one that hides its start on a day of
several runs alike.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from tests.builders.planted import build_in, copied_project, plant
from tests.builders.warehouse import Build, LedgerBuilder, build
from tests.prove._devices import LAST_DAY, World, land, new_world

_LEAST = 0.995
_ORDERS = ("one", "other")
# Names follow the order of arrival, as documented; nothing else does.
_NAMES = {
    "recordings": ("activity_id",),
    "activities": ("activity_id",),
    "athlete_days": (),
    "athlete_weeks": ("long_run_activity_id",),
}
_COUNTED = (
    "runs",
    "recordings",
    "activities",
    "covers",
    "true_pairs",
    "different_runs_merged",
    "counted_twice",
    "differing_rows",
)
_PLANTS = {
    # What begins soon after another is one run with it, also where they hardly share a minute.
    "neighbours-are-one": (
        ("int_recordings_joined", "< 0.3 * least(one.lasting_s, other.lasting_s)", "< -86400"),
        (
            "int_recordings_paired",
            "when start_gap_s <= 120 and ((overlap_s > 0 and rough_kind is null) or shorter_s = 0) then",
            "when start_gap_s <= 2400 then",
        ),
    ),
    # Recordings at the same time stay apart.
    "copies-stay-apart": (
        ("int_recordings_paired", "when is_overlapping and (is_same_distance or is_same_pace) then", "when false then"),
    ),
}
# A device's own error of distance; beyond it something was counted twice.
_MOST, _SLACK_M = 1.08, 100.0


@dataclass(slots=True)
class Figures:
    """What all worlds came to."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def share(self, part: str, whole: str) -> float:
        return round(self.counts[part] / self.counts[whole], 5) if self.counts[whole] else 1.0


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """Merge n athletes' recordings; the figures say how many pairs were found, and holds only if none was wrong.

    Sabotage builds by a project in which the words of that name are planted.
    """
    began_at = time.monotonic()
    worlds = {f"w{number}": new_world(f"{seed} {number}") for number in range(n)}
    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        built = _built(Path(name), worlds, seed, sabotage)
        for world_name, world in worlds.items():
            _judge(figures, built, world_name, world)
            figures.counts["differing_rows"] += _differences(built, world_name, figures.problems)
    precision, recall = figures.share("right_pairs", "found_pairs"), figures.share("right_pairs", "true_pairs")
    counts = figures.counts
    return {
        "holds": precision >= _LEAST
        and recall >= _LEAST
        and counts["different_runs_merged"] == 0
        and counts["differing_rows"] == 0
        # A few worlds are too few to tell one in a thousand from one in a hundred.
        and counts["counted_twice"] <= max(1, (1 - _LEAST) * counts["runs"]),
        "precision": precision,
        "recall": recall,
        "covers_placed": figures.share("covers_placed", "covers"),
        "distance_ratio": round(counts["found_m"] / counts["true_m"], 4) if counts["true_m"] else None,
        **{name: counts[name] for name in _COUNTED},
        "problems": figures.problems[:8],
        "seconds": round(time.monotonic() - began_at, 1),
    }


def _built(folder: Path, worlds: dict[str, World], seed: int, sabotage: str) -> Build:
    ledger = LedgerBuilder(folder)
    for name, world in worlds.items():
        for order in _ORDERS:
            ledger.athlete_id = f"{name} {order}"
            ledger.athlete(time_zone=world.zone)
            land(world, ledger, Random(f"{seed} {name} {order}"))
    warehouse = folder / "warehouse.next.duckdb"
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=LAST_DAY, as_of_at=datetime(2026, 6, 9, tzinfo=UTC))
    if not sabotage:
        return build(warehouse, snapshot)
    project = copied_project(folder / "project")
    for file, right, wrong in _PLANTS[sabotage]:
        plant(project, f"dbt_project/models/intermediate/{file}.sql", right, wrong)
    why = build_in(project, warehouse, snapshot)
    if why:
        raise RuntimeError(f"the planted project could not be built: {why}")
    return Build(warehouse=warehouse, succeeded=True, seconds={}, messages=(), shown=())


def _judge(figures: Figures, built: Build, name: str, world: World) -> None:
    """Compare one athlete's activities with what really happened."""
    counts, truth = figures.counts, world.truth
    rows = built.rows("select * from marts.recordings where athlete_id = ?", f"{name} {_ORDERS[0]}")
    activity_of = {row["recording_id"]: row["activity_id"] for row in rows}
    for recording_id in truth.keys() ^ activity_of.keys():
        figures.problems.append(f"{name}: {recording_id} is not in both")
    members: dict[str, list[str]] = defaultdict(list)
    for recording_id in sorted(truth.keys() & activity_of.keys()):
        members[activity_of[recording_id]].append(recording_id)
    counts["runs"] += len(world.runs)
    counts["recordings"] += len(truth)
    counts["activities"] += len(members)
    single = {recording_id: next(iter(runs)) for recording_id, runs in truth.items() if len(runs) == 1}
    known_by_others = {run_id for recording_id, run_id in single.items() if not recording_id.startswith("whoop:")}
    for one, other in combinations(sorted(single), 2):
        if known_by_others.isdisjoint((single[one], single[other])):
            continue  # a strap alone: nothing tells one run in which it lost touch from two with a pause between
        is_true, is_found = single[one] == single[other], activity_of.get(one) == activity_of.get(other)
        counts["true_pairs"] += is_true
        counts["found_pairs"] += is_found
        counts["right_pairs"] += is_true and is_found
        if is_found and not is_true:
            counts["different_runs_merged"] += 1
            figures.problems.append(f"{name}: {one} and {other} are {single[one]} and {single[other]}")
        if is_true and not is_found:
            figures.problems.append(f"{name}: {one} and {other} are both {single[one]}")
    for recording_id, runs in truth.items():
        if len(runs) > 1:
            beside = [single[each] for each in members[activity_of[recording_id]] if each in single]
            known = runs & set(single.values())
            counts["covers"] += bool(known)
            counts["covers_placed"] += bool(known) and bool(beside) and set(beside) <= runs
            if beside and not set(beside) <= runs:
                counts["different_runs_merged"] += 1
                figures.problems.append(
                    f"{name}: {recording_id} holds {sorted(runs)} and is with {sorted(set(beside))}"
                )
    _judge_distances(figures, built, name, world, members)


def _judge_distances(figures: Figures, built: Build, name: str, world: World, members: dict[str, list[str]]) -> None:
    """Of each outing no more may be counted than was run."""
    found = {
        row["activity_id"]: row["distance_m"] or 0.0
        for row in built.rows("select * from marts.activities where athlete_id = ?", f"{name} {_ORDERS[0]}")
    }
    outing_of = {run.run_id: number for number, outing in enumerate(world.outings) for run in outing}
    counted: dict[int, float] = defaultdict(float)
    for activity_id, recording_ids in members.items():
        held = [world.truth[recording_id] for recording_id in recording_ids]
        runs = sorted(run_id for runs in held for run_id in runs if len(runs) == 1) or sorted(frozenset().union(*held))
        counted[outing_of[runs[0]]] += found.get(activity_id, 0.0)
    for number, outing in enumerate(world.outings):
        true_m = sum(run.distance_m for run in outing)
        if outing[0].is_treadmill or not counted[number]:
            continue
        figures.counts["true_m"] += round(true_m)
        figures.counts["found_m"] += round(counted[number])
        if counted[number] > _MOST * true_m + _SLACK_M:
            figures.counts["counted_twice"] += 1
            figures.problems.append(f"{name}: {counted[number]:.0f} m of {true_m:.0f} m on {outing[0].started_at}")


def _differences(built: Build, name: str, problems: list[str]) -> int:
    """Rows that differ between the two orders of arrival."""
    differing = 0
    for mart, names in _NAMES.items():
        one, other = (_rows(built, mart, f"{name} {order}", names) for order in _ORDERS)
        differs = len((one - other) + (other - one))
        if differs:
            problems.append(f"{name}: {differs} rows of {mart} differ with the order of arrival")
        differing += differs
    groups, other_groups = (_partition(built, f"{name} {order}") for order in _ORDERS)
    return differing + len(groups ^ other_groups)


def _rows(built: Build, mart: str, athlete_id: str, without: tuple[str, ...]) -> Counter[str]:
    rows = built.rows(f"select * from marts.{mart} where athlete_id = ?", athlete_id)
    dropped = {"athlete_id", *without}
    return Counter(
        repr([(column, _rounded(value)) for column, value in row.items() if column not in dropped]) for row in rows
    )


def _partition(built: Build, athlete_id: str) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for row in built.rows("select activity_id, recording_id from marts.recordings where athlete_id = ?", athlete_id):
        groups[row["activity_id"]].add(row["recording_id"])
    return {frozenset(group) for group in groups.values()}


def _rounded(value: Any) -> Any:
    """To within the last bits: sums over windows begin elsewhere for every athlete."""
    return float(f"{value:.9g}") if isinstance(value, float) else value
