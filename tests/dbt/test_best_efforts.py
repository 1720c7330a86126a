"""The fastest stretch of each distance: as exact as a search by hand, and made faster by no hole, stop or jump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.builders.streams import Stream, Values, build_models, even, kept, record, wandering
from tests.builders.warehouse import Build, LedgerBuilder

pytestmark = pytest.mark.slow

DISTANCES_M = (400, 800, 1000, 1500, 1609.344, 3000, 3218.688, 5000, 10000, 15000, 21097.5, 42195)
HOLE_S, FASTEST_M_PER_S = 30.0, 8.3334


def _speeds(seed: int, count: int = 3000, *, sd: float = 0.15) -> Values:
    rng = np.random.default_rng(seed)
    return np.maximum(0.5, 3.0 + wandering(count, sd=sd, lasting_s=10, rng=rng))


def _with_stops(seed: int) -> Stream:
    speeds = _speeds(seed)
    for start, stop in ((400, 460), (1210, 1234), (1900, 2020)):
        speeds[start:stop] = 0
    return even(speeds)


def _reps_from_standing(seed: int) -> Stream:
    speeds = _speeds(seed, 1200)
    speeds[:120] = 0
    for start in range(120, 1200, 180):
        speeds[start : start + 90] += 1.45
        speeds[start + 90 : start + 180] = 0
    return even(speeds)


def _with_hole(seed: int, covered_m: float) -> Stream:
    """Paused for two minutes; the distance goes on by what was covered meanwhile."""
    run = even(_speeds(seed))
    after = run.at_s >= 1500
    paused = Stream(at_s=run.at_s + 120.0 * after, distance_m=run.distance_m + covered_m * after)
    return kept(paused, lambda at_s: at_s >= 0)


def _with_jump(seed: int) -> Stream:
    run = even(_speeds(seed))
    return Stream(at_s=run.at_s, distance_m=run.distance_m + 300.0 * (run.at_s >= 1500))


def _thinned(seed: int) -> Stream:
    rng = np.random.default_rng(seed)
    run = even(_speeds(seed))
    return kept(run, lambda at_s: (rng.random(len(at_s)) < 0.3) | (at_s == 0) | (at_s == at_s[-1]))


RUNS: dict[str, Stream] = {
    "steady": even(_speeds(31)),
    "wild": even(_speeds(32, sd=0.5)),
    "half marathon": even(_speeds(33, 7300)),
    "stops": _with_stops(34),
    "reps from standing": _reps_from_standing(35),
    "hole": _with_hole(36, 0.0),
    "hole with metres": _with_hole(37, 800.0),
    "jump": _with_jump(38),
    "thinned": _thinned(39),
}


def _by_hand(stream: Stream, distance_m: float) -> float | None:
    """Every start a quarter of a metre apart and at every sample; every end at every sample."""
    steps_s, steps_m = np.diff(stream.at_s), np.diff(stream.distance_m)
    steps_m = np.where((steps_s > HOLE_S) | (steps_m > FASTEST_M_PER_S * steps_s), 0.0, steps_m)
    covered = np.concatenate([[0.0], np.cumsum(steps_m + 1e-7 * steps_s)])
    if covered[-1] < distance_m:
        return None
    starts = np.concatenate([np.arange(0, covered[-1] - distance_m, 0.25), covered, covered - distance_m])
    starts = starts[(starts >= 0) & (starts + distance_m <= covered[-1])]
    taken = np.interp(starts + distance_m, covered, stream.at_s) - np.interp(starts, covered, stream.at_s)
    return float(taken.min())


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("efforts")
    ledger = LedgerBuilder(folder)
    ledger.athlete(sex="m", max_heart_rate_bpm=190, resting_heart_rate_bpm=50)
    for day, (name, stream) in enumerate(RUNS.items()):
        record(ledger, name, day, stream)
    altitude = 500 - 0.16 * np.arange(1200, dtype=np.float64)
    heart = np.where(np.arange(1200) < 600, 140.0, 160.0)
    record(ledger, "downhill", 50, even(np.full(1200, 4.5), altitude_m=altitude, heart_rate_bpm=heart))
    block = (np.arange(1300) >= 600) & (np.arange(1300) < 700)
    fast = even(np.where(block, 4.5, 3.0), heart_rate_bpm=np.where(block, 155.0, 140.0))
    record(ledger, "fast block", 51, fast)
    return build_models(ledger, "best_efforts")


@pytest.mark.parametrize("name", RUNS)
def test_every_distance_is_timed_as_a_search_by_hand_times_it(timed: Build, name: str) -> None:
    expected = {distance_m: _by_hand(RUNS[name], distance_m) for distance_m in DISTANCES_M}
    found = {row["distance_m"]: row["time_s"] for row in _efforts(timed, name)}

    assert set(found) == {distance_m for distance_m, time_s in expected.items() if time_s is not None}
    for distance_m, time_s in found.items():
        assert time_s == pytest.approx(expected[distance_m], abs=0.25), distance_m


def test_a_pause_lasts_in_every_effort_that_spans_it(timed: Build) -> None:
    (five,) = [row for row in _efforts(timed, "hole with metres") if row["distance_m"] == 5000]

    assert five["time_s"] > 5000 / 3.0 + 100


def test_an_effort_knows_where_it_began_and_its_own_heart_rate(timed: Build) -> None:
    (effort,) = [row for row in _efforts(timed, "fast block") if row["distance_m"] == 400]

    assert effort["time_s"] == pytest.approx(400 / 4.5, abs=0.2)
    assert 599 <= effort["started_offset_s"] <= 612
    assert effort["heart_rate_avg_bpm"] == pytest.approx(155, abs=1)


def test_a_downhill_stretch_says_its_drop_and_sets_no_record(timed: Build) -> None:
    efforts = _efforts(timed, "downhill")

    assert {row["distance_m"] for row in efforts if row["is_downhill"]} == {
        400, 800, 1000, 1500, 1609.344, 3000, 3218.688, 5000,
    }  # fmt: skip
    assert not any(row["is_personal_best"] for row in efforts)
    for row in efforts:
        assert row["elevation_drop_m"] == pytest.approx(row["distance_m"] * 0.16 / 4.5, abs=3)
    bests = timed.rows("select distance_m from marts.best_efforts where is_personal_best")
    assert len(bests) == len({row["distance_m"] for row in bests}) == 11


def _efforts(timed: Build, name: str) -> list[dict[str, Any]]:
    return timed.rows("select * from marts.best_efforts where activity_id = ? order by distance_m", f"file:{name[:16]}")
