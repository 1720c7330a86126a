"""What a file is, told by its first bytes."""

from __future__ import annotations

import gzip

import pytest

from connectors.takeout import HEAD_BYTES, FileKind, what_is
from connectors.whoop.columns import columns
from tests.builders.files import fit_run, gpx, gpx_point, tcx, tcx_activity
from tests.builders.takeouts import (
    ENGLISH_HEADER,
    GERMAN_HEADER,
    activity_row,
    csv_bytes,
    whoop_files,
    whoop_row,
    zip_bytes,
)

_GPX = gpx([gpx_point(second) for second in range(5)])
_TCX = tcx(tcx_activity())
_WHOOP = whoop_files([1, 2, 3])
_FOREIGN_ROWS = [activity_row(11, filename="activities/1.fit.gz"), activity_row(12)]


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("empty", b""),
        ("fit", fit_run()),
        ("fit", gzip.compress(fit_run())),
        ("gpx", _GPX),
        ("gpx", gzip.compress(_GPX)),
        ("gpx", "\ufeff".encode() + _GPX),
        ("gpx", _GPX.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        ("tcx", _TCX),
        ("tcx", b" " * 10 + _TCX),
        ("xml", b"<?xml version='1.0'?><note/>"),
        ("gzip", gzip.compress(b"something else")),
        ("zip", zip_bytes({"a.txt": b"a"})),
        ("unknown", b"\x00\x01\x02\x03 binary"),
        ("unknown", b"Just a note to myself."),
        ("unknown", b"name,age\nAnn,40\n"),
        ("strava_activities", csv_bytes(ENGLISH_HEADER, _FOREIGN_ROWS)),
        ("strava_activities", csv_bytes(ENGLISH_HEADER, [])),
        ("strava_activities", csv_bytes(GERMAN_HEADER, _FOREIGN_ROWS, bom=True)),
        ("strava_activities", csv_bytes(GERMAN_HEADER, _FOREIGN_ROWS, delimiter=";")),
        ("strava_activities", csv_bytes([f"列{n}" for n in range(40)], _FOREIGN_ROWS)),
        ("strava_activities", b"id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"),
        ("strava_gear", b"Shoe Name,Shoe Brand,Shoe Model,Shoe Default Sport Types\n"),
        ("whoop_cycle", _WHOOP["physiological_cycles.csv"]),
        ("whoop_sleep", _WHOOP["sleeps.csv"]),
        ("whoop_workout", _WHOOP["workouts.csv"]),
        ("whoop_journal", _WHOOP["journal_entries.csv"]),
    ],
)
def test_content_decides(expected: FileKind, data: bytes) -> None:
    assert what_is(data[:HEAD_BYTES]) == expected


@pytest.mark.parametrize("entity", ["cycle", "sleep", "workout", "journal"])
@pytest.mark.parametrize("drop", [0, 1])
def test_whoop_tables_in_an_unknown_language_are_known_by_their_shape(entity: str, drop: int) -> None:
    """Both generations of cycles and sleeps: the older lacks the consistency column."""
    names = list(columns()[entity])  # type: ignore[index]  # the parameters are the keys
    row = whoop_row(entity, 1)  # type: ignore[arg-type]  # the parameters are the entities
    if drop and "Sleep consistency %" in names:
        at = names.index("Sleep consistency %")
        del names[at], row[at]
    data = csv_bytes([f"columna {n}" for n in range(len(names))], [row, row])

    assert what_is(data) == f"whoop_{entity}"


def test_a_workout_table_of_2025_without_distance_is_no_sleep_table() -> None:
    row = whoop_row("workout", 1)[:17]

    assert what_is(csv_bytes([f"columna {n}" for n in range(17)], [row])) == "whoop_workout"


def test_a_head_cut_in_the_middle_of_a_row_and_a_letter_still_tells() -> None:
    rows = [activity_row(n, name="Läuferin" * 40, filename=f"activities/{n}.gpx") for n in range(100)]
    data = csv_bytes([f"列{n}" for n in range(40)], rows)

    assert {what_is(data[:size]) for size in range(4000, 4400)} == {"strava_activities"}
