"""When the brief is mailed, by real mornings: once, when the night is scored, at the latest at the cut-off."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from connectors.sample import write_takeouts
from flows import clock
from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.ingest import import_files
from flows.orchestrator import Server
from flows.settings import load_settings
from tests.builders.homes import ZONE, HomeAt
from tests.builders.warm import warmed
from tests.servers.mailbox import Mailbox, mailbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("lean_builds")]

TODAY = date(2026, 5, 20)
SINCE = date(2025, 5, 21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """After half past six: a home whose tracker has sent everything but last night, where that night waits, how it went."""

    root: Path
    night: Path
    went: dict[str, Any]
    mails: tuple[bytes, ...]


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    server = Server(warmed(Home(tmp_path_factory.mktemp("prefect"))))
    try:
        server.wait()
        yield
    finally:
        server.stop()


@contextmanager
def mailing_to_a_box(patch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as box:
        for name, value in {"HOST": "127.0.0.1", "PORT": str(box.port), "SECURITY": "none"}.items():
            patch.setenv(f"PACEWRIGHT_MAIL__{name}", value)
        yield box


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailing_to_a_box(monkeypatch) as box:
        yield box


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory, home_at: HomeAt, prefect: None) -> Early:
    root = tmp_path_factory.mktemp("early")
    home = home_at(root / "home")
    export = next(home.inbox.glob("*whoop*"))
    night = export.rename(root / export.name)
    before = write_takeouts(root / "before", seed=3, today=TODAY, since=SINCE, until=date(2026, 5, 19))
    shutil.copy(before.whoop_export, home.inbox)
    with pytest.MonkeyPatch.context() as patch, mailing_to_a_box(patch) as box:
        went = run(home, time(6, 30), patch)
        return Early(root=home.root, night=night, went=went, mails=tuple(box.taken))


@pytest.fixture
def home(early: Early, tmp_path: Path) -> Home:
    shutil.copytree(early.root, tmp_path / "home")
    return Home(tmp_path / "home")


def run(home: Home, at: time, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from flows.morning import morning

    monkeypatch.setenv("PACEWRIGHT_HOME", str(home.root))
    monkeypatch.setenv("PACEWRIGHT_NOW", clock.at_local(TODAY, at, ZONE).isoformat())
    return morning()


def text_of(content: bytes) -> str:
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_a_brief_waits_for_the_night_and_is_mailed_once_it_is_there(
    early: Early, home: Home, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert early.went["mail"] == "waiting for last night's recovery until 09:00"
    assert early.mails == ()
    assert (home.site / "index.html").exists()

    shutil.copy(early.night, home.inbox)
    assert run(home, time(8, 30), monkeypatch)["mail"] == "sent"
    assert "Sync pending" not in text_of(box.taken[0])

    run(home, time(9, 0), monkeypatch)
    built = home.warehouse.stat().st_mtime_ns
    later = run(home, time(9, 30), monkeypatch)
    assert later["mail"] == "sent earlier"
    assert "reports" not in later["seconds"]
    assert home.warehouse.stat().st_mtime_ns == built
    assert len(box.taken) == 1


def test_a_night_that_does_not_come_is_mailed_as_pending_at_the_cut_off_and_later_changes_the_pages_only(
    early: Early, home: Home, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(home, time(9, 0), monkeypatch)["mail"] == "sent"
    assert "Sync pending: last night's recovery had not arrived by 09:00." in text_of(box.taken[0])

    page = (home.site / "index.html").read_bytes()
    shutil.copy(early.night, home.inbox)
    assert run(home, time(10, 0), monkeypatch)["mail"] == "sent earlier"
    assert (home.site / "index.html").read_bytes() != page
    assert len(box.taken) == 1


@pytest.mark.usefixtures("prefect")
def test_without_a_source_of_recovery_the_first_run_mails(
    tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = warmed(Home(tmp_path / "home"))
    settings = open_home(home, load_settings(home))
    then = clock.at_local(TODAY, time(6, 0), ZONE)
    introduce(home, settings, AthleteFacts(name="Alex", time_zone=ZONE), now=then)
    takeouts = write_takeouts(tmp_path / "takeouts", seed=3, today=TODAY, since=SINCE)
    import_files(home, settings, [takeouts.strava_archive], now=then)

    assert run(home, time(6, 30), monkeypatch)["mail"] == "sent"
    assert len(box.taken) == 1
    said = text_of(box.taken[0])
    # What was never there is not missed.
    assert not re.search(r"recovery|HRV|last night|has not (synced|arrived)|Sync pending", said, re.IGNORECASE), said
