"""Activities merged and split by hand: what is landed, what is refused with its choices, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from tests.builders.by_hand import new_home, publish_activities, publish_doubt

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
ACTIVITIES = (
    ("strava:1", "2026-05-18 07:30", 8100.0, 2700.0, ("file:aa", "strava:1")),
    ("strava:2", "2026-05-18 08:20", 2000.0, 700.0, ("strava:2",)),
    ("strava:3", "2026-05-19 07:30", 8100.0, 2700.0, ("strava:3", "whoop:x", "file:bb")),
    ("strava:9", "2026-04-01 07:30", 8100.0, 2700.0, ("strava:9",)),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with two activities on one day, one of three recordings on the next, and an old one."""
    home, _ = new_home(tmp_path, now=NOW)
    publish_activities(home, *ACTIVITIES)
    monkeypatch.setenv("PACEWRIGHT_HOME", str(home.root))
    monkeypatch.setenv("PACEWRIGHT_NOW", NOW.isoformat())
    monkeypatch.setenv("COLUMNS", "200")
    return home


def said(command: str) -> str:
    """What a command answers that works."""
    result = CliRunner().invoke(app, ["log", *command.split()])
    assert result.exception is None, result.exception
    return " ".join(result.output.split())


def refused(command: str) -> str:
    """What a command says that is refused."""
    result = CliRunner().invoke(app, ["log", *command.split()])
    assert isinstance(result.exception, FlowError), result.output
    return str(result.exception)


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    monkeypatch.setenv("PACEWRIGHT_NOW", (NOW + timedelta(minutes=minutes)).isoformat())


def landed(home: Home) -> list[tuple[str, list[list[str]]]]:
    """Kind and lists of every grouping that holds, the first said first."""
    with open_ledger(home.ledger) as con:
        rows = con.execute(
            """
            select arg_max(payload::text, version)
            from raw.payloads
            where source = 'manual' and entity = 'grouping'
            group by source_key
            having not arg_max(is_deleted, version)
            order by min(landed_at)
            """
        ).fetchall()
    payloads = [orjson.loads(payload) for (payload,) in rows]
    return [(payload["kind"], payload["recordings"]) for payload in payloads]


def test_a_merge_names_the_recordings_of_every_activity(home: Home) -> None:
    assert said("merge strava:2 strava:1").startswith("Taken down: merge-")

    assert landed(home) == [("merge", [["file:aa", "strava:1"], ["strava:2"]])]
    assert "merge: file:aa, strava:1; strava:2" in said("list")


def test_a_split_of_two_recordings_needs_no_names(home: Home) -> None:
    assert "18 May 2026" in said("split strava:1")

    assert landed(home) == [("split", [["file:aa"], ["strava:1"]])]


def test_a_split_takes_the_named_recordings_from_the_others(home: Home) -> None:
    said("split file:bb whoop strava:3")

    assert landed(home) == [("split", [["file:bb"], ["strava:3", "whoop:x"]])]


def test_of_two_runs_at_once_the_answer_is_that_both_were_run_or_that_they_are_one(home: Home) -> None:
    publish_doubt(home, "strava:2", "manual:run-1")

    said("split strava:2 manual:run-1")
    said("merge strava:2 manual:run-1")

    assert sorted(landed(home)) == [
        ("merge", [["manual:run-1"], ["strava:2"]]),
        ("split", [["manual:run-1"], ["strava:2"]]),
    ]


def test_a_warehouse_of_an_earlier_version_asks_nothing_and_names_all_that_it_holds(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("drop table marts.questions")

    assert "18 May 2026" in said("split strava:1")


@pytest.mark.parametrize(
    ("typed", "fact"),
    [
        ("merge strava:1", "one activity already"),
        ("merge strava:1 file:aa", "one activity already"),
        ("merge strava:1 nothing", "No activity is called 'nothing'"),
        ("merge strava:1 strava:9", "no run is that long"),
        ("split nothing", "No activity is called 'nothing'"),
        ("split strava:2", "there is nothing to split"),
        ("split strava:3", "Its recordings are strava:3, file:bb, whoop:x. Name those that are a run of their own"),
        ("split strava:3 garmin:1", "No recording of it is called 'garmin:1'. Its recordings are strava:3"),
        ("split strava:3 strava:3 file:bb whoop:x", "none would be left"),
    ],
)
def test_what_is_not_clear_is_refused_with_the_choices(home: Home, typed: str, fact: str) -> None:
    assert fact in refused(typed)

    assert landed(home) == []


def test_the_same_word_again_changes_nothing(home: Home) -> None:
    said("merge strava:1 strava:2")

    assert said("merge strava:2 strava:1").startswith("Known already: merge-")
    assert len(landed(home)) == 1


def test_a_word_said_again_after_its_opposite_is_the_last_word(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said("split strava:1")
    later(monkeypatch, 1)
    publish_activities(
        home, *(("file:aa", *ACTIVITIES[0][1:4], ("file:aa",)), ("strava:1", *ACTIVITIES[0][1:4], ("strava:1",)))
    )
    said("merge strava:1 file:aa")
    later(monkeypatch, 2)
    publish_activities(home, *ACTIVITIES)
    assert said("split strava:1").startswith("Taken down: split-")

    assert [kind for kind, _ in landed(home)] == ["split", "merge", "split"]


def test_what_was_said_of_recordings_can_be_taken_back_and_said_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("merge strava:1 strava:2")
    assert said("undo merge").startswith("Undone: merge-")
    assert landed(home) == []

    later(monkeypatch, 1)
    assert said("merge strava:1 strava:2").startswith("Taken down: merge-")
    said("undo --last")
    assert landed(home) == []
