"""Planned beside done, through a real build: what a runner would call done, moved, missed or nobody's business."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build, samples

pytestmark = pytest.mark.slow

MONDAY = date(2026, 5, 4)
TODAY = date(2026, 5, 31)
PLANNED_AT = datetime(2026, 4, 1, tzinfo=UTC)
EASY = {"distance_m": 8000.0, "duration_s": 2880.0}
LONG = {"workout_type": "long", "distance_m": 20000.0, "duration_s": 7200.0}


def _day(number: int, week: int = 0) -> date:
    return MONDAY + timedelta(days=number + 7 * week)


def _at(day: date, hour: float = 12.0) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def _workout(name: str, day: date, **facts: Any) -> dict[str, Any]:
    return {"workout_id": name, "date": day, **EASY, **facts}


class Club:
    """One athlete per story, so that the stories do not touch; all of them in one build."""

    def __init__(self, home: Path) -> None:
        self.ledger = LedgerBuilder(home)
        self.number = 0

    def plan(self, athlete_id: str, *workouts: dict[str, Any]) -> None:
        self.ledger.revision(workouts, made_at=PLANNED_AT, athlete_id=athlete_id)

    def run(self, athlete_id: str, day: date, km: float, minutes: float, *, hour: float = 12.0, **more: Any) -> str:
        """The id of its recording."""
        self.number += 1
        made = self.ledger.manual(
            self.number, _at(day, hour), minutes=minutes, distance_m=km * 1000, athlete_id=athlete_id, **more
        )
        return f"strava:{made}"

    def heard(self, athlete_id: str, day: date = TODAY) -> None:
        """A walk: something has arrived since."""
        self.run(athlete_id, day, 3, 40, sport="walk")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("adherence")
    club = Club(folder)
    for tell in (_long_and_walk, _short_and_late, _swapped, _extra, _double_day, _by_hand, _bands, _sources, _sessions):
        tell(club)
    return build(folder / "warehouse.next.duckdb", club.ledger.snapshot(folder / "snapshot.duckdb", today=TODAY))


def _long_and_walk(club: Club) -> None:
    club.plan("walk", _workout("long", _day(6), **LONG))
    club.run("walk", _day(6), 20, 120, sport="walk")
    club.heard("walk")


def _short_and_late(club: Club) -> None:
    """A short easy run on the day of the long run, and the long run the day after."""
    club.plan("late", _workout("long", _day(6), **LONG))
    club.run("late", _day(6), 10, 60)
    club.run("late", _day(7), 20, 121)
    club.heard("late")


def _swapped(club: Club) -> None:
    club.plan(
        "swapped",
        _workout("easy", _day(1)),
        _workout("tempo", _day(2), workout_type="tempo", distance_m=12000.0, duration_s=3000.0),
    )
    club.run("swapped", _day(1), 12, 50)
    club.run("swapped", _day(2), 8, 48)
    club.heard("swapped")


def _extra(club: Club) -> None:
    """A good run of its day is not moved away to squeeze a poor one in."""
    club.plan("extra", _workout("tuesday", _day(1)), _workout("wednesday", _day(2)))
    club.run("extra", _day(0), 6, 36)
    club.run("extra", _day(1), 8, 48)
    club.heard("extra")


def _double_day(club: Club) -> None:
    """Two runs alike on one day: the one nearer to noon stands, and the other takes what is left."""
    club.plan("double", _workout("a", _day(1)), _workout("b", _day(2)))
    club.run("double", _day(1), 8, 48, hour=6)
    club.run("double", _day(1), 8, 48, hour=13)
    club.heard("double")


def _by_hand(club: Club) -> None:
    ledger = club.ledger
    for athlete_id in ("said", "undone", "refused", "not_done", "skipped"):
        club.plan(athlete_id, _workout("a", _day(1)), _workout("b", _day(3)))
        morning = club.run(athlete_id, _day(1), 8, 48)
        far = club.run(athlete_id, _day(5), 3, 16)
        club.heard(athlete_id)
        said_at = _at(_day(10))
        match athlete_id:
            case "said":
                ledger.word("b", "done", recording_id=far, said_at=said_at, athlete_id=athlete_id)
            case "undone":
                ledger.word("b", "done", recording_id=far, said_at=said_at, athlete_id=athlete_id)
                ledger.word(
                    "b",
                    "done",
                    recording_id=far,
                    said_at=said_at + timedelta(hours=1),
                    is_withdrawn=True,
                    athlete_id=athlete_id,
                )
            case "refused":
                ledger.word("a", "not_this", recording_id=morning, said_at=said_at, athlete_id=athlete_id)
            case "not_done":
                ledger.word("a", "not_done", said_at=said_at, athlete_id=athlete_id)
            case "skipped":
                ledger.word("a", "skipped", because="sick", said_at=said_at, athlete_id=athlete_id)


def _bands(club: Club) -> None:
    """An hour planned each, done as long as the vectors say."""
    for number, minutes in enumerate((29, 30, 47.6, 48, 60, 72, 72.2, 90, 90.2)):
        athlete_id = f"band{number}"
        club.plan(athlete_id, _workout("hour", _day(1), distance_m=0.0, duration_s=3600.0))
        club.run(athlete_id, _day(1), 10, minutes)
        club.heard(athlete_id)
    club.plan("band_none", _workout("hour", _day(1), distance_m=0.0, duration_s=3600.0))
    club.heard("band_none")


def _sources(club: Club) -> None:
    """Who may be called to have missed a run."""
    ledger = club.ledger
    club.plan("strap", _workout("a", _day(1)))
    for number in range(28):
        ledger.night(_day(number), athlete_id="strap")
    club.plan("failing", _workout("a", _day(1, 3)), _workout("b", _day(3, 3)))
    club.plan("recovered", _workout("a", _day(1, 3)), _workout("b", _day(3, 3)))
    for athlete_id in ("failing", "recovered"):
        _strava(club, athlete_id, 1, _day(0, 3), km=5.0)
        _sync(ledger, athlete_id, _at(_day(0, 3), 20), "complete")
        _sync(ledger, athlete_id, _at(_day(5, 3), 20), "try_later")
    _strava(club, "recovered", 2, _day(4, 3), km=8.0)
    _sync(ledger, "recovered", _at(_day(6, 3), 19), "complete")


def _strava(club: Club, athlete_id: str, number: int, day: date, *, km: float) -> None:
    club.ledger.land(
        "strava_api",
        "activity",
        f"{athlete_id}{number}",
        {
            "id": number,
            "sport_type": "Run",
            "start_date": _at(day).isoformat().replace("+00:00", "Z"),
            "start_date_local": _at(day).isoformat().replace("+00:00", "Z"),
            "utc_offset": 0,
            "distance": km * 1000,
            "moving_time": int(km * 360),
            "elapsed_time": int(km * 360),
        },
        athlete_id=athlete_id,
        landed_at=_at(day, 19),
    )


def _sync(ledger: LedgerBuilder, athlete_id: str, ended_at: datetime, state: str) -> None:
    row = (
        athlete_id,
        "strava_api",
        ended_at.isoformat(),
        ended_at,
        ended_at,
        state,
        *(None,) * 3,
        "{}",
        "{}",
        "{}",
        None,
    )
    ledger.rows.setdefault("raw.syncs", []).append(row)


WORK = {"kind": "work", "intensity": "I", "distance_m": 800.0, "duration_s": 200.0, "recovery_s": 120.0}
AROUND = {"kind": "warm_up", "intensity": "E", "distance_m": 2500.0, "duration_s": 900.0, "recovery_s": 0.0}


def _sessions(club: Club) -> None:
    """Six times 800 m in 200 s is planned, or an hour below 150 beats; what was run is told by every second."""
    target = {"pace_fast_s_per_km": 247.5, "pace_slow_s_per_km": 252.5, "repeats": 6}
    intervals = _workout(
        "six", _day(1), workout_type="intervals", distance_m=11400.0, duration_s=3720.0, is_quality=True,
        segments=[AROUND, WORK | target, AROUND | {"kind": "cool_down"}],
    )  # fmt: skip
    easy = _workout(
        "calm", _day(1), distance_m=10000.0, duration_s=3600.0,
        segments=[{"kind": "whole", "intensity": None, "heart_rate_low_bpm": 120.0, "heart_rate_high_bpm": 150.0}],
    )  # fmt: skip
    slow, jog, planned, sprint = [2.78] * 900, [2.3] * 120, [4.0] * 200, [4.5] * 178
    runs = {
        "as_planned": (intervals, slow + 6 * (planned + jog) + slow, 140),
        "two_too_fast": (intervals, slow + 4 * (planned + jog) + 2 * (sprint + jog) + slow, 140),
        "steady": (intervals, [3.06] * 3720, 140),
        "calm": (easy, [2.78] * 3600, 140),
        "keen": (easy, [2.78] * 3600, 165),
    }
    for athlete_id, (workout, speeds, heart_rate) in runs.items():
        club.plan(athlete_id, workout)
        noise = np.random.default_rng(4).normal(0, 0.05, len(speeds))
        recorded = samples(
            _at(_day(1)), speeds_m_per_s=[float(v) for v in np.array(speeds) + noise], heart_rates_bpm=heart_rate
        )
        club.ledger.recording(
            _at(_day(1)), samples=recorded, duration_s=len(speeds), distance_m=float(sum(speeds)), athlete_id=athlete_id
        )
        club.heard(athlete_id)


def _told(built: Build, athlete_id: str) -> dict[str, dict[str, Any]]:
    rows = built.rows("select * from marts.plan_adherence where athlete_id = ?", athlete_id)
    return {row["workout_id"]: row for row in rows}


def test_a_walk_never_completes_a_long_run(built: Build) -> None:
    assert _told(built, "walk")["long"]["status"] == "missed"


def test_a_short_run_on_the_day_does_not_stand_for_the_long_run_done_a_day_later(built: Build) -> None:
    told = _told(built, "late")["long"]

    assert (told["status"], told["done_date"], told["moved_days"]) == ("moved", _day(7), 1)


def test_two_days_swapped_are_two_sessions_moved(built: Build) -> None:
    told = _told(built, "swapped")

    assert {name: (row["status"], row["moved_days"]) for name, row in told.items()} == {
        "easy": ("moved", 1),
        "tempo": ("moved", -1),
    }


def test_an_extra_run_leaves_the_run_of_the_day_where_it_is(built: Build) -> None:
    told = _told(built, "extra")

    assert {name: row["status"] for name, row in told.items()} == {"tuesday": "completed", "wednesday": "missed"}


def test_of_two_runs_alike_the_one_nearer_to_the_workout_stands_for_it(built: Build) -> None:
    told = _told(built, "double")

    assert (told["a"]["status"], told["b"]["status"]) == ("completed", "moved")
    assert told["a"]["activity_id"] < told["b"]["activity_id"]


def test_one_activity_stands_for_one_workout(built: Build) -> None:
    assert built.rows(
        "select activity_id from marts.plan_adherence where activity_id is not null "
        "group by athlete_id, activity_id having count(*) > 1"
    ) == []  # fmt: skip


def test_the_athletes_word_settles_a_match(built: Build) -> None:
    said, undone, refused = _told(built, "said")["b"], _told(built, "undone")["b"], _told(built, "refused")["a"]

    assert (said["status"], said["moved_days"], said["match_confidence"]) == ("partial", 2, 1)
    assert said["reason"].startswith("by hand: ")
    assert (undone["status"], undone["is_by_hand"]) == ("missed", False)
    assert (refused["status"], refused["activity_id"]) == ("missed", None)


def test_not_done_is_missed_and_skipped_is_skipped(built: Build) -> None:
    not_done, skipped = _told(built, "not_done")["a"], _told(built, "skipped")["a"]

    assert (not_done["status"], not_done["compliance"], not_done["activity_id"]) == ("missed", "red", None)
    assert (skipped["status"], skipped["compliance"], skipped["skip_reason"]) == ("skipped", None, "sick")
    assert skipped["reason"] == "by hand: skipped, sick"


def test_compliance_follows_the_vectors(built: Build, vectors: dict[str, Any]) -> None:
    expected = dict((minutes, colour) for minutes, colour in vectors["compliance_plan60"])  # noqa: C402  pairs of a list

    told = {
        round(row["ratio"] * 60, 1): row["compliance"]
        for row in built.rows("select * from marts.plan_adherence where athlete_id like 'band_' and ratio is not null")
    }

    assert {minutes: told[minutes] for minutes in expected if minutes in told} == {
        minutes: colour for minutes, colour in expected.items() if minutes in told
    }
    assert len(told) == 9
    assert _told(built, "band_none")["hour"]["compliance"] == expected[0] == "red"


def test_a_strap_worn_at_night_misses_no_run(built: Build) -> None:
    assert _told(built, "strap")["a"]["status"] == "unknown"


def test_while_a_sync_fails_nothing_is_missed_and_afterwards_what_was_not_run_is(built: Build) -> None:
    assert {name: row["status"] for name, row in _told(built, "failing").items()} == {"a": "unknown", "b": "unknown"}
    assert {name: row["status"] for name, row in _told(built, "recovered").items()} == {"a": "missed", "b": "moved"}


def test_intervals_are_judged_rep_by_rep(built: Build) -> None:
    as_planned, two_too_fast = _told(built, "as_planned")["six"], _told(built, "two_too_fast")["six"]

    assert as_planned["reason"] == "done on the day, 6 of 6 reps on target"
    assert as_planned["adherence_score"] == pytest.approx(100, abs=0.5)
    assert two_too_fast["reason"] == "done on the day, 4 of 6 reps on target"
    assert two_too_fast["compliance"] == "green"
    assert two_too_fast["intensity_share"] == pytest.approx(0.69, abs=0.02)
    assert two_too_fast["structure_score"] == pytest.approx(20)


def test_each_planned_rep_stands_beside_the_one_that_was_run_for_it(built: Build) -> None:
    reps = {
        athlete_id: built.rows("select * from marts.rep_adherence where athlete_id = ? order by rep_number", athlete_id)
        for athlete_id in ("as_planned", "two_too_fast", "steady")
    }

    assert [rep["done_rep_number"] for rep in reps["as_planned"]] == [1, 2, 3, 4, 5, 6]
    assert all(rep["is_on_target"] and rep["is_in_order"] for rep in reps["as_planned"])
    assert [rep["is_on_target"] for rep in reps["two_too_fast"]].count(False) == 2
    assert all(rep["pace_deviation"] < -0.03 for rep in reps["two_too_fast"] if not rep["is_on_target"])
    assert [rep["done_rep_number"] for rep in reps["steady"]] == [None] * 6


def test_the_same_distance_in_the_same_time_without_reps_is_no_interval_session(built: Build) -> None:
    told = _told(built, "steady")["six"]

    assert (told["status"], told["compliance"]) == ("completed", "yellow")
    assert told["reason"] == "done on the day, no reps found where 6 were planned"
    assert told["adherence_score"] == pytest.approx(40, abs=0.5)


def test_an_easy_run_done_too_fast_is_yellow_though_it_took_as_long_as_planned(built: Build) -> None:
    calm, keen = _told(built, "calm")["calm"], _told(built, "keen")["calm"]

    assert (calm["compliance"], calm["adherence_score"]) == ("green", pytest.approx(100))
    assert (keen["compliance"], keen["intensity_score"]) == ("yellow", 0)
    assert keen["reason"] == "done on the day, faster than easy"


def test_a_week_leaves_out_what_nobody_knows(built: Build) -> None:
    week = built.row("select * from marts.athlete_weeks where athlete_id = 'skipped' and week_start_date = ?", MONDAY)

    assert (week["skipped_count"], week["missed_count"], week["adherence_ratio"]) == (1, 1, 0)


def test_the_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    """Three runs alike and two workouts, landed in two orders: who stands for what stays the same."""
    told = set()
    for order in ((6, 12, 18), (18, 6, 12)):
        club = Club(tmp_path)
        club.plan("me", _workout("a", _day(1)), _workout("b", _day(2)))
        for hour in order:
            club.run("me", _day(1), 8, 48, hour=hour)
        club.heard("me")
        made = build(
            tmp_path / "warehouse.next.duckdb", club.ledger.snapshot(tmp_path / "snapshot.duckdb", today=TODAY)
        )
        rows = made.rows(
            "select workout_id, activities.local_started_at from marts.plan_adherence as told "
            "inner join marts.activities as activities using (athlete_id, activity_id) order by 1"
        )
        told.add(tuple((row["workout_id"], row["local_started_at"].hour) for row in rows))

    assert told == {(("a", 12), ("b", 18))}
