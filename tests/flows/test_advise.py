"""The logbook in the coach's morning: sick means no programme, what is taken back counts no more, later words came later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from coach.guardrails.content import is_quality
from coach.logbook import Checkin
from coach.model import Call, Workout, WorkoutType
from coach.store import read_decision
from flows import clock, logbook, planning
from flows.advise import KIND, decide_day, replay_day
from flows.home import Home
from flows.ledger import open_ledger
from flows.recap import decide_week
from flows.taking_back import undo
from reports.view import DailyView
from tests.builders.homes import ZONE, HomeAt, morning_of, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("lean_builds")]

TODAY = date(2026, 5, 20)
START = clock.monday_of(TODAY) - timedelta(weeks=3)
SECRET = "kaltes <b>fieber</b>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt) -> Home:
    """A home on the first day of its plan."""
    return home_at(tmp_path_factory.mktemp("homes") / "home")


def first_quality_day(home: Home) -> date:
    plan = planning.active_plan(home, settings_for(home), day=TODAY).plan
    return next(w.workout_date for w in plan.workouts if is_quality(w) and w.workout_type is not WorkoutType.LONG)


def decide(home: Home, day: date, *, at: datetime | None = None) -> DailyView:
    decide_day(home, settings_for(home), day=day, now=at or morning_of(day), note="")
    return decided(home, day)


def decided(home: Home, day: date) -> DailyView:
    with open_ledger(home.ledger) as con:
        stored = read_decision(con, "me", KIND, day)
    assert stored is not None
    return DailyView.from_json(stored.snapshot["view"])


def planned(home: Home, day: date) -> Workout:
    workout = planning.active_plan(home, settings_for(home), day=day).plan.on(day)
    assert workout is not None
    return workout


def test_sick_in_the_calendar_means_no_programme_and_taken_back_means_the_plan_as_it_was(home: Home) -> None:
    day, settings = first_quality_day(home), settings_for(home)
    before = planned(home, day)
    ill = logbook.log_illness(home, settings, text=SECRET, since=day - timedelta(days=2), now=morning_of(day))

    view = decide(home, day)

    assert view.call is Call.REST
    assert view.brief.headline == "No running while you are ill"
    assert view.brief.why.startswith("You said you have been ill since ")
    assert planned(home, day).workout_type is WorkoutType.REST
    with open_ledger(home.ledger) as con:
        stored = read_decision(con, "me", KIND, day)
        plans = con.execute("select plan::text || adjustments::text from coach.plan_revisions").fetchall()
    assert stored is not None
    assert stored.snapshot["logbook"] == [ill.entry_id]
    assert SECRET not in orjson.dumps(stored.snapshot).decode() + str(plans)

    undo(home, settings, ill.entry_id, now=morning_of(day) + timedelta(hours=1))
    view = decide(home, day, at=morning_of(day) + timedelta(hours=2))

    assert view.call is Call.GO
    assert planned(home, day) == before


def test_one_bad_check_in_eases_the_day_and_leaves_every_other_day_alone(home: Home) -> None:
    day, settings = first_quality_day(home), settings_for(home)
    before = planning.active_plan(home, settings, day=day).plan
    felt = logbook.check_in(home, settings, Checkin(fatigue=1, soreness=1), day=day, now=morning_of(day))

    view = decide(home, day)

    after = planning.active_plan(home, settings, day=day).plan
    assert view.call is Call.EASE
    assert "You rate yourself 1 of 5" in view.brief.why
    assert [w for w in after.workouts if w.workout_date != day] == [w for w in before.workouts if w.workout_date != day]
    undo(home, settings, felt.entry_id, now=morning_of(day))
    decide(home, day, at=morning_of(day) + timedelta(hours=3))


def test_a_past_day_made_later_knows_only_what_had_been_said_by_then(home: Home) -> None:
    settings = settings_for(home)
    at_eight = clock.at_local(START, datetime.min.time(), ZONE) + timedelta(hours=8)
    logbook.log_illness(home, settings, since=START, now=at_eight)
    logbook.log_injury(home, settings, since=START, now=at_eight + timedelta(days=1))
    logbook.end_period(home, settings, "illness", day=START, now=at_eight + timedelta(days=1))

    replay_day(home, settings, day=START, now=at_eight + timedelta(days=3))

    view = decided(home, START)
    assert view.brief.headline == "No running while you are ill"
    assert "injured" not in view.brief.why


def test_the_weekly_mail_asks_nobody_who_is_injured_for_a_session(home: Home) -> None:
    """The injury of the test before is still open."""
    monday = START + timedelta(weeks=1)
    decide_week(home, settings_for(home), day=monday, now=morning_of(monday), note="")

    with open_ledger(home.ledger) as con:
        stored = read_decision(con, "me", "week", START)
    assert stored is not None
    view = stored.snapshot["view"]
    assert view["words"]["action"] == "No running until you are cleared; the days ahead are decided each morning."
    assert view["flags"][0].startswith("You said you have been injured since Monday 27 April")


def test_a_stored_decision_is_shown_again_whatever_is_said_afterwards(home: Home) -> None:
    settings = settings_for(home)
    before = decided(home, START)
    for entry in ("illness", "injury"):
        undo(home, settings, entry, now=morning_of(START) + timedelta(days=4))

    replay_day(home, settings, day=START, now=morning_of(START) + timedelta(days=5))

    assert decided(home, START) == before


def test_the_words_are_in_no_file_but_the_ledger(home: Home) -> None:
    said = logbook.log_note(home, settings_for(home), SECRET, day=START, now=morning_of(TODAY))

    assert said.state == "new"
    holding = {p.name for p in Path(home.root).rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()}
    assert holding <= {"ledger.duckdb", "ledger.duckdb.wal"}
