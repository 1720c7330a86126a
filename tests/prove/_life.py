"""Runners who live through a plan: what they run is fixed by the seed, and only when it arrives differs between worlds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

import duckdb

from coach.errors import CoachError
from coach.model import Goal, GoalKind, Plan, Workout, WorkoutType
from coach.periodise import make_plan
from coach.profile import read_done_runs, read_profile
from coach.store import append_revision, read_decision, save_goal
from flows import clock
from flows.advise import KIND, decide_day
from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.ingest import import_files
from flows.ledger import open_ledger
from flows.pages import site_of
from flows.planning import known_athlete
from flows.recap import KIND as WEEK
from flows.recap import decide_week, last_closed_week
from flows.refresh import refresh
from flows.settings import Settings, load_settings
from reports.view import DailyView, SiteView, WeeklyView
from tests.builders.warm import warmed, without_data_tests

HISTORY_WEEKS = 16
# Of fewer runners not every morning is looked at: a build takes as long for one as for a hundred.
MANY = 20
ZONE = "Europe/Berlin"
_WEEKDAYS = {3: (1, 3, 6), 4: (1, 2, 4, 6), 5: (1, 2, 3, 4, 6), 6: (1, 2, 3, 4, 5, 6)}
_LEAST_WEEKS = {GoalKind.FIVE_K: 14, GoalKind.TEN_K: 14, GoalKind.HALF: 16, GoalKind.MARATHON: 18}
_NO_RUN = {WorkoutType.REST, WorkoutType.CROSS}
_COLUMNS = ("id", "started_at", "sport", "distance_m", "moving_s", "elapsed_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of somebody's life, on a local day."""

    day: date
    distance_m: float
    moving_s: float

    @property
    def row(self) -> tuple[str, ...]:
        began = datetime.combine(self.day, time(16, 0), UTC)
        seconds = f"{self.moving_s:.0f}"
        return (str(self.day), began.isoformat(), "run", f"{self.distance_m:.0f}", seconds, seconds)


@dataclass(slots=True, kw_only=True)
class Runner:
    """Who runs: habits before the plan, the wish, and from then on a life that follows the approved plan, more or less."""

    number: int
    random: Random
    runs_per_week: int
    weekly_m: float
    easy_s_per_km: float
    kind: GoalKind
    history: tuple[Run, ...] = ()
    life: tuple[Run, ...] = ()
    plan: Plan | None = None
    worlds: dict[str, str] = field(default_factory=dict)  # world → athlete id

    @property
    def name(self) -> str:
        return f"r{self.number:03}"

    def ran(self, since: date, until: date) -> tuple[Run, ...]:
        """The runs from a day to another, both included."""
        return tuple(run for run in (*self.history, *self.life) if since <= run.day <= until)


class Life:
    """A home in which every runner lives once in each world, as an athlete of its own; `weeks` fixes the way to the race."""

    def __init__(
        self, root: Path, *, numbers: Iterable[int], seed: int, start: date, worlds: Sequence[str], weeks: int = 0
    ) -> None:
        self._root = root
        self._seed = seed
        self._as_planned: dict[tuple[str, date], Life] = {}
        self.home = warmed(Home(root / "home"))
        self.folder = root / "exports"
        self.folder.mkdir(parents=True)
        self.start = start
        self._weeks = weeks
        self._is_built = False
        self._open: list[duckdb.DuckDBPyConnection] = []
        self._sent: dict[str, date] = {}  # athlete → through which day runs have arrived
        self.settings = open_home(self.home, load_settings(self.home))
        self.runners = [_runner(number, Random(f"{seed}-{number}")) for number in numbers]
        for runner in self.runners:
            runner.history = tuple(_history(runner, start))
            runner.worlds = {world: f"{runner.name}-{world}" for world in worlds}
            for athlete_id in runner.worlds.values():
                self._introduce(athlete_id, runner)
        self.build(start)
        for runner in self.runners:
            self._plan(runner)

    def settings_of(self, athlete_id: str) -> Settings:
        return self.settings.model_copy(update={"athlete_id": athlete_id, "time_zone": ZONE})

    def send(self, runner: Runner, world: str, *, through: date, day: date) -> None:
        """An export of all that was run through a day and has not arrived in this world arrives on a morning."""
        since = self._sent.get(runner.worlds[world], self.start - timedelta(days=1)) + timedelta(days=1)
        if through >= since:
            self._sent[runner.worlds[world]] = through
            self._export(runner.worlds[world], runner.ran(since, through), day=day)

    def send_again(self, runner: Runner, world: str, *, day: date) -> None:
        """The export that arrived last, once more under another name."""
        through = self._sent[runner.worlds[world]]
        self._export(runner.worlds[world], runner.ran(through - timedelta(days=30), through), day=day)

    def _export(self, athlete_id: str, wanted: Sequence[Run], *, day: date, hour: int = 6) -> None:
        if not wanted:
            return
        file = self.folder / f"{athlete_id}-{day}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(_COLUMNS)
            writer.writerows(run.row for run in wanted)
        import_files(self.home, self.settings_of(athlete_id), [file], now=morning(day, hour))

    def build(self, day: date) -> None:
        """The warehouse as of a morning; dbt's data tests judge the first."""
        self.let_go()
        with without_data_tests() if self._is_built else nullcontext():
            done = refresh(self.home, now=morning(day), today=day)
        if done.state == "failed":
            raise RuntimeError(done.note)
        self._is_built = True
        # A database that this process has open already is opened again in no time, thousands of times.
        self._open = [duckdb.connect(str(self.home.ledger)), duckdb.connect(str(self.home.warehouse), read_only=True)]

    def let_go(self) -> None:
        """Close what is kept open between two builds."""
        while self._open:
            self._open.pop().close()

    def decide(self, athlete_id: str, day: date) -> DailyView:
        """The morning's decision, as it is stored."""
        decide_day(self.home, self.settings_of(athlete_id), day=day, now=morning(day), note="")
        return DailyView.from_json(self._stored(athlete_id, KIND, day))

    def as_planned(self, runner: Runner, since: date, day: date) -> DailyView:
        """The same runner's morning, had all approved sessions from `since` on been run and heard of; in a home of its own."""
        key = (runner.name, since)
        if key not in self._as_planned:
            root = self._root / f"{runner.name}-{since}"
            life = Life(
                root, numbers=[runner.number], seed=self._seed, start=self.start, worlds=["w"], weeks=self._weeks
            )
            (twin,) = life.runners
            assert twin.plan is not None
            assert twin.life == runner.life
            sessions = (w for w in twin.plan.workouts if w.workout_date >= since and w.workout_type not in _NO_RUN)
            twin.life = (
                *twin.ran(self.start, since - timedelta(days=1)),
                *(_run(twin, one.workout_date, one.distance_m, one) for one in sessions),
            )
            self._as_planned[key] = life
        life = self._as_planned[key]
        life.send(life.runners[0], "w", through=day - timedelta(days=1), day=day)
        life.build(day)
        return life.decide(life.runners[0].worlds["w"], day)

    def week(self, athlete_id: str, day: date) -> WeeklyView:
        """The report of the week that was closed on a day, as it is stored."""
        decide_week(self.home, self.settings_of(athlete_id), day=day, now=morning(day, 7), note="")
        return WeeklyView.from_json(self._stored(athlete_id, WEEK, last_closed_week(day)))

    def site(self, athlete_id: str, day: date) -> SiteView:
        """The pages of a day that was decided."""
        return site_of(self.home, self.settings_of(athlete_id), day=day)

    def _stored(self, athlete_id: str, kind: str, day: date) -> dict[str, object]:
        with open_ledger(self.home.ledger) as con:
            stored = read_decision(con, athlete_id, kind, day)
        assert stored is not None
        view: dict[str, object] = stored.snapshot["view"]
        return view

    def _introduce(self, athlete_id: str, runner: Runner) -> None:
        facts = AthleteFacts(time_zone=ZONE, days_per_week=runner.runs_per_week, long_run_day=6, birth_year=1990)
        introduce(self.home, self.settings_of(athlete_id), facts, now=morning(self.start, 5))
        self._export(athlete_id, runner.history, day=self.start, hour=5)

    def _plan(self, runner: Runner) -> None:
        """The same approved plan in every world; whom no race is open to trains without one."""
        with open_ledger(self.home.ledger) as con:
            athletes = {one: known_athlete(con, self.settings_of(one)) for one in runner.worlds.values()}
        first = next(iter(athletes))
        with duckdb.connect(str(self.home.warehouse), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            profile = read_profile(con, first)
            done = read_done_runs(con, first, since=self.start - timedelta(days=210))
        for goal in (_goal(runner, self.start, self._weeks), Goal(goal_id="goal", kind=GoalKind.GENERAL)):
            try:
                plans = {
                    one: make_plan(athlete, profile, goal, done, today=self.start, plan_id="plan")
                    for one, athlete in athletes.items()
                }
            except CoachError:
                continue
            with open_ledger(self.home.ledger) as con:
                for one, plan in plans.items():
                    save_goal(con, one, goal, said_at=morning(self.start, 5))
                    append_revision(con, plan, author="athlete", reason="new goal", made_at=morning(self.start, 5))
            runner.plan = plans[first]
            runner.life = tuple(_lived(runner, plans[first]))
            return


def morning(day: date, hour: int = 6) -> datetime:
    """Half past an hour where the runners live."""
    return clock.at_local(day, time(hour, 30), ZONE)


def _runner(number: int, random: Random) -> Runner:
    runs = random.choice([3, 4, 4, 5, 5, 6])
    return Runner(
        number=number,
        random=random,
        runs_per_week=runs,
        weekly_m=random.uniform(6500, 11000) * runs,
        easy_s_per_km=random.uniform(310, 420),
        kind=random.choice(
            [GoalKind.FIVE_K, GoalKind.TEN_K, GoalKind.TEN_K, GoalKind.HALF, GoalKind.HALF, GoalKind.MARATHON]
        ),
    )


def _goal(runner: Runner, start: date, weeks: int) -> Goal:
    weeks = weeks or _LEAST_WEEKS[runner.kind] + runner.random.randint(0, 8)
    return Goal(goal_id="goal", kind=runner.kind, race_date=start + timedelta(days=7 * weeks - 1))


def _history(runner: Runner, start: date) -> Iterable[Run]:
    weekdays = _WEEKDAYS[runner.runs_per_week]
    for back in range(HISTORY_WEEKS, 0, -1):
        week_m = runner.weekly_m * runner.random.uniform(0.92, 1.05)
        for weekday in weekdays:
            share = 0.33 if weekday == weekdays[-1] else 0.67 / (len(weekdays) - 1)
            yield _run(runner, start - timedelta(days=7 * back - weekday), week_m * share)


def _lived(runner: Runner, plan: Plan) -> Iterable[Run]:
    """Most sessions nearly as planned, some left out; never more than planned by a twentieth."""
    for workout in plan.workouts:
        if workout.workout_type in _NO_RUN or runner.random.random() < 0.08:
            continue
        yield _run(runner, workout.workout_date, workout.distance_m * runner.random.uniform(0.92, 1.03), workout)


def _run(runner: Runner, day: date, distance_m: float, workout: Workout | None = None) -> Run:
    pace = runner.easy_s_per_km
    if workout is not None and workout.distance_m > 0 and workout.duration_s > 0:
        pace = 1000 * workout.duration_s / workout.distance_m
    return Run(day=day, distance_m=round(distance_m), moving_s=round(distance_m * pace / 1000))
