"""The sample athlete, from take-out files to a mailed week, by the same steps a person takes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coach.model import Goal, GoalKind, Plan, SegmentKind, Workout
from connectors.sample import PlannedDay, Takeouts, WorkBlock, write_takeouts
from flows import clock, planning
from flows.athlete import AthleteFacts, introduce, open_home
from flows.errors import FlowError, NotSetUp
from flows.home import Home
from flows.orchestrator import Server, server
from flows.settings import Settings, load_settings
from flows.show import import_with_progress, print_report
from flows.stopwatch import Stopwatch

_ZONE = "Europe/Berlin"
_MARK = ".sample-athlete"
_WEEKS_TRAINED = 6
_WEEKS_TO_RACE = 10


def run_demo(home: Home, *, seed: int, console: Console) -> None:
    """Make the sample home anew and run everything once. Never touches a home that holds somebody's own data."""
    watch = Stopwatch()
    _make_room(home)
    now = clock.now()
    today = clock.local_date(now, _ZONE)
    started = clock.monday_of(today) - timedelta(weeks=_WEEKS_TRAINED)
    settings = open_home(home, load_settings(home))
    # The server needs ten seconds of a core to start; everything before the first flow happens meanwhile.
    with server(home) as prefect_server, tempfile.TemporaryDirectory() as scratch:
        plan = _six_weeks_ago(
            home, settings, Path(scratch), watch, seed=seed, today=today, day=started, console=console
        )
        settings = open_home(home, settings)
        _catch_up(home, settings, Path(scratch), plan, watch, seed=seed, today=today, now=now, console=console)
        _run_flows(home, prefect_server, watch, console)
    _say_what_was_made(home, watch, console)


def _six_weeks_ago(
    home: Home,
    settings: Settings,
    scratch: Path,
    watch: Stopwatch,
    *,
    seed: int,
    today: date,
    day: date,
    console: Console,
) -> Plan:
    """The athlete installs Pacewright six weeks before today: imports what there was then, and sets a goal."""
    then = clock.at_local(day, time(6, 30), _ZONE)
    console.print(f"[bold]{day:%d %B %Y}[/]: the sample athlete imports three years of running and sets a goal")
    with watch("sample files"):
        takeouts = write_takeouts(scratch / "first", seed=seed, today=today, until=day - timedelta(days=1))
    introduce(
        home,
        settings,
        AthleteFacts(name="Alex", time_zone=_ZONE, birth_year=today.year - 38, days_per_week=4, long_run_day=6),
        now=then,
    )
    settings = open_home(home, settings)
    with watch("import"):
        import_with_progress(home, settings, _paths(takeouts), now=then, console=console)
    race_date = clock.monday_of(today) + timedelta(weeks=_WEEKS_TO_RACE - 1, days=6)
    goal = Goal(
        goal_id=f"half-{race_date}", kind=GoalKind.HALF, race_date=race_date, race_name="Spring Half", target_s=6300.0
    )
    with watch("goal and plan"):
        plan = planning.propose(home, settings, goal, now=then)
        planning.save(home, plan, now=then)
    console.print(f"  plan: {len(plan.weeks)} weeks to the {escape(goal.race_name)} on {race_date:%d %B %Y}")
    return plan


def _catch_up(
    home: Home,
    settings: Settings,
    scratch: Path,
    plan: Plan,
    watch: Stopwatch,
    *,
    seed: int,
    today: date,
    now: datetime,
    console: Console,
) -> None:
    """Six weeks of following the plan, as people do, and the take-outs of today."""
    console.print(f"[bold]{today:%d %B %Y}[/]: six weeks of training later, today's take-outs")
    with watch("sample files"):
        planned = [_planned_day(workout) for workout in plan.workouts]
        takeouts = write_takeouts(scratch / "second", seed=seed, today=today, planned=planned)
    with watch("import"):
        import_with_progress(home, settings, _paths(takeouts), now=now, console=console)


def _run_flows(home: Home, prefect_server: Server, watch: Stopwatch, console: Console) -> None:
    with watch("waiting for Prefect"):
        prefect_server.wait()
    with watch("loading Prefect"):
        from flows.morning import morning
        from flows.week import week
    before = os.environ.get("PACEWRIGHT_HOME")
    os.environ["PACEWRIGHT_HOME"] = str(home.root)
    try:
        console.print("[bold]The morning[/]")
        with watch("morning"):
            done = morning()
        print_report(home, done, console=console)
        console.print("[bold]The week[/]")
        with watch("week"):
            done = week()
        print_report(home, done, console=console)
    finally:
        if before is None:
            os.environ.pop("PACEWRIGHT_HOME")
        else:
            os.environ["PACEWRIGHT_HOME"] = before


def _say_what_was_made(home: Home, watch: Stopwatch, console: Console) -> None:
    table = Table(
        title="What was made", title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False
    )
    table.add_column(style="dim")
    table.add_column()
    for what, path in (
        ("ledger", home.ledger),
        ("warehouse", home.warehouse),
        ("today", home.site / "index.html"),
        ("week", home.site / "week.html"),
        ("plan", home.site / "plan.html"),
        ("trends", home.site / "trends.html"),
        ("data health", home.site / "data.html"),
        *(("mail", mail) for mail in sorted(home.outbox.rglob("*.eml"))),
    ):
        table.add_row(what, f"{escape(str(path))}  [dim]{path.stat().st_size / 1000:,.0f} kB[/]")
    console.print(table, soft_wrap=True)
    steps = sorted(watch.seconds.items(), key=lambda step: -step[1])
    console.print("Seconds: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in steps), style="dim")
    console.print(f"Open [bold]{escape(str(home.site / 'index.html'))}[/] in a browser.", soft_wrap=True)


def _planned_day(workout: Workout) -> PlannedDay:
    work = tuple(
        WorkBlock(
            repeats=segment.repeats,
            work_s=segment.duration_s,
            recovery_s=segment.recovery_s,
            pace_s_per_km=segment.duration_s / segment.distance_m * 1000.0,
        )
        for segment in workout.segments
        if segment.kind is SegmentKind.WORK and segment.distance_m > 0
    )
    return PlannedDay(
        planned_date=workout.workout_date,
        workout_type=workout.workout_type.value,
        distance_m=workout.distance_m,
        duration_s=workout.duration_s,
        work=work,
    )


def _paths(takeouts: Takeouts) -> Sequence[Path]:
    return [takeouts.strava_archive, takeouts.whoop_export, takeouts.watch_folder]


def _make_room(home: Home) -> None:
    """An earlier sample home is made anew; any other home with a ledger is left alone."""
    mark = home.root / _MARK
    if home.ledger.exists() and not mark.exists():
        raise NotSetUp(
            f"{home.root} already holds somebody's data. Set PACEWRIGHT_HOME to another folder for the demo, such as "
            "demo-home."
        )
    if mark.exists():
        shutil.rmtree(home.root)
    elif home.root.exists() and any(home.root.iterdir()):
        raise FlowError(f"{home.root} is not empty. Set PACEWRIGHT_HOME to an empty or new folder for the demo.")
    home.root.mkdir(parents=True, exist_ok=True)
    mark.write_text("This home is the sample athlete's; `pacewright demo` replaces it.\n", encoding="utf-8")
