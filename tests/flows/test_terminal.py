"""What the terminal says before, while and after it works: refusals that cost nothing, steps as they happen, what came of it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from coach.errors import GoalRefused
from coach.feasibility import Refused, assess
from coach.model import GoalKind
from connectors.sample import write_takeouts
from flows import cli, orchestrator, planning, show
from flows.steps import steps_shown
from flows.stopwatch import Stopwatch
from tests.builders import coach as build
from tests.builders.by_hand import new_home

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a home would be; there is none yet."""
    monkeypatch.setenv("PACEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PACEWRIGHT_NOW", NOW.isoformat())
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli.app, [*words])


def refused(*words: str) -> str:
    """What the exception says that `main` prints as one sentence."""
    answer = typed(*words)
    assert answer.exit_code == 1
    assert answer.exception is not None
    return str(answer.exception)


def _never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("this must not be begun")


def test_the_version_is_that_of_the_package(root: Path) -> None:
    answer = typed("--version")

    assert (answer.exit_code, answer.output) == (0, f"pacewright {version('pacewright')}\n")
    assert not root.exists()


def test_a_status_makes_no_home(root: Path) -> None:
    answer = typed("status")

    assert answer.exit_code == 0
    assert "`pacewright init` makes one" in answer.output
    assert not root.exists()


@pytest.mark.parametrize("flow", ["morning", "week"])
def test_an_empty_home_is_told_of_before_anything_is_started(
    root: Path, monkeypatch: pytest.MonkeyPatch, flow: str
) -> None:
    monkeypatch.setattr(orchestrator, "server", _never)

    assert "`pacewright import PATH…`" in refused(flow)


def test_a_goal_of_an_empty_home_is_refused_before_anything_is_built(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "refresh", _never)

    assert "Nothing is known of your running yet" in refused("goal", "half", "--date", "2026-11-01")
    assert "not ahead" in refused("goal", "half", "--date", "2026-05-20")


def test_a_morning_is_begun_where_something_lies_in_the_inbox(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, _ = new_home(root.parent, now=NOW)
    monkeypatch.setenv("PACEWRIGHT_HOME", str(home.root))
    (home.inbox / "run.gpx").write_text("<gpx/>")
    monkeypatch.setattr(orchestrator, "server", _never)

    assert "must not be begun" in refused("morning")
    assert "Nothing is known" in refused("week"), "the weekly mail fetches nothing"


@pytest.mark.parametrize(
    ("answers", "fact"),
    [
        (("--birth-year", "2026"), "too young"),
        (("--birth-year", "2017"), "too young"),
        (("--resting-heart-rate", "100", "--threshold-heart-rate", "100"), "not below the threshold"),
        (("--threshold-heart-rate", "180", "--max-heart-rate", "180"), "not below the maximum"),
    ],
)
def test_answers_that_cannot_be_are_refused(root: Path, answers: tuple[str, ...], fact: str) -> None:
    assert fact in refused("init", *answers)


def test_answers_that_only_just_can_be_are_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed("init", "--birth-year", "2016", "--threshold-heart-rate", "179").exit_code == 0
    monkeypatch.setenv("PACEWRIGHT_NOW", (NOW + timedelta(minutes=1)).isoformat())
    assert typed("init", "--max-heart-rate", "180", "--resting-heart-rate", "110").exit_code == 0
    assert "not below the maximum" in refused("init", "--threshold-heart-rate", "200")


def test_a_refused_goal_names_the_command_for_each_of_its_offers(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = build.profile(weekly_distances_m=(9000.0,) * 8, longest_run_30d_m=3000.0)
    goal = build.goal(GoalKind.MARATHON, weeks=20)
    verdict = assess(build.athlete(), stranger, goal, today=build.MONDAY, done=build.done_runs())
    assert isinstance(verdict, Refused)

    def refuse(*_: object, **__: object) -> NoReturn:
        raise GoalRefused(verdict)

    monkeypatch.setattr(planning, "propose", refuse)
    answer = typed("goal", "marathon", "--date", "2026-11-01")

    assert answer.exit_code == 1
    commands = [line.strip() for line in answer.output.splitlines() if line.startswith("  pacewright goal ")]
    assert commands == [planning.command_of(one.goal) for one in verdict.alternatives]
    assert commands[-1] == "pacewright goal general"
    assert any(" --date 20" in command for command in commands)


def test_a_preview_shows_the_phases_and_two_weeks_and_all_of_it_on_request(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = build.plan(GoalKind.HALF, weeks=14)
    monkeypatch.setattr(planning, "propose", lambda *_, **__: plan)

    short = CliRunner().invoke(cli.app, ["goal", "half", "--date", "2026-11-01"], input="n\n").output
    whole = CliRunner().invoke(cli.app, ["goal", "half", "--date", "2026-11-01", "--all"], input="n\n").output

    def days(text: str) -> int:
        """Race day stands in the heading too, and counts as none."""
        dates = [w.workout_date for w in plan.workouts if w.workout_date != plan.goal.race_date]
        return sum(f"{one:%a %d %b}" in text for one in dates)

    assert (days(short), days(whole)) == (14, 97)
    assert "and 12 weeks more" in short
    phases = list(dict.fromkeys(week.phase.value for week in plan.weeks))
    assert [line.split()[0] for line in short.splitlines() if "km" in line and "-" in line][: len(phases)]
    assert all(phase in short for phase in phases)
    assert "Nothing was saved." in short


def test_an_import_says_what_the_ledger_holds_and_what_comes_next(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = NOW.date()
    takeouts = write_takeouts(tmp_path / "takeouts", seed=5, today=today, since=today - timedelta(days=20))
    words = [str(takeouts.strava_archive), str(takeouts.whoop_export), str(takeouts.watch_folder)]

    first = typed("import", *words).output
    monkeypatch.setenv("PACEWRIGHT_NOW", (NOW + timedelta(minutes=1)).isoformat())
    again = typed("import", *words).output

    held = next(line for line in first.splitlines() if line.startswith("In the ledger"))
    assert held.endswith("of them new.")
    assert " to 19 May 2026; " in held
    new = int(held.rsplit("; ", 1)[1].split()[0].replace(",", ""))
    counts = [
        int(part.split()[0]) for part in held.removeprefix("In the ledger: ").replace(" and ", ", ").split(", ")[:3]
    ]
    assert new == sum(counts)
    assert held.replace(f"; {new} of", "; 0 of") in again
    assert "Next: pacewright goal half --date YYYY-MM-DD" in first


def test_steps_are_told_as_they_end_whoever_takes_their_time() -> None:
    console = Console(file=StringIO(), record=True, width=120)

    def inner() -> None:
        with Stopwatch()("dbt"):
            time.sleep(0.01)

    with steps_shown(console), Stopwatch()("warehouse"):
        inner()
    with Stopwatch()("gate"):
        pass

    said = console.export_text().splitlines()
    assert [line.split(" (")[0] for line in said if line.strip()] == ["Warehouse built"], (
        "what nobody waits for is not told"
    )


def test_a_step_that_fails_is_not_told_as_done() -> None:
    console = Console(file=StringIO(), record=True, width=120)

    def fail() -> None:
        with steps_shown(console), Stopwatch()("dbt"):
            raise ValueError("no disk")

    with pytest.raises(ValueError, match="no disk"):
        fail()
    assert "built" not in console.export_text()


def test_phases_are_told_with_their_weeks_and_volumes() -> None:
    plan: Any = build.plan(GoalKind.HALF, weeks=14)
    console = Console(file=StringIO(), record=True, width=120)

    show.print_phases(plan, console=console)

    rows = [line.split() for line in console.export_text().splitlines()[1:]]
    assert rows[0][1].split("-")[0] == "1"
    assert rows[-1][1].split("-")[-1] == "14"
    longest = max(w.distance_m for w in plan.workouts if w.workout_type.value != "race")
    assert any(f"{longest / 1000:.1f}" in row for row in rows)
    assert date(2026, 3, 2).strftime("%d") in rows[0]
