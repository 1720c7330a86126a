"""Predicted race times: every model against its published vectors, and a range that does not flatter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.fitness import HALF_M, MARATHON_M, TEN_K_M, race_time_s
from coach.prediction import Runner, predict, race_equivalent
from coach.race_models import (
    MILE_KM,
    critical_speed_marathon_s,
    fit_endurance,
    is_within_tanda,
    riegel_s,
    tanda_s,
    vickers_one_race_s,
    vickers_two_races_s,
)
from tests.builders import coach as build


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    """The computed test vectors of the science reference."""
    found: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())
    return found


def test_the_power_law_gives_its_known_times(vectors: dict[str, Any]) -> None:
    for distance_m, time_s, to_distance_m, exponent, expected_s in vectors["riegel"]:
        assert riegel_s(distance_m, time_s, to_distance_m, exponent=exponent) == pytest.approx(expected_s, abs=0.1)


def test_one_race_and_mileage_predict_a_marathon(vectors: dict[str, Any]) -> None:
    """A coefficient ten times too large, as in several public copies, would miss by an hour."""
    for distance_m, time_s, weekly_miles, expected_s in vectors["vickers_one"]:
        found_s = vickers_one_race_s(distance_m, time_s, weekly_miles * MILE_KM)

        assert found_s == pytest.approx(expected_s, abs=0.2)


def test_two_races_and_mileage_predict_a_marathon(vectors: dict[str, Any]) -> None:
    for short_m, short_s, long_m, long_s, weekly_miles, expected_s in vectors["vickers_two"]:
        found_s = vickers_two_races_s((short_m, short_s), (long_m, long_s), weekly_miles * MILE_KM)

        assert found_s == pytest.approx(expected_s, abs=0.1)


def test_training_alone_predicts_a_marathon(vectors: dict[str, Any]) -> None:
    for weekly_km, pace_s_per_km, expected_s_per_km in vectors["tanda"]:
        assert tanda_s(weekly_km, pace_s_per_km) / MARATHON_M * 1000 == pytest.approx(expected_s_per_km, abs=0.01)


@pytest.mark.parametrize(
    ("weekly_km", "pace_s_per_km", "is_within"),
    [(40.3, 300, False), (40.4, 300, True), (110.8, 300, False), (60, 330.7, False), (60, 253.2, False)],
)
def test_training_beyond_tandas_runners_is_told_apart(weekly_km: float, pace_s_per_km: float, is_within: bool) -> None:
    assert is_within_tanda(weekly_km, pace_s_per_km) is is_within


def test_two_races_tell_the_endurance_of_a_runner(vectors: dict[str, Any]) -> None:
    for one in vectors["emig"]:
        (short_m, short_s), (long_m, long_s) = one["r"]

        endurance = fit_endurance((short_m, short_s), (long_m, long_s))

        assert endurance is not None
        assert endurance.top_speed_m_per_s == pytest.approx(one["vm"], abs=5e-5)
        assert endurance.decline == pytest.approx(one["gamma"], abs=5e-6)
        assert endurance.index == pytest.approx(one["El"], abs=5e-3)
        assert endurance.time_s(MARATHON_M) == pytest.approx(one["M"], abs=0.6)
        assert endurance.time_s(long_m) == pytest.approx(long_s, abs=1e-3)


def test_two_races_of_equal_speed_tell_nothing_of_endurance() -> None:
    assert fit_endurance((5000, 1200), (10000, 2400)) is None
    assert fit_endurance((5000, 1200), (10000, 2390)) is None


def test_a_marathon_is_run_at_a_share_of_critical_speed() -> None:
    times = [critical_speed_marathon_s(speed) / 60 for speed in (4.0760, 4.0067, 3.1532)]

    assert times == pytest.approx([191.2, 195.1, 260.6], abs=0.1)


def test_nothing_is_predicted_without_a_race() -> None:
    assert predict(build.profile(race_fitness=None), TEN_K_M) is None


@pytest.mark.parametrize("distance_m", [1500.0, 1609.344, 3000.0, 5000.0, TEN_K_M, 15000.0, HALF_M])
def test_below_the_marathon_the_likely_time_is_the_published_equivalent(distance_m: float) -> None:
    found = race_equivalent(Runner(race_fitness=50, race_distance_m=TEN_K_M, weekly_km=20), distance_m)

    assert found.likely_s == race_time_s(50, distance_m)
    assert found.fast_s < found.likely_s < found.slow_s
    assert found.methods == ("race fitness", "power law")


def test_every_model_that_has_what_it_needs_takes_part_in_the_marathon() -> None:
    found = race_equivalent(
        Runner(race_fitness=50, weekly_km=80, training_pace_s_per_km=300, critical_speed_m_per_s=4.076), MARATHON_M
    )

    assert found.methods == ("race fitness", "Vickers and Vertosick", "critical speed", "Tanda")


def test_two_real_races_say_how_the_runner_slows() -> None:
    two = ((TEN_K_M, 2700.0), (HALF_M, 6300.0))
    one_race = Runner(race_fitness=44, race_distance_m=HALF_M, weekly_km=30 * MILE_KM)
    two_races = Runner(race_fitness=44, race_distance_m=HALF_M, weekly_km=30 * MILE_KM, races=two)

    assert race_equivalent(two_races, MARATHON_M).slow_s > race_equivalent(one_race, MARATHON_M).slow_s
    assert "own endurance" in race_equivalent(two_races, TEN_K_M).methods
    assert race_equivalent(two_races, 1500.0).methods == ("race fitness", "power law")


def test_two_races_of_about_the_same_length_count_as_one() -> None:
    near = Runner(race_fitness=44, races=((TEN_K_M, 2700.0), (12000.0, 3300.0)))

    assert race_equivalent(near, MARATHON_M) == race_equivalent(Runner(race_fitness=44), MARATHON_M)


runners = st.builds(
    Runner,
    race_fitness=st.floats(25, 85),
    race_distance_m=st.sampled_from([3000.0, 5000.0, TEN_K_M, HALF_M, MARATHON_M]),
    weekly_km=st.floats(0, 150),
    training_pace_s_per_km=st.none() | st.floats(200, 600),
    critical_speed_m_per_s=st.none() | st.floats(2, 6),
    races=st.lists(
        st.tuples(st.sampled_from([3000.0, 5000.0, TEN_K_M, HALF_M, MARATHON_M]), st.floats(600, 20000)), max_size=2
    ).map(tuple),
)


@given(runners)
def test_no_marathon_is_promised_that_is_faster_than_the_race_itself_says(runner: Runner) -> None:
    assert race_equivalent(runner, MARATHON_M).likely_s >= race_time_s(runner.race_fitness, MARATHON_M)


@given(runner=runners, distance_m=st.sampled_from([1500.0, 5000.0, TEN_K_M, HALF_M, MARATHON_M]))
def test_every_range_holds_its_likely_time_and_names_its_models(runner: Runner, distance_m: float) -> None:
    found = race_equivalent(runner, distance_m)

    assert 0 < found.fast_s <= found.likely_s < found.slow_s
    assert found.methods[0] == "race fitness"


@given(score=st.floats(25, 85), weekly_km=st.floats(0, 39.9))
def test_low_volume_never_promises_a_marathon_faster_than_mileage_allows(score: float, weekly_km: float) -> None:
    profile = build.profile(race_fitness=score, weekly_distances_m=(weekly_km * 1000,) * 8)
    found = predict(profile, MARATHON_M)
    honest_s = vickers_one_race_s(HALF_M, race_time_s(score, HALF_M), weekly_km)

    assert found is not None
    assert found.fast_s >= round(honest_s)


@given(score=st.floats(25, 85), distance_m=st.sampled_from([5000.0, TEN_K_M, HALF_M, MARATHON_M]))
def test_a_prediction_is_in_whole_seconds(score: float, distance_m: float) -> None:
    found = predict(build.profile(race_fitness=score), distance_m)

    assert found is not None
    assert found.fast_s <= found.likely_s < found.slow_s
    assert all(isinstance(seconds, int) for seconds in (found.fast_s, found.likely_s, found.slow_s))
