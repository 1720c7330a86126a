"""WHOOP's tables: wall times with an offset per row become instants, whoever saved the file in whatever way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.tables import read_table
from connectors.whoop.columns import WhoopEntity, columns
from connectors.whoop.export import WhoopRows, parse_offset, read_export
from tests.builders.takeouts import csv_bytes, whoop_row


def rows_of(entity: WhoopEntity, *rows: list[str], header: list[str] | None = None) -> WhoopRows:
    return read_export(read_table(csv_bytes(header or columns()[entity], rows)), home_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (1, "UTC+01:00"),
        (-6, "UTC-06:00"),
        (0, "UTCZ"),
        (-5, "-05:00"),
        (-5, "GMT-5"),
        (5.5, "UTC+05:30"),
        (0, "UTC"),
        (2, " utc+0200 "),
        (None, "Europe/Berlin"),
        (None, ""),
        (None, "UTC+23:00"),
    ],
)
def test_every_form_of_offset_seen(hours: float | None, text: str) -> None:
    assert parse_offset(text) == (None if hours is None else timedelta(hours=hours))


def test_local_times_become_utc_by_the_rows_own_offset() -> None:
    here = whoop_row("cycle", 1, zone="UTC+02:00")
    away = whoop_row("cycle", 2, zone="UTC-05:00")
    payloads = rows_of("cycle", away, here).payloads

    assert list(payloads) == ["2024-05-04T04:10:00Z", "2024-05-02T21:10:00Z"]
    assert payloads["2024-05-02T21:10:00Z"]["_wake_at"] == "2024-05-03T05:10:00Z"
    assert payloads["2024-05-04T04:10:00Z"]["_utc_offset_s"] == -18000


@pytest.mark.parametrize("zone", ["", "somewhere"])
def test_without_an_offset_the_home_zone_holds(zone: str) -> None:
    winter = whoop_row("cycle", 250, zone=zone)
    summer = whoop_row("cycle", 1, zone=zone)

    assert [row["_utc_offset_s"] for row in rows_of("cycle", winter, summer).payloads.values()] == [3600, 7200]


def test_a_table_without_the_zone_column_is_read_in_the_home_zone() -> None:
    header, row = list(columns()["cycle"]), whoop_row("cycle", 1)
    payloads = rows_of("cycle", row[:2] + row[3:], header=header[:2] + header[3:]).payloads

    assert list(payloads) == ["2024-05-02T21:10:00Z"]


def test_the_running_cycle_has_no_end() -> None:
    row = whoop_row("cycle", 1)
    row[1] = ""

    assert rows_of("cycle", row).payloads["2024-05-02T21:10:00Z"]["_ended_at"] is None


def test_headers_in_snake_case_are_the_same_columns() -> None:
    header = [name.lower().replace("(", "").replace(")", "").replace(" ", "_") for name in columns()["cycle"]]

    assert rows_of("cycle", whoop_row("cycle", 1), header=header) == rows_of("cycle", whoop_row("cycle", 1))


def test_both_generations_of_cycles_are_read() -> None:
    old = rows_of("cycle", whoop_row("cycle", 1)[:25], header=list(columns()["cycle"][:25])).payloads
    new = rows_of("cycle", whoop_row("cycle", 1)).payloads

    assert new.keys() == old.keys()
    assert "Sleep consistency %" not in next(iter(old.values()))


@pytest.mark.parametrize("entity", ["cycle", "sleep", "workout", "journal"])
def test_other_languages_go_by_the_order_of_columns(entity: WhoopEntity) -> None:
    foreign = [f"columna {n}" for n in range(len(columns()[entity]))]

    assert rows_of(entity, whoop_row(entity, 1), header=foreign) == rows_of(entity, whoop_row(entity, 1))


def test_an_old_sleep_table_in_another_language_keeps_naps_in_place() -> None:
    row = whoop_row("sleep", 1, Nap="true")
    del row[16]
    payloads = rows_of("sleep", row, header=[f"columna {n}" for n in range(17)]).payloads

    assert list(payloads) == ["2024-05-02T21:10:00Z|nap"]


def test_a_nap_is_not_the_night() -> None:
    night, nap = whoop_row("sleep", 1), whoop_row("sleep", 1, Nap="true")

    assert list(rows_of("sleep", night, nap).payloads) == ["2024-05-02T21:10:00Z", "2024-05-02T21:10:00Z|nap"]


def test_workouts_and_answers_are_keyed_by_what_tells_them_apart() -> None:
    assert list(rows_of("workout", whoop_row("workout", 1)).payloads) == ["2024-05-03T16:10:00Z|Running"]
    assert list(rows_of("journal", whoop_row("journal", 1)).payloads) == ["2024-05-02T21:10:00Z|Had coffee?"]


def test_rows_that_cannot_be_read_or_repeat_are_named() -> None:
    broken = ["not a time", *whoop_row("cycle", 2)[1:]]
    rows = rows_of("cycle", whoop_row("cycle", 1), whoop_row("cycle", 1), broken)

    assert len(rows.payloads) == 1
    assert rows.faults == ("1 rows without a start that can be read were left out", "1 repeated rows were left out")
