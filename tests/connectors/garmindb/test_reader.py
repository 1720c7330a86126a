"""GarminDB's databases: the same history in either unit, each summary once, and nothing written or guessed."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.errors import Skipped
from connectors.garmindb.reader import DatabaseFile, GarminDbEntity, GarminDbRows, read_garmindb
from tests.builders.garmindb import (
    Activity,
    Day,
    GarminDbFolder,
    History,
    Layout,
    empty_night,
    history,
    night,
    write_garmindb,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KM_PER_MILE = 1.609344


def local(text: str) -> datetime:
    """A naive time, as the databases hold it."""
    return datetime.fromisoformat(text)


def read(folder: Path, *, home_zone: str = "Europe/Berlin") -> GarminDbRows:
    files = [DatabaseFile(name=path.name, path=path) for path in sorted(folder.glob("*.db"))]
    return read_garmindb(files, home_zone=home_zone, now=NOW)


def rows_of(read_rows: GarminDbRows, entity: GarminDbEntity) -> Mapping[str, Mapping[str, Any]]:
    return next(each.payloads for each in read_rows.entities if each.entity == entity)


def one_activity(folder: Path, activity: Activity, *, home_zone: str = "Europe/Berlin") -> Mapping[str, Any]:
    write_garmindb(folder, GarminDbFolder(history=History(activities=[activity])))
    return rows_of(read(folder, home_zone=home_zone), "activity")[activity.activity_id]


def test_a_folder_gives_activities_nights_hrv_and_days(tmp_path: Path) -> None:
    found = read(write_garmindb(tmp_path))

    assert {each.entity: list(each.payloads) for each in found.entities} == {
        "activity": ["9001", "9002", "9003", "9004"],
        "sleep": ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
        "hrv": ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
        "day": ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
    }


def test_rows_keep_their_columns_as_they_are(tmp_path: Path) -> None:
    payload = rows_of(read(write_garmindb(tmp_path)), "activity")["9001"]

    assert {
        name: payload[name] for name in ("name", "distance", "moving_time", "avg_hr", "avg_power", "start_time")
    } == {
        "name": "Morning run",
        "distance": 10.0,
        "moving_time": "00:50:00.000000",
        "avg_hr": 148,
        "avg_power": None,
        "start_time": "2024-05-01 07:00:00.000000",
    }
    assert payload["_steps"]["avg_steps_per_min"] == 172


def test_the_imperial_twin_is_the_same_history_once_its_units_are_converted(tmp_path: Path) -> None:
    metric = read(write_garmindb(tmp_path / "metric"))
    imperial = read(write_garmindb(tmp_path / "imperial", GarminDbFolder(measurement_system="statute")))
    in_metric_units = {key: converted(row) for key, row in rows_of(imperial, "activity").items()}
    expected = {key: converted(row) for key, row in rows_of(metric, "activity").items()}

    assert in_metric_units == expected
    for entity in ("sleep", "hrv"):
        assert {key: without_setting(row) for key, row in rows_of(imperial, entity).items()} == {
            key: without_setting(row) for key, row in rows_of(metric, entity).items()
        }


def converted(row: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of an activity in km, m and degrees Celsius, by the setting its payload names."""
    if row["_measurement_system"] == "metric":
        factors = {"distance": 1.0, "avg_speed": 1.0, "ascent": 1.0}
        celsius = row["avg_temperature"]
    else:
        factors = {"distance": KM_PER_MILE, "avg_speed": KM_PER_MILE, "ascent": 0.3048}
        celsius = (row["avg_temperature"] - 32) / 1.8
    same = {name: row[name] for name in ("elapsed_time", "moving_time", "avg_hr", "calories", "_started_at", "name")}
    numbers = {name: row[name] * factor for name, factor in factors.items()} | {"avg_temperature": celsius}
    return same | {name: round(number, 4) for name, number in numbers.items()}


def without_setting(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "_measurement_system"}


@pytest.mark.parametrize(
    ("system", "attribute"),
    [
        ("metric", "metric"),
        ("metric", "DisplayMeasure.metric"),
        ("statute", "statute"),
        ("statute", "statute_us"),
        ("statute", "statute_uk"),
        ("statute", "DisplayMeasure.statute"),
    ],
)
def test_every_way_of_writing_the_setting_is_understood(tmp_path: Path, system: str, attribute: str) -> None:
    found = read(write_garmindb(tmp_path, GarminDbFolder(attribute=attribute)))

    assert {row["_measurement_system"] for each in found.entities for row in each.payloads.values()} == {system}


@pytest.mark.parametrize("attribute", [None, "", "nautical", "unknown_7"])
def test_units_are_never_guessed(tmp_path: Path, attribute: str | None) -> None:
    found = read(write_garmindb(tmp_path, GarminDbFolder(attribute=attribute)))

    assert found.entities == ()
    assert {"garmin.db", "garmin_activities.db", "sleep.db", "hrv.db"} <= found.skipped.keys()


def test_a_lone_database_of_activities_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write_garmindb(tmp_path / "DBs")
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(tmp_path / "DBs" / "garmin_activities.db", alone)
    why = read(alone).skipped["garmin_activities.db"]

    assert "kilometres or in miles" in why.fact
    assert "the whole DBs folder" in why.remedy


def test_databases_are_known_by_their_tables_whatever_they_are_called(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    for path in list(tmp_path.glob("*.db")):
        path.rename(tmp_path / f"x{path.name[::-1]}.db")

    assert [len(each.payloads) for each in read(tmp_path).entities] == [4, 4, 4, 4]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("4.0", {"activity": 4, "sleep": 4, "hrv": 4, "day": 4}),
        ("3", {"activity": 4, "sleep": 4, "day": 4}),
        ("2", {"activity": 4, "sleep": 4, "day": 4}),
    ],
)
def test_every_generation_of_layout_is_read(tmp_path: Path, layout: Layout, expected: dict[str, int]) -> None:
    found = read(write_garmindb(tmp_path, GarminDbFolder(layout=layout)))

    assert {each.entity: len(each.payloads) for each in found.entities} == expected


def test_a_column_that_came_later_is_absent_not_zero(tmp_path: Path) -> None:
    found = read(write_garmindb(tmp_path, GarminDbFolder(layout="2")))

    assert "training_load" not in rows_of(found, "activity")["9001"]
    assert "bb_max" not in rows_of(found, "day")["2024-05-01"]


def test_nights_left_behind_by_an_upgrade_are_added_and_the_newer_table_wins(tmp_path: Path) -> None:
    left_behind = [night(date(2024, 4, 30), score=11), night(date(2024, 5, 1), score=22)]
    found = read(write_garmindb(tmp_path, GarminDbFolder(old_nights=left_behind)))
    scores = {key: row["score"] for key, row in rows_of(found, "sleep").items()}

    assert scores == {"2024-04-30": 11, "2024-05-01": 70, "2024-05-02": 71, "2024-05-03": 72, "2024-05-04": 73}


def test_sums_and_samples_through_the_day_are_left_aside(tmp_path: Path) -> None:
    found = read(write_garmindb(tmp_path))

    assert found.skipped.keys() == {"garmin_monitoring.db", "garmin_summary.db"}
    assert all("Nothing to do" in why.remedy for why in found.skipped.values())


@pytest.mark.parametrize(
    ("clock", "started_at", "offset_s"),
    [
        (local("2024-01-10 07:00"), "2024-01-10T06:00:00Z", 3600),
        (local("2024-07-10 07:00"), "2024-07-10T05:00:00Z", 7200),
        # Skipped in spring: as by a clock that had not been put forward.
        (local("2024-03-31 02:30"), "2024-03-31T01:30:00Z", 7200),
        # Twice in autumn: the first time.
        (local("2024-10-27 02:30"), "2024-10-27T00:30:00Z", 7200),
    ],
)
def test_clocks_are_those_of_the_home_zone(tmp_path: Path, clock: datetime, started_at: str, offset_s: int) -> None:
    payload = one_activity(tmp_path, Activity(started_at=clock))

    assert (payload["_started_at"], payload["_utc_offset_s"], payload["_time_zone"]) == (
        started_at,
        offset_s,
        "Europe/Berlin",
    )


def test_a_night_through_the_change_of_clocks_has_its_true_instants(tmp_path: Path) -> None:
    write_garmindb(tmp_path, GarminDbFolder(history=replace(history(1), nights=[night(date(2024, 3, 31))])))
    payload = rows_of(read(tmp_path), "sleep")["2024-03-31"]

    assert (payload["_sleep_onset_at"], payload["_wake_at"]) == ("2024-03-30T22:00:00Z", "2024-03-31T04:30:00Z")


def test_a_day_without_a_night_has_no_instants(tmp_path: Path) -> None:
    write_garmindb(tmp_path, GarminDbFolder(history=replace(history(1), nights=[empty_night(date(2024, 5, 9))])))
    payload = rows_of(read(tmp_path), "sleep")["2024-05-09"]

    assert (payload["_sleep_onset_at"], payload["_wake_at"], payload["start"]) == (None, None, None)


@pytest.mark.parametrize(
    ("hours", "hours_elapsed", "shown", "days"),
    [
        (23.5, 23.9, "23:30:00.000000", {}),
        (25.0, 26.0, "01:00:00.000000", {"_moving_days": 1, "_elapsed_days": 1}),
        (20.0, 30.0, "20:00:00.000000", {"_elapsed_days": 1}),
        (50.5, 60.0, "02:30:00.000000", {"_moving_days": 2, "_elapsed_days": 2}),
    ],
)
def test_days_that_a_clock_time_dropped_are_named(
    tmp_path: Path, hours: float, hours_elapsed: float, shown: str, days: dict[str, int]
) -> None:
    payload = one_activity(
        tmp_path, Activity(distance_m=160_000, moving_s=hours * 3600, elapsed_s=hours_elapsed * 3600)
    )

    assert payload["moving_time"] == shown
    assert {name: payload[name] for name in ("_moving_days", "_elapsed_days") if name in payload} == days


@pytest.mark.parametrize("facts", [{"distance_m": None}, {"moving_s": None}, {"distance_m": 0.0}])
def test_without_distance_or_time_no_day_is_invented(tmp_path: Path, facts: dict[str, Any]) -> None:
    payload = one_activity(tmp_path, replace(Activity(), **facts))

    assert "_moving_days" not in payload
    assert "_elapsed_days" not in payload


def test_a_multisport_activity_is_its_legs_not_its_legs_and_their_sum(tmp_path: Path) -> None:
    legs = [
        Activity(activity_id="77", sport="multi_sport", distance_m=51_500),
        Activity(activity_id="77_1", sport="swimming", distance_m=1_500),
        Activity(activity_id="77_2", sport="cycling", distance_m=40_000, started_at=local("2024-05-01 07:40")),
        Activity(activity_id="77_3", sport="running", distance_m=10_000, started_at=local("2024-05-01 09:00")),
        Activity(activity_id="78"),
    ]
    write_garmindb(tmp_path, GarminDbFolder(history=History(activities=legs)))
    found = rows_of(read(tmp_path), "activity")

    assert {key: row.get("_leg_of") for key, row in found.items()} == {
        "77_1": "77",
        "77_2": "77",
        "77_3": "77",
        "78": None,
    }


def test_stress_that_was_not_measured_stays_as_garmin_writes_it(tmp_path: Path) -> None:
    """-1 and -2 are words, not numbers; staging knows them, the ledger keeps what was said."""
    days = [Day(day=date(2024, 5, 1), stress_avg=-1), Day(day=date(2024, 5, 2), stress_avg=-2)]
    write_garmindb(tmp_path, GarminDbFolder(history=History(days=days)))
    found = rows_of(read(tmp_path), "day")

    assert [row["stress_avg"] for row in found.values()] == [-1, -2]


def test_a_day_carries_its_resting_heart_rate_from_the_table_that_has_it(tmp_path: Path) -> None:
    found = rows_of(read(write_garmindb(tmp_path)), "day")

    assert [row["_resting_heart_rate"] for row in found.values()] == [46, 47, 48, 49]


def test_rows_without_a_start_are_named_and_the_others_land(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    with closing(sqlite3.connect(tmp_path / "garmin_activities.db")) as con, con:
        con.execute("update activities set start_time = null where activity_id = '9002'")
        con.execute("update activities set start_time = '1989-12-31 00:00:00.000000' where activity_id = '9003'")
    activities = next(each for each in read(tmp_path).entities if each.entity == "activity")

    assert list(activities.payloads) == ["9001", "9004"]
    assert activities.unreadable_keys == {"9002", "9003"}
    assert activities.faults == ("2 rows without a time that can be read were left out",)


def test_the_databases_say_themselves_when_they_were_filled(tmp_path: Path) -> None:
    found = read(write_garmindb(tmp_path, GarminDbFolder(imported_at=local("2024-09-01 08:00"))))

    assert found.filled_at == datetime(2024, 9, 1, 6, 0, tzinfo=UTC)


def test_nothing_is_ever_written_beside_a_database_or_into_it(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    with closing(sqlite3.connect(tmp_path / "sleep.db")) as con:
        con.execute("pragma journal_mode = wal")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for path in tmp_path.iterdir():
        path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        found = read(tmp_path)
    finally:
        tmp_path.chmod(0o755)

    assert len(rows_of(found, "sleep")) == 4
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_database_in_the_middle_of_a_change_is_left_alone(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    with closing(sqlite3.connect(tmp_path / "hrv.db", isolation_level=None)) as con:
        con.execute("pragma cache_size = 1")
        con.execute("pragma cache_spill = 1")
        con.execute("begin exclusive")
        con.execute("create table more (x)")
        con.executemany("insert into more values (?)", [("x" * 4000,)] * 50)
        found = read(tmp_path)
        con.execute("rollback")

    assert "writing to the database" in found.skipped["hrv.db"].fact
    assert "sleep" in {each.entity for each in found.entities}
    assert read(tmp_path).skipped.keys() == {"garmin_monitoring.db", "garmin_summary.db"}


def test_what_waits_in_a_write_ahead_log_is_not_read_over(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    with closing(sqlite3.connect(tmp_path / "hrv.db")) as con:
        con.execute("pragma journal_mode = wal")
        with con:
            con.execute("delete from hrv_status_summary")
        found = read(tmp_path)

    assert "hrv" not in {each.entity for each in found.entities}
    assert "close whatever has it open" in found.skipped["hrv.db"].remedy


def damaged(data: bytes) -> list[bytes]:
    return [
        data[:100] + b"\xff" * (len(data) - 100),
        data[:16] + b"\xa7" * 84 + data[100:],
        data[: len(data) // 2],
        data[:20],
    ]


@pytest.mark.parametrize("index", range(4))
def test_a_damaged_or_encrypted_database_is_skipped_with_a_remedy_and_the_others_land(
    tmp_path: Path, index: int
) -> None:
    write_garmindb(tmp_path)
    sleep = tmp_path / "sleep.db"
    sleep.write_bytes(damaged(sleep.read_bytes())[index])
    found = read(tmp_path)

    assert "cannot be read" in found.skipped["sleep.db"].fact
    assert found.skipped["sleep.db"].remedy
    assert {each.entity for each in found.entities} == {"activity", "hrv", "day"}


@pytest.mark.slow
def test_a_database_that_bits_fell_out_of_is_read_or_skipped_and_never_raises(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    write_garmindb(tmp_path)
    for _ in range(150):
        path = tmp_path / chance.choice(["garmin.db", "sleep.db", "hrv.db", "garmin_activities.db"])
        sound = path.read_bytes()
        broken = bytearray(sound)
        for _ in range(chance.choice([1, 5, 20, 200])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(broken)
        found = read(tmp_path)
        path.write_bytes(sound)

        assert all(why.remedy for why in found.skipped.values())
        assert all(orjson.dumps(row) for each in found.entities for row in each.payloads.values())


def test_a_column_whose_name_is_no_text_is_damage(tmp_path: Path) -> None:
    write_garmindb(tmp_path)
    path = tmp_path / "hrv.db"
    path.write_bytes(path.read_bytes().replace(b"reading_count", b"reading_\xffount"))

    assert "cannot be read (its words are no text)" in read(tmp_path).skipped["hrv.db"].fact


def test_a_database_of_something_else_is_not_taken(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "garmin_activities.db")) as con, con:
        con.execute("create table activities (title text)")
    found = read(tmp_path)

    assert isinstance(found.skipped["garmin_activities.db"], Skipped)
    assert "none of GarminDB's tables" in found.skipped["garmin_activities.db"].fact


def test_a_view_with_the_name_of_a_table_is_not_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "trap.db")) as con, con:
        con.execute("create view activities as select '1' as activity_id")

    assert "none of GarminDB's tables" in read(tmp_path).skipped["trap.db"].fact
