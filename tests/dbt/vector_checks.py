"""What each vector of the reference promises of the marts, as functions that fail when a warehouse breaks the promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from coach.model import ReadinessState
from coach.readiness import read_readiness
from tests.builders.vectors_world import FIRST_DAY, HRV_WEEKS, races
from tests.builders.warehouse import Build

Vectors = dict[str, Any]


def check_pmc(marts: Build, vectors: Vectors) -> None:
    expected = vectors["pmc"]["exp"]
    day = _day(marts, "pmc", 28 + len(vectors["pmc"]["seq"]) * vectors["pmc"]["repeat"] - 1)

    assert day["fitness_ctl"] == pytest.approx(expected["ctl"], abs=1e-4)
    assert day["fatigue_atl"] == pytest.approx(expected["atl"], abs=1e-4)
    assert day["form_tsb_evening"] == pytest.approx(expected["tsb_same"], abs=1e-4)
    assert day["form_tsb_morning"] == pytest.approx(expected["tsb_morning"], abs=1e-4)


def check_acwr(marts: Build, vectors: Vectors) -> None:
    for number, case in enumerate(vectors["acwr"]):
        day = _day(marts, f"acwr{number}", 27)

        assert day["acwr_coupled"] == pytest.approx(case["coupled"], abs=1e-6)
        assert day["acwr_uncoupled"] == (
            None if case["uncoupled"] is None else pytest.approx(case["uncoupled"], abs=1e-6)
        )
        assert day["acwr_ewma"] == pytest.approx(case["ewma"], abs=1e-6)
        assert _day(marts, f"acwr{number}", 26)["acwr_coupled"] is None


def check_monotony(marts: Build, vectors: Vectors) -> None:
    for number, case in enumerate(vectors["monotony"]):
        day = _day(marts, f"monotony{number}", 6)

        assert day["monotony"] == pytest.approx(case.get("pop", case.get("pop_capped")), abs=1e-6)
        if "strain_pop" in case:
            assert day["strain"] == pytest.approx(case["strain_pop"], abs=5e-3)


def check_banister(marts: Build, vectors: Vectors) -> None:
    for number, (*_, impulse) in enumerate(vectors["banister"]):
        assert _run(marts, f"banister{number}", 0)["banister_trimp"] == pytest.approx(impulse, abs=1e-3)
    # Summed over the samples: a quarter of an hour at 120 and one at 140 are more than half an hour at 130.
    assert _run(marts, "zones", 0)["banister_trimp"] == pytest.approx(32.457, abs=1e-3)


def check_edwards(marts: Build, vectors: Vectors) -> None:
    assert _run(marts, "zones", 1)["edwards_trimp"] == pytest.approx(vectors["edwards"][1], abs=1e-6)


def check_lucia(marts: Build, vectors: Vectors) -> None:
    assert _run(marts, "zones", 2)["lucia_trimp"] == pytest.approx(vectors["lucia"][1], abs=1e-6)


def check_trimp100(marts: Build, vectors: Vectors) -> None:
    assert _run(marts, "trimp100", 1)["heart_rate_load"] == pytest.approx(vectors["trimp100"][-1], abs=1e-3)
    assert _run(marts, "trimp100", 1)["load_method"] == "hrtss"
    assert _run(marts, "trimp100", 2)["heart_rate_load"] == pytest.approx(100, abs=1e-9)


def check_srpe(marts: Build, vectors: Vectors) -> None:
    run = _run(marts, "srpe", 0)

    assert run["session_rpe_load"] == pytest.approx(vectors["srpe"][-1], abs=1e-9)
    assert (run["load_method"], run["training_load"]) == ("srpe", pytest.approx(vectors["srpe"][-1] / 4.2))


def check_rtss(marts: Build, vectors: Vectors) -> None:
    for number, (_, _, pace, load) in enumerate(vectors["rtss"]):
        run = _run(marts, f"rtss{number}", 2)

        assert run["ngp_s_per_km"] == pytest.approx(pace, abs=1e-3)
        assert run["pace_load"] == pytest.approx(load, abs=5e-3)
        assert (run["load_method"], run["training_load"]) == ("rtss", run["pace_load"])


def check_strava_fit(marts: Build, vectors: Vectors) -> None:
    hills = _runs(marts, "hills")
    for number, (grade_pct, factor) in enumerate(vectors["strava_fit"].items()):
        shorter, longer = hills[2 * number], hills[2 * number + 1]
        flat_m = [run["distance_m"] * run["pace_s_per_km"] / run["gap_s_per_km"] for run in (shorter, longer)]
        slope_m = longer["distance_m"] - shorter["distance_m"]

        assert (flat_m[1] - flat_m[0]) / slope_m == pytest.approx(factor, abs=1e-4), grade_pct


def check_decoupling(marts: Build, vectors: Vectors) -> None:
    assert _run(marts, "decoupling", 0)["decoupling_pct"] == pytest.approx(vectors["decoupling"]["pct"], abs=1e-4)


def check_spike(marts: Build, vectors: Vectors) -> None:
    found = [_day(marts, f"spike{number}", 1)["spike_state"] for number in range(len(vectors["spike"]["cases"]))]

    assert found == [state for _, state in vectors["spike"]["cases"]]


def check_compliance(marts: Build, vectors: Vectors) -> None:
    found = marts.rows("select compliance from marts.plan_adherence where plan_id = 'plan-1' order by athlete_id")

    assert [row["compliance"] for row in found] == [colour for _, colour in vectors["compliance_plan60"]]


def check_weekly_ref(marts: Build, vectors: Vectors) -> None:
    weeks = marts.rows(
        "select * from marts.athlete_weeks where athlete_id = 'weekly_ref' order by distance_m desc nulls last limit 1"
    )
    expected = vectors["weekly_ref"]

    assert weeks[0]["distance_change_1w_pct"] == pytest.approx(expected["naive_pct"], abs=0.05)
    assert 100 * (weeks[0]["ramp_ratio"] - 1) == pytest.approx(expected["vs_max4_pct"], abs=0.05)


def check_hrv(marts: Build, vectors: Vectors) -> None:
    """Sixty nights give the normal range; of the three weeks after it one lies within, two below, one of them restless."""
    base = _day(marts, "hrv0", 59)
    low_05, low_1 = (base["ln_hrv_60d_mean"] - k * base["ln_hrv_60d_sd"] for k in (0.5, 1))

    assert (base["ln_hrv_60d_mean"], base["ln_hrv_60d_sd"]) == (
        pytest.approx(4.0800, abs=5e-5),
        pytest.approx(0.0588, abs=5e-5),
    )
    assert (low_05, low_1) == (pytest.approx(4.0506, abs=5e-5), pytest.approx(4.0212, abs=5e-5))
    assert (base["hrv_normal_low_ms"], base["hrv_normal_high_ms"]) == (
        pytest.approx(math.exp(4.0506), abs=0.005),
        pytest.approx(math.exp(4.0800 + 0.0588), abs=0.005),
    )
    weeks = [_day(marts, f"hrv{number}", 66) for number in range(len(HRV_WEEKS))]
    assert [week["ln_hrv_7d_mean"] for week in weeks] == pytest.approx([4.0686, 3.9971, 3.8286], abs=5e-5)
    assert [week["ln_hrv_7d_mean"] > low_05 for week in weeks] == [True, False, False]
    assert [week["ln_hrv_7d_mean"] < low_1 for week in weeks] == [False, True, True]
    assert weeks[2]["hrv_cv_7d_pct"] == pytest.approx(2.60, abs=5e-3)
    with marts.open() as con:
        states = [read_readiness(con, f"hrv{n}", day=FIRST_DAY + timedelta(days=66)).state for n in range(3)]
    assert states == [ReadinessState.GREEN, ReadinessState.RED, ReadinessState.RED]


def check_vdot(marts: Build, vectors: Vectors) -> None:
    scores = _scores(marts)
    for number, (distance_m, time_s, score, tolerance) in enumerate(races(vectors)):
        is_fitted = 210 <= time_s <= 14400  # beyond, the equations are an extrapolation and the marts say nothing

        assert scores[number] == (pytest.approx(score, abs=tolerance) if is_fitted else None), (distance_m, time_s)


def check_pace(marts: Build, vectors: Vectors) -> None:
    (typed,) = marts.rows("select * from intermediate.int_activities_typed where athlete_id = 'paced'")

    assert typed["race_fitness"] == pytest.approx(50, abs=5e-3)
    assert 1000 / typed["threshold_speed_m_per_s"] == pytest.approx(vectors["pace_vdot50_s_per_km"]["0.88"], abs=0.01)


CHECKS: Mapping[str, Callable[[Build, Vectors], None]] = {
    "pmc": check_pmc,
    "acwr": check_acwr,
    "monotony": check_monotony,
    "banister": check_banister,
    "edwards": check_edwards,
    "lucia": check_lucia,
    "trimp100": check_trimp100,
    "srpe": check_srpe,
    "rtss": check_rtss,
    "strava_fit": check_strava_fit,
    "decoupling": check_decoupling,
    "spike": check_spike,
    "compliance_plan60": check_compliance,
    "weekly_ref": check_weekly_ref,
    "hrv": check_hrv,
    "vdot": check_vdot,
    "pace_vdot50_s_per_km": check_pace,
}


def _day(marts: Build, athlete_id: str, number: int) -> dict[str, Any]:
    day = FIRST_DAY + timedelta(days=number)
    return marts.row("select * from marts.athlete_days where athlete_id = ? and local_date = ?", athlete_id, day)


def _run(marts: Build, athlete_id: str, number: int) -> dict[str, Any]:
    return _runs(marts, athlete_id)[number]


def _runs(marts: Build, athlete_id: str) -> dict[int, dict[str, Any]]:
    """An athlete's runs by the number of their day."""
    found = marts.rows("select * exclude (started_at) from marts.activities where athlete_id = ?", athlete_id)
    return {(row["local_date"] - FIRST_DAY).days: row for row in found}


def _scores(marts: Build) -> dict[int, float | None]:
    found = marts.rows("select activity_id, race_fitness from marts.best_efforts where athlete_id = 'racer'")
    return {int(row["activity_id"].removeprefix("strava:")): row["race_fitness"] for row in found}
