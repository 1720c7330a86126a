"""Race fitness, its inverses and the paces, against the published table and independent calculators."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.fitness import HALF_M, MARATHON_M, is_within_range, pace_at, race_fitness, race_time_s, training_paces

VECTORS = Path(__file__).resolve().parents[1] / "vectors.json"

scores = st.floats(25, 85)


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(VECTORS.read_bytes())
    return found


@pytest.mark.parametrize(
    ("distance_m", "time_s", "score"),
    [
        (5000, 24 * 60 + 34, 39.110),
        (5000, 27 * 60, 34.963),
        (5000, 20 * 60, 49.806),
        (10000, 50 * 60, 40.012),
        (10000, 42 * 60 + 30, 48.390),
        (HALF_M, 6300, 42.635),
        (MARATHON_M, 14400, 37.904),
        (1500, 300, 54.457),
        (15000, 4068, 46.3965),
    ],
)
def test_a_race_has_the_score_of_the_published_equations(distance_m: float, time_s: float, score: float) -> None:
    assert race_fitness(distance_m, time_s) == pytest.approx(score, abs=5e-4)


# Rows of the published table: 1500 m, mile, 3000 m, 2 miles, 5 km, 10 km, 15 km, half, marathon, in seconds.
ROWS = {
    30: (510, 551, 1076, 1159, 1840, 3826, 5894, 8464, 17357),
    40: (395, 427, 843, 908, 1448, 3003, 4626, 6659, 13785),
    50: (324, 350, 693, 748, 1197, 2481, 3816, 5495, 11449),
    60: (275, 297, 590, 637, 1023, 2122, 3258, 4689, 9805),
    70: (240, 259, 514, 556, 895, 1860, 2852, 4101, 8590),
    85: (203, 219, 434, 468, 757, 1579, 2417, 3470, 7270),
}
DISTANCES_M = (1500, 1609.344, 3000, 3218.688, 5000, 10000, 15000, HALF_M, MARATHON_M)


@pytest.mark.parametrize("score", ROWS)
def test_race_times_are_those_of_the_published_table(score: int) -> None:
    """The book rounds to whole seconds by hand: two seconds or 0.35 % is as close as the equations come."""
    for distance_m, published_s in zip(DISTANCES_M, ROWS[score], strict=True):
        assert race_time_s(score, distance_m) == pytest.approx(published_s, abs=2, rel=0.0035)


def test_all_reference_vectors_hold(vectors: dict[str, Any]) -> None:
    for one in vectors["vdot"]:
        assert race_fitness(one["d"], one["t"]) == pytest.approx(one["vdot"], abs=5e-4)
    for score, row in vectors["vdot_rows"].items():
        for distance_m, published_s in zip(vectors["vdot_row_distances"], row, strict=True):
            assert race_time_s(float(score), distance_m) == pytest.approx(published_s, abs=2, rel=0.0035)
    for share, pace in vectors["pace_vdot50_s_per_km"].items():
        assert pace_at(float(share), 50) == pytest.approx(pace, abs=0.01)


@given(score=scores, distance_m=st.sampled_from(DISTANCES_M))
def test_a_race_time_has_the_score_it_was_computed_from(score: float, distance_m: float) -> None:
    assert race_fitness(distance_m, race_time_s(score, distance_m)) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(
    ("score", "published"),  # easy fast and slow, marathon, threshold, interval, repetition
    [
        (40, (356, 398, 327, 306, 281, 261)),
        (50, (296, 334, 271, 255, 235, 220)),
        (60, (255, 289, 232, 220, 203, 188)),
        (75, (212, 241, 192, 184, 169, 154)),
    ],
)
def test_training_paces_are_those_of_the_published_table(score: float, published: tuple[float, ...]) -> None:
    p = training_paces(score)

    found = (p.easy_fast, p.easy_slow, p.marathon, p.threshold, p.interval, p.repetition)
    assert found == pytest.approx(published, abs=3.5)


@given(scores)
def test_faster_intensities_have_faster_paces(score: float) -> None:
    p = training_paces(score)
    ladder = (p.easy_slow, p.easy_fast, p.marathon, p.threshold, p.interval, p.repetition)

    assert all(slower > faster for slower, faster in pairwise(ladder))


@given(a=scores, b=scores)
def test_a_fitter_runner_has_no_slower_pace(a: float, b: float) -> None:
    less, more = training_paces(min(a, b)), training_paces(max(a, b))

    assert more.threshold <= less.threshold
    assert more.easy_slow <= less.easy_slow


def test_paces_outside_the_table_are_those_of_its_edge() -> None:
    assert training_paces(12).threshold == training_paces(25).threshold
    assert training_paces(99).threshold == training_paces(85).threshold


def test_efforts_outside_the_fitted_range_are_told_apart() -> None:
    assert is_within_range(5000, 1200)
    assert not is_within_range(400, 60)
    assert not is_within_range(MARATHON_M, 5 * 3600)
    assert not is_within_range(5000, 3600)


@pytest.mark.parametrize(("distance_m", "time_s"), [(0, 100), (5000, 0), (5000, -1), (float("nan"), 100)])
def test_a_race_without_distance_or_time_is_an_error(distance_m: float, time_s: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        race_fitness(distance_m, time_s)
