"""Runs that cannot all be true count once, and what only the athlete can tell is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build_lean

pytestmark = pytest.mark.slow

MONDAY = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
TODAY = (MONDAY + timedelta(days=27)).date()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Four athletes: one types one run four times, one said that both were run, one raced untagged, one has short files."""
    folder = tmp_path_factory.mktemp("asked")
    ledger = LedgerBuilder(folder)
    for ledger.athlete_id in ("typing", "both"):
        ledger.athlete()
        for number, (minute, distance_m) in enumerate([(0, 12_000), (2, 10_000), (5, 8_000), (7, 9_000)]):
            ledger.landed_at += timedelta(minutes=1)
            _typed(ledger, f"run-{number}", MONDAY + timedelta(days=20, minutes=minute), distance_m)
    split = {"kind": "split", "recordings": [["manual:run-2"], ["manual:run-3"]], "local_date": "2026-05-24"}
    ledger.land("manual", "grouping", "split-1", split, athlete_id="both")
    ledger.athlete_id = "racing"
    ledger.athlete()
    for day in range(0, 24, 2):
        ledger.recording(MONDAY + timedelta(days=day), key=f"easy {day}", distance_m=8000.0, duration_s=2880.0)
    for day, key in ((7, "race"), (13, "denied"), (21, "tagged")):
        ledger.recording(MONDAY + timedelta(days=day), key=key, distance_m=10_020.0, duration_s=2500.0)
    for key, is_race in (("denied", False), ("tagged", True)):
        ledger.land("manual", "correction", f"file:{key}", {"is_race": is_race})
    ledger.athlete_id = "in_pieces"
    ledger.athlete()
    for day in range(0, 26, 2):
        start = MONDAY + timedelta(days=day)
        for minute, minutes in ((0, 10), (11, 30), (42, 10)):  # warm-up, work, cool-down
            ledger.recording(
                start + timedelta(minutes=minute),
                key=f"{day} {minute}",
                distance_m=minutes * 170.0,
                duration_s=60.0 * minutes,
            )
    ledger.recording(MONDAY + timedelta(days=26), key="long", distance_m=13_000.0, duration_s=4600.0)
    return build_lean(folder / "warehouse.next.duckdb", ledger.snapshot(folder / "snapshot.duckdb", today=TODAY))


def _typed(ledger: LedgerBuilder, key: str, started_at: datetime, distance_m: float) -> None:
    payload = {
        "started_at": started_at.isoformat(),
        "utc_offset_s": 0,
        "sport": "run",
        "moving_s": 3600,
        "distance_m": distance_m,
    }
    ledger.land("manual", "run", key, payload)


def test_a_run_typed_four_times_counts_once_and_is_asked_about(asked: Build) -> None:
    counted = asked.rows("select activity_id, distance_m from marts.activities where athlete_id = 'typing'")
    questions = asked.rows(
        "select kind, activity_id, other_id from marts.questions where athlete_id = 'typing' order by other_id"
    )
    faults = asked.rows(
        "select recording_id, effect from marts.recording_faults where athlete_id = 'typing' order by all"
    )
    week = asked.row("select distance_m from marts.athlete_weeks where athlete_id = 'typing' and run_count > 0")

    assert counted == [{"activity_id": "manual:run-3", "distance_m": 9000}]
    assert week["distance_m"] == 9000
    others = ["manual:run-0", "manual:run-1", "manual:run-2"]
    assert questions == [{"kind": "overlap", "activity_id": "manual:run-3", "other_id": other} for other in others]
    assert faults == [{"recording_id": other, "effect": "excluded"} for other in others]


def test_what_the_athlete_says_were_two_runs_counts_twice(asked: Build) -> None:
    counted = asked.rows("select activity_id from marts.activities where athlete_id = 'both' order by 1")

    assert [row["activity_id"] for row in counted] == ["manual:run-2", "manual:run-3"]


def test_what_looks_like_a_race_is_asked_about_until_it_is_said(asked: Build) -> None:
    questions = asked.rows(
        "select kind, activity_id, distance_m, time_s from marts.questions where athlete_id = 'racing'"
    )

    assert questions == [{"kind": "race", "activity_id": "file:race", "distance_m": 10_000, "time_s": 2500}]


def test_the_parts_of_an_outing_are_no_long_runs_and_a_long_run_is_one(asked: Build) -> None:
    types = asked.rows(
        "select activity_id, run_type from marts.activities where athlete_id = 'in_pieces' and run_type = 'long'"
    )

    assert [row["activity_id"] for row in types] == ["file:long"]
