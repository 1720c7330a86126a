"""Sources fall silent for 1 to 40 days: nothing shrinks by it, nothing is called missed, there are no crumbs, the one
question is asked, and once the files have arrived all is as if there had been no silence; a break that was told is another thing.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb

from coach.guardrails.content import is_quality, is_run
from coach.model import Workout
from coach.silence import ASSUMED_DAYS, QUESTION
from flows.logbook import log_off
from reports.facts import DayStatus
from reports.view import DailyView, WeeklyView
from tests.prove._life import MANY, Life, Runner, morning

_START = date(2026, 3, 2)
_LONGEST_DAYS = 40
_SAID_FROM_DAYS = 4
_CRUMB_S = 20 * 60
_KEPT_SHARE = 0.6
# Easy running of the same time is planned in whole half kilometres.
_ROUNDING_M = 500.0
# Mornings of the silence that are looked at, in days before the files arrive.
_LOOKED_AT = (38, 31, 24, 20, 16, 13, 10, 7, 5, 3, 1)
_BREAK_DAYS = 10


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """`n` runners in three worlds: heard of every day, silent, and off for the same days with a word.

    Sabotage `silence-is-rest` tells the coach of every silent day that nothing was run on it.
    """
    random = Random(seed)
    arrival = _START + timedelta(days=77 + random.randrange(7))
    lengths = [random.randint(1, _LONGEST_DAYS) for _ in range(n)]
    lengths[0] = max(lengths[0], 25)  # one silence is long, whatever the seed
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch:
        life = Life(Path(scratch), numbers=range(n), seed=seed, start=_START, worlds=("heard", "silent", "told"))
        silences = [
            (runner, _silent_from(runner, arrival - timedelta(days=days)))
            for runner, days in zip(life.runners, lengths, strict=True)
            if runner.plan
        ]
        for before in _LOOKED_AT if n >= MANY else _LOOKED_AT[::3]:
            day = arrival - timedelta(days=before)
            silent = [(runner, since) for runner, since in silences if since < day]
            for runner, since in silent:
                life.send(runner, "heard", through=day - timedelta(days=1), day=day)
                life.send(runner, "silent", through=since - timedelta(days=1), day=day)
            if silent:
                _build(life, day, sabotage)
            for runner, since in silent:
                view = life.decide(runner.worlds["silent"], day)
                faults += [f"{runner.name} {day}: {f}" for f in silent_faults(life, runner, view, since, counts)]
                weekly = life.week(runner.worlds["silent"], day)
                faults += [f"{runner.name} week of {day}: {f}" for f in _week_faults(weekly, since, day)]
            if sabotage and faults:
                break  # noticed
        else:
            faults += _after(life, silences, arrival, counts, sabotage)
    return {
        "holds": not faults and counts["silent mornings"] > 0 and counts["told breaks that changed"] > 0,
        **{name.replace(" ", "_"): count for name, count in sorted(counts.items())},
        "fault_count": len(faults),
        "faults": faults[:8],
    }


def _silent_from(runner: Runner, since: date) -> date:
    """The day after the last run that arrives: whatever is sent until then, no more than it is known."""
    return max(run.day for run in runner.ran(date.min, since - timedelta(days=1))) + timedelta(days=1)


def _build(life: Life, day: date, sabotage: str) -> None:
    life.build(day)
    if sabotage == "silence-is-rest":
        life.let_go()
        with duckdb.connect(str(life.home.warehouse)) as con:
            con.execute("update marts.athlete_days set is_run_known = true, distance_m = coalesce(distance_m, 0)")
            con.execute("checkpoint")


def silent_faults(life: Life, runner: Runner, view: DailyView, since: date, counts: Counter[str]) -> list[str]:
    """What a morning in a silence must not say, and what it must."""
    counts["silent mornings"] += 1
    assert runner.plan is not None
    faults = []
    day = view.day
    days = (day - since).days
    planned = runner.plan.on(day)
    if planned is not None and is_run(planned):
        shrunk = _shrunk(planned, view.today, days)
        if shrunk and view.today is not None and _is_cut_anyway(view.today, life.as_planned(runner, since, day).today):
            counts["cuts that silence did not make"] += 1
        else:
            faults += shrunk
        counts["planned runs"] += 1
    for change in view.adjustments:
        if is_run(change.after) and _is_crumb(change.before, change.after):
            faults.append(f"{change.before.title} was cut to {change.after.title}")
    faults += [
        f"{one.day} is called missed" for one in view.week if one.status is DayStatus.MISSED and one.day >= since
    ]
    faults += [f"{one.day} is shown as done" for one in view.week if one.done_distance_m and since <= one.day < day]
    said = " ".join(view.brief.flags)
    if days >= _SAID_FROM_DAYS and "Nothing is known of your running since" not in said:
        faults.append(f"after {days} silent days the brief says nothing of it")
    if days > ASSUMED_DAYS:
        counts["long silences"] += 1
        if QUESTION not in said:
            faults.append(f"after {days} silent days nothing is asked")
    return faults


def _is_cut_anyway(silent: Workout, as_planned: Workout | None) -> bool:
    """Whether whoever had run all that was approved would run no longer today: what was left out before the silence counts."""
    return as_planned is not None and silent.duration_s >= as_planned.duration_s


def _shrunk(planned: Workout, today: Workout | None, days: int) -> list[str]:
    if today is None:
        return [f"{planned.title} is gone"]
    if days > ASSUMED_DAYS and is_quality(planned):
        if is_quality(today):
            return [f"{planned.title} stays hard after {days} silent days"]
        pace = planned.duration_s / planned.distance_m
        least_s = planned.duration_s - 1.4 * pace * _ROUNDING_M
        return [] if today.duration_s >= least_s else [f"{planned.title} became {today.title}: less time"]
    return [] if today == planned else [f"{planned.title} became {today.title}"]


def _is_crumb(before: Workout, after: Workout) -> bool:
    if after.duration_s < min(_CRUMB_S, before.duration_s):
        return True
    return not is_quality(before) and after.distance_m < _KEPT_SHARE * before.distance_m


def _week_faults(view: WeeklyView, since: date, day: date) -> list[str]:
    faults = [f"{one.day} is called missed" for one in view.days if one.status is DayStatus.MISSED and one.day >= since]
    if (day - since).days > ASSUMED_DAYS and QUESTION not in " ".join(view.flags):
        faults.append("the weekly report asks nothing")
    return faults


def _after(
    life: Life, silences: list[tuple[Runner, date]], arrival: date, counts: Counter[str], sabotage: str
) -> list[str]:
    """The files arrive: from the next planned week on both worlds are one. A break that was told is seen at once."""
    faults = []
    monday = arrival + timedelta(days=-arrival.weekday() % 7)
    for runner, since in silences:
        for world in ("heard", "silent"):
            life.send(runner, world, through=arrival - timedelta(days=1), day=arrival)
        life.send(runner, "told", through=since - timedelta(days=1), day=arrival)
        told = life.settings_of(runner.worlds["told"])
        log_off(life.home, told, since=since, until=arrival - timedelta(days=1), now=morning(arrival, 5))
    _build(life, arrival, sabotage)
    for runner, since in silences:
        if (arrival - since).days >= _BREAK_DAYS:
            faults += _told(life, runner, arrival, counts)
    for offset in range(7) if len(silences) >= MANY else (0, 1, 3):
        day = monday + timedelta(days=offset)
        yesterday = day - timedelta(days=1)
        for runner, _ in silences:
            for world in ("heard", "silent"):
                life.send(runner, world, through=yesterday, day=day)
        _build(life, day, sabotage)
        for runner, _ in silences:
            heard, silent = (life.decide(runner.worlds[world], day) for world in ("heard", "silent"))
            counts["mornings compared"] += 1
            if (heard.today, heard.call, heard.adjustments) != (silent.today, silent.call, silent.adjustments):
                faults.append(f"{runner.name} {day}: {_title(silent.today)} after silence, else {_title(heard.today)}")
    return faults


def _told(life: Life, runner: Runner, arrival: date, counts: Counter[str]) -> list[str]:
    assert runner.plan is not None
    until = arrival + timedelta(days=6)
    planned = [w for w in runner.plan.workouts if arrival <= w.workout_date <= until and is_run(w)]
    view = life.decide(runner.worlds["told"], arrival)
    changed = {a.before.workout_id for a in view.adjustments}
    counts["told breaks"] += 1
    counts["told breaks that changed"] += bool(changed)
    hard = [w for w in planned if is_quality(w) and w.workout_id not in changed]
    return [f"{runner.name}: {hard[0].title} stands after a break of ten days or more that was told"] if hard else []


def _title(workout: Workout | None) -> str:
    return "nothing" if workout is None else workout.title
