"""What is expected of rows from GarminDB and from plain tables: sound ones pass, wrong units do not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.importer import import_paths
from connectors.landing import Store
from flows.suites import suites_of
from tests.builders.garmindb import Activity, Day, GarminDbFolder, empty_night, history, write_garmindb
from tests.builders.ledger import new_store
from tests.builders.tabular import csv_activity, csv_night, table_bytes

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PACKAGES = ("connectors.garmindb", "connectors.tabular")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def bring_in(store: Store, *paths: Path) -> None:
    import_paths(paths, athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)


def failed(store: Store) -> dict[str, str]:
    """Every expectation that does not hold, with its remedy; judged as the gate does, without its two seconds."""
    found = {}
    for suite in suites_of(PACKAGES):
        with store.open_ledger() as con:
            cursor = con.execute(suite.query, {"since": NOW - timedelta(days=1)})
            names = [column[0] for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for expectation in suite.expectations:
            if rows and not holds(expectation, rows):
                found[expectation["meta"]["says"]] = expectation["meta"]["remedy"]
    return found


def holds(expectation: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    wanted = expectation["kwargs"]
    values = [row[wanted["column"]] for row in rows]
    if expectation["type"] == "expect_column_values_to_not_be_null":
        good = [value for value in values if value is not None]
    else:
        values = [value for value in values if value is not None]
        good = [value for value in values if is_expected(value, expectation["type"], wanted)]
    return not values or len(good) / len(values) >= wanted["mostly"]


def is_expected(value: Any, kind: str, wanted: Mapping[str, Any]) -> bool:
    if kind == "expect_column_values_to_match_regex":
        return re.search(wanted["regex"], value) is not None
    assert kind == "expect_column_values_to_be_between"
    return bool(wanted["min_value"] <= value <= wanted["max_value"])


@pytest.mark.parametrize("system", ["metric", "statute"])
def test_a_sound_history_passes_in_either_unit(store: Store, tmp_path: Path, system: Any) -> None:
    full = history(12)
    days = [replace(each, stress_avg=-1) for each in full.days]
    long = Activity(activity_id="1_2", distance_m=160_000, moving_s=25 * 3600.0, elapsed_s=26 * 3600.0)
    sound = replace(
        full, days=days, nights=[*full.nights, empty_night(date(2024, 6, 1))], activities=[*full.activities, long]
    )
    bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(history=sound, measurement_system=system)))

    assert failed(store) == {}


def test_a_database_whose_numbers_cannot_be_is_named(store: Store, tmp_path: Path) -> None:
    wrong = replace(
        history(4),
        activities=[Activity(activity_id=str(index), distance_m=2e6 + index) for index in range(4)],
        days=[Day(day=date(2024, 5, 1), resting_heart_rate_bpm=480)],
    )
    bring_in(store, write_garmindb(tmp_path / "DBs", GarminDbFolder(history=wrong)))

    assert failed(store).keys() == {
        "GarminDB's activities have plausible distances",
        "GarminDB's activities have plausible speeds",
        "GarminDB's resting heart rates are plausible",
    }


def test_sound_tables_pass(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(table_bytes([csv_activity(id=str(index)) for index in range(5)]))
    (tmp_path / "n.csv").write_bytes(table_bytes([csv_night(hrv_rmssd_ms="60", resting_heart_rate_bpm="48")]))
    bring_in(store, tmp_path / "a.csv", tmp_path / "n.csv")

    assert failed(store) == {}


@pytest.mark.parametrize(
    ("says", "data"),
    [
        ("Runs from tables are as fast as runs", table_bytes([csv_activity(distance_m="10.2")])),
        ("Runs from tables are as fast as runs", table_bytes([csv_activity(moving_s="50")])),
        ("Nights from tables are in seconds", table_bytes([csv_night(sleep_s="420")])),
    ],
)
def test_wrong_units_are_named_until_the_table_is_corrected(
    store: Store, tmp_path: Path, says: str, data: bytes
) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(data)
    bring_in(store, table)
    before = failed(store)
    table.write_bytes(table_bytes([csv_night() if b"sleep" in data else csv_activity()]))
    bring_in(store, table)

    assert says in before
    assert "import it again" in before[says]
    assert failed(store) == {}
