"""TERM and Ctrl-C end a morning at once, send nothing wrong and leave the day to the next one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.home import Home
from tests.builders.homes import HomeAt, morning_of
from tests.prove.signals import run as prove_signals
from tests.servers.mailbox import Mailbox, mailbox

pytestmark = pytest.mark.slow

TODAY = date(2026, 5, 20)


@pytest.fixture
def home(tmp_path: Path, home_at: HomeAt) -> Home:
    return home_at(tmp_path / "home")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


def start(home: Home, box: Mailbox) -> subprocess.Popen[str]:
    mail = {"HOST": "127.0.0.1", "PORT": str(box.port), "SECURITY": "none", "RECIPIENT": "ada@example.org"}
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "morning"],
        env={
            **os.environ,
            "PACEWRIGHT_HOME": str(home.root),
            "PACEWRIGHT_NOW": morning_of(TODAY).isoformat(),
            **{f"PACEWRIGHT_MAIL__{name}": value for name, value in mail.items()},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(file: Path, child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not file.exists() and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.01)
    assert child.poll() is None


def test_a_signal_in_a_build_ends_the_morning_with_a_line_and_the_next_one_mails_the_right_report(
    home: Home, box: Mailbox
) -> None:
    shutil.rmtree(home.work / "dbt")
    for number, is_for_all, code, begun in (
        (signal.SIGTERM, False, 143, home.work / "dbt"),  # dbt parses the project
        (signal.SIGINT, True, 130, home.next_warehouse),  # dbt builds
    ):
        child = start(home, box)
        wait_for(begun, child)
        time.sleep(1.0)
        signalled_at = time.monotonic()

        (os.killpg if is_for_all else os.kill)(child.pid, number)
        said = child.communicate(timeout=60)[1]

        assert child.returncode == code
        assert time.monotonic() - signalled_at < 8
        *steps, last = said.splitlines()
        assert last.startswith(f"pacewright: Stopped by {number.name}.")
        assert steps
        assert all(step.endswith(" s)") for step in steps), "the steps that were done, and nothing else"
        assert box.taken == []
        assert not home.next_warehouse.exists()
        assert not home.snapshot.exists()
    again = start(home, box)
    assert all(step.endswith(" s)") for step in again.communicate(timeout=120)[1].splitlines())
    assert again.returncode == 0
    assert len(box.taken) == 1
    assert b"could not be" not in box.taken[0]
    assert b"cannot be parsed" not in box.taken[0]


def test_a_signal_while_a_mail_is_handed_over_waits_for_the_answer_and_it_is_not_sent_again(
    home: Home, box: Mailbox
) -> None:
    box.thinks_s = 2.0
    child = start(home, box)
    assert box.is_offered.wait(120)

    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    again = start(home, box)
    said = again.communicate(timeout=120)[0]

    assert child.returncode == 143
    assert "sent earlier" in said
    assert len(box.taken) == 1


def test_the_proof_fails_where_a_signal_counts_as_a_failed_build() -> None:
    figures = prove_signals(1, 17, sabotage="a-signal-is-a-failed-build")

    assert figures["holds"] is False
    assert figures["mails_wrong"] == 1
