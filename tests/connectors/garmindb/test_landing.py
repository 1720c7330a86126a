"""GarminDB's databases imported end to end: found by content, landed once, gone when they are gone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest

from connectors.importer import ImportResult, import_paths
from connectors.landing import Store
from tests.builders.garmindb import GarminDbFolder, history, night, write_garmindb
from tests.builders.ledger import ledger_content, new_store, query
from tests.builders.takeouts import write_zip

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = datetime.fromisoformat("2024-10-01 08:00")
COUNTS = """
    select entity, count(*), sum(is_deleted::int)
    from (
        select entity, source_key, arg_max(is_deleted, version) as is_deleted
        from raw.payloads
        where source = 'garmindb' and entity <> 'snapshot'
        group by all
    )
    group by all order by all
"""


def bring_in(store: Store, *paths: Path) -> ImportResult:
    return import_paths(paths, athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)


def reasons(result: ImportResult) -> dict[str, str]:
    return {each.name: f"{each.state}: {each.reason}" for each in result.files}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def test_a_folder_of_databases_lands_and_lands_once(store: Store, tmp_path: Path) -> None:
    folder = write_garmindb(tmp_path / "DBs")
    first = bring_in(store, folder)
    content = ledger_content(store)
    again = bring_in(store, folder)

    assert query(store, COUNTS) == [("activity", 4, 0), ("day", 4, 0), ("hrv", 4, 0), ("sleep", 4, 0)]
    assert {each.state for each in again.files} == {"unchanged", "skipped"}
    assert ledger_content(store) == content
    assert reasons(first)["DBs/garmin_activities.db"] == (
        "imported: activities: 4 new; "
        "Its summaries only: offer GarminDB's folder FitFiles to have every second of them."
    )
    assert reasons(first)["DBs/garmin.db"] == "imported: days: 4 new"
    assert "Nothing to do" in reasons(first)["DBs/garmin_monitoring.db"]


def test_a_zip_of_the_folder_is_the_same_as_the_folder(tmp_path: Path) -> None:
    folder = write_garmindb(tmp_path / "DBs")
    files = {f"HealthData/DBs/{path.name}": path.read_bytes() for path in folder.iterdir()}
    contents = []
    for index, path in enumerate((folder, write_zip(tmp_path / "backup.zip", files))):
        store = new_store(tmp_path / f"home{index}")
        bring_in(store, path)
        contents.append(ledger_content(store)["payloads"])

    assert contents[0] == contents[1]


def test_a_lone_database_of_activities_lands_nothing_and_says_what_to_offer(store: Store, tmp_path: Path) -> None:
    write_garmindb(tmp_path / "DBs")
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "export.bin"
    shutil.copy(tmp_path / "DBs" / "garmin_activities.db", alone)
    (only,) = bring_in(store, alone).files

    assert (only.state, only.kind) == ("skipped", "sqlite")
    assert "Offer the whole DBs folder" in only.reason
    assert query(store, "select count(*) from raw.payloads") == [(0,)]


def test_what_the_databases_no_longer_hold_is_gone(store: Store, tmp_path: Path) -> None:
    full = history(5)
    fewer = replace(full, activities=[full.activities[index] for index in (0, 2, 4)])
    bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(history=full)))
    result = bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(history=fewer, imported_at=LATER)))
    gone = query(store, "select source_key from raw.payloads where is_deleted order by all")

    assert gone == [("9002",), ("9004",)]
    assert "2 gone" in reasons(result)["DBs/garmin_activities.db"]


def test_a_database_begun_anew_with_only_the_latest_deletes_nothing(store: Store, tmp_path: Path) -> None:
    full = history(6)
    latest = replace(full, activities=full.activities[4:], nights=full.nights[4:], hrv=full.hrv[4:], days=full.days[4:])
    bring_in(store, write_garmindb(tmp_path / "old", GarminDbFolder(history=full)))
    bring_in(store, write_garmindb(tmp_path / "new", GarminDbFolder(history=latest, imported_at=LATER)))

    assert query(store, COUNTS) == [("activity", 6, 0), ("day", 6, 0), ("hrv", 6, 0), ("sleep", 6, 0)]


def test_an_older_copy_changes_nothing_that_is_known(store: Store, tmp_path: Path) -> None:
    full = history(4)
    renamed = replace(full, activities=[replace(each, name="Renamed") for each in full.activities])
    bring_in(store, write_garmindb(tmp_path / "new", GarminDbFolder(history=renamed, imported_at=LATER)))
    bring_in(store, write_garmindb(tmp_path / "backup", GarminDbFolder(history=full)))
    names = query(store, "select distinct payload ->> 'name' from raw.payloads where entity = 'activity'")

    assert names == [("Renamed",)]


def test_nights_left_in_the_old_place_and_moved_ones_are_one_list(store: Store, tmp_path: Path) -> None:
    dbs = GarminDbFolder(old_nights=[night(date(2024, 4, 29)), night(date(2024, 5, 1))])
    bring_in(store, write_garmindb(tmp_path / "DBs", dbs))
    nights = query(store, "select source_key from raw.payloads where entity = 'sleep' order by all")

    assert nights == [("2024-04-29",), ("2024-05-01",), ("2024-05-02",), ("2024-05-03",), ("2024-05-04",)]


def test_a_change_of_units_is_a_new_version_not_a_new_activity(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_garmindb(tmp_path / "DBs"))
    bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(measurement_system="statute", imported_at=LATER)))
    versions = query(
        store,
        "select version, payload ->> '_measurement_system', count(*) from raw.payloads "
        "where entity = 'activity' group by all order by all",
    )

    assert versions == [(1, "metric", 4), (2, "statute", 4)]


def test_the_databases_themselves_are_not_copied_and_not_touched(store: Store, tmp_path: Path) -> None:
    folder = write_garmindb(tmp_path / "DBs")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    bring_in(store, folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not list(store.files_dir.rglob("*.*")) if store.files_dir.exists() else True


def test_titles_of_any_signs_reach_the_ledger_as_they_are(store: Store, tmp_path: Path) -> None:
    title = 'Läufe \N{RUNNER} "zwei"\nZeilen\x00'
    named = replace(history(1), activities=[replace(history(1).activities[0], name=title)])
    bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(history=named)))
    (payload,) = query(store, "select payload::text from raw.payloads where entity = 'activity'")[0]

    assert orjson.loads(payload)["name"] == title
