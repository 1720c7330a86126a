"""What kind of run it was, by what was run and never by its title; the athlete's word stands over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build_lean, samples

pytestmark = pytest.mark.slow

FIRST = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
# A 5 km race in twenty minutes: threshold 3.92, marathon 3.69, fast end of easy 3.38 m/s.
EASY, MARATHON, THRESHOLD, INTERVAL = 2.9, 3.69, 3.92, 4.3
GRADE, UPHILL_FACTOR = 0.07, 1.294


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    speeds: list[float]
    run_type: str
    rule: str
    heart_rate_bpm: int | None = 142
    facts: dict[str, Any] = field(default_factory=dict)
    climbs: list[float] | None = None


def _session(*work: tuple[int, float], rest_s: int = 90, rest: float = 2.2) -> list[float]:
    body: list[float] = []
    for seconds, speed in work:
        body += [speed] * seconds + [rest] * rest_s
    return [EASY] * 900 + body + [EASY] * 600


def _hills() -> Case:
    flat, up, down = [EASY] * 900, [INTERVAL / UPHILL_FACTOR] * 90, [2.0] * 149
    speeds = flat + (up + down) * 8 + flat
    grades = [0.0] * 900 + ([GRADE] * 90 + [-GRADE] * 149) * 8 + [0.0] * 900
    return Case(speeds=speeds, run_type="hills", rule="uphill_reps", climbs=grades)


CASES: dict[str, Case] = {
    "race": Case(speeds=[5000 / 1200] * 1201, run_type="race", rule="race_effort", heart_rate_bpm=176),
    "intervals": Case(speeds=_session(*[(180, INTERVAL)] * 6), run_type="intervals", rule="even_reps"),
    "ladder": Case(
        speeds=_session(*[(60 * m, INTERVAL) for m in (1, 2, 3, 2, 1)]), run_type="fartlek", rule="varied_reps"
    ),
    "cruise": Case(
        speeds=_session(*[(480, THRESHOLD)] * 4, rest_s=60), run_type="tempo", rule="threshold_reps", heart_rate_bpm=155
    ),
    "tempo": Case(speeds=_session((1500, THRESHOLD)), run_type="tempo", rule="threshold_reps", heart_rate_bpm=155),
    "hills": _hills(),
    "progression": Case(
        speeds=[2.8 + 0.7 * second / 3000 for second in range(3000)],
        run_type="progression",
        rule="faster_blocks",
        heart_rate_bpm=150,
    ),
    "marathon": Case(
        speeds=[EASY] * 3000 + ([MARATHON] * 813 + [EASY] * 240) * 2 + [EASY] * 600,
        run_type="long",
        rule="long_for_this_runner",
        heart_rate_bpm=150,
    ),
    "recovery": Case(speeds=[2.6] * 1800, run_type="recovery", rule="short_and_low_after_hard", heart_rate_bpm=125),
    "strides": Case(
        speeds=_session(*[(20, 5.2)] * 6, rest_s=70), run_type="easy", rule="low_heart_rate", heart_rate_bpm=138
    ),
    "steady": Case(speeds=[3.3] * 2700, run_type="steady", rule="none_of_these", heart_rate_bpm=160),
    "no strap": Case(speeds=[EASY] * 2700, run_type="easy", rule="slower_than_easy", heart_rate_bpm=None),
    "said": Case(speeds=_session(*[(180, INTERVAL)] * 6), run_type="tempo", rule="by_hand"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("types")
    ledger = LedgerBuilder(folder)
    ledger.athlete(sex="m", max_heart_rate_bpm=190, resting_heart_rate_bpm=50)
    day = 0
    for name, case in CASES.items():
        # Only recovery follows on the heels of something hard.
        day += 1 if name == "recovery" else 3
        _record(ledger, name, FIRST + timedelta(days=day), case)
    ledger.land("manual", "correction", "file:said", {"run_type": "tempo"})
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=(FIRST + timedelta(days=day + 1)).date())
    return build_lean(folder / "warehouse.next.duckdb", snapshot)


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_what_was_run(built: Build, name: str) -> None:
    run = _activity(built, name)

    assert (run["run_type"], run["run_type_rule"]) == (CASES[name].run_type, CASES[name].rule)
    assert 0 < run["run_type_confidence"] <= 1


def test_the_word_of_the_athlete_is_certain(built: Build) -> None:
    assert _activity(built, "said")["run_type_confidence"] == 1


def test_marathon_pace_within_a_long_run_is_seen(built: Build) -> None:
    assert _activity(built, "marathon")["has_race_pace_work"] is True
    assert _activity(built, "steady")["has_race_pace_work"] is False


def _record(ledger: LedgerBuilder, name: str, started_at: datetime, case: Case) -> None:
    altitudes = None if case.climbs is None else _altitudes(case.speeds, case.climbs)
    recorded = samples(
        started_at, speeds_m_per_s=case.speeds, heart_rates_bpm=case.heart_rate_bpm, altitudes_m=altitudes
    )
    ledger.recording(
        started_at,
        key=name,
        samples=recorded,
        distance_m=recorded["distance_m"][-1].as_py(),
        duration_s=len(case.speeds) - 1,
        heart_rate_avg_bpm=case.heart_rate_bpm,
        heart_rate_max_bpm=case.heart_rate_bpm,
        **case.facts,
    )


def _altitudes(speeds: Sequence[float], grades: Sequence[float]) -> list[float]:
    altitude, found = 100.0, []
    for speed, grade in zip(speeds, grades, strict=True):
        altitude += speed * grade
        found.append(altitude)
    return found


def _activity(built: Build, name: str) -> dict[str, Any]:
    return built.row("select * from marts.activities where activity_id = ?", f"file:{name}")
