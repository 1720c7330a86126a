"""`pacewright log done`, `not-done` and `skip`: what is taken down of planned workouts, refused, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coach import store
from coach.logbook import Because, Outcome, Verdict, read_logbook
from coach.model import Workout, WorkoutType
from flows.cli import app
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken
from flows.outcomes import log_done, log_not_done, log_skipped
from flows.settings import Settings
from flows.taking_back import list_said, undo
from tests.builders import coach as build
from tests.builders.by_hand import new_home, publish_activities

PLAN = build.plan()
RUNS = [w for w in PLAN.workouts if w.workout_type is not WorkoutType.REST]
FIRST, SECOND, LATER = RUNS[0], RUNS[1], RUNS[-1]
NOW = datetime.combine(SECOND.workout_date, datetime.min.time(), UTC) + timedelta(hours=20)
MADE_AT = NOW - timedelta(days=30)


@pytest.fixture
def at(tmp_path: Path) -> tuple[Home, Settings]:
    home, settings = new_home(tmp_path, now=MADE_AT)
    with open_ledger(home.ledger) as con:
        store.append_revision(con, PLAN, author="athlete", reason="new goal", made_at=MADE_AT)
    publish_activities(
        home,
        ("file:a", f"{FIRST.workout_date} 07:00:00", 8000.0, 2880.0, ("file:a", "strava:1")),
        ("file:b", f"{SECOND.workout_date} 07:00:00", 8000.0, 2880.0, ("file:b",)),
        ("file:c", f"{SECOND.workout_date} 18:00:00", 8000.0, 2880.0, ("file:c",)),
    )
    return home, settings


def _words(at: tuple[Home, Settings]) -> set[tuple[str, str, str]]:
    """Workout, verdict and recording of every word that holds."""
    home, settings = at
    with open_ledger(home.ledger) as con:
        entries = read_logbook(con, settings.athlete_id)
    said = [entry.said for entry in entries if not entry.is_withdrawn]
    return {(one.workout_id, one.verdict.value, one.recording_id) for one in said if isinstance(one, Outcome)}


def _done(at: tuple[Home, Settings], workout: Workout, activity: str = "", hours: float = 0) -> Taken:
    return log_done(*at, workout.workout_id, activity, now=NOW + timedelta(hours=hours))


def test_a_workout_is_named_by_its_day_and_the_only_run_of_the_day_is_meant(at: tuple[Home, Settings]) -> None:
    taken = log_done(*at, FIRST.workout_date.isoformat(), now=NOW)

    assert (taken.state, taken.begin_date) == ("new", FIRST.workout_date)
    assert _words(at) == {(FIRST.workout_id, "done", "file:a")}
    assert _done(at, FIRST, "strava:1", 1).state == "unchanged"


def test_an_activity_stands_for_one_workout_and_the_later_word_holds(at: tuple[Home, Settings]) -> None:
    _done(at, FIRST, "file:b")
    _done(at, SECOND, "file:b", 1)
    assert _words(at) == {(SECOND.workout_id, "done", "file:b")}

    _done(at, FIRST, "file:b", 2)
    assert _words(at) == {(FIRST.workout_id, "done", "file:b")}


def test_a_refusal_stands_beside_the_word_on_the_workout_until_it_is_taken_back(at: tuple[Home, Settings]) -> None:
    log_not_done(*at, FIRST.workout_id, "file:a", now=NOW)
    log_not_done(*at, FIRST.workout_id, "file:b", now=NOW + timedelta(hours=1))
    assert {word[1:] for word in _words(at)} == {("not_this", "file:a"), ("not_this", "file:b")}

    _done(at, FIRST, "file:a", 2)
    assert {word[1:] for word in _words(at)} == {("done", "file:a"), ("not_this", "file:b")}


def test_skipped_in_advance_changes_to_done_and_back(at: tuple[Home, Settings]) -> None:
    home, settings = at
    log_skipped(home, settings, LATER.workout_id, because=Because.SICK, text="Grippe", now=NOW)
    assert _words(at) == {(LATER.workout_id, "skipped", "")}

    assert _done(at, LATER, "file:c", 1).state == "changed"
    assert _words(at) == {(LATER.workout_id, "done", "file:c")}

    undo(home, settings, None, now=NOW + timedelta(hours=2))
    assert _words(at) == set()


def test_the_list_tells_what_was_said_and_keeps_the_words_apart(at: tuple[Home, Settings]) -> None:
    home, settings = at
    log_skipped(home, settings, FIRST.workout_id, because=Because.BUSY, text="Elternabend", now=NOW)

    (line,) = list_said(home, settings, days=30, now=NOW)

    assert (line.kind, line.facts, line.text) == ("workout", f"{FIRST.workout_id} skipped, busy", "Elternabend")


def test_what_cannot_be_meant_is_refused(at: tuple[Home, Settings]) -> None:
    home, settings = at
    rest = next(w for w in PLAN.workouts if w.workout_type is WorkoutType.REST)
    for name in ("2001-01-01", "nothing", rest.workout_date.isoformat()):
        with pytest.raises(FlowError, match="No workout is planned"):
            log_skipped(home, settings, name, now=NOW)
    with pytest.raises(FlowError, match="has not come yet"):
        log_not_done(home, settings, LATER.workout_id, now=NOW)
    with pytest.raises(FlowError, match="There are 2 activities on"):
        _done(at, SECOND)
    with pytest.raises(FlowError, match="No activity is known"):
        _done(at, LATER)
    with pytest.raises(FlowError, match="No activity is called"):
        _done(at, FIRST, "nothing")

    assert _words(at) == set()


@pytest.mark.parametrize(
    ("typed", "verdict"), [("done", Verdict.DONE), ("not-done", Verdict.NOT_DONE), ("skip", Verdict.SKIPPED)]
)
def test_as_a_person_types_it(
    at: tuple[Home, Settings], monkeypatch: pytest.MonkeyPatch, typed: str, verdict: Verdict
) -> None:
    monkeypatch.setenv("PACEWRIGHT_HOME", str(at[0].root))
    monkeypatch.setenv("PACEWRIGHT_NOW", NOW.isoformat())

    answer = CliRunner().invoke(app, ["log", typed, FIRST.workout_date.isoformat()])

    assert answer.exception is None, answer.exception
    assert answer.output.startswith("Taken down: workout-")
    assert {word[1] for word in _words(at)} == {verdict.value}


def test_a_reason_nobody_knows_is_refused(at: tuple[Home, Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACEWRIGHT_HOME", str(at[0].root))
    monkeypatch.setenv("PACEWRIGHT_NOW", NOW.isoformat())

    answer = CliRunner().invoke(app, ["log", "skip", FIRST.workout_date.isoformat(), "--because", "lazy"])

    assert "'lazy' is no reason known here" in str(answer.exception)
