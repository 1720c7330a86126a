"""The coach's functions in SQL: they answer as the coach does, and a change in any of them means another warehouse."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from coach.fitness import training_paces
from coach.prediction import Runner, race_equivalent
from dbt_project import COACH_MODULES
from dbt_project.functions import register
from tests.builders.warehouse import PROJECT, ROOT


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        register(con)
        yield con


def answer(con: duckdb.DuckDBPyConnection, sql: str, *arguments: Any) -> Any:
    row = con.execute(f"select {sql}", list(arguments)).fetchone()
    assert row is not None
    return row[0]


def imported(path: Path) -> set[str]:
    """The modules of the coach that a file imports."""
    found: set[str] = set()
    for part in ast.walk(ast.parse(path.read_text())):
        if isinstance(part, ast.ImportFrom) and part.module == "coach":
            found |= {name.name for name in part.names}
        elif isinstance(part, ast.ImportFrom) and (part.module or "").startswith("coach."):
            found.add((part.module or "").split(".")[1])
    return found


def test_the_warehouses_fingerprint_covers_every_module_the_functions_rest_on() -> None:
    reached: set[str] = set()
    waiting = imported(PROJECT / "functions.py")
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= imported(ROOT / "coach" / f"{module}.py") - reached

    assert reached == set(COACH_MODULES)


def test_every_published_race_time_is_met_in_sql(con: duckdb.DuckDBPyConnection, vectors: dict[str, Any]) -> None:
    """All 108 cells: the book's whole seconds and hand rounding are the tolerance."""
    for score, row in vectors["vdot_rows"].items():
        for distance_m, published_s in zip(vectors["vdot_row_distances"], row, strict=True):
            found_s = answer(con, "race_time_s(?, ?)", float(score), distance_m)

            assert found_s == pytest.approx(published_s, abs=2, rel=0.0035)


def test_training_paces_in_sql_are_the_coachs(con: duckdb.DuckDBPyConnection) -> None:
    paces = training_paces(50)

    assert answer(con, "training_pace_s_per_km(50, 'threshold')") == paces.threshold
    assert answer(con, "training_pace_range_s_per_km(50, 'easy', null)") == {
        "fastest": paces.easy_fast,
        "slowest": paces.easy_slow,
    }
    assert answer(con, "training_pace_range_s_per_km(50, 'marathon', 400).slowest") == pytest.approx(
        1.01 * paces.marathon
    )
    assert answer(con, "training_pace_range_s_per_km(50, 'easy', 340).slowest") > 340 > paces.easy_slow
    assert answer(con, "training_pace_s_per_km(50, 'sprint')") is None
    assert answer(con, "training_pace_range_s_per_km(null, 'easy', 340)") is None


def test_an_equivalent_in_sql_is_the_coachs(con: duckdb.DuckDBPyConnection) -> None:
    expected = race_equivalent(
        Runner(
            race_fitness=50,
            race_distance_m=10000,
            races=((10000, 2481), (21097.5, 5600)),
            weekly_km=60,
            training_pace_s_per_km=320,
            critical_speed_m_per_s=4,
        ),
        42195,
    )

    found = answer(
        con,
        "race_equivalent(42195, {'race_fitness': 50, 'race_distance_m': 10000, "
        "'races': [[10000, 2481], [21097.5, 5600]], 'weekly_km': 60, 'training_pace_s_per_km': 320, "
        "'critical_speed_m_per_s': 4})",
    )

    assert found == {
        "time_s": expected.likely_s,
        "fastest_s": expected.fast_s,
        "slowest_s": expected.slow_s,
        "methods": list(expected.methods),
    }


def test_without_a_race_fitness_there_is_no_equivalent(con: duckdb.DuckDBPyConnection) -> None:
    nobody = (
        "{'race_fitness': null, 'race_distance_m': null, 'races': null, 'weekly_km': 60, "
        "'training_pace_s_per_km': null, 'critical_speed_m_per_s': null}"
    )

    assert answer(con, f"race_equivalent(5000, {nobody})") is None
    assert answer(con, "race_equivalent(5000, null)") is None


@pytest.mark.parametrize(
    ("runs", "longest_90d_m", "expected_m"),
    [
        ([], None, 3000),  # nothing known: 3 km at most
        ([], 5000, 2500),  # half of the longest of 90 days
        ([(20, 10000)], 12000, 11000),
        ([(30, 10000)], 12000, 11000),
        ([(31, 10000)], 12000, 3000),
        ([(20, 10000), (3, 10500)], 12000, 10500),  # a record three days ago: none today
        ([(20, 10000), (0, 15000)], 15000, 11000),  # today's own run is no reference for itself
    ],
)
def test_a_safe_run_is_the_planners(
    con: duckdb.DuckDBPyConnection, runs: list[tuple[int, float]], longest_90d_m: float | None, expected_m: float
) -> None:
    today = date(2026, 5, 31)
    days = [date.fromordinal(today.toordinal() - back) for back, _ in runs]

    found_m = answer(
        con,
        "longest_safe_run_m(?, ?::date[], ?::double[], ?)",
        today,
        days,
        [distance_m for _, distance_m in runs],
        longest_90d_m,
    )

    assert found_m == pytest.approx(expected_m)


def test_a_safe_week_forgets_what_was_before_a_break(con: duckdb.DuckDBPyConnection) -> None:
    assert answer(con, "volume_reference_m([40000, 41000, 42000, 30000, 43000])") == 43000
    assert answer(con, "volume_reference_m([40000, 41000, 42000, 43000, 5000, 6000])") == 6000
    assert answer(con, "volume_reference_m([]::double[])") is None
    assert answer(con, "volume_reference_m(null)") is None
