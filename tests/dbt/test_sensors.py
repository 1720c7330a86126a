"""What sensors get wrong is left out and said, and what only looks wrong is kept: heart rates and altitudes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.builders.streams import Stream, Values, build_models, even, kept, record, wandering
from tests.builders.warehouse import Build, LedgerBuilder

pytestmark = pytest.mark.slow

COUNT = 3400
SPEED = np.full(COUNT, 3.0)
SECOND = np.arange(COUNT, dtype=float)
RUN_M = 3.0 * SECOND
NOTHING = np.full(COUNT, np.nan)


def _calm(seed: int, level: float = 150.0, sd: float = 1.5) -> Values:
    """An honest heart: it rises within two minutes and wanders slowly about its level."""
    rng = np.random.default_rng(seed)
    return level - 60 * np.exp(-SECOND / 40) + wandering(COUNT, sd=sd, lasting_s=40, rng=rng)


def _cadence(seed: int, sd: float = 2.0) -> Values:
    return 171 + wandering(COUNT, sd=sd, lasting_s=25, rng=np.random.default_rng(seed))


def _between(start_s: float, end_s: float, inside: Values | float, outside: Values) -> Values:
    return np.where((start_s <= SECOND) & (end_s > SECOND), inside, outside)


def _hearts() -> dict[str, Stream]:
    """By what happens to the heart rate; a name that begins with `honest` is a case in which nothing is wrong."""
    late_for_the_bus = np.interp(SECOND, [0, 40, 90, 150, 200, 300, 4000], [100, 140, 176, 178, 150, 140, 145])
    bus_speed = np.where(SECOND < 150, 4.5, 2.8)
    finish = np.interp(SECOND, [0, 100, 3300, 3320, 3400], [100, 150, 155, 180, 186])
    reps = 150 + 18 * np.sin(2 * np.pi * SECOND / 120)
    held = reps[(SECOND // 10 * 10).astype(int)]
    steps = _cadence(2)
    return {
        "spikes": even(SPEED, heart_rate_bpm=_between(1000, 1012, 207, _between(2000, 2001, 80, _calm(1)))),
        "dry leap": even(SPEED, heart_rate_bpm=_between(0, 130, 188, _calm(3))),
        "dry flat low": even(SPEED, heart_rate_bpm=_between(0, 170, 84, _calm(4))),
        "dry fall": even(
            SPEED, heart_rate_bpm=np.maximum(_calm(5, 140), np.interp(SECOND, [0, 120, 160], [186, 184, 90]))
        ),
        "part locked": even(
            SPEED, cadence_spm=steps, heart_rate_bpm=_between(900, 1800, np.round(steps), _calm(6, 145))
        ),
        "silence": even(SPEED, heart_rate_bpm=_between(1000, 1600, np.nan, _calm(7))),
        "every fifth": even(SPEED, heart_rate_bpm=np.where(SECOND % 5 == 0, _calm(8), np.nan)),
        "honest bus": even(bus_speed, heart_rate_bpm=late_for_the_bus),
        "honest finish": even(SPEED, heart_rate_bpm=finish),
        "honest held": even(SPEED, heart_rate_bpm=held),
        "honest steps 1": even(SPEED, cadence_spm=_cadence(9, 1.5), heart_rate_bpm=_calm(10, 171)),
        "honest steps 2": even(SPEED, cadence_spm=_cadence(11, 1.5), heart_rate_bpm=_calm(12, 171)),
        "honest steps 3": even(SPEED, cadence_spm=_cadence(13, 1.0), heart_rate_bpm=_calm(14, 170, 1.0)),
    }


HEARTS = _hearts()
HILLS: dict[str, Values] = {
    "flat": np.zeros(COUNT),
    "rolling": 20 * np.sin(2 * np.pi * RUN_M / 1000),
    "long hills": 20 * np.sin(2 * np.pi * RUN_M / 2000),
    "small hills": 5 * np.sin(2 * np.pi * RUN_M / 700),
    "climb": 0.05 * RUN_M,
}
# Elevate's fit to Strava's curve; the slope in percent.
STRAVA_FIT = (
    1,
    0.029290920646623777,
    0.0018083953212790634,
    4.0662425671715924e-7,
    -3.686186584867523e-7,
    -2.6628107325930747e-9,
)
ALTIMETERS = ("white", "drifting", "satellite", "slow sat")


def _altitude(hill: str, altimeter: str) -> Values:
    """A barometer of +-1 m, white or wandering, and satellites of +-5 m, as they are read: in tenths of a metre."""
    rng = np.random.default_rng([list(HILLS).index(hill), ALTIMETERS.index(altimeter), 77])
    noise = {
        "white": lambda: rng.normal(0, 1, COUNT),
        "drifting": lambda: wandering(COUNT, sd=1, lasting_s=120, rng=rng),
        "satellite": lambda: wandering(COUNT, sd=5, lasting_s=30, rng=rng),
        "slow sat": lambda: wandering(COUNT, sd=5, lasting_s=120, rng=rng),
    }[altimeter]()
    return np.round(200 + HILLS[hill] + noise, 1)


@pytest.fixture(scope="module")
def sensed(tmp_path_factory: pytest.TempPathFactory) -> Build:
    ledger = LedgerBuilder(tmp_path_factory.mktemp("sensed"))
    streams = dict(HEARTS)
    for hill in HILLS:
        for altimeter in ALTIMETERS:
            streams[f"{hill[:5]} {altimeter}"] = even(SPEED, altitude_m=_altitude(hill, altimeter))
    streams["thinned climb"] = kept(even(SPEED, altitude_m=_altitude("climb", "white")), lambda at_s: at_s % 7 == 0)
    streams["on and off"] = even(_on_and_off())
    streams["with stop"], streams["with hole"] = _interrupted(stands=True), _interrupted(stands=False)
    streams["even"] = even(SPEED)
    for day, (name, stream) in enumerate(streams.items()):
        record(ledger, name, day, stream)
    return build_models(ledger, "int_recordings_unioned")


def test_spikes_are_left_out_of_mean_and_maximum(sensed: Build) -> None:
    run = _run(sensed, "spikes")

    assert run["heart_rate_max_bpm"] == pytest.approx(_calm(1)[180:].max(), abs=3)
    assert run["heart_rate_avg_bpm"] == pytest.approx(HEARTS["spikes"].heart_rate_bpm.mean(), abs=1)  # type: ignore[union-attr]  # given above
    assert run["faults"] == ["heart rate spikes left out"]
    assert not [beat for beat in run["heart_rate_seconds"] if beat["heart_rate_bpm"] > 165]


@pytest.mark.parametrize(
    ("name", "honest", "until_s"), [("dry leap", 3, 130), ("dry flat low", 4, 170), ("dry fall", 5, 165)]
)
def test_what_a_dry_strap_says_is_left_out(sensed: Build, name: str, honest: int, until_s: int) -> None:
    run, heart = _run(sensed, name), _calm(honest, 140 if honest == 5 else 150)

    assert run["faults"] == ["heart rate of the first minutes left out: the strap was dry"]
    assert run["heart_rate_avg_bpm"] == pytest.approx(heart[until_s:].mean(), abs=1)
    assert run["heart_rate_max_bpm"] == pytest.approx(heart[until_s:].max(), abs=2)
    assert sum(beat["seconds"] for beat in run["heart_rate_seconds"]) == pytest.approx(COUNT - until_s, abs=25)


def test_minutes_in_which_the_sensor_counted_steps_are_left_out(sensed: Build) -> None:
    run = _run(sensed, "part locked")

    assert run["faults"] == ["heart rate follows cadence for a while and is left out there"]
    assert run["heart_rate_avg_bpm"] == pytest.approx(144, abs=2)
    assert run["heart_rate_max_bpm"] < 155
    assert sum(beat["seconds"] for beat in run["heart_rate_seconds"]) == pytest.approx(COUNT - 900, abs=2)


@pytest.mark.parametrize("name", [name for name in HEARTS if name.startswith("honest")])
def test_an_honest_heart_is_believed_throughout(sensed: Build, name: str) -> None:
    """A sprint at the start or the end, values held for ten seconds, beats that happen to be as many as steps."""
    run, heart = _run(sensed, name), HEARTS[name].heart_rate_bpm
    assert heart is not None

    assert run["faults"] == []
    assert run["measured_avg_bpm"] == pytest.approx(np.round(heart).mean(), abs=0.2)
    assert sum(beat["seconds"] for beat in run["heart_rate_seconds"]) == COUNT - 1
    assert run["measured_max_bpm"] == pytest.approx(np.quantile(heart[180:], 0.995), abs=2)


def test_silence_of_the_sensor_is_unknown_and_not_zero(sensed: Build) -> None:
    run, heart = _run(sensed, "silence"), _calm(7)
    spoken = np.concatenate([heart[:1000], heart[1600:]])

    assert run["heart_rate_share"] == pytest.approx(1 - 600 / COUNT, abs=0.002)
    assert run["measured_avg_bpm"] == pytest.approx(spoken.mean(), abs=0.3)
    assert min(beat["heart_rate_bpm"] for beat in run["heart_rate_seconds"]) > 80


def test_a_reading_stands_for_the_time_since_the_one_before(sensed: Build) -> None:
    run = _run(sensed, "every fifth")

    assert run["heart_rate_share"] == pytest.approx(1, abs=0.005)
    assert run["measured_avg_bpm"] == pytest.approx(_calm(8).mean(), abs=0.5)


@pytest.mark.parametrize("altimeter", ALTIMETERS)
@pytest.mark.parametrize("hill", ["rolling", "long hills", "climb"])
def test_climb_is_right_within_a_tenth_on_hills(sensed: Build, hill: str, altimeter: str) -> None:
    rises = np.diff(HILLS[hill])

    assert _run(sensed, f"{hill[:5]} {altimeter}")["elevation_gain_m"] == pytest.approx(rises[rises > 0].sum(), rel=0.1)


@pytest.mark.parametrize("altimeter", ["white", "drifting"])
def test_the_noise_of_a_barometer_does_not_add_up_and_small_hills_do(sensed: Build, altimeter: str) -> None:
    rises = np.diff(HILLS["small hills"])

    assert _run(sensed, f"flat {altimeter}")["elevation_gain_m"] < 15
    assert _run(sensed, f"small {altimeter}")["elevation_gain_m"] == pytest.approx(rises[rises > 0].sum(), rel=0.1)


@pytest.mark.parametrize("altimeter", ALTIMETERS)
@pytest.mark.parametrize("hill", ["flat", "climb", "rolling"])
def test_graded_speed_is_that_of_the_true_slope(sensed: Build, hill: str, altimeter: str) -> None:
    """1 on the flat, 1.1915 at 5 %, and on rolling hills (12 % at their steepest) the mean of the curve along them."""
    slope = 100 * np.gradient(HILLS[hill], RUN_M)
    curve = np.polynomial.polynomial.polyval(slope, STRAVA_FIT)
    within = {"white": 0.02, "drifting": 0.02}.get(altimeter, 0.04)

    assert _run(sensed, f"{hill[:5]} {altimeter}")["flat_speed_m_per_s"] / 3.0 == pytest.approx(
        curve.mean(), rel=within
    )


def test_a_watch_that_writes_every_seventh_second_climbs_as_high(sensed: Build) -> None:
    run = _run(sensed, "thinned climb")

    assert run["elevation_gain_m"] == pytest.approx(0.05 * RUN_M[-1], rel=0.03)
    assert run["flat_speed_m_per_s"] / 3.0 == pytest.approx(1.1915, rel=0.01)


def _on_and_off() -> Values:
    return np.where(SECOND // 60 % 2 == 0, 2.5, 4.5)


def _interrupted(*, stands: bool) -> Stream:
    """The same run with five minutes of standing still, or of a watch switched off while its owner takes the bus."""
    run = even(_on_and_off())
    before = run.at_s < 1500
    standing_s = np.arange(300.0) if stands else np.empty(0)
    after_m = run.distance_m[~before] + (0.0 if stands else 2000.0)
    return Stream(
        at_s=np.concatenate([run.at_s[before], 1500 + standing_s, 300 + run.at_s[~before]]),
        distance_m=np.concatenate([run.distance_m[before], np.full(len(standing_s), run.distance_m[1499]), after_m]),
    )


def test_normalised_speed_is_the_fourth_power_mean_of_half_minutes(sensed: Build) -> None:
    speeds = _on_and_off()
    half_minutes = np.convolve(speeds, np.ones(30) / 30, mode="valid")
    expected = np.mean(half_minutes**4) ** 0.25

    assert _run(sensed, "even")["normalised_speed_m_per_s"] == pytest.approx(3.0, rel=1e-6)
    assert _run(sensed, "on and off")["normalised_speed_m_per_s"] == pytest.approx(expected, rel=0.003)
    assert expected > speeds.mean() * 1.04


@pytest.mark.parametrize("name", ["with stop", "with hole"])
def test_stops_and_holes_do_not_change_normalised_speed(sensed: Build, name: str) -> None:
    whole, broken = _run(sensed, "on and off"), _run(sensed, name)

    assert broken["normalised_speed_m_per_s"] == pytest.approx(whole["normalised_speed_m_per_s"], rel=0.005)
    assert broken["flat_speed_m_per_s"] == pytest.approx(whole["flat_speed_m_per_s"], rel=0.002)
    assert broken["moving_s"] == pytest.approx(whole["moving_s"], abs=2)


def _run(sensed: Build, name: str) -> dict[str, Any]:
    return sensed.row(
        "select measured.*, measured.heart_rate_avg_bpm as measured_avg_bpm,"
        " measured.heart_rate_max_bpm as measured_max_bpm, unioned.heart_rate_avg_bpm, unioned.heart_rate_max_bpm,"
        " unioned.faults from intermediate.int_recordings_measured as measured"
        " inner join intermediate.int_recordings_unioned as unioned using (athlete_id, file_sha256)"
        " where measured.file_sha256 = ?",
        name,
    )
