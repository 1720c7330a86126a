"""Plain tables imported end to end: known by their header, adding and correcting, never deleting."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.importer import ImportResult, import_paths
from connectors.landing import Store
from connectors.originals import sweep
from connectors.tabular.description import example_text
from connectors.takeout import FileKind, what_is
from tests.builders.ledger import ledger_content, new_store, query
from tests.builders.tabular import csv_activity, csv_night, table_bytes
from tests.builders.takeouts import write_folder, write_zip

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def bring_in(store: Store, *paths: Path) -> ImportResult:
    return import_paths(paths, athlete_id="me", store=store, now=NOW, home_zone="Europe/Berlin", processes=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("csv_activities", example_text("activity").encode()),
        ("csv_nights", example_text("night").encode()),
        ("csv_activities", b"STARTED_AT;SPORT;MOVING_S\n"),
        ("unknown", b"started_at,sport,title\n2024-05-01T07:00Z,run,x\n"),
    ],
)
def test_the_header_tells_what_a_file_is(expected: FileKind, data: bytes) -> None:
    assert what_is(data) == expected


def test_both_tables_land_from_a_folder_or_a_zip_and_land_once(tmp_path: Path) -> None:
    files = {
        "anything.txt": table_bytes([csv_activity(), csv_activity(id="7", sport="ride")]),
        "other.csv": table_bytes([csv_night()], delimiter=";"),
    }
    contents = []
    for index, path in enumerate((write_folder(tmp_path / "a", files), write_zip(tmp_path / "a.zip", files))):
        store = new_store(tmp_path / f"home{index}")
        bring_in(store, path)
        bring_in(store, path)
        contents.append(ledger_content(store)["payloads"])
        rows = query(store, "select source, entity, source_key, version from raw.payloads order by all")

    assert contents[0] == contents[1]
    assert rows == [
        ("file", "activity", "2024-05-01T05:00:00Z|run", 1),
        ("file", "activity", "7", 1),
        ("file", "night", "2024-05-02", 1),
    ]


def test_a_later_table_corrects_what_it_names_and_deletes_nothing(store: Store, tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    for rows in (
        [csv_activity(id="1"), csv_activity(id="2")],
        [csv_activity(id="2", distance_m="12000"), csv_activity(id="3")],
    ):
        table.write_bytes(table_bytes(rows))
        result = bring_in(store, table)
    latest = query(
        store,
        "select source_key, max(version), arg_max(payload ->> 'distance_m', version), bool_or(is_deleted) "
        "from raw.payloads group by all order by all",
    )

    assert latest == [("1", 1, "10000", False), ("2", 2, "12000", False), ("3", 1, "10000", False)]
    assert result.files[0].reason == "activities: 1 new, 1 changed"


def test_points_and_commas_land_the_same(tmp_path: Path) -> None:
    contents = []
    for index, cell in enumerate(("10012.5", "10012,5")):
        store = new_store(tmp_path / f"home{index}")
        table = tmp_path / f"{index}.csv"
        table.write_bytes(table_bytes([csv_activity(distance_m=cell)], delimiter=";"))
        bring_in(store, table)
        contents.append(ledger_content(store)["payloads"])

    assert contents[0] == contents[1]


def test_faults_come_with_the_result_and_the_sound_rows_land(store: Store, tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    table.write_bytes(table_bytes([csv_activity(id="1"), csv_activity(id="2", started_at="soon")]))
    (result,) = bring_in(store, table).files

    assert result.state == "imported"
    assert result.faults == ("line 3, started_at: 'soon' is no date with a time; the row was left out",)
    assert query(store, "select source_key from raw.payloads") == [("1",)]


def test_the_original_table_is_kept(store: Store, tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    table.write_bytes(table_bytes([csv_activity()]))
    bring_in(store, table)
    sweep(store, now=datetime(2030, 1, 1, tzinfo=UTC))

    assert [path.read_bytes() for path in store.files_dir.rglob("*.csv")] == [table.read_bytes()]
