"""Every vector of the reference about the past holds in the marts of a built warehouse, and a wrong number is noticed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders.planted import build_in, copied_project, plant
from tests.builders.vectors_world import lay_out_world
from tests.builders.warehouse import Build, build_lean, evaluate
from tests.dbt.vector_checks import CHECKS

pytestmark = pytest.mark.slow

# Vectors that no mart of the past answers for, and who does.
ELSEWHERE = {
    "vdot_tol": "the tolerance of vdot_rows",
    "vdot_rows": "asserted with vdot",
    "vdot_row_distances": "the distances of vdot_rows",
    "riegel": "race models of the coach",
    "vickers_one": "race models of the coach",
    "vickers_two": "race models of the coach",
    "tanda": "race models of the coach",
    "critical_speed": "race models of the coach",
    "emig": "race models of the coach",
    "minetti": "graded pace has one curve, at equal heart rate; a second one would be a second meaning of one column",
    "hadley": "plans in the heat",
    "fvdot": "plans after a break",
    "weeks_needed": "feasibility of a goal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One wrong number in a copy of the project, and the vectors that it must break."""

    file: str
    right: str
    wrong: str
    breaks: frozenset[str]


def _plant(file: str, right: str, wrong: str, *breaks: str) -> Plant:
    return Plant(file=file, right=right, wrong=wrong, breaks=frozenset(breaks))


_SCIENCE = "dbt_project/macros/science.sql"
_SEED = "dbt_project/seeds/constants.csv"
_DAYS = "dbt_project/models/marts/athlete_days.sql"
# No two plants of one build touch the same vector, so each of them is caught by itself.
PLANTS = {
    "a number or an edge here": (
        _plant(_SEED, "fitness_days,42,", "fitness_days,43,", "pmc"),
        _plant(_DAYS, "stddev_pop(training_load)", "stddev_samp(training_load)", "monotony"),
        _plant(_SCIENCE, "then 1.92 when", "then 1.91 when", "banister", "trimp100"),
        _plant(_SCIENCE, "0.0018083953212790634", "0.0018183953212790634", "strava_fit"),
        _plant(_SCIENCE, "between 0.8 - 1e-6 and 1.2", "between 0.79 - 1e-6 and 1.2", "compliance_plan60"),
        _plant(
            "dbt_project/models/marts/athlete_weeks.sql",
            "max(distance_m) filter (where is_whole) over four_weeks_before",
            "avg(distance_m) filter (where is_whole) over four_weeks_before",
            "weekly_ref",
        ),
        _plant(_SEED, "chronic_days,28,", "chronic_days,27,", "acwr"),
        _plant(_SCIENCE, "{{ heart_rate }} >= 0.8 *", "{{ heart_rate }} >= 0.86 *", "edwards"),
        _plant(_SCIENCE, "+ 3 * {{ hard_s }}", "+ 2 * {{ hard_s }}", "lucia"),
        _plant(_SCIENCE, "({{ seconds }} / 60 * {{ rating }})", "({{ seconds }} / 50 * {{ rating }})", "srpe"),
        _plant(_SCIENCE, "nullif({{ threshold_speed }}, 0), 2))", "nullif({{ threshold_speed }}, 0), 3))", "rtss"),
        _plant(_SCIENCE, "<= 1.1 * {{ reference }}", "<= 1.15 * {{ reference }}", "spike"),
        _plant(
            _SCIENCE,
            "/ nullif({{ first_speed }} / nullif({{ first_heart_rate }}, 0), 0)",
            "/ nullif({{ second_speed }} / nullif({{ second_heart_rate }}, 0), 0)",
            "decoupling",
        ),
        _plant(
            "dbt_project/models/intermediate/int_recovery_days.sql",
            "stddev_samp(ln(nights.hrv_ms)) over week_to_here",
            "stddev_pop(ln(nights.hrv_ms)) over week_to_here",
            "hrv",
        ),
    ),
    "a coefficient of the race equations": (
        _plant("coach/fitness.py", "_COST_LINEAR = 0.182258", "_COST_LINEAR = 0.182253", "vdot"),
        _plant("coach/fitness.py", '"threshold": 0.88,', '"threshold": 0.879,', "pace_vdot50_s_per_km", "rtss"),
    ),
}


@pytest.fixture(scope="module")
def snapshot(vectors: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out_world(tmp_path_factory.mktemp("vectors"), vectors)


@pytest.fixture(scope="module")
def marts(snapshot: Path) -> Build:
    return build_lean(snapshot.parent / "warehouse.next.duckdb", snapshot)


@pytest.mark.parametrize("name", CHECKS)
def test_the_vector_holds_in_the_marts(marts: Build, vectors: dict[str, Any], name: str) -> None:
    CHECKS[name](marts, vectors)


def test_every_vector_is_asserted_or_says_where(vectors: dict[str, Any]) -> None:
    assert set(vectors) == (set(CHECKS) - {"hrv"}) | set(ELSEWHERE)


@pytest.mark.parametrize("name", PLANTS)
def test_a_wrong_number_breaks_its_vector_and_no_other(
    tmp_path: Path, marts: Build, snapshot: Path, vectors: dict[str, Any], name: str
) -> None:
    project = copied_project(tmp_path / "project")
    for wrong in PLANTS[name]:
        plant(project, wrong.file, wrong.right, wrong.wrong)
    warehouse = tmp_path / "warehouse.next.duckdb"
    assert build_in(project, warehouse, snapshot, "--exclude-resource-type", "test") == ""
    planted = Build(warehouse=warehouse, succeeded=True, seconds={}, messages=())

    broken = [vector for wrong in PLANTS[name] for vector in wrong.breaks]
    assert len(set(broken)) == len(broken)
    assert {check for check in CHECKS if not _holds(check, planted, vectors)} == set(broken)
    assert all(_holds(check, marts, vectors) for check in CHECKS)


def test_what_is_unknown_stays_unknown_in_every_formula(empty_warehouse: Build, empty_snapshot: Path) -> None:
    columns = (
        "race_fitness(null, 1200)",
        "race_fitness(5000, 0)",
        "{{ spike_state('null', '10000') }}",
        "{{ spike_state('10000', 'null') }}",
        "{{ heart_rate_reserve('null', '50', '190') }}",
        "{{ compliance('null') }}",
        "{{ zone_impulse('60', '150', 'null') }}",
        "{{ zone_impulse('60', 'null', '200') }}",
        "{{ three_zone_impulse('null', '60', '0') }}",
        "{{ session_effort('null', '6') }}",
        "{{ pace_load('3600', '3', 'null') }}",
        "{{ monotony('0', '0', '10') }}",
    )
    named = ", ".join(f"{column} as answer_{number}" for number, column in enumerate(columns))

    answers = evaluate(f"select {named}", warehouse=empty_warehouse.warehouse, snapshot=empty_snapshot)

    assert [answers[f"answer_{number}"] for number in range(len(columns))] == [None] * len(columns)


def _holds(name: str, marts: Build, vectors: dict[str, Any]) -> bool:
    try:
        CHECKS[name](marts, vectors)
    except AssertionError:
        return False
    return True
