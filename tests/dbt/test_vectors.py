"""The computed vectors of the science reference, run through the real macros and models."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build, evaluate

pytestmark = pytest.mark.slow

FIRST_DAY = date(2026, 1, 1)
LOAD_PER_MINUTE = 100 * 0.55**2 / 60  # a sport known by its duration alone


@pytest.fixture(scope="module")
def loads(vectors: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Build:
    """One athlete per vector, each with the vector's loads day by day."""
    folder = tmp_path_factory.mktemp("loads")
    ledger = LedgerBuilder(folder)
    pmc = vectors["pmc"]
    # Four weeks of rest first: fitness starts from their mean, zero, as the vector does.
    _lay_out(ledger, "pmc", [0.0] * 28 + pmc["seq"] * pmc["repeat"])
    for number, case in enumerate(vectors["acwr"]):
        _lay_out(ledger, f"acwr{number}", case["load"])
    for number, case in enumerate(vectors["monotony"]):
        _lay_out(ledger, f"monotony{number}", case["w"])
    last_day = FIRST_DAY + timedelta(days=27 + len(pmc["seq"]) * pmc["repeat"])
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=last_day)
    return build(folder / "warehouse.next.duckdb", snapshot)


def test_fitness_fatigue_and_form_follow_the_vector(loads: Build, vectors: dict[str, Any]) -> None:
    expected = vectors["pmc"]["exp"]

    last = loads.row("select * from marts.athlete_days where athlete_id = 'pmc' order by local_date desc limit 1")

    assert last["fitness_ctl"] == pytest.approx(expected["ctl"], abs=1e-4)
    assert last["fatigue_atl"] == pytest.approx(expected["atl"], abs=1e-4)
    assert last["form_tsb_evening"] == pytest.approx(expected["tsb_same"], abs=1e-4)
    assert last["form_tsb_morning"] == pytest.approx(expected["tsb_morning"], abs=1e-4)


def test_all_three_load_ratios_follow_the_vectors(loads: Build, vectors: dict[str, Any]) -> None:
    for number, case in enumerate(vectors["acwr"]):
        day = _day(loads, f"acwr{number}", 27)

        assert day["acwr_coupled"] == pytest.approx(case["coupled"], abs=1e-6)
        assert day["acwr_uncoupled"] == (
            None if case["uncoupled"] is None else pytest.approx(case["uncoupled"], abs=1e-6)
        )
        assert day["acwr_ewma"] == pytest.approx(case["ewma"], abs=1e-6)


def test_there_is_no_load_ratio_before_four_weeks(loads: Build) -> None:
    assert _day(loads, "acwr0", 26)["acwr_coupled"] is None


def test_monotony_and_strain_use_the_whole_weeks_spread(loads: Build, vectors: dict[str, Any]) -> None:
    for number, case in enumerate(vectors["monotony"]):
        day = _day(loads, f"monotony{number}", 6)

        assert day["monotony"] == pytest.approx(case.get("pop", case.get("pop_capped")), abs=1e-6)
        if "strain_pop" in case:
            assert day["strain"] == pytest.approx(case["strain_pop"], abs=5e-3)


def test_the_macros_give_the_vectors(empty_warehouse: Build, empty_snapshot: Path, vectors: dict[str, Any]) -> None:
    """One query for all of them, since each call of dbt costs a second."""
    wanted: dict[str, Any] = {}
    columns: list[str] = []

    def check(expression: str, expected: Any) -> None:
        columns.append(f"{expression} as answer_{len(columns)}")
        wanted[f"answer_{len(wanted)}"] = expected

    reference = vectors["spike"]["ref"]
    for distance_km, state in vectors["spike"]["cases"]:
        check(f"{{{{ spike_state('{distance_km * 1000}', '{reference * 1000}') }}}}", state)
    for minutes, colour in vectors["compliance_plan60"]:
        check(f"{{{{ compliance('({minutes} / 60)') }}}}", colour)
    for grade_pct, factor in vectors["strava_fit"].items():
        check(f"{{{{ grade_factor('({grade_pct} / 100)') }}}}", pytest.approx(factor, abs=1e-4))
    halves = vectors["decoupling"]
    speeds = f"'{halves['v1']}', '{halves['h1']}', '{halves['v2']}', '{halves['h2']}'"
    check(f"{{{{ decoupling_pct({speeds}) }}}}", pytest.approx(halves["pct"], abs=1e-4))
    for minutes, bpm, rest, maximum, sex, impulse in vectors["banister"]:
        check(_impulse(minutes, bpm, rest, maximum, sex), pytest.approx(impulse, abs=1e-3))
    minutes, bpm, threshold, rest, maximum, sex, load = vectors["trimp100"]
    hour = _impulse(60, threshold, rest, maximum, sex)
    check(f"100 * {_impulse(minutes, bpm, rest, maximum, sex)} / {hour}", pytest.approx(load, abs=1e-3))
    for seconds, threshold_pace, pace, load in vectors["rtss"]:
        check(
            f"{{{{ pace_load('{seconds}', '(1000.0 / {pace})', '(1000.0 / {threshold_pace})') }}}}",
            pytest.approx(load, abs=5e-3),
        )
    for race in vectors["vdot"]:
        check(f"race_fitness({race['d']}, {race['t']})", pytest.approx(race["vdot"], abs=1e-3))
    check("race_fitness(null, 1200)", None)
    check("race_fitness(5000, 0)", None)
    check("race_time_s(50, 5000)", pytest.approx(1197, abs=2))
    check(
        "training_pace_s_per_km(50, 'threshold')",
        pytest.approx(vectors["pace_vdot50_s_per_km"]["0.88"], abs=0.01),
    )
    check("{{ spike_state('null', '10000') }}", None)
    check("{{ spike_state('10000', 'null') }}", None)
    check("{{ heart_rate_reserve('null', '50', '190') }}", None)

    answers = evaluate(f"select {', '.join(columns)}", warehouse=empty_warehouse.warehouse, snapshot=empty_snapshot)

    assert {name: _number(value) for name, value in answers.items()} == wanted


def _lay_out(ledger: LedgerBuilder, athlete_id: str, loads: list[float]) -> None:
    ledger.night(FIRST_DAY, athlete_id=athlete_id)
    for number, load in enumerate(loads):
        if load > 0:
            day = FIRST_DAY + timedelta(days=number)
            ledger.manual(
                number,
                datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                minutes=load / LOAD_PER_MINUTE,
                sport="other",
                athlete_id=athlete_id,
            )


def _day(loads: Build, athlete_id: str, number: int) -> dict[str, Any]:
    day = FIRST_DAY + timedelta(days=number)
    return loads.row("select * from marts.athlete_days where athlete_id = ? and local_date = ?", athlete_id, day)


def _impulse(minutes: float, bpm: float, rest: float, maximum: float, sex: str) -> str:
    reserve = f"heart_rate_reserve('{bpm}', '{rest}', '{maximum}')"
    return f"{{{{ training_impulse('{minutes * 60}', {reserve}, \"'{sex}'\") }}}}"


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else float(value)
