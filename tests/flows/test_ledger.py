"""The ledger's promises: forward migrations, waiting while it is held, a clear word when it stays held."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.errors import LedgerBusy, LedgerLost, NewerHome
from flows.ledger import migrate, open_ledger

HOLD = """
import duckdb, sys, time
con = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "held"
    return child


def test_migrating_twice_is_migrating_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"

    first, second = migrate(path), migrate(path)

    assert first == second
    with open_ledger(path) as con:
        assert con.execute("select count(*) from meta.schema_versions").fetchone() == (first,)


def test_a_ledger_from_the_future_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    migrate(path)
    with open_ledger(path) as con:
        con.execute("insert into meta.schema_versions (version, name) values (999, 'later')")

    with pytest.raises(NewerHome, match="Upgrade Pacewright"):
        migrate(path)

    with open_ledger(path) as con:
        assert con.execute("select max(version) from meta.schema_versions").fetchone() == (999,)


def test_opening_waits_while_another_process_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    migrate(path)
    child = hold(path, 0.5)

    with open_ledger(path, wait_s=30) as con:
        assert con.execute("select count(*) from raw.payloads").fetchone() == (0,)

    child.communicate(timeout=10)


def test_a_file_that_stays_held_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    migrate(path)
    child = hold(path, 30)
    started = time.monotonic()

    try:
        with (
            pytest.raises(LedgerBusy, match=r"ledger\.duckdb has been held by another process"),
            open_ledger(path, wait_s=0.3),
        ):
            pass
    finally:
        child.kill()
        child.communicate(timeout=10)

    assert time.monotonic() - started < 20


def test_a_file_that_is_no_ledger_fails_at_once_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    path.write_bytes(b"not a database" * 400)

    with pytest.raises(LedgerLost, match="is damaged"), open_ledger(path):
        pass

    assert path.read_bytes().startswith(b"not a database")


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    migrate(path)

    def note(name: str) -> None:
        for number in range(20):
            with open_ledger(path) as con:
                con.execute("insert into raw.cursors values ('me', ?, ?, '{}', now())", [name, str(number)])

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(note, ["garmin", "strava", "whoop"]))
    with open_ledger(path) as con:
        assert con.execute("select count(*) from raw.cursors").fetchone() == (60,)
