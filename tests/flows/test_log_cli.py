"""`pacewright log` as a person types it: each command, its refusals, and that the words stay in the ledger."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.errors import ConnectorError
from flows.cli import app
from flows.errors import FlowError
from flows.ledger import open_ledger
from tests.builders.by_hand import new_home, publish_activities

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
SECRET = "kaltes-fieber-im-knie"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, _ = new_home(tmp_path_factory.mktemp("template"), now=NOW)
    return home.root


@pytest.fixture
def home(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, tmp_path / "home")
    monkeypatch.setenv("PACEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PACEWRIGHT_NOW", NOW.isoformat())
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "home"


def log(command: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["log", *command.split(), *more])


def said(command: str, *more: str) -> str:
    """What a command answers that works."""
    result = log(command, *more)
    assert result.exception is None, result.exception
    return " ".join(result.output.split())


def refused(command: str, *more: str) -> str:
    """What a command says that is refused: one sentence of ours, or the usage."""
    result = log(command, *more)
    assert result.exit_code != 0
    if isinstance(result.exception, FlowError | ConnectorError):
        return str(result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


def ledger(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_ledger(home / "ledger.duckdb") as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("typed", "distance_m", "moving_s"),
    [
        ("--distance-km 8.2 --time 45:10", 8200.0, 2710.0),
        ("--distance-mi 5 --time 45:10", 8046.7, 2710.0),
        ("--distance-km 16 --time 75:10", 16000.0, 4510.0),
        ("--distance-km 21.0975 --time 1:45:00", 21097.5, 6300.0),
        ("--time 30:00", None, 1800.0),
        ("--distance-km 5", 5000.0, None),
    ],
)
def test_a_run_is_what_was_typed(home: Path, typed: str, distance_m: float | None, moving_s: float | None) -> None:
    assert said(f"run {typed} --at 07:30").startswith("Taken down: run-20260520-")

    stored = "select (payload ->> 'distance_m')::double, (payload ->> 'moving_s')::double from raw.manual"
    assert ledger(home, stored) == [(distance_m, moving_s)]


def test_a_run_with_everything(home: Path) -> None:
    said(
        "run --distance-km 8.2 --time 45:10 --sport hike --treadmill --trail --race --heart-rate 150 --rpe 6 "
        "--climb-m 120 --date 2026-05-18 --at 07:30 --time-zone Asia/Tokyo",
        "--title=Round the <lake>",
        "--note=two\nlines",
    )

    stored = (
        '{"distance_m":8200.0,"elevation_gain_m":120.0,"heart_rate_avg_bpm":150.0,"is_race":true,"is_trail":true,'
        '"is_treadmill":true,"moving_s":2710.0,"note":"two\\nlines","perceived_exertion":6,"sport":"hike",'
        '"started_at":"2026-05-17T22:30:00Z","title":"Round the <lake>","utc_offset_s":32400}'
    )
    assert ledger(home, "select payload::text from raw.manual") == [(stored,)]


@pytest.mark.parametrize(
    ("typed", "fact"),
    [
        ("run", "Neither a distance nor a time"),
        ("run --time 45", "'45' is no time"),
        ("run --time 1:75:00", "'1:75:00' is no time"),
        ("run --time 45m", "'45m' is no time"),
        ("run --distance-km 21.1 --time 1:45", "faster than anybody runs"),
        ("run --distance-km 8 --distance-mi 5", "in kilometres and in miles"),
        ("run --distance-km nan", "cannot be meant"),
        ("run --distance-km 8 --date 2026-05-21", "has not come yet"),
        ("run --distance-km 8 --date 21.05.2026", "does not match"),
        ("run --distance-km 8 --at 25:00", "does not match"),
        ("run --distance-km 8 --time-zone Mars", "'Mars' is no time zone"),
        ("run --distance-km 8 --sport chess", "no sport known here"),
        ("run --distance-km 8 --rpe 12", "cannot be meant"),
        ("checkin", "The check-in is empty"),
        ("checkin --fatigue 6", "answered from 1 to 5"),
        ("illness --severity awful", "Write mild, moderate, severe"),
        ("illness --since 2026-05-20 --until 2026-05-19", "before it began"),
        ("illness --over", "No illness is open"),
        ("illness --over tomorrow", "After --over comes a day"),
        ("injury --over", "No injury is open"),
        ("travel 2026-05-18", "--over before it"),
        ("correct nothing --race", "No activity is called 'nothing'"),
        ("correct --race", "No activity is known on 2026-05-20"),
        ("undo", "or --last"),
        ("undo note-1 --last", "or --last"),
        ("undo note-1", "No entry is called 'note-1'"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_stored(home: Path, typed: str, fact: str) -> None:
    assert fact in " ".join(refused(typed).replace("│", " ").split())

    assert ledger(home, "select 1 from raw.payloads union all select 1 from coach.logbook") == []


def test_the_same_command_again_changes_nothing(home: Path) -> None:
    for command in ("run --time 30:00 --at 08:00", "note hello", "checkin --mood 4", "illness", "injury --part knee"):
        assert said(command).startswith("Taken down: ")
        assert said(command).startswith("Known already: ")

    assert len(ledger(home, "from raw.payloads")) == 1
    assert len(ledger(home, "from coach.logbook")) == 4


def test_an_illness_from_its_first_day_to_its_last(home: Path) -> None:
    assert "since 18 May 2026" in said("illness --since 2026-05-18 --above-neck --severity mild")
    assert "18 May 2026 to 19 May 2026" in said("illness --over")
    assert "Known already" in said("illness --since 2026-05-18 --until 2026-05-19")
    assert "illness: mild, above the neck" in said("list")


def test_over_takes_the_first_day_without_it(home: Path) -> None:
    said("injury --part knee --since 2026-05-01")

    assert "1 May 2026 to 9 May 2026" in said("injury --over 2026-05-10 --part knee")


def test_a_journey_ahead(home: Path) -> None:
    assert "1 June 2026 to 5 June 2026" in said("travel --place Lisboa --since 2026-06-01 --until 2026-06-05")
    assert "Lisboa" in said("list")


def test_activities_are_listed_with_the_names_that_correct_takes(home: Path) -> None:
    from flows.home import Home

    publish_activities(Home(home), ("strava:2", "2026-05-19 07:30", 8100.0, 2700.0, ("strava:2",)))
    name = said("list --activities").split("2026-05-19")[0].split()[-1]

    assert said(f"correct {name} --no-race --rpe 7 --title Hill").startswith("Taken down: correction-")
    assert "correction: RPE 7, no race Hill" in said("list")
    assert said("undo correction").startswith("Undone: correction-")
    assert "was already undone on 2026-05-20" in refused("undo correction")


def test_a_run_beside_a_recorded_one_asks_whether_it_is_the_same(home: Path) -> None:
    from flows.home import Home

    publish_activities(Home(home), ("strava:2", "2026-05-19 18:30", 8100.0, 2700.0, ("strava:2",)))

    assert "Recorded that day too: 8.1 km at 18:30." in said("run --distance-km 8 --time 45:00 --date 2026-05-19")
    assert "Recorded" not in said("run --distance-km 8 --time 45:00 --date 2026-05-18")


def test_the_last_word_is_undone_first(home: Path) -> None:
    said("note first")
    said("note second")
    said("undo --last")

    listed = said("list")
    assert "first" in listed
    assert "second" not in listed
    said("undo --last")
    assert said("list") == "Nothing in the last 30 days."


def test_markup_in_a_note_is_shown_as_it_was_written(home: Path) -> None:
    said("note", "[bold red]x[/] [link=http://example.org]y")

    assert "[bold red]x[/] [link=http://example.org]y" in said("list")


def test_the_athletes_words_are_in_the_ledger_and_nowhere_else(home: Path) -> None:
    answers = [
        said("note", SECRET),
        said("checkin --mood 3 --text", SECRET),
        said("illness", SECRET),
        said("injury --part", SECRET),
        said("run --time 30:00 --at 08:00 --note", SECRET),
        said("undo --last"),
        refused("run --time 40:00 --at 08:00 --sport", SECRET * 100),
    ]

    assert not any(SECRET in answer for answer in answers[:-1])
    assert ledger(home, f"select count(*) from coach.logbook where entry::text like '%{SECRET}%'")[0][0] >= 4
    holding = [path.name for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert set(holding) <= {"ledger.duckdb", "ledger.duckdb.wal"}


def test_what_takes_the_words_down_knows_no_orchestrator_and_no_log() -> None:
    """Parameters, logs and artifacts are kept by others for long; health data never gets there."""
    modules = [
        "flows/log_cli.py",
        "flows/workout_cli.py",
        "flows/outcomes.py",
        "flows/logbook.py",
        "flows/by_hand.py",
        "flows/grouping.py",
        "flows/taking_back.py",
        "flows/activities.py",
    ]
    for module in [*modules, "coach/logbook.py", "coach/health.py", "connectors/manual.py"]:
        tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

        assert not {name for name in names if re.match(r"prefect|logging|flows\.tasks", name)}, module
