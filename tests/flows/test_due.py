"""When the brief is mailed, by real mornings: once, when the night is scored, at the latest at the cut-off."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from datetime import date, time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from connectors.sample import write_takeouts
from flows import clock
from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.ingest import import_files
from flows.orchestrator import Server
from flows.settings import load_settings
from tests.builders.homes import ZONE, HomeAt

pytestmark = pytest.mark.slow

TODAY = date(2026, 5, 20)
SINCE = date(2025, 5, 21)


class Mailbox:
    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    server = Server(Home(tmp_path_factory.mktemp("prefect")))
    try:
        server.wait()
        yield
    finally:
        server.stop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("PACEWRIGHT_MAIL__HOST", "127.0.0.1")
    monkeypatch.setenv("PACEWRIGHT_MAIL__PORT", str(port))
    monkeypatch.setenv("PACEWRIGHT_MAIL__SECURITY", "none")
    yield mailbox
    controller.stop()


def without_last_night(root: Path, home_at: HomeAt) -> tuple[Home, Path]:
    """A home on the morning of TODAY whose tracker has sent everything but last night, and where that night waits."""
    home = home_at(root / "home")
    night = root / "night"
    night.mkdir()
    export = next(home.inbox.glob("*whoop*"))
    export.rename(night / export.name)
    before = write_takeouts(root / "before", seed=3, today=TODAY, since=SINCE, until=date(2026, 5, 19))
    shutil.copy(before.whoop_export, home.inbox)
    return home, night / export.name


def run(home: Home, at: time, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    from flows.morning import morning

    monkeypatch.setenv("PACEWRIGHT_HOME", str(home.root))
    monkeypatch.setenv("PACEWRIGHT_NOW", clock.at_local(TODAY, at, ZONE).isoformat())
    return morning()


def text_of(content: bytes) -> str:
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.mark.usefixtures("prefect")
def test_a_brief_waits_for_the_night_and_is_mailed_once_it_is_there(
    tmp_path: Path, home_at: HomeAt, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, night = without_last_night(tmp_path, home_at)

    early = run(home, time(6, 30), monkeypatch)
    assert early["mail"] == "waiting for last night's recovery until 09:00"
    assert (home.site / "index.html").exists()
    assert mailbox.taken == []

    shutil.copy(night, home.inbox)
    assert run(home, time(8, 30), monkeypatch)["mail"] == "sent"
    assert "Sync pending" not in text_of(mailbox.taken[0])

    run(home, time(9, 0), monkeypatch)
    built = home.warehouse.stat().st_mtime_ns
    later = run(home, time(9, 30), monkeypatch)
    assert later["mail"] == "sent earlier"
    assert "reports" not in later["seconds"]
    assert home.warehouse.stat().st_mtime_ns == built
    assert len(mailbox.taken) == 1


@pytest.mark.usefixtures("prefect")
def test_a_night_that_does_not_come_is_mailed_as_pending_at_the_cut_off_and_later_changes_the_pages_only(
    tmp_path: Path, home_at: HomeAt, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, night = without_last_night(tmp_path, home_at)
    run(home, time(6, 30), monkeypatch)

    assert run(home, time(9, 0), monkeypatch)["mail"] == "sent"
    assert "Sync pending: last night's recovery had not arrived by 09:00." in text_of(mailbox.taken[0])

    page = (home.site / "index.html").read_bytes()
    shutil.copy(night, home.inbox)
    assert run(home, time(10, 0), monkeypatch)["mail"] == "sent earlier"
    assert (home.site / "index.html").read_bytes() != page
    assert len(mailbox.taken) == 1


@pytest.mark.usefixtures("prefect")
def test_without_a_source_of_recovery_the_first_run_mails(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    settings = open_home(home, load_settings(home))
    then = clock.at_local(TODAY, time(6, 0), ZONE)
    introduce(home, settings, AthleteFacts(name="Alex", time_zone=ZONE), now=then)
    takeouts = write_takeouts(tmp_path / "takeouts", seed=3, today=TODAY, since=SINCE)
    import_files(home, settings, [takeouts.strava_archive], now=then)

    assert run(home, time(6, 30), monkeypatch)["mail"] == "sent"
    assert len(mailbox.taken) == 1
    said = text_of(mailbox.taken[0])
    # What was never there is not missed.
    assert not re.search(r"recovery|HRV|last night|has not (synced|arrived)|Sync pending", said, re.IGNORECASE), said
