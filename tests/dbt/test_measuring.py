"""What the samples of a run say: slopes, halves, best efforts, and what is not believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build_lean, samples

pytestmark = pytest.mark.slow

FIRST = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("measured")
    ledger = LedgerBuilder(folder)
    ledger.athlete(sex="m", max_heart_rate_bpm=190, resting_heart_rate_bpm=50)
    climb = [3.0] * 1800
    _record(ledger, "uphill", 20, speeds_m_per_s=climb, altitudes_m=[100 + 0.15 * second for second in range(1800)])
    halves = [3.0] * 2100 + [2.95] * 1500
    _record(ledger, "fading", 21, speeds_m_per_s=halves, heart_rates_bpm=[140] * 2100 + [150] * 1500)
    _record(ledger, "even", 22, speeds_m_per_s=[3.5] * 1500, heart_rates_bpm=160)
    steps = [83 + 4 * math.sin(second / 40) for second in range(1800)]
    locked = [round(2 * cadence) for cadence in steps]
    _record(ledger, "locked", 23, speeds_m_per_s=[3.0] * 1800, heart_rates_bpm=locked, cadences_rpm=steps)
    honest = [round(168 + 3 * math.sin(second / 170)) for second in range(1800)]
    _record(ledger, "honest", 24, speeds_m_per_s=[3.9] * 1800, heart_rates_bpm=honest, cadences_rpm=steps)
    spiky = [3.0] * 900 + [60.0] + [3.0] * 899
    _record(ledger, "jumping", 25, speeds_m_per_s=spiky, heart_rates_bpm=[235 if s < 20 else 150 for s in range(1800)])
    _record(ledger, "through", 26, speeds_m_per_s=[3.0] * 1800, hole=(600, 1050))
    _record(ledger, "standing", 27, speeds_m_per_s=[3.0] * 601 + [0.1] * 449 + [3.0] * 750, hole=(600, 1050))
    hour, three_hours = [3.0] * 3600, [0.0] * 10_800
    _record(ledger, "stopped", 18, speeds_m_per_s=hour, heart_rates_bpm=150)
    _record(ledger, "left on", 19, speeds_m_per_s=hour + three_hours, heart_rates_bpm=[150] * 3600 + [75] * 10_800)
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=(FIRST + timedelta(days=28)).date())
    return build_lean(folder / "warehouse.next.duckdb", snapshot)


def test_a_hill_is_worth_the_pace_it_would_be_on_the_flat(measured: Build) -> None:
    run = _activity(measured, "uphill")

    assert run["pace_s_per_km"] / run["gap_s_per_km"] == pytest.approx(1.1915, rel=0.01)


def test_decoupling_compares_equal_halves_after_the_warm_up(measured: Build, vectors: dict[str, Any]) -> None:
    assert _activity(measured, "fading")["decoupling_pct"] == pytest.approx(vectors["decoupling"]["pct"], abs=0.2)


def test_a_best_effort_is_the_time_over_the_exact_distance(measured: Build) -> None:
    efforts = measured.rows(
        "select distance_m, time_s from marts.best_efforts where activity_id like '%even%' order by distance_m"
    )

    assert [effort["distance_m"] for effort in efforts] == [400, 800, 1000, 1500, 1609.344, 3000, 3218.688, 5000]
    for effort in efforts:
        assert effort["time_s"] == pytest.approx(effort["distance_m"] / 3.5, abs=0.1)


def test_a_sensor_that_counts_steps_is_not_believed_and_an_honest_one_is(measured: Build) -> None:
    locked, honest = _activity(measured, "locked"), _activity(measured, "honest")

    assert locked["heart_rate_avg_bpm"] is None
    assert locked["zone1_s"] is None
    assert locked["training_load"] > 0
    assert "cadence" in locked["faults"]
    assert honest["heart_rate_avg_bpm"] == pytest.approx(168, abs=1)
    assert honest["faults"] is None


def test_jumps_and_impossible_heart_rates_are_left_out_and_said(measured: Build) -> None:
    run = _activity(measured, "jumping")
    fastest = measured.row(
        "select min(time_s) as time_s from marts.best_efforts where activity_id = ? and distance_m = 1000",
        run["activity_id"],
    )

    assert run["heart_rate_max_bpm"] == 150
    assert fastest["time_s"] == pytest.approx(1000 / 3.0, abs=1.5)
    assert run["faults"] == "impossible heart rates left out; position jumps left out"


@pytest.mark.parametrize(("name", "distance_m", "moving_s"), [("through", 5397, 1799), ("standing", 4050, 1350)])
def test_of_a_hole_time_and_metres_count_together_or_not_at_all(
    measured: Build, name: str, distance_m: float, moving_s: float
) -> None:
    found = measured.row(
        "select runs.distance_m, runs.moving_s from intermediate.int_recordings_measured as runs "
        "inner join intermediate.int_sessions_deduplicated as sessions using (athlete_id, file_sha256, session_number) "
        "where sessions.started_at = ?",
        FIRST + timedelta(days=26 if name == "through" else 27),
    )

    assert found["distance_m"] == pytest.approx(distance_m, abs=4)
    assert found["moving_s"] == pytest.approx(moving_s, abs=1)


def test_a_watch_left_on_after_the_run_adds_nothing(measured: Build) -> None:
    left_on, stopped = _activity(measured, "left on"), _activity(measured, "stopped")

    for figure in ("distance_m", "moving_s", "elapsed_s", "training_load", "heart_rate_avg_bpm"):
        assert left_on[figure] == pytest.approx(stopped[figure], rel=0.03), figure
    assert left_on["faults"] == "left on after the run: the last 180 min without moving do not count"
    assert stopped["faults"] is None


def _record(
    ledger: LedgerBuilder,
    name: str,
    day: int,
    *,
    speeds_m_per_s: Sequence[float],
    hole: tuple[int, int] = (0, 0),
    **stream: Any,
) -> None:
    """A run of one sample a second; between the two seconds of `hole` nothing was recorded."""
    started_at = FIRST + timedelta(days=day)
    recorded = samples(started_at, speeds_m_per_s=speeds_m_per_s, **stream)
    recorded = recorded.take([second for second in range(len(speeds_m_per_s)) if not hole[0] < second < hole[1]])
    hearts = [bpm for bpm in recorded["heart_rate_bpm"].to_pylist() if bpm is not None]
    ledger.recording(
        started_at,
        key=name,
        samples=recorded,
        distance_m=recorded["distance_m"][-1].as_py(),
        duration_s=len(speeds_m_per_s) - 1,
        heart_rate_avg_bpm=sum(hearts) / len(hearts) if hearts else None,
        heart_rate_max_bpm=max(hearts, default=None),
    )


def _activity(measured: Build, name: str) -> dict[str, Any]:
    return measured.row("select * from marts.activities where activity_id = ?", f"file:{name[:16]}")
