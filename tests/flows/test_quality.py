"""The gate: every threshold has a biography, every fault planted in sound marts is named, and judging them is cheap."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import quality
from flows.errors import GateClosed
from flows.suites import ARRIVALS, MARTS, suites_of, threshold_of
from tests.builders.reports_warehouse import empty_warehouse

TODAY = date(2026, 5, 31)
EXPECTATIONS = [
    pytest.param(expectation, id=f"{suite.name}-{expectation['meta']['says']}")
    for suite in suites_of((*ARRIVALS, *MARTS))
    for expectation in suite.expectations
]


@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_every_threshold_has_a_biography_that_ends_with_it(expectation: dict[str, Any]) -> None:
    """A threshold cannot be changed without saying when, from what and why."""
    steps = expectation["meta"]["biography"]

    assert steps[-1]["value"] == threshold_of(expectation)
    assert [step["date"] for step in steps] == sorted(date.fromisoformat(step["date"]).isoformat() for step in steps)
    assert all(step["source"].strip() and step["why"].strip() for step in steps)
    assert expectation["meta"]["says"].strip()
    assert expectation["meta"]["remedy"].endswith(".")


def test_no_two_expectations_of_a_suite_say_the_same() -> None:
    for suite in suites_of((*ARRIVALS, *MARTS)):
        said = [expectation["meta"]["says"] for expectation in suite.expectations]

        assert len(set(said)) == len(said), suite.name


def check(state: str, suite: str = "recordings_arrived", says: str = "Recordings say when they began") -> quality.Check:
    return quality.Check(
        suite=suite,
        expectation=says,
        passed=state == "passed",
        detail="1 of 2 rows",
        remedy="Look.",
        closes_gate=state != "warned",
        judged_at="2026-05-30T06:00:00+00:00",
    )


def test_a_warning_closes_nothing() -> None:
    quality.close_when_failed([check("passed"), check("warned")])

    with pytest.raises(GateClosed, match=r"does not hold \(1 of 2 rows\)\. Look\."):
        quality.close_when_failed([check("warned"), check("failed")])


def test_what_nothing_new_arrived_for_keeps_how_it_last_fared() -> None:
    now = datetime(2026, 5, 31, 6, tzinfo=UTC)
    before = [check("warned"), check("passed", "days_are_whole", "No day stands twice"), check("passed", says="Gone")]

    found = quality.judged([check("passed", says="Gone")], at=now, before=before)

    assert [(one.expectation, one.state, one.judged_at[:10]) for one in found] == [
        ("Gone", "passed", "2026-05-31"),
        ("Recordings say when they began", "warned", "2026-05-30"),
    ]


def test_checks_survive_being_kept_also_those_of_an_older_build() -> None:
    older = json.dumps([{"suite": "a", "expectation": "b", "passed": True, "detail": "", "remedy": ""}])

    assert quality.read(quality.written([check("warned")])) == (check("warned"),)
    assert quality.read(older)[0].state == "passed"


def add(con: duckdb.DuckDBPyConnection, mart: str, **columns: str) -> None:
    """Rows of a mart from expressions over `n`, the days before today, of a hundred days."""
    names, values = ", ".join(columns), ", ".join(columns.values())
    con.execute(f"insert into marts.{mart} (athlete_id, {names}) select 'me', {values} from range(100) as days(n)")


def sound_marts(path: Path) -> Path:
    """A hundred days of somebody who runs 10 km every day, just as the models would have it."""
    empty = empty_warehouse()
    empty.execute(f"attach '{path}' as written")
    empty.execute("copy from database memory to written")
    empty.close()
    con = duckdb.connect(str(path))
    con.execute("alter table marts.athlete_days add column readiness_score_pct double")
    day = f"date '{TODAY}' - cast(n as integer)"
    add(
        con, "activities", activity_id="n", sport="'run'", is_run="true", started_at=f"({day})::timestamptz",
        local_date=day, distance_m="10000", moving_s="3600", elapsed_s="3600", heart_rate_avg_bpm="140",
        training_load="60",
    )  # fmt: skip
    add(
        con, "athlete_days", local_date=day, run_count="1", distance_m="10000", training_load="60", load_is_known="true",
        fitness_ctl="50", fatigue_atl="60", form_tsb_evening="-10", is_provisional="false", recovery_score_pct="60",
        readiness_score_pct="70",
        sleep_s="27000", resting_heart_rate_bpm="50",
    )  # fmt: skip
    con.execute(
        "insert into marts.athlete_weeks (athlete_id, week_start_date, is_closed, distance_m) "
        "select 'me', date_trunc('week', local_date), date_trunc('week', local_date) + interval 6 day < ?, "
        "sum(distance_m) from marts.athlete_days group by all",
        [TODAY],
    )
    con.execute(
        "insert into marts.athlete_profile (athlete_id, as_of_date, longest_run_30d_m, race_fitness, max_heart_rate_bpm) "
        "values ('me', ?, 10000, 45, 190)",
        [TODAY],
    )
    con.execute("insert into marts.best_efforts (athlete_id, distance_m, time_s) values ('me', 5000, 1300)")
    con.execute("insert into marts.plan_adherence (athlete_id, activity_id) values ('me', '1'), ('me', null)")
    con.close()
    return path


# What is planted → the expectations that name it; the first of them closes the gate unless it is a warning.
PLANTED = {
    "insert into marts.athlete_days by name select * from marts.athlete_days where local_date = '2026-05-30'": (
        "failed",
        {"No day stands twice", "No day is missing", "Every week equals the sum of its days", "The days add up to the runs",
         "Every run is counted on one day"},
    ),
    "update marts.athlete_days set distance_m = 400000 where local_date = '2026-05-30'": (
        "failed",
        {"Daily distances are possible", "Every week equals the sum of its days", "The days add up to the runs"},
    ),
    "update marts.athlete_days set training_load = 2000 where local_date = '2026-05-30'": (
        "failed", {"Daily loads are possible", "Daily loads are usual"},
    ),
    "update marts.athlete_days set training_load = 700 where local_date = '2026-05-30'": (
        "warned", {"Daily loads are usual"},
    ),
    "update marts.athlete_days set fitness_ctl = 95, form_tsb_evening = 35 where local_date = '2026-05-31'": (
        "failed",
        {"Fitness moves no faster than its loads allow", "Fitness gains no more in a week than a camp gives"},
    ),
    "update marts.athlete_days set fitness_ctl = 51 where local_date = '2026-05-31'": (
        "failed", {"Form is fitness less fatigue"},
    ),
    "update marts.athlete_days set recovery_score_pct = 101 where local_date = '2026-05-31'": (
        "failed", {"Recovery scores are not above their scale"},
    ),
    "update marts.athlete_days set readiness_score_pct = 101 where local_date = '2026-05-31'": (
        "failed", {"Readiness is not above its scale"},
    ),
    "update marts.athlete_days set load_is_known = false where local_date > '2026-04-20'": (
        "warned", {"Most days are known"},
    ),
    "update marts.athlete_weeks set distance_m = 300000 where week_start_date = '2026-05-18'": (
        "failed", {"Every week equals the sum of its days", "The last week is no leap beyond three months"},
    ),
    "delete from marts.activities where local_date < '2026-03-20'": (
        "failed",
        {"What was known before is still there", "The days add up to the runs", "Every run is counted on one day"},
    ),
    "update marts.activities set distance_m = null": (
        "failed",
        {"Distances that were known still are", "The days add up to the runs", "Most runs have a distance"},
    ),
    "update marts.activities set training_load = null": (
        "failed", {"Loads that were known still are", "Most runs have a load"},
    ),
    "update marts.activities set heart_rate_avg_bpm = null": ("warned", {"Heart rates that were known still are"}),
    "insert into marts.activities by name select * replace ('x' as activity_id, started_at + interval 10 minute as "
    "started_at, 0 as distance_m, false as is_run) from marts.activities where local_date = '2026-05-30'": (
        "passed", set(),
    ),
    "insert into marts.activities by name select * replace ('x' as activity_id, started_at + interval 10 minute as "
    "started_at) from marts.activities where local_date = '2026-05-30'": (
        "failed", {"Runs do not overlap", "The days add up to the runs", "Every run is counted on one day"},
    ),
    "insert into marts.activities by name select * replace ('x' || activity_id as activity_id) from marts.activities": (
        "failed",
        {"Runs do not overlap", "Merging recordings has not failed", "The days add up to the runs",
         "Every run is counted on one day"},
    ),
    "update marts.activities set local_date = '2026-06-05' where local_date = '2026-05-31'": (
        "failed",
        {"No run is yet to come", "The days add up to the runs", "Every run is counted on one day"},
    ),
    "update marts.athlete_profile set race_fitness = 55": ("warned", {"Race fitness does not leap"}),
    "update marts.athlete_profile set race_fitness = 3": (
        "failed", {"Race fitness is possible", "Race fitness does not leap"},
    ),
    "update marts.athlete_profile set max_heart_rate_bpm = 240": ("failed", {"Maximum heart rate is possible"}),
    "update marts.best_efforts set time_s = 700": ("warned", {"No effort is faster than the world's best"}),
    "update marts.best_efforts set time_s = 300": (
        "failed", {"No effort is faster than the world's best", "No effort is twice as fast as the world's best"},
    ),
    "update marts.plan_adherence set activity_id = '1'": ("failed", {"One run completes one workout"}),
    "insert into marts.recording_faults (athlete_id, recording_id, fault, effect) values ('me', 'f', 'old', 'excluded')": (
        "warned", {"Nothing is left out for its clock"},
    ),
    "insert into marts.recording_faults (athlete_id, recording_id, fault, effect, local_date, activity_id) "
    "select 'me', activity_id, 'jumps', 'flagged', local_date, activity_id from marts.activities": (
        "warned", {"Most recordings are sound"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound_marts(tmp_path_factory.mktemp("marts") / "sound.duckdb")


@pytest.mark.slow
def test_sound_marts_hold_every_expectation(sound: Path) -> None:
    found = quality.judge_marts(sound, previous=sound)

    assert [one.expectation for one in found if not one.passed] == []
    assert {one.suite for one in found} == {suite.name for suite in suites_of(MARTS)}
    assert all(one.threshold and one.why and one.source and one.since for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_in_the_marts_is_named(sound: Path, tmp_path: Path, planted: str) -> None:
    state, named = PLANTED[planted]
    candidate = tmp_path / "candidate.duckdb"
    candidate.write_bytes(sound.read_bytes())
    with duckdb.connect(str(candidate)) as con:
        con.execute(planted)

    found = quality.judge_marts(candidate, previous=sound)

    states = {one.state for one in found}
    assert {one.expectation for one in found if not one.passed} == named
    assert ("failed" if "failed" in states else "warned" if "warned" in states else "passed") == state


@pytest.mark.slow
def test_every_expectation_on_the_marts_can_fail() -> None:
    """Bounds that only arithmetic could break are the exception, and are few."""
    unplanted = {one["meta"]["says"] for suite in suites_of(MARTS) for one in suite.expectations} - {
        says for _, named in PLANTED.values() for says in named
    }

    assert unplanted == {
        "The days reach up to today",
        "No day has less than no distance",
        "No day has less than no load",
        "Fitness is not below nothing",
        "Fitness is within its range",
        "Readiness is not below its scale",
        "Recovery scores are not below their scale",
        "Nobody sleeps longer than a day",
        "Resting heart rates are not too low to live",
        "Resting heart rates are rates of rest",
        "Every athlete has one profile",
        "The longest run is possible",
    }


def arrived(tmp_path: Path, count: int, **payload: Any) -> tuple[quality.Check, ...]:
    """How payloads of Strava's interface fare that all look alike."""
    path = tmp_path / "snapshot.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create schema raw; create table raw.payloads (athlete_id text, source text, entity text, source_key text, "
            "version int, payload json, is_deleted boolean, landed_at timestamptz)"
        )
        facts = {
            "start_date": "2026-05-30T06:00:00Z",
            "sport_type": "Run",
            "distance": 9000,
            "moving_time": 3000,
        } | payload
        con.executemany(
            "insert into raw.payloads values ('me', 'strava_api', 'activity', ?, 1, ?, false, ?)",
            [(str(number), json.dumps(facts), datetime(2026, 5, 31, tzinfo=UTC)) for number in range(count)],
        )
        (suite,) = (one for one in suites_of(ARRIVALS) if one.name == "strava_api_activities_arrived")
        return quality.judge(con, [suite], {"since": datetime(2026, 5, 1, tzinfo=UTC)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "payload", "state"),
    [
        (3, {}, "passed"),
        (1, {"average_heartrate": 250}, "warned"),
        (6, {"average_heartrate": 250}, "failed"),
        (1, {"start_date": None}, "failed"),
        (8, {"distance": 9.0}, "failed"),
        (8, {"distance": 0}, "passed"),
    ],
)
def test_one_odd_sensor_warns_and_a_changed_format_closes(
    tmp_path: Path, count: int, payload: dict[str, Any], state: str
) -> None:
    """Kilometres in place of metres are a changed format; eight yoga lessons are not."""
    states = {one.state for one in arrived(tmp_path, count, **payload)}

    assert ("failed" if "failed" in states else "warned" if "warned" in states else "passed") == state


@pytest.mark.slow
def test_judging_the_marts_is_cheap_beside_loading_the_judge(sound: Path) -> None:
    """The ratio, because machines differ; `make bench WHAT=gate` prints the seconds, and those of ten thousand athletes."""
    script = (
        "import sys, time; from pathlib import Path; from flows import quality\n"
        "start = time.process_time(); import great_expectations; loaded = time.process_time()\n"
        "quality.judge_marts(Path(sys.argv[1]), previous=Path(sys.argv[1])); done = time.process_time()\n"
        "print(loaded - start, done - loaded)"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(sound)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    import_s, judging_s = map(float, answer.stdout.split())
    print(f"import {import_s:.2f} s, judging {judging_s:.2f} s, ratio {judging_s / import_s:.2f}")

    assert judging_s < import_s
