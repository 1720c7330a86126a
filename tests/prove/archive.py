"""Recordings that arrive by monthly exports over half a year, some late, some twice: plans never shrink by silence, each arrival
repairs what is decided from it on, past weeks are judged by approved plans and not by what a tired morning made of them,
and no view gives one thing two values.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import duckdb

from coach.guardrails.content import is_quality, is_run
from coach.logbook import Checkin
from coach.model import WorkoutType
from coach.silence import ASSUMED_DAYS
from flows.ledger import open_ledger
from flows.logbook import check_in
from tests.prove._agreement import disagreements
from tests.prove._life import MANY, Life, Runner, morning
from tests.prove.silence import silent_faults

_START = date(2026, 3, 2)
_WEEKS = 26
_EVERY_DAYS = (26, 35)
_LATE_DAYS_MAX = 6
_NOT_VOLUME = {WorkoutType.RACE, WorkoutType.CROSS}
_TIRED = Checkin(fatigue=1, soreness=1, mood=1, sleep=1)
_CLOSED_AFTER_DAYS = 15  # the week of the tired morning is over when the next export arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export: it arrives on `day` and holds what was run through `through`; a second copy may come the day after."""

    day: date
    through: date
    is_sent_twice: bool


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """`n` runners whose exports come monthly, each beside a twin of whom every run arrives the next morning.

    Sabotage `cuts-are-plans` takes what mornings made of sessions for approved plans; `silence-is-rest` takes silence for rest.
    """
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch:
        life = Life(Path(scratch), numbers=range(n), seed=seed, start=_START, worlds=("monthly", "daily"), weeks=_WEEKS)
        exports = {r.name: _exports(Random(f"{seed}-{r.name}")) for r in life.runners if r.plan}
        runners = [runner for runner in life.runners if runner.plan]
        tired = {r.name: _tired_days(r, exports[r.name]) for r in runners}
        for day, looked_at in sorted(_mornings(exports, tired, is_few=n < MANY).items()):
            for runner in runners:
                for export in exports[runner.name]:
                    if export.day <= day:
                        life.send(runner, "monthly", through=export.through, day=max(export.day, day))
                    if export.day == day - timedelta(days=1) and export.is_sent_twice:
                        life.send_again(runner, "monthly", day=day)
                        counts["exports sent twice"] += 1
                life.send(runner, "daily", through=day - timedelta(days=1), day=day)
            life.build(day)
            _plant(life, sabotage)
            for runner in runners:
                if day in tired[runner.name]:
                    counts["cuts"] += _wake_tired(life, runner, day)
                elif runner.name in looked_at:
                    for fault in _look(life, runner, exports[runner.name], day, counts):
                        faults.append(f"{runner.name} {day}: {fault}")
            if sabotage and faults:
                break  # noticed
    return {
        "holds": not faults and all(counts[one] > 0 for one in ("arrivals", "silent mornings", "cuts", "weeks judged")),
        **{name.replace(" ", "_"): count for name, count in sorted(counts.items())},
        "fault_count": len(faults),
        "faults": faults[:8],
    }


def _exports(random: Random) -> list[Export]:
    exports, day = [], _START + timedelta(days=random.randint(*_EVERY_DAYS))
    while day < _START + timedelta(days=7 * _WEEKS - 8):
        late = random.randint(1, _LATE_DAYS_MAX) if random.random() < 0.3 else 1
        exports.append(Export(day=day, through=day - timedelta(days=late), is_sent_twice=random.random() < 0.3))
        day += timedelta(days=random.randint(*_EVERY_DAYS))
    return exports


def _mornings(exports: dict[str, list[Export]], tired: dict[str, set[date]], *, is_few: bool) -> dict[date, set[str]]:
    """Who is looked at when: around each arrival, on Mondays and when tired; of few, through the third export of each."""
    mornings: dict[date, set[str]] = {}
    for name, of_runner in exports.items():
        days = [e.day + timedelta(days=shift) for e in of_runner[1:] for shift in (-1, 0, 1)]
        mondays = range(7, 7 * _WEEKS - 7, 56 if is_few else 7)
        last = of_runner[2].day if is_few else date.max
        for day in {*days, *(_START + timedelta(days=offset) for offset in mondays), *tired[name]}:
            if day <= last:
                mornings.setdefault(day, set()).add(name)
    return mornings


def _tired_days(runner: Runner, exports: Sequence[Export]) -> set[date]:
    """After each export the first day of hard work while both worlds plan the same, in a week that the next one finds closed."""
    assert runner.plan is not None
    hard = [w.workout_date for w in runner.plan.workouts if is_quality(w)]
    days = set()
    for before, after in pairwise(exports):
        until = min(before.through + timedelta(days=ASSUMED_DAYS - 2), after.day - timedelta(days=_CLOSED_AFTER_DAYS))
        days |= set([day for day in hard if before.day < day <= until][:1])
    return days


def _wake_tired(life: Life, runner: Runner, day: date) -> bool:
    """A morning that eases hard work, in both worlds; True where that changed its length."""
    for athlete_id in runner.worlds.values():
        check_in(life.home, life.settings_of(athlete_id), _TIRED, day=day, now=morning(day, 6))
        view = life.decide(athlete_id, day)
    return any(change.after.distance_m < change.before.distance_m for change in view.adjustments)


def _look(life: Life, runner: Runner, exports: list[Export], day: date, counts: Counter[str]) -> list[str]:
    monthly, daily = runner.worlds["monthly"], runner.worlds["daily"]
    view = life.decide(monthly, day)
    weekly = life.week(monthly, day) if day.weekday() == 0 else None
    faults = disagreements(view, life.site(monthly, day), weekly)
    counts["views"] += 2 + (weekly is not None)
    arrived = max((e.through for e in exports if e.day <= day), default=_START - timedelta(days=1))
    newest = max(r.day for r in runner.ran(date.min, arrived))
    since = newest + timedelta(days=1)
    if since < day:
        faults += silent_faults(life, runner, view, since, counts)
    if any(e.day == day and e.through == day - timedelta(days=1) for e in exports):
        counts["arrivals"] += 1
        twin = life.decide(daily, day)
        if (view.today, view.call) != (twin.today, twin.call):
            faults.append(f"after the export {view.today and view.today.title}, else {twin.today and twin.today.title}")
        faults += _past_weeks(life, runner, day, counts)
    return faults


def _past_weeks(life: Life, runner: Runner, day: date, counts: Counter[str]) -> list[str]:
    """Closed weeks are judged by what was approved, and as they are for somebody of whom every run arrived at once.

    On a tired morning that one may be advised less for the days after it, for more is known of what was run before; what
    lies between advice and plan keeps to both, so weeks of other advice are compared by what was missed alone.
    """
    assert runner.plan is not None
    judged, twins = (_weeks_of(life, runner.worlds[world], day) for world in ("monthly", "daily"))
    advice, twins_advice = (_advice_of(life, runner.worlds[world]) for world in ("monthly", "daily"))
    approved: dict[date, float] = {}
    for workout in runner.plan.workouts:
        if is_run(workout) and workout.workout_type not in _NOT_VOLUME:
            monday = workout.workout_date - timedelta(days=workout.workout_date.weekday())
            approved[monday] = approved.get(monday, 0.0) + workout.distance_m
    faults = []
    for monday, (planned_m, missed, ratio) in judged.items():
        if planned_m is not None and abs(planned_m - approved.get(monday, 0.0)) > 0.5:
            faults.append(f"the week of {monday} is judged by {planned_m} m, approved were {approved.get(monday)}")
        is_same_advice = advice.get(monday) == twins_advice.get(monday)
        counts["weeks judged" if is_same_advice else "weeks of other advice"] += 1
        if missed != twins[monday][1] or (is_same_advice and ratio != twins[monday][2]):
            faults.append(f"the week of {monday} is {missed} missed at {ratio}, of the twin {twins[monday][1:]}")
    return faults


def _weeks_of(life: Life, athlete_id: str, day: date) -> dict[date, tuple[float | None, int, float | None]]:
    with duckdb.connect(str(life.home.warehouse), read_only=True) as con:
        rows = con.execute(
            "select week_start_date, planned_distance_m, missed_count, round(adherence_ratio, 6) from marts.athlete_weeks "
            "where athlete_id = ? and week_start_date >= ? and week_start_date + 8 < ?",
            [athlete_id, _START, day],
        ).fetchall()
    return {monday: (planned_m, missed or 0, ratio) for monday, planned_m, missed, ratio in rows}


def _advice_of(life: Life, athlete_id: str) -> dict[date, list[tuple[object, ...]]]:
    """What each workout was at last, by week."""
    with duckdb.connect(str(life.home.warehouse), read_only=True) as con:
        rows = con.execute(
            "select cast(date_trunc('week', workout_date) as date), workout_id, advised_type, advised_distance_m, "
            "advised_duration_s from marts.plan_adherence where athlete_id = ? order by workout_id",
            [athlete_id],
        ).fetchall()
    advice: dict[date, list[tuple[object, ...]]] = {}
    for monday, *advised in rows:
        advice.setdefault(monday, []).append(tuple(advised))
    return advice


def _plant(life: Life, sabotage: str) -> None:
    if sabotage == "cuts-are-plans":
        with open_ledger(life.home.ledger) as con:
            con.execute("update coach.plan_revisions set author = 'athlete' where author = 'morning'")
    if sabotage == "silence-is-rest":
        life.let_go()
        with duckdb.connect(str(life.home.warehouse)) as con:
            con.execute("update marts.athlete_days set is_run_known = true, distance_m = coalesce(distance_m, 0)")
            con.execute("checkpoint")
