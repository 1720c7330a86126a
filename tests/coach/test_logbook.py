"""What the athlete says is kept as it was said, version by version, and read as it stood at any instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from coach.logbook import (
    KINDS,
    Checkin,
    Entry,
    Illness,
    Injury,
    Note,
    Said,
    Severity,
    Travel,
    append_entry,
    entry_id_of,
    read_logbook,
)
from tests.builders.ledger import new_store

NOW = datetime(2026, 5, 20, 6, 30, tzinfo=UTC)
TODAY = date(2026, 5, 20)


@contextmanager
def ledger(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with new_store(home).open_ledger() as con:
        yield con


def entry(said: Said, **facts: object) -> Entry:
    known = {"entry_id": "e", "begin_date": TODAY, "end_date": TODAY, "said": said, "said_at": NOW}
    return Entry(**{**known, **facts})  # type: ignore[arg-type]  # tests set fields by name


@pytest.mark.parametrize(
    "said",
    [
        Note(text="Slept badly, neighbours <b>moved</b>"),
        Checkin(fatigue=2, mood=5),
        Illness(severity=Severity.MILD, is_below_neck=False, text="sniffles"),
        Illness(),
        Injury(body_part="knee"),
        Travel(place="Lisboa", time_zone="Europe/Lisbon"),
    ],
)
def test_what_was_said_is_read_back_as_it_was_said(said: Said, tmp_path: Path) -> None:
    with ledger(tmp_path) as con:
        append_entry(con, "me", entry(said, end_date=None))

        assert read_logbook(con, "me") == (entry(said, end_date=None),)


def test_a_part_that_was_left_out_is_not_stored(tmp_path: Path) -> None:
    with ledger(tmp_path) as con:
        append_entry(con, "me", entry(Checkin(fatigue=2)))

        assert con.execute("select kind, entry::text from coach.logbook").fetchall() == [("checkin", '{"fatigue":2}')]


def test_the_latest_word_on_an_entry_holds_and_the_earlier_ones_stay(tmp_path: Path) -> None:
    ill = entry(Illness(), end_date=None)
    with ledger(tmp_path) as con:
        append_entry(con, "me", ill)
        append_entry(con, "me", replace(ill, end_date=TODAY, said_at=NOW + timedelta(hours=1)))

        assert [e.end_date for e in read_logbook(con, "me")] == [TODAY]
        assert [e.end_date for e in read_logbook(con, "me", as_of=NOW)] == [None]
        assert read_logbook(con, "me", as_of=NOW - timedelta(seconds=1)) == ()
        assert len(con.execute("from coach.logbook").fetchall()) == 2


def test_two_words_in_the_same_instant_stay_in_order(tmp_path: Path) -> None:
    with ledger(tmp_path) as con:
        append_entry(con, "me", entry(Note(text="a")))
        append_entry(con, "me", entry(Note(text="a"), is_withdrawn=True))

        assert [e.is_withdrawn for e in read_logbook(con, "me")] == [True]


def test_two_entries_in_the_same_instant_stay_in_order(tmp_path: Path) -> None:
    with ledger(tmp_path) as con:
        for name in ("b", "a"):
            append_entry(con, "me", entry(Note(text=name), entry_id=name))

        assert [e.entry_id for e in sorted(read_logbook(con, "me"), key=lambda e: e.said_at)] == ["b", "a"]


def test_athletes_do_not_read_each_other(tmp_path: Path) -> None:
    with ledger(tmp_path) as con:
        append_entry(con, "me", entry(Note(text="mine")))

        assert read_logbook(con, "you") == ()


def test_the_same_thing_said_twice_has_one_name() -> None:
    assert entry_id_of("illness", TODAY) == "illness-20260520"
    assert entry_id_of("note", TODAY, "a") == entry_id_of("note", TODAY, "a") != entry_id_of("note", TODAY, "b")


def test_every_kind_of_the_ledger_has_a_value() -> None:
    assert set(KINDS) == {"note", "checkin", "illness", "injury", "off", "travel", "workout"}
