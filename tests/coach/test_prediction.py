"""Predicted race times: every model against its published vectors, and a range that does not flatter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.fitness import HALF_M, MARATHON_M, TEN_K_M
from coach.prediction import (
    critical_speed,
    critical_speed_marathon_s,
    fit_critical_speed,
    predict,
    riegel_s,
    tanda_s,
    vickers_one_race_s,
    vickers_two_races_s,
)
from tests.builders import coach as build

MILE_KM = 1.609344


def test_the_power_law_gives_its_known_times() -> None:
    assert riegel_s(5000, 1200, 10000) == pytest.approx(2501.9, abs=0.1)
    assert riegel_s(10000, 2700, HALF_M) == pytest.approx(5957.3, abs=0.1)
    assert riegel_s(HALF_M, 6300, MARATHON_M) == pytest.approx(13135.1, abs=0.1)
    assert riegel_s(HALF_M, 6300, MARATHON_M, exponent=1.07) == pytest.approx(13226.4, abs=0.1)


@pytest.mark.parametrize(
    ("distance_m", "time_s", "weekly_miles", "marathon_s"),
    [
        (HALF_M, 6300, 20, 14357.1),
        (HALF_M, 6300, 30, 14050.0),
        (HALF_M, 6300, 50, 13473.6),
        (10000, 2700, 30, 13460.1),
        (5000, 1200, 40, 12415.5),
    ],
)
def test_one_race_and_mileage_predict_a_marathon(
    distance_m: float, time_s: float, weekly_miles: float, marathon_s: float
) -> None:
    """A coefficient ten times too large, as in several public copies, would miss by an hour."""
    assert vickers_one_race_s(distance_m, time_s, weekly_miles * MILE_KM) == pytest.approx(marathon_s, abs=0.2)


def test_two_races_and_mileage_predict_a_marathon() -> None:
    assert vickers_two_races_s((10000, 2700), (HALF_M, 6300), 30 * MILE_KM) == pytest.approx(13871.4, abs=0.1)
    assert vickers_two_races_s((5000, 1200), (HALF_M, 5580), 40 * MILE_KM) == pytest.approx(12302.7, abs=0.1)


def test_training_alone_predicts_a_marathon() -> None:
    paces = [tanda_s(weekly_km, pace) / MARATHON_M * 1000 for weekly_km, pace in [(45, 360), (60, 330), (80, 300)]]

    assert paces == pytest.approx([325.39, 300.46, 273.72], abs=0.01)


@pytest.mark.parametrize(
    ("efforts", "speed", "reserve_m"),
    [
        ([(400, 75), (800, 165), (5000, 1200)], 4.0760, 110.19),
        ([(1500, 324), (3000, 693), (5000, 1197)], 4.0067, 209.69),
        ([(1500, 420), (5000, 1530)], 3.1532, 175.68),
    ],
)
def test_critical_speed_is_the_line_through_best_efforts(
    efforts: list[tuple[float, float]], speed: float, reserve_m: float
) -> None:
    found_speed, found_reserve_m, _ = fit_critical_speed(efforts)

    assert found_speed == pytest.approx(speed, abs=1e-4)
    assert found_reserve_m == pytest.approx(reserve_m, abs=0.01)


def test_critical_speed_is_refused_where_efforts_are_few_or_do_not_fit() -> None:
    assert critical_speed([(1500, 420), (5000, 1530)]) is None
    assert critical_speed([(400, 75), (800, 260), (5000, 1200)]) is None
    assert critical_speed([(400, 75), (800, 165), (5000, 1200)]) == pytest.approx(4.0760, abs=1e-4)


def test_a_marathon_is_run_at_a_share_of_critical_speed() -> None:
    times = [critical_speed_marathon_s(speed) / 60 for speed in (4.0760, 4.0067, 3.1532)]

    assert times == pytest.approx([191.2, 195.1, 260.6], abs=0.1)


def test_nothing_is_predicted_without_a_race() -> None:
    assert predict(build.profile(race_fitness=None), TEN_K_M) is None


@given(score=st.floats(25, 85), weekly_km=st.floats(0, 39.9))
def test_low_volume_never_promises_a_marathon_faster_than_mileage_allows(score: float, weekly_km: float) -> None:
    from coach.fitness import race_time_s

    profile = build.profile(race_fitness=score, weekly_distances_m=(weekly_km * 1000,) * 8)
    found = predict(profile, MARATHON_M)
    honest_s = vickers_one_race_s(HALF_M, race_time_s(score, HALF_M), weekly_km)

    assert found is not None
    assert found.fast_s >= round(honest_s)


@given(score=st.floats(25, 85), distance_m=st.sampled_from([5000.0, TEN_K_M, HALF_M, MARATHON_M]))
def test_every_prediction_is_a_range_around_its_likely_time(score: float, distance_m: float) -> None:
    found = predict(build.profile(race_fitness=score), distance_m)

    assert found is not None
    assert found.fast_s <= found.likely_s < found.slow_s
    assert found.methods
