"""Strava's list of activities: every language, year and way of writing a date comes out the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.strava.archive import read_activities, read_gear
from connectors.strava.columns import canonical_header
from connectors.strava.dates import parse_activity_date
from connectors.strava.words import canonical_sport
from connectors.tables import read_table
from tests.builders.takeouts import ENGLISH_HEADER, GERMAN_HEADER, activity_row, csv_bytes

NOW = datetime(2024, 12, 1, tzinfo=UTC)
AT = datetime(2022, 5, 29, 15, 53, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "May 29, 2022, 3:53:35 PM",
        "May 29, 2022, 3:53:35\u202fPM",
        "29 May 2022, 15:53:35",
        "29 May 2022 at 15:53:35",
        "29.05.2022, 15:53:35",
        "29. Mai 2022, 15:53:35",
        "29/05/2022, 15:53:35",
        "5/29/2022, 3:53:35 PM",
        "29-05-2022 15:53:35",
        "2022-05-29 15:53:35",
        "2022-05-29T15:53:35Z",
        "2022/05/29 15:53:35",
        "29 mai 2022 à 15:53:35",
        "29 may 2022, 15:53:35",
        "29 may. 2022 3:53:35 p.\u00a0m.",
        "29 mag 2022, 15:53:35",
        "29 mei 2022 15:53:35",
        "29 de mai. de 2022, 15:53:35",
        "29 de mayo de 2022, 15:53:35",
    ],
)
def test_dates_of_every_language_are_one_instant(text: str) -> None:
    assert parse_activity_date(text) == AT


@pytest.mark.parametrize(
    "text", ["", "yesterday", "31.02.2022, 10:00:00", "29 May 2022", "May 2022, 10:00:00", "15:53:35"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_activity_date(text) is None


def test_noon_and_midnight_in_american() -> None:
    assert parse_activity_date("May 29, 2022, 12:00:00 AM") == datetime(2022, 5, 29, tzinfo=UTC)
    assert parse_activity_date("May 29, 2022, 12:00:00 PM") == datetime(2022, 5, 29, 12, tzinfo=UTC)


def test_german_and_english_archives_give_the_same_rows() -> None:
    english = activity_row(1, date="May 29, 2022, 3:53:35 PM", kind="Run", width=40)
    german = activity_row(1, date="29.05.2022, 15:53:35", kind="Lauf", distance="5,01", width=39)
    from_english = read_activities(read_table(csv_bytes(ENGLISH_HEADER, [english])), now=NOW).payloads["1"]
    from_german = read_activities(read_table(csv_bytes(GERMAN_HEADER, [german], bom=True)), now=NOW).payloads["1"]
    read = (
        "_started_at",
        "_sport",
        "Distance (2)",
        "Elapsed Time (2)",
        "Moving Time",
        "Max Heart Rate",
        "Activity Name",
    )

    assert {name: from_english[name] for name in read} == {name: from_german[name] for name in read}
    assert from_english["_started_at"] == "2022-05-29T15:53:35Z"
    assert from_german["Distance"] == "5,01"


def test_the_second_of_two_equal_headers_is_numbered() -> None:
    table = read_table(csv_bytes(ENGLISH_HEADER, [activity_row(1)]))

    assert canonical_header(table)[5:18:5] == ("Elapsed Time", "Activity Private Note", "Elapsed Time (2)")
    assert len(set(canonical_header(table))) == len(ENGLISH_HEADER)


def test_an_unknown_language_is_read_by_position() -> None:
    rows = [activity_row(1, filename="activities/8.fit.gz"), activity_row(2)]
    header = canonical_header(read_table(csv_bytes([f"列{n % 30}" for n in range(40)], rows)))

    assert header[:3] == ("Activity ID", "Activity Date", "Activity Name")
    assert header[12] == "Filename"
    assert header[17] == "Distance (2)"
    assert header[37] == "Relative Effort (2)"
    assert header[38] == "列8"


def test_position_fills_in_the_words_a_language_map_lacks() -> None:
    changed = ["Whatever" if cell == "Max. Watt" else cell for cell in GERMAN_HEADER]
    table = read_table(csv_bytes(changed, [activity_row(1, filename="activities/8.fit.gz", width=39)]))

    assert canonical_header(table)[32] == "Max Watts"


def test_archives_without_the_private_note_have_everything_one_place_earlier() -> None:
    row = activity_row(1, filename="activities/8.fit.gz")
    del row[10]
    header = canonical_header(read_table(csv_bytes([f"列{n}" for n in range(39)], [row])))

    assert header[11] == "Filename"
    assert header[16] == "Distance (2)"


def test_the_short_header_before_2019_has_metres() -> None:
    data = (
        b"id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"
        b"18,2018-09-12 15:02:23,Evening,Run,,783,3681.0,true,Blue,activities/18.gpx\n"
    )
    payload = read_activities(read_table(data), now=NOW).payloads["18"]

    assert payload["Distance (2)"] == "3681.0"
    assert payload["Elapsed Time (2)"] == "783"
    assert payload["Filename"] == "activities/18.gpx"
    assert payload["_started_at"] == "2018-09-12T15:02:23Z"


def test_names_with_newlines_quotes_and_emoji_stay_whole() -> None:
    name = 'Long "easy", run\nwith 🏃'
    data = csv_bytes(ENGLISH_HEADER, [activity_row(1, name=name)])

    assert read_activities(read_table(data), now=NOW).payloads["1"]["Activity Name"] == name


def test_rows_without_a_usable_date_are_named_and_not_taken_for_gone() -> None:
    future = (NOW + timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S")
    rows = [activity_row(1), activity_row(2, date="someday"), activity_row(3, date=future)]
    read = read_activities(read_table(csv_bytes(ENGLISH_HEADER, rows)), now=NOW)

    assert set(read.payloads) == {"1"}
    assert read.unreadable_ids == {"2", "3"}
    assert read.faults == ("2 rows whose date cannot be read were left out (for example: someday)",)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("run", ["Run", "Lauf", "Course à pied", "Carrera", "Corsa", "Hardloopsessie", "Corrida"]),
        ("trail_run", ["Trail Run", "TrailRun", "Traillauf"]),
        ("treadmill", ["Virtual Run", "Virtueller Lauf"]),
        ("ride", ["Ride", "Radfahrt", "Fietsrit", "E-Bike Ride", "Virtual Ride"]),
        ("swim", ["Swim", "Schwimmen", "Natation"]),
        ("walk", ["Walk", "Wandeling", "Spaziergang"]),
        ("hike", ["Hike", "Wanderung", "Randonnée"]),
        ("strength", ["Weight Training", "Krafttraining", "Krachttraining"]),
        ("other", ["Yoga", "Workout", "Rowing"]),
        ("Quidditch", ["Quidditch"]),
    ],
)
def test_sports_of_every_language(expected: str, words: list[str]) -> None:
    assert {canonical_sport(word) for word in words} == {expected}


def test_shoes_by_name() -> None:
    data = csv_bytes(
        ["Shoe Name", "Shoe Brand", "Shoe Model", "Shoe Default Sport Types"],
        [["Blue", "Acme", "Fly", "Run"], [""] * 4],
    )

    assert read_gear(read_table(data)) == {
        "Blue": {"Shoe Name": "Blue", "Shoe Brand": "Acme", "Shoe Model": "Fly", "Shoe Default Sport Types": "Run"}
    }
