"""The take-outs are what vendors send, the same every time, and a later one only adds."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.sample import Takeouts, write_takeouts
from tests.builders.sample import activities, home_date, runs, table, whoop_rows

SEED = 7
TODAY = date(2026, 11, 21)
UNTIL = TODAY - timedelta(days=27)
WHOOP_FILES = ("physiological_cycles.csv", "sleeps.csv", "workouts.csv", "journal_entries.csv")
PROFILE = Path(__file__).parents[4] / "shared" / "data" / "whoop" / "format_profile.json"


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    until = TODAY - timedelta(days=1000)

    first, second = (write_takeouts(tmp_path / name, seed=3, today=TODAY, until=until) for name in ("first", "second"))

    assert first.strava_archive.read_bytes() == second.strava_archive.read_bytes()
    assert first.whoop_export.read_bytes() == second.whoop_export.read_bytes()


def test_another_seed_is_another_athlete(tmp_path: Path) -> None:
    until = TODAY - timedelta(days=1080)

    first, second = (write_takeouts(tmp_path / str(seed), seed=seed, today=TODAY, until=until) for seed in (3, 4))

    assert table(first.strava_archive, "activities.csv") != table(second.strava_archive, "activities.csv")


def test_a_take_out_from_before_the_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="begins on"):
        write_takeouts(tmp_path, seed=SEED, today=TODAY, until=TODAY - timedelta(days=2000))


@pytest.mark.parametrize("later", ["takeouts", "followed"])
def test_a_later_archive_begins_with_the_earlier_one(
    later: str, earlier: Takeouts, request: pytest.FixtureRequest
) -> None:
    """Whatever the athlete did afterwards, by habit or by plan, older rows and files stay byte for byte."""
    afterwards: Takeouts = request.getfixturevalue(later)
    before, after = (table(each.strava_archive, "activities.csv") for each in (earlier, afterwards))

    assert after[: len(before)] == before
    assert len(after) > len(before)
    with zipfile.ZipFile(earlier.strava_archive) as old, zipfile.ZipFile(afterwards.strava_archive) as new:
        originals = [name for name in old.namelist() if name.startswith("activities/")]
        assert [old.getinfo(name).CRC for name in originals] == [new.getinfo(name).CRC for name in originals]
    for file in earlier.watch_folder.iterdir():
        assert (afterwards.watch_folder / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("later", ["takeouts", "followed"])
@pytest.mark.parametrize("member", WHOOP_FILES)
def test_a_later_strap_export_ends_with_the_earlier_one(
    member: str, later: str, earlier: Takeouts, request: pytest.FixtureRequest
) -> None:
    """Newest first; only the cycle that was still running then has an end now."""
    afterwards: Takeouts = request.getfixturevalue(later)
    before, after = (table(each.whoop_export, member)[1:] for each in (earlier, afterwards))
    closed = [row for row in before if row[1]]

    assert after[-len(closed) :] == closed
    running = [row for row in before if not row[1]]
    assert {row[0] for row in running} <= {row[0] for row in after}


def test_nothing_is_later_than_the_take_out(earlier: Takeouts) -> None:
    assert max(home_date(row) for row in activities(earlier.strava_archive)) <= UNTIL
    newest = whoop_rows(earlier.whoop_export, "physiological_cycles.csv")[0]
    assert newest["Wake onset"].startswith(str(UNTIL))
    assert not newest["Cycle end time"]


def test_today_has_a_night_behind_it_and_no_run_yet(takeouts: Takeouts) -> None:
    newest, *older = whoop_rows(takeouts.whoop_export, "physiological_cycles.csv")

    assert max(home_date(row) for row in activities(takeouts.strava_archive)) < TODAY
    assert newest["Wake onset"].startswith(str(TODAY))
    assert 50 <= int(newest["Recovery score %"]) <= 85
    assert not newest["Cycle end time"]
    assert all(row["Cycle end time"] for row in older)


def test_zip_entries_are_dated_by_the_take_out(earlier: Takeouts) -> None:
    for path in (earlier.strava_archive, earlier.whoop_export):
        with zipfile.ZipFile(path) as archive:
            assert {entry.date_time[:3] for entry in archive.infolist()} == {(UNTIL.year, UNTIL.month, UNTIL.day)}


def test_activities_have_the_vendors_94_columns_some_twice(takeouts: Takeouts) -> None:
    header = table(takeouts.strava_archive, "activities.csv")[0]

    assert len(header) == 94
    assert header[:3] == ["Activity ID", "Activity Date", "Activity Name"]
    assert header[12] == "Filename"
    assert header[-1] == "Media"
    twice = {name for name in header if header.count(name) == 2}
    assert twice == {"Elapsed Time", "Distance", "Max Heart Rate", "Relative Effort", "Commute"}


def test_the_two_distances_of_an_activity_agree(takeouts: Takeouts) -> None:
    for row in runs(takeouts.strava_archive):
        assert float(row["Distance"]) == pytest.approx(float(row["Distance (2)"]) / 1000, abs=0.006)
        assert float(row["Elapsed Time"]) == float(row["Elapsed Time (2)"]) >= float(row["Moving Time"])


def test_activities_and_files_have_ids_of_their_own(takeouts: Takeouts) -> None:
    rows = activities(takeouts.strava_archive)
    ids = [row["Activity ID"] for row in rows]
    stems = [Path(row["Filename"]).name.removesuffix(".fit.gz") for row in rows if row["Filename"]]

    assert len(set(ids)) == len(ids)
    assert len(set(stems)) == len(stems)
    assert not set(ids) & set(stems)


@pytest.mark.skipif(not PROFILE.exists(), reason="the measured format of real exports is not on this machine")
@pytest.mark.parametrize("member", WHOOP_FILES)
def test_the_strap_export_has_the_measured_format(member: str, takeouts: Takeouts) -> None:
    """Columns in the measured order, numbers within what twelve people's exports showed, whole where they are whole."""
    profile = json.loads(PROFILE.read_text())
    measured = [file["columns"] for file in profile["files"] if file["path"] == member]

    header, *rows = table(takeouts.whoop_export, member)

    assert header in measured
    for index, name in enumerate(header):
        pooled = profile["pooled_columns"][f"{member} | {name}"]
        values = [row[index] for row in rows if row[index]]
        if pooled["min"] is None or not values:
            continue
        numbers = [float(value) for value in values]
        assert pooled["min"] <= min(numbers), name
        assert max(numbers) <= pooled["max"], name
        assert pooled["decimals"] or all(number.is_integer() for number in numbers), name


def test_only_the_running_cycle_has_no_end(takeouts: Takeouts) -> None:
    cycles = whoop_rows(takeouts.whoop_export, "physiological_cycles.csv")

    starts = [row["Cycle start time"] for row in cycles]
    assert [row["Cycle end time"] for row in cycles].count("") == 1
    assert len(set(starts)) == len(starts)
    assert starts[:50] == sorted(starts[:50], reverse=True)
