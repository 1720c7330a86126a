"""Whole mornings with vendors: real flows, real clients, real servers; one vendor down, and no secret anywhere."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows import sources
from flows.athlete import settings_of
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.orchestrator import Server
from flows.show import print_status
from tests.builders.homes import HomeAt, morning_of
from tests.builders.runs import ends_of_the_last_run
from tests.servers.garmin import GarminServer
from tests.servers.strava import StravaServer
from tests.servers.whoop import WhoopServer
from tests.servers.world import new_life

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("lean_builds")]

TODAY = date(2026, 5, 20)
NOW = morning_of(TODAY)


@dataclass
class Lived:
    home: Home
    vendors: dict[str, Any]
    first: dict[str, Any]
    ends: dict[str, str]
    said: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt) -> Iterator[Lived]:
    """A home that syncs with three vendors, of which WHOOP has ended our leave, after its morning."""
    home = home_at(tmp_path_factory.mktemp("homes") / "home")
    ticks = itertools.count()
    life = new_life(11, today=TODAY, days=6)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        vendors: dict[str, Any] = {
            # Garmin counts the time between calls: here it passes with every look at the clock.
            "garmin": GarminServer(life, now=lambda: NOW + timedelta(seconds=0.2 * next(ticks))),
            "strava": StravaServer(life, now=lambda: NOW),
            "whoop": WhoopServer(life, now=lambda: NOW),
        }
        for name, vendor in vendors.items():
            stack.enter_context(vendor)
            config = vendor.config()
            patch.setenv(f"PACEWRIGHT_{name.upper()}__BASE_URL", config.base_url)
            if name != "garmin":
                patch.setenv(f"PACEWRIGHT_{name.upper()}__OAUTH_URL", config.oauth_url)
        patch.setenv("PACEWRIGHT_HOME", str(home.root))
        patch.setenv("PACEWRIGHT_NOW", NOW.isoformat())
        tokens = sources.tokens_of(home, settings_of(home))
        for vendor in vendors.values():
            tokens.write(vendor.grant())
        vendors["whoop"].revoke()
        server = Server(home)
        stack.callback(server.stop)
        server.wait()
        from flows.morning import morning

        first = morning()
        ends = ends_of_the_last_run()
        console = Console(record=True, width=200, file=io.StringIO())
        print_status(home, settings_of(home), now=NOW, console=console)
        yield Lived(home=home, vendors=vendors, first=first, ends=ends, said=console.export_text())


def counts(home: Home) -> dict[str, int]:
    with open_ledger(home.ledger) as con:
        return dict(
            con.execute("select source, count(*) from raw.payloads where source like '%_api' group by 1").fetchall()
        )


def test_the_sources_that_work_are_in_the_ledger(lived: Lived) -> None:
    held = counts(lived.home)
    assert held["garmin_api"] > 10
    assert held["strava_api"] > 3
    assert "whoop_api" not in held


def test_the_morning_says_which_source_failed_and_what_to_do(lived: Lived) -> None:
    assert "WHOOP could not be synced" in lived.first["note"]
    assert "pacewright connect whoop" in lived.first["note"]
    assert "Garmin" not in lived.first["note"]
    page = (lived.home.site / "index.html").read_text(encoding="utf-8")
    assert "WHOOP could not be synced" in page


def test_the_run_shows_that_a_source_failed_and_that_the_morning_did_its_work(lived: Lived) -> None:
    assert lived.ends["flow"] == "Degraded"
    assert [name for name, state in lived.ends.items() if state == "Failed"] == ["sync_source-whoop"]
    assert lived.ends["decide_day"] == "Completed"


def test_the_status_tells_of_every_source(lived: Lived) -> None:
    said = lived.said
    assert "last success 2026-05-20" in said
    assert "quota left" in said
    assert "reads" in said
    assert "sign in again" in said
    assert "key until" in said


def test_syncing_again_adds_nothing_and_a_failed_source_fails_the_run(lived: Lived) -> None:
    from flows.sync import sync

    before = counts(lived.home)
    with pytest.raises(FlowError, match="WHOOP could not be synced"):
        sync()
    assert counts(lived.home) == before
    asked = len(lived.vendors["whoop"].asked)
    with pytest.raises(FlowError):
        sync(names=["whoop"])
    assert len(lived.vendors["whoop"].asked) == asked, "a dead grant must not be tried again"


def test_a_source_that_is_not_connected_is_named(lived: Lived) -> None:
    from flows.sync import sync

    with pytest.raises(FlowError, match="'fitbit' is no source"):
        sync(names=["fitbit"])


def test_signed_in_again_the_source_comes_back(lived: Lived) -> None:
    from flows.sync import sync

    sources.tokens_of(lived.home, settings_of(lived.home)).write(lived.vendors["whoop"].grant())
    synced = sync(names=["whoop"])["synced"]
    assert [one.state for one in synced] == ["complete"]
    assert counts(lived.home)["whoop_api"] > 10


def test_no_secret_is_anywhere_but_in_the_token_files(lived: Lived, capfd: pytest.CaptureFixture[str]) -> None:
    from flows.sync import sync

    sources.tokens_of(lived.home, settings_of(lived.home)).write(lived.vendors["whoop"].grant())
    sync()
    said = "".join(capfd.readouterr())
    secrets = set[str]().union(*(vendor.secrets for vendor in lived.vendors.values()))
    assert len(secrets) > 8
    assert not [secret for secret in secrets if secret in said]
    found = {
        path.relative_to(lived.home.root).as_posix()
        for path in _files(lived.home.root)
        if any(secret.encode() in path.read_bytes() for secret in secrets)
    }
    assert found == {f"tokens/me.{name}.json" for name in lived.vendors}
    with open_ledger(lived.home.ledger) as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
        for (table,) in tables:
            text = str(con.execute(f"select * from {table}").fetchall())
            assert not [secret for secret in secrets if secret in text], table


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file())
