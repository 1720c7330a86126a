"""Reps of drawn and of lapped runs in the mart: where they are, how fast, what rest between them, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build_lean, samples

pytestmark = pytest.mark.slow

FIRST = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
EASY, FAST, JOG = 2.8, 4.4, 2.2


def _session(*lengths_s: int, rest_s: int = 90, work: float = FAST, rest: float = JOG) -> list[float]:
    body: list[float] = []
    for length_s in lengths_s:
        body += [work] * length_s + [rest] * rest_s
    return [EASY] * 900 + body + [EASY] * 600


STREAMS: dict[str, tuple[list[float], int, str | None]] = {
    "400s": (_session(*[91] * 8), 8, "8 × 400 m in 1:31, 90 s rest"),
    "800s": (_session(*[182] * 6, rest_s=120), 6, "6 × 800 m in 3:02, 2 min rest"),
    "standing": (_session(*[227] * 5, rest_s=60, rest=0.0), 5, "5 × 1000 m in 3:47, 1 min rest"),
    "tens": (_session(*[600] * 3, rest_s=120, work=3.9), 3, "3 × 10 min at 4:16/km, 2 min rest"),
    "tempo": (_session(1500, work=3.9), 1, "25 min at 4:16/km"),
    "strides": (_session(*[20] * 6, rest_s=70, work=5.2), 6, "6 × 20 s strides"),
    "ladder": (_session(60, 120, 180, 120, 60), 5, "1-2-3-2-1 min, 90 s rest"),
    "sets": (
        [
            *_session(*[45] * 4, rest_s=60, work=4.44)[:-600],
            *[JOG] * 180,
            *_session(*[45] * 4, rest_s=60, work=4.44)[900:],
        ],
        8,
        "2 × (4 × 200 m) in 0:45, 1 min rest, 4 min between sets",
    ),
    "fartlek": (_session(61, 119, 58, 122, 60, 121), 6, "1-2-1-2-1-2 min, 90 s rest"),
    # Nobody could write it down, and lights and hills look the same.
    "surges": (_session(52, 133, 87, 201, 38, 164), 0, None),
    "easy": ([EASY] * 2700, 0, None),
    "lights": (([EASY] * 500 + [0.0] * 40) * 5, 0, None),
    "progression": ([2.6 + 0.5 * second / 2700 for second in range(2700)], 0, None),
}


def _lap(started_s: int, duration_s: int, speed: float, intensity: str | None = None, day: int = 0) -> dict[str, Any]:
    started_at = FIRST + timedelta(days=day, seconds=started_s)
    return {
        "started_at": started_at.isoformat(),
        "elapsed_s": float(duration_s),
        "timer_s": float(duration_s),
        "distance_m": speed * duration_s,
        "intensity": intensity,
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("reps")
    ledger = LedgerBuilder(folder)
    ledger.athlete(sex="m", max_heart_rate_bpm=190, resting_heart_rate_bpm=50)
    for day, (name, (speeds, _, _)) in enumerate(STREAMS.items()):
        _record(ledger, name, day, speeds)
    # Barely faster than the recoveries, as in deep snow: only the watch knows what was meant.
    told = [EASY] * 600 + ([3.0] * 120 + [2.7] * 60) * 4 + [EASY] * 300
    laps = [_lap(0, 600, EASY, "warmup", 30)]
    for rep in range(4):
        laps += [_lap(600 + 180 * rep, 120, 3.0, "interval", 30), _lap(720 + 180 * rep, 60, 2.7, "recovery", 30)]
    _record(ledger, "told", 30, told, laps=[*laps, _lap(1320, 300, EASY, "cooldown", 30)])
    pressed = [_lap(0, 900, EASY, day=31)]
    for rep in range(3):
        pressed += [_lap(900 + 400 * rep, 300, 3.9, day=31), _lap(1200 + 400 * rep, 100, 1.5, day=31)]
    buttons = [EASY] * 900 + ([3.9] * 300 + [1.5] * 100) * 3 + [EASY] * 300
    _record(ledger, "pressed", 31, buttons, laps=[*pressed, _lap(2100, 300, EASY, day=31)])
    kilometres = [_lap(357 * lap, 357, EASY, day=32) for lap in range(7)]
    _record(ledger, "kilometres", 32, [EASY] * 2500, laps=kilometres)
    rough = _session(*[91] * 8)
    _record(ledger, "trail", 33, rough, sub_sport="trail")
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=(FIRST + timedelta(days=40)).date())
    return build_lean(folder / "warehouse.next.duckdb", snapshot)


@pytest.mark.parametrize("name", STREAMS)
def test_reps_are_found_where_they_are_and_nowhere_else(built: Build, name: str) -> None:
    _, count, structure = STREAMS[name]

    run = _activity(built, name)

    assert (run["rep_count"], run["structure"]) == (count, structure)


def test_a_rep_has_its_distance_pace_heart_rate_and_the_rest_after_it(built: Build) -> None:
    reps = _reps(built, "400s")

    assert [rep["rep_number"] for rep in reps] == list(range(1, 9))
    for number, rep in enumerate(reps):
        assert rep["duration_s"] == pytest.approx(91, abs=1)
        assert rep["distance_m"] == pytest.approx(400, abs=6)
        assert rep["pace_s_per_km"] == pytest.approx(1000 / FAST, abs=1.5)
        assert rep["gap_s_per_km"] == pytest.approx(rep["pace_s_per_km"], abs=0.1)
        assert rep["rounded_distance_m"] == 400
        assert rep["rounded_duration_s"] is None
        assert rep["heart_rate_end_bpm"] == pytest.approx(170, abs=1)
        assert rep["heart_rate_end_bpm"] > rep["heart_rate_avg_bpm"] > 140
        assert rep["detected_from"] == "stream"
        if number < 7:
            assert rep["rest_after_s"] == pytest.approx(90, abs=2)
            assert rep["rest_kind"] == "jogging"
    assert (reps[-1]["rest_after_s"], reps[-1]["rest_kind"]) == (None, None)
    assert abs(reps[0]["started_at"] - FIRST - timedelta(seconds=900)) <= timedelta(seconds=1)


def test_a_stand_is_no_jog(built: Build) -> None:
    assert {rep["rest_kind"] for rep in _reps(built, "standing")} == {"standing", None}


def test_a_longer_rest_begins_a_new_set(built: Build) -> None:
    assert [rep["set_number"] for rep in _reps(built, "sets")] == [1] * 4 + [2] * 4


def test_a_workout_on_the_watch_says_what_was_meant(built: Build) -> None:
    reps = _reps(built, "told")

    assert [rep["detected_from"] for rep in reps] == ["laps"] * 4
    assert [rep["duration_s"] for rep in reps] == pytest.approx([120] * 4)
    assert _activity(built, "told")["structure"] == "4 × 2 min at 5:34/km, 1 min rest"


def test_the_lap_button_tells_reps_that_alternate_with_recoveries(built: Build) -> None:
    assert [rep["detected_from"] for rep in _reps(built, "pressed")] == ["laps"] * 3
    assert [rep["rest_kind"] for rep in _reps(built, "pressed")] == ["walking", "walking", None]


def test_laps_at_every_kilometre_tell_nothing(built: Build) -> None:
    assert _activity(built, "kilometres")["rep_count"] == 0


def test_on_trails_speed_alone_tells_no_reps(built: Build) -> None:
    assert (_activity(built, "trail")["rep_count"], _reps(built, "trail")) == (None, [])


def _record(ledger: LedgerBuilder, name: str, day: int, speeds: Sequence[float], **facts: Any) -> None:
    started_at = FIRST + timedelta(days=day)
    recorded: pa.Table = samples(
        started_at,
        speeds_m_per_s=speeds,
        heart_rates_bpm=_beats(speeds),
        cadences_rpm=[45.0 if v < 2 else 85.0 for v in speeds],
    )
    ledger.recording(
        started_at,
        key=name,
        samples=recorded,
        distance_m=recorded["distance_m"][-1].as_py(),
        duration_s=len(speeds) - 1,
        heart_rate_avg_bpm=150,
        **facts,
    )


def _beats(speeds: Sequence[float]) -> list[int]:
    """Heart rate that follows effort half a minute late, up to 170."""
    beats, found = 130.0, []
    for speed in speeds:
        beats += ((170.4 if speed > 3.5 else 130.0) - beats) / 15
        found.append(round(beats))
    return found


def _activity(built: Build, name: str) -> dict[str, Any]:
    return built.row("select * from marts.activities where activity_id = ?", f"file:{name}")


def _reps(built: Build, name: str) -> list[dict[str, Any]]:
    return built.rows("select * from marts.reps where activity_id = ? order by rep_number", f"file:{name}")
