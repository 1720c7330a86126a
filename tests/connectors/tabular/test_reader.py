"""Plain tables: what can be understood lands as one plain text, what cannot is named by line and column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tables import read_table
from connectors.tabular import format_text
from connectors.tabular.columns import TabularEntity, columns, tabular_entity
from connectors.tabular.description import example_text
from connectors.tabular.reader import TabularRows, read_tabular
from connectors.tabular.rows import Payload
from tests.builders.tabular import csv_activity, csv_night, table_bytes

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def read(data: bytes | str) -> TabularRows:
    data = data.encode() if isinstance(data, str) else data
    return read_tabular(read_table(data), home_zone="Europe/Berlin", now=NOW)


def the_one(data: bytes) -> Payload:
    (payload,) = read(data).payloads.values()
    return payload


def activity(**cells: str) -> Payload:
    return the_one(table_bytes([csv_activity(**cells)]))


def test_an_activity_keeps_its_cells_under_the_published_names() -> None:
    payload = activity(title="Tempo", is_race="yes", heart_rate_avg_bpm="", note="windy")

    assert payload == {
        "started_at": "2024-05-01T07:00:00+02:00",
        "sport": "run",
        "distance_m": "10000",
        "moving_s": "3000",
        "title": "Tempo",
        "is_race": "true",
        "heart_rate_avg_bpm": None,
        "note": "windy",
        "_started_at": "2024-05-01T05:00:00Z",
        "_utc_offset_s": 7200,
        "_sport": "run",
    }


def test_a_night_belongs_to_the_day_of_waking() -> None:
    found = read(table_bytes([csv_night(hrv_rmssd_ms="62.5")]))

    assert found.payloads["2024-05-02"] == {
        **csv_night(hrv_rmssd_ms="62.5"),
        "_started_at": "2024-05-01T21:10:00Z",
        "_sleep_onset_at": "2024-05-01T21:10:00Z",
        "_wake_at": "2024-05-02T04:40:00Z",
        "_utc_offset_s": 7200,
        "_night_date": "2024-05-02",
        "_is_nap": "false",
    }


@pytest.mark.parametrize("entity", ["activity", "night"])
def test_the_published_example_is_read_without_a_fault(entity: TabularEntity) -> None:
    found = read(example_text(entity))

    assert (found.entity, len(found.payloads), found.faults) == (entity, 1, ())


def test_the_description_names_every_column_and_both_headers() -> None:
    text = format_text()

    assert all(each.name in text and each.says in text for both in columns().values() for each in both)
    assert example_text("activity") in text
    assert example_text("night") in text


@pytest.mark.parametrize(
    ("entity", "header"),
    [
        ("activity", "started_at,sport,distance_m"),
        ("activity", "Moving_S;SPORT;Started_At"),
        ("activity", "elapsed_s\tsport\tstarted_at\tmood"),
        ("night", "wake_at,sleep_onset_at"),
        ("night", "\ufeffSleep_Onset_At,Wake_At,hrv_rmssd_ms"),
        (None, "started_at,sport,title"),
        (None, "started_at,distance_m"),
        (None, "wake_at,sleep_s"),
        (None, "date,name"),
    ],
)
def test_the_header_tells_which_table_it_is(entity: TabularEntity | None, header: str) -> None:
    assert tabular_entity(read_table(f"{header}\n".encode())) == entity


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_order_case_and_delimiter_do_not_matter(delimiter: str) -> None:
    row = csv_activity(distance_m="10000.5")
    shuffled = {name.upper(): cell for name, cell in reversed(row.items())}

    assert read(table_bytes([shuffled], delimiter=delimiter)).payloads == read(table_bytes([row])).payloads


@pytest.mark.parametrize(
    ("cells", "started_at", "offset_s"),
    [
        ({"started_at": "2024-05-01T07:00:00+02:00"}, "2024-05-01T05:00:00Z", 7200),
        ({"started_at": "2024-05-01 07:00"}, "2024-05-01T05:00:00Z", 7200),
        ({"started_at": "20240501T0700"}, "2024-05-01T05:00:00Z", 7200),
        ({"started_at": "2024-05-01T07:00:00-04:00"}, "2024-05-01T11:00:00Z", -14400),
        ({"started_at": "2024-01-15T07:00:00+00:00"}, "2024-01-15T07:00:00Z", 0),
        # Z says when, not where: local days follow the zone, or home.
        ({"started_at": "2024-05-01T05:00:00Z"}, "2024-05-01T05:00:00Z", 7200),
        ({"started_at": "2024-05-01T05:00:00Z", "time_zone": "America/New_York"}, "2024-05-01T05:00:00Z", -14400),
        ({"started_at": "2024-05-01T07:00", "time_zone": "America/New_York"}, "2024-05-01T11:00:00Z", -14400),
        ({"started_at": "2024-05-01T07:00+02:00", "time_zone": "Asia/Tokyo"}, "2024-05-01T05:00:00Z", 32400),
        # Skipped in spring: moved on. Twice in autumn: the first time.
        ({"started_at": "2024-03-31T02:30", "time_zone": "Europe/Berlin"}, "2024-03-31T01:30:00Z", 7200),
        ({"started_at": "2024-10-27T02:30", "time_zone": "Europe/Berlin"}, "2024-10-27T00:30:00Z", 7200),
        ({"started_at": "2024-10-06T02:15", "time_zone": "Australia/Lord_Howe"}, "2024-10-05T15:45:00Z", 39600),
    ],
)
def test_times_are_instants_with_the_offset_of_their_place(
    cells: dict[str, str], started_at: str, offset_s: int
) -> None:
    payload = activity(**cells)

    assert (payload["_started_at"], payload["_utc_offset_s"]) == (started_at, offset_s)


def test_times_without_zone_or_offset_are_of_the_home_zone_and_said_to_be_once() -> None:
    rows = [csv_activity(id=str(index), started_at=f"2024-05-0{index} 07:00") for index in (1, 2, 3)]
    found = read(table_bytes([*rows, csv_activity(id="4")]))

    assert found.payloads["1"]["_started_at"] == "2024-05-01T05:00:00Z"
    assert found.faults == ("3 rows without an offset or a time_zone were read as times of Europe/Berlin",)


@pytest.mark.parametrize(
    ("fault", "cells"),
    [
        ("started_at: it is empty", {"started_at": ""}),
        ("started_at: '2024-05-01' is no date with a time", {"started_at": "2024-05-01"}),
        ("started_at: '2024-02-30T07:00' is no time", {"started_at": "2024-02-30T07:00"}),
        ("started_at: '05/01/2024 07:00' is no date with a time", {"started_at": "05/01/2024 07:00"}),
        ("started_at: '2024-05-01T07:00+19:00' has an offset", {"started_at": "2024-05-01T07:00+19:00"}),
        ("started_at: 1970-01-01T00:00Z cannot be", {"started_at": "1970-01-01T00:00Z"}),
        ("started_at: 2031-01-01T00:00Z cannot be", {"started_at": "2031-01-01T00:00Z"}),
        ("time_zone: 'Mars/Base' is no zone", {"started_at": "2024-05-01T07:00", "time_zone": "Mars/Base"}),
        ("time_zone: '../etc' is no zone", {"started_at": "2024-05-01T07:00", "time_zone": "../etc"}),
        ("sport: it is empty", {"sport": " "}),
    ],
)
def test_a_row_that_cannot_be_placed_is_named_and_the_others_land(fault: str, cells: dict[str, str]) -> None:
    found = read(table_bytes([csv_activity(id="1"), csv_activity(id="2", **cells), csv_activity(id="3")]))

    assert list(found.payloads) == ["1", "3"]
    assert [each for each in found.faults if each.startswith(f"line 3, {fault}")]
    assert found.faults[0].endswith("the row was left out")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("distance_m", "-5"),
        ("distance_m", "ten"),
        ("distance_m", "nan"),
        ("distance_m", "1,234"),
        ("distance_m", "1e9"),
        ("moving_s", "50:00"),
        ("heart_rate_avg_bpm", "0"),
        ("perceived_exertion", "11"),
        ("is_race", "maybe"),
        ("time_zone", "Mars/Base"),
    ],
)
def test_a_value_that_cannot_be_is_unknown_and_the_rest_of_its_row_stays(column: str, cell: str) -> None:
    found = read(table_bytes([csv_activity(title="Kept", **{column: cell})]))
    (payload,) = found.payloads.values()

    assert payload[column] is None
    assert payload["title"] == "Kept"
    assert len(found.faults) == 1
    assert found.faults[0].startswith(f"line 2, {column}: ")


@pytest.mark.parametrize(
    ("less", "more"),
    [({"moving_s": "4000"}, {"elapsed_s": "3000"}), ({"heart_rate_avg_bpm": "170"}, {"heart_rate_max_bpm": "150"})],
)
def test_values_that_contradict_each_other_are_both_unknown(less: dict[str, str], more: dict[str, str]) -> None:
    payload = activity(**less, **more)

    assert [payload[name] for name in (*less, *more)] == [None, None]


@pytest.mark.parametrize(
    ("fault", "wake_at"),
    [
        ("it is not after sleep_onset_at", "2024-05-01T06:40:00+02:00"),
        ("it is not after sleep_onset_at", "2024-05-01T23:10:00+02:00"),
        ("it is more than 24 hours after", "2024-05-03T06:40:00+02:00"),
    ],
)
def test_a_night_that_cannot_be_is_left_out(fault: str, wake_at: str) -> None:
    found = read(table_bytes([csv_night(wake_at=wake_at), csv_night()]))

    assert list(found.payloads) == ["2024-05-02"]
    assert found.faults[0].startswith(f"line 2, wake_at: {fault}")


def test_sleep_longer_than_the_night_is_unknown() -> None:
    payload = the_one(table_bytes([csv_night(sleep_s="30000", rem_sleep_s="6600")]))

    assert (payload["sleep_s"], payload["rem_sleep_s"]) == (None, "6600")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["10012,5", "7,25"], ["10012.5", "7.25"]),
        (["10012,5", "1,234"], ["10012.5", "1.234"]),
        (["10012.5", "1,234"], ["10012.5", None]),
        (["10012", "1,234"], ["10012", None]),
        (["10012,5", "1.234"], ["10012.5", None]),
        (["10012,5", "0,125"], ["10012.5", "0.125"]),
        (["10012", "1.234,5"], ["10012", None]),
    ],
)
def test_a_decimal_comma_is_taken_where_it_can_mean_nothing_else(cells: list[str], expected: list[str | None]) -> None:
    rows = [csv_activity(id=str(index), distance_m=cell) for index, cell in enumerate(cells)]
    found = read(table_bytes(rows, delimiter=";"))

    assert [row["distance_m"] for row in found.payloads.values()] == expected


def test_a_decimal_comma_that_broke_its_row_apart_is_noticed() -> None:
    """Unquoted in a table separated by commas, it moves every later value by one column."""
    data = "started_at,sport,distance_m,moving_s\n2024-05-01T07:00Z,run,10012,5,3000\n2024-05-02T07:00Z,run,9000,2800\n"
    found = read(data)

    assert list(found.payloads) == ["2024-05-02T07:00:00Z|run"]
    assert found.faults == ("line 2: it has more values than columns; the row was left out",)


def test_lines_are_those_of_the_file_whatever_the_rows_hold() -> None:
    data = 'started_at,sport,title,moving_s\n\n2024-05-01T07:00Z,run,"two\nlines",60\n2024-05-02T07:00Z,run,,-1\n'

    assert read(data).faults == ("line 5, moving_s: -1 is not between 0 and 1209600; taken for unknown",)


def test_columns_nobody_published_are_kept_and_named() -> None:
    found = read(table_bytes([csv_activity(mood="good", weather="rain")]))

    assert next(iter(found.payloads.values()))["mood"] == "good"
    assert found.faults == ("columns that are not published are kept but not used: mood, weather",)


def test_an_activity_is_known_by_its_id_or_by_start_and_sport() -> None:
    found = read(table_bytes([csv_activity(id="a"), csv_activity(), csv_activity(sport="ride")]))

    assert list(found.payloads) == ["a", "2024-05-01T05:00:00Z|run", "2024-05-01T05:00:00Z|ride"]


def test_a_repeated_row_is_named_and_the_first_holds() -> None:
    found = read(table_bytes([csv_activity(title="First"), csv_activity(title="Second")]))

    assert [row["title"] for row in found.payloads.values()] == ["First"]
    assert found.faults == ("line 3: it repeats line 2; the row was left out",)


def test_a_nap_never_takes_the_place_of_the_night() -> None:
    nap = csv_night(sleep_onset_at="2024-05-02T13:00+02:00", wake_at="2024-05-02T13:40+02:00", sleep_s="2000")
    both = read(table_bytes([nap, csv_night()])).payloads
    alone = read(table_bytes([nap])).payloads

    assert {key: row["_is_nap"] for key, row in both.items()} == {
        "2024-05-02T11:40:00Z": "true",
        "2024-05-02": "false",
    }
    assert list(alone) == ["2024-05-02T11:40:00Z"]


def test_of_two_long_sleeps_on_a_day_the_longer_is_the_night() -> None:
    second = csv_night(sleep_onset_at="2024-05-02T09:00+02:00", wake_at="2024-05-02T12:30+02:00", sleep_s="9000")
    found = read(table_bytes([second, csv_night()]))

    assert {key: row["_is_nap"] for key, row in found.payloads.items()} == {
        "2024-05-02T10:30:00Z": "true",
        "2024-05-02": "false",
    }


@pytest.mark.parametrize(
    ("word", "sport"),
    [("Run", "run"), ("Trail Run", "trail_run"), ("Laufen", "run"), ("Ride", "ride"), ("chess", "chess")],
)
def test_sports_are_understood_as_in_other_sources(word: str, sport: str) -> None:
    assert activity(sport=word)["_sport"] == sport


def test_a_table_full_of_faults_says_how_many() -> None:
    rows = [csv_activity(id=str(index), distance_m="-1") for index in range(100)]
    found = read(table_bytes(rows))

    assert len(found.payloads) == 100
    assert found.faults[-1] == "and 80 more"


@given(st.text(max_size=12), st.sampled_from([each.name for each in columns()["activity"]]))
def test_no_cell_brings_the_reader_down(cell: str, column: str) -> None:
    rows = [csv_activity(id="sound"), csv_activity(**{"id": "odd", column: cell})]

    assert "sound" in read(table_bytes(rows)).payloads
