"""Garmin's account export: found by content, read a row at a time, and the same however it was cut and packed."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.garmin.export_rows import garmin_entity, read_rows
from connectors.importer import ImportResult, import_paths
from connectors.landing import Store
from connectors.spool import Spool
from connectors.takeout import HEAD_BYTES, what_is
from tests.builders.ledger import ledger_content, new_store, query
from tests.builders.takeouts import write_folder
from tests.builders.takeouts_garmin import (
    E_MAIL,
    FIRST_ID,
    GarminTakeout,
    activity,
    fit_folder,
    garmin_files,
    health,
    night,
    night_of_dates_only,
    whole_day,
    write_garmin_zip,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
AT = datetime(2024, 5, 1, 6, tzinfo=UTC)
DAY = date(2024, 5, 1)
TAKEOUT = GarminTakeout()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def bring_in(store: Store, *paths: Path) -> ImportResult:
    return import_paths(paths, athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)


def live(store: Store, entity: str = "%") -> list[tuple[Any, ...]]:
    """What the export says, as the ledger has it: everything but the records of lists."""
    return query(
        store,
        "select source, entity, source_key, payload::text from raw.payloads "
        f"where entity <> 'snapshot' and entity like '{entity}' "
        "qualify row_number() over (partition by source, entity, source_key order by version desc) = 1 "
        "and not is_deleted order by all",
    )


def document(*rows: dict[str, Any]) -> bytes:
    return orjson.dumps(list(rows))


def test_an_export_lands_activities_nights_days_health_and_recordings(store: Store, tmp_path: Path) -> None:
    result = bring_in(store, write_garmin_zip(tmp_path / "export.zip", TAKEOUT))
    rows = query(
        store,
        "select source, entity, count(*) from raw.payloads where entity <> 'snapshot' group by all order by all",
    )

    assert rows == [
        ("garmin_export", "activity", 15),
        ("garmin_export", "day", 30),
        ("garmin_export", "health", 30),
        ("garmin_export", "recording", 15),
        ("garmin_export", "sleep", 26),
    ]
    assert result.count("imported") == 25


def test_rows_are_kept_as_they_came(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_garmin_zip(tmp_path / "export.zip", TAKEOUT))
    ((payload,),) = query(store, f"select payload::text from raw.payloads where source_key = '{FIRST_ID}'")
    ((sleep,),) = query(
        store, "select payload::text from raw.payloads where entity = 'sleep' and source_key = '2024-05-01'"
    )

    assert orjson.loads(payload) == {**activity(0, AT), "_started_at": "2024-05-01T06:00:00Z"}
    assert '"startTimeGmt":1714543200000.0' in payload
    assert '"beginTimestamp":1714543200000,' in payload
    assert '"maxSpeed":0.30000000000000004' in payload
    assert orjson.loads(sleep) == night(DAY)


@pytest.mark.parametrize("overlap_days", [1, 9, 15])
def test_overlapping_files_say_the_same_as_files_that_do_not_overlap(tmp_path: Path, overlap_days: int) -> None:
    """With days told twice, nights of dates only and repeated activities on top."""
    plain = GarminTakeout(activities_per_file=4)
    messy = GarminTakeout(activities_per_file=4, overlap_days=overlap_days, is_messy=True)
    stores = [new_store(tmp_path / f"home{index}") for index in range(2)]
    for store, takeout in zip(stores, (plain, messy), strict=True):
        bring_in(store, write_garmin_zip(tmp_path / f"{takeout.is_messy}" / "export.zip", takeout))

    assert live(stores[0]) == live(stores[1])
    assert len(live(stores[0], "sleep")) == 26


def test_what_an_older_file_knew_of_a_day_is_no_version_of_it(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_garmin_zip(tmp_path / "export.zip", GarminTakeout(overlap_days=9)))

    assert query(store, "select max(version) from raw.payloads") == [(1,)]


def test_zip_folder_and_inner_folders_give_the_same_activities_and_nights(tmp_path: Path) -> None:
    uuid = "0f0e8e7d-6a47-4c61-9e5a-93f32d8fd0b1_1/"
    packed = write_garmin_zip(tmp_path / "a" / "export.zip", TAKEOUT)
    under_uuid = write_garmin_zip(tmp_path / "b" / "export.zip", GarminTakeout(top=uuid))
    folder = write_folder(tmp_path / "c" / "export", garmin_files(TAKEOUT))
    contents = []
    for index, path in enumerate([packed, under_uuid, folder, folder / "DI_CONNECT"]):
        store = new_store(tmp_path / f"home{index}")
        bring_in(store, path)
        contents.append(live(store))

    assert contents[0] == contents[1] == contents[2] == contents[3]


def test_importing_an_export_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = write_garmin_zip(tmp_path / "export.zip", GarminTakeout(overlap_days=3, is_messy=True))
    first = bring_in(store, path)
    before = ledger_content(store)
    again = bring_in(store, path)

    assert ledger_content(store) == before
    assert again.count("imported") == 0
    assert first.files[-1] == again.files[-1]


def test_nothing_private_is_read_kept_or_told(store: Store, tmp_path: Path) -> None:
    takeout = GarminTakeout(logs_per_day=2)
    result = bring_in(store, write_garmin_zip(tmp_path / "export.zip", takeout))
    kinds = {each.kind for each in result.files}
    told = [each.reason for each in result.files if each.state == "skipped"]

    assert told == [
        "68 other files of this Garmin export (profile, settings, device logs and the like) were left alone, as meant."
    ]
    assert kinds == {"garmin_activities", "garmin_sleep", "garmin_day", "garmin_health", "fit", "garmin_other"}
    assert query(store, "select count(*) from raw.files") == [(25,)]
    everything = repr(result) + repr(ledger_content(store))
    assert "ann.runner" not in everything
    assert "birthDate" not in everything
    originals = b"".join(path.read_bytes() for path in store.files_dir.rglob("*") if path.is_file())
    assert E_MAIL.encode() not in originals


def test_the_uploads_alone_are_the_same_recordings_under_the_same_source(store: Store, tmp_path: Path) -> None:
    files = garmin_files(TAKEOUT)
    uploads = {name.rpartition("/")[2]: data for name, data in files.items() if name.endswith(".zip")}
    bring_in(store, write_folder(tmp_path / "Downloads", uploads))
    alone = live(store)
    bring_in(store, write_folder(tmp_path / "export", files))

    assert {row[:2] for row in alone} == {("garmin_export", "recording")}
    assert live(store, "recording") == alone


def test_the_twin_folder_of_the_watch_has_the_same_recordings(tmp_path: Path) -> None:
    export = write_garmin_zip(tmp_path / "export.zip", TAKEOUT)
    watch = write_folder(tmp_path / "watch", fit_folder(TAKEOUT))
    contents = []
    for index, order in enumerate(permutations([export, watch])):
        store = new_store(tmp_path / f"home{index}")
        for path in order:
            bring_in(store, path)
        contents.append(live(store))
    recordings = [row for row in contents[0] if row[1] == "recording"]

    assert contents[0] == contents[1]
    assert [row[0] for row in recordings] == ["file"] * 15 + ["garmin_export"] * 15
    assert [row[2:] for row in recordings[:15]] == [row[2:] for row in recordings[15:]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_exports_in_any_order_leave_what_the_newest_says(tmp_path: Path, order: tuple[int, ...]) -> None:
    """An activity deleted in between is gone, one added is there, and grown files of days win."""
    takeouts = [
        GarminTakeout(days=20),
        GarminTakeout(days=24, without=frozenset({2})),
        GarminTakeout(days=30, without=frozenset({2, 14})),
    ]
    store, expected = new_store(tmp_path / "home"), new_store(tmp_path / "expected")
    for index in order:
        at = datetime(2024, 6 + index, 1, tzinfo=UTC)
        bring_in(store, write_garmin_zip(tmp_path / f"{index}" / "export.zip", takeouts[index], at=at))
    bring_in(expected, write_garmin_zip(tmp_path / "newest" / "export.zip", takeouts[2]))
    wanted = ("activity", "sleep", "day", "health")

    assert [live(store, entity) for entity in wanted] == [live(expected, entity) for entity in wanted]
    assert str(FIRST_ID + 2) not in {row[2] for row in live(store, "activity")}


def test_one_file_of_a_longer_list_deletes_nothing(store: Store, tmp_path: Path) -> None:
    takeout = GarminTakeout(days=40, activities_per_file=10)
    files = garmin_files(takeout)
    folder = write_folder(tmp_path / "export", files)
    bring_in(store, folder)
    older_part = next(name for name in files if "_11_summarized" in name)
    bring_in(store, folder / older_part)

    assert len(live(store, "activity")) == 20


def test_a_list_with_a_missing_part_deletes_nothing(store: Store, tmp_path: Path) -> None:
    files = garmin_files(GarminTakeout(days=60, activities_per_file=10))
    bring_in(store, write_folder(tmp_path / "whole", files))
    bring_in(store, write_folder(tmp_path / "part", {name: data for name, data in files.items() if "_11_" not in name}))

    assert len(live(store, "activity")) == 30


def test_a_file_that_is_cut_short_gives_what_it_has_and_deletes_nothing(store: Store, tmp_path: Path) -> None:
    files = garmin_files(TAKEOUT)
    bring_in(store, write_folder(tmp_path / "whole", files))
    name = next(each for each in files if "summarizedActivities" in each)
    result = bring_in(store, write_folder(tmp_path / "cut" / "DI_CONNECT", {name: files[name][:3_000]}))

    assert len(live(store, "activity")) == 15
    assert result.files[0].faults == ("the file is damaged or cut short; what came before that was taken",)


def test_a_file_that_is_no_json_after_all_costs_only_itself(store: Store, tmp_path: Path) -> None:
    broken = b'[{"calendarDate":"2024-05-01","deepSleepSeconds":1,"x":' + b"\xff"
    result = bring_in(
        store,
        write_folder(tmp_path / "x", {"a_sleepData.json": broken, "b_sleepData.json": document(night(DAY))}),
    )

    assert [each.state for each in result.files] == ["skipped", "imported"]
    assert "damaged" in result.files[0].reason
    assert query(store, "select state from raw.files order by 1") == [("imported",), ("skipped",)]


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("garmin_activities", orjson.dumps([{"summarizedActivitiesExport": [activity(1, AT)]}])),
        ("garmin_activities", orjson.dumps({"summarizedActivitiesExport": [activity(1, AT, splits=500)]})),
        ("garmin_sleep", document(night(DAY))),
        ("garmin_sleep", document(night_of_dates_only(DAY), night(DAY))),
        ("garmin_sleep", b"\xef\xbb\xbf" + document(night(DAY))),
        ("garmin_sleep", b"\n " + orjson.dumps([night(DAY)], option=orjson.OPT_INDENT_2)),
        ("garmin_day", document(whole_day(DAY))),
        ("garmin_health", document(health(DAY))),
        ("unknown", b"[]"),
        ("unknown", b"{}"),
        ("unknown", b"["),
        ("unknown", document({"calendarDate": "2024-05-01", "valueInML": 3, "hydrationSource": "x"})),
        ("unknown", document({"calendarDate": "2024-05-01", "score": 70, "sleepScore": 80})),
        ("unknown", orjson.dumps({"userName": "ann", "restingHeartRate": 47})),
        ("unknown", document({"nested": night(DAY)})),
        ("unknown", document({"nested": [{"summarizedActivitiesExport": []}]})),
    ],
)
def test_documents_are_told_by_their_first_object(expected: str, data: bytes) -> None:
    assert what_is(data[:HEAD_BYTES]) == expected


def test_a_key_far_within_the_first_object_is_not_needed() -> None:
    assert garmin_entity(document(whole_day(DAY, padding="x" * 50_000))[:HEAD_BYTES]) == "day"


def rows_of(data: bytes, entity: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    with Spool() as spool:
        counts = read_rows(io.BytesIO(data), entity, spool, now=NOW)
        return {key: dict(row) for key, row in spool.items()}, counts.faults


def test_of_a_day_told_twice_the_longer_one_is_the_day() -> None:
    long, short = whole_day(DAY), whole_day(DAY, durationInMilliseconds=3_600_000, totalSteps=1)

    assert rows_of(document(long, short), "day") == rows_of(document(short, long), "day")
    assert rows_of(document(long, short), "day")[0] == {"2024-05-01": long}


def test_nights_without_a_single_duration_are_no_nights() -> None:
    zeros = night(DAY, deepSleepSeconds=0, lightSleepSeconds=0, remSleepSeconds=None, awakeSleepSeconds=0)

    assert rows_of(document(night_of_dates_only(DAY), zeros), "sleep") == ({}, ())


def test_rows_without_what_is_needed_are_counted() -> None:
    future = activity(1, NOW + timedelta(days=30))
    nameless = activity(2, AT, activityId=None)
    undated = activity(3, AT, beginTimestamp="x", startTimeGmt=None)
    rows, faults = rows_of(
        document({"summarizedActivitiesExport": [future, nameless, undated, activity(4, AT)]}), "activity"
    )

    assert list(rows) == [str(FIRST_ID + 4)]
    assert faults == ("3 rows without a usable id and start were left out",)


def test_activities_in_the_form_without_an_outer_list_are_read() -> None:
    rows, _ = rows_of(orjson.dumps({"summarizedActivitiesExport": [activity(1, AT)]}), "activity")

    assert list(rows) == [str(FIRST_ID + 1)]


def test_an_export_with_a_broken_zip_of_uploads_still_gives_its_nights(store: Store, tmp_path: Path) -> None:
    files = garmin_files(TAKEOUT)
    name = next(each for each in files if each.endswith("Part1.zip"))
    files[name] = files[name][:-50]
    result = bring_in(store, write_folder(tmp_path / "export", files))

    assert len(live(store, "sleep")) == 26
    assert [each.name for each in result.files if each.kind == "zip"] == [f"export/{name}"]


def test_large_members_are_read_from_disk_and_the_copies_are_gone_afterwards(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    takeout = GarminTakeout(splits_per_activity=20_000, days=4)
    path = write_garmin_zip(tmp_path / "export.zip", takeout, compression=zipfile.ZIP_STORED)
    bring_in(store, path)

    assert len(live(store, "activity")) == 2
    assert not list(scratch.iterdir())


def test_what_arrives_meets_its_own_expectations(store: Store, tmp_path: Path) -> None:
    """Every query finds something to judge, and every value lies where the expectation wants it."""
    bring_in(store, write_garmin_zip(tmp_path / "export.zip", TAKEOUT))
    written = orjson.loads(resources.files("connectors.garmin").joinpath("expectations.json").read_bytes())
    suites = [each for each in written if each["name"].startswith("garmin_export")]
    assert len(suites) == 4
    for suite in suites:
        with store.open_ledger() as con:
            arrived = con.execute(suite["query"], {"since": datetime(2000, 1, 1, tzinfo=UTC)}).df()
        for expectation in suite["expectations"]:
            column, wanted = arrived[expectation["kwargs"]["column"]], expectation["kwargs"]
            assert column.notna().all(), suite["name"]
            if "min_value" in wanted:
                assert column.between(wanted["min_value"], wanted["max_value"]).all(), suite["name"]
