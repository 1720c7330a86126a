"""What the athlete says of planned workouts: done by this run, not by that one, not at all, or skipped and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from coach.logbook import Because, Entry, Outcome, Verdict, append_entry, entry_id_of, read_logbook
from coach.words import date_and_year
from connectors.manual import check_text
from flows import clock
from flows.activities import activities_on, find_activities
from flows.by_hand import read_by_hand
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken, take
from flows.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A planned workout that something is said of."""

    plan_id: str
    workout_id: str
    workout_date: date


def log_done(home: Home, settings: Settings, workout: str, activity: str = "", *, now: datetime) -> Taken:
    """This activity is that workout, whatever else is near; without `activity` it is the only run of its day.

    An activity stands for one workout: what was said of it before is taken back.
    """
    with open_ledger(home.ledger) as con:
        planned = find_workout(con, settings, workout)
        recording_id = _recording(home, settings, con, activity, planned.workout_date)
        said = _outcome(planned, Verdict.DONE, recording_id=recording_id)
        for entry in _held(con, settings):
            before = entry.said
            assert isinstance(before, Outcome)
            is_other = before.verdict is Verdict.DONE and before.workout_id != planned.workout_id
            if before.recording_id == recording_id and (
                is_other or (before.verdict is Verdict.NOT_THIS and before.workout_id == planned.workout_id)
            ):
                append_entry(con, settings.athlete_id, replace(entry, said_at=now, is_withdrawn=True))
        return _say(con, settings, planned, said, now=now)


def log_not_done(home: Home, settings: Settings, workout: str, activity: str = "", *, now: datetime) -> Taken:
    """This activity is not that workout; without `activity` nothing is, and it counts as missed."""
    with open_ledger(home.ledger) as con:
        planned = find_workout(con, settings, workout)
        today = clock.local_date(now, settings.time_zone)
        if planned.workout_date > today:
            raise FlowError(
                f"{planned.workout_id} is planned for {date_and_year(planned.workout_date)}, which has not come yet. If you "
                f"mean to leave it out: `pacewright log skip {planned.workout_id}`."
            )
        if not activity:
            return _say(con, settings, planned, _outcome(planned, Verdict.NOT_DONE), now=now)
        recording_id = _recording(home, settings, con, activity, planned.workout_date)
        return _say(con, settings, planned, _outcome(planned, Verdict.NOT_THIS, recording_id=recording_id), now=now)


def log_skipped(
    home: Home, settings: Settings, workout: str, *, because: Because | None = None, text: str = "", now: datetime
) -> Taken:
    """That workout is left out on purpose, on its day, before or after."""
    words = check_text("text", text)
    with open_ledger(home.ledger) as con:
        planned = find_workout(con, settings, workout)
        return _say(con, settings, planned, _outcome(planned, Verdict.SKIPPED, because=because, text=words), now=now)


def find_workout(con: duckdb.DuckDBPyConnection, settings: Settings, name: str) -> Planned:
    """The planned workout of a day or of a name, in the plan that is or was followed. Raises FlowError without one."""
    rows = con.execute(
        """
        with states as (
            select plan_id, arg_max(state, said_at) as state, max(said_at) as said_at
            from coach.plan_states
            where athlete_id = $athlete_id
            group by plan_id
        ), latest as (
            select plan_id, workout_id, workout_date, workout_type, made_at
            from coach.planned_workouts
            where athlete_id = $athlete_id
            qualify row_number() over (partition by plan_id, workout_id order by revision desc) = 1
        )
        select latest.plan_id, latest.workout_id, latest.workout_date
        from latest
        left join states on latest.plan_id = states.plan_id
        where latest.workout_type <> 'rest' and states.state is distinct from 'draft'
            and ($name = latest.workout_id or $name = latest.workout_date::text)
        order by states.state = 'active' desc nulls last, states.said_at desc nulls last, latest.workout_id
        limit 1
        """,
        {"athlete_id": settings.athlete_id, "name": name.strip()},
    ).fetchall()
    if not rows:
        raise FlowError(
            f"No workout is planned as {name[:80]!r}. Name its day, such as 2026-05-20, or its id; `pacewright plan show` "
            "lists the days."
        )
    plan_id, workout_id, workout_date = rows[0]
    return Planned(plan_id=plan_id, workout_id=workout_id, workout_date=workout_date)


def _recording(home: Home, settings: Settings, con: duckdb.DuckDBPyConnection, name: str, day: date) -> str:
    """A recording of the activity that was named, or of the only one of the day."""
    by_hand = {one.key for one in read_by_hand(con, settings) if one.entity == "run" and not one.is_withdrawn}
    if name.removeprefix("manual:") in by_hand:
        return f"manual:{name.removeprefix('manual:')}"
    found = find_activities(home, settings, name) if name else activities_on(home, settings, day)
    if len(found) == 1:
        return found[0].recordings[0]
    if name:
        raise FlowError(
            f"No activity is called {name[:80]!r}. `pacewright log list --activities` names them; what came in since the "
            "last build is named after `pacewright rebuild`."
        )
    known = "; ".join(f"{one.short_id} ({one.sport} at {one.local_started_at:%H:%M})" for one in found)
    raise FlowError(
        f"{f'There are {len(found)} activities' if found else 'No activity is known'} on {date_and_year(day)}"
        f"{f': {known}' if known else ''}. Name the one that you mean after the workout; "
        "`pacewright log list --activities` names them all."
    )


def _outcome(
    planned: Planned, verdict: Verdict, *, recording_id: str = "", because: Because | None = None, text: str = ""
) -> Outcome:
    return Outcome(
        plan_id=planned.plan_id,
        workout_id=planned.workout_id,
        verdict=verdict,
        recording_id=recording_id,
        because=because,
        text=text,
    )


def _say(
    con: duckdb.DuckDBPyConnection, settings: Settings, planned: Planned, said: Outcome, *, now: datetime
) -> Taken:
    """One entry a workout, which later words change; that an activity is not it is an entry of its own."""
    of = [said.recording_id] if said.verdict is Verdict.NOT_THIS else []
    entry_id = entry_id_of("workout", planned.workout_date, planned.plan_id, planned.workout_id, *of)
    day = planned.workout_date
    return take(con, settings, Entry(entry_id=entry_id, begin_date=day, end_date=day, said=said, said_at=now))


def _held(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Entry]:
    entries = read_logbook(con, settings.athlete_id)
    return [entry for entry in entries if isinstance(entry.said, Outcome) and not entry.is_withdrawn]
