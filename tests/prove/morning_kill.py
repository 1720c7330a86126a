"""Mornings killed with `kill -9` at random moments: the readers' warehouse stays whole, the ledger loses nothing, and one
more morning writes the same report as an undisturbed one and has mailed it once. A kill that cut off the handing over of
the mail may cost one repeat of the same mail, no more. Kills that came after the end do not count.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from flows import transform
from flows.home import Home
from flows.ledger import open_ledger
from flows.orchestrator import server
from flows.publish import published
from flows.snapshot import take_snapshot
from tests.builders.homes import copy_of, day_of, home_before_the_morning
from tests.prove.signals import environment
from tests.servers.mailbox import Mailbox, mailbox

# Instants say when something was appended; a killed morning may append later than an undisturbed one.
_INSTANTS = {"landed_at", "said_at", "made_at", "decided_at"}


def run(n: int, seed: int) -> dict[str, object]:
    """Kill `n` mornings, in homes that are each killed one to three times before they may finish."""
    rng = random.Random(seed)
    today = day_of(rng)
    with tempfile.TemporaryDirectory(prefix="pacewright-prove-") as scratch:
        before = home_before_the_morning(Path(scratch) / "before", seed=seed, today=today)
        known = _ledger_rows(before)
        with mailbox() as box, server(before) as prefect_server:
            prefect_server.wait()
            undisturbed = copy_of(before, Path(scratch) / "undisturbed")
            started = time.perf_counter()
            _finish(undisturbed, today, box)
            whole_s = time.perf_counter() - started
            wanted = _report(undisturbed)
            (mail,) = box.taken
            wanted_rows = _ledger_rows(undisturbed)
            killed = survived = worlds = repeats = 0
            faults: list[str] = []
            while killed < n:
                worlds += 1
                home = copy_of(before, Path(scratch) / f"world-{worlds}")
                box.taken.clear()
                for _ in range(min(rng.randint(1, 3), n - killed)):
                    died = _kill(home, today, box, after_s=rng.uniform(0.3, whole_s))
                    killed += died
                    survived += not died
                    faults += _faults(home, known)
                _finish(home, today, box)
                repeats += max(0, len(box.taken) - 1)
                if not 1 <= len(box.taken) <= 2 or any(taken != mail for taken in box.taken):
                    faults.append(f"world {worlds}: {len(box.taken)} mails, or another one")
                faults += _faults(home, known)
                if _report(home) != wanted:
                    faults.append(f"world {worlds}: the report differs from the undisturbed one")
                if _without_tries(_ledger_rows(home)) != _without_tries(wanted_rows):
                    faults.append(f"world {worlds}: the ledger differs from the undisturbed one")
                shutil.rmtree(home.root)
    return {
        "holds": not faults,
        "kills": killed,
        "finished_before_the_kill": survived,
        "worlds": worlds,
        "mails_repeated": repeats,
        "undisturbed_s": round(whole_s, 1),
        "report_files": len(wanted),
        "ledger_rows": sum(rows.total() for rows in wanted_rows.values()),
        "faults": faults[:5],
    }


def _start(home: Home, today: date, box: Mailbox) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "morning"],
        env=environment(home, today, box),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _finish(home: Home, today: date, box: Mailbox) -> None:
    child = _start(home, today, box)
    _, said = child.communicate(timeout=600)
    if child.returncode != 0:
        raise RuntimeError(f"the morning failed: {said.decode()[-2000:]}")


def _kill(home: Home, today: date, box: Mailbox, *, after_s: float) -> bool:
    """True when the morning was still running after `after_s` seconds and was killed with all its children."""
    child = _start(home, today, box)
    try:
        child.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=60)
        return True
    return False


def _faults(home: Home, known: dict[str, Counter[str]]) -> list[str]:
    """What is wrong with a home as the kill left it."""
    found = []
    if published(home.warehouse) is None:
        found.append("the published warehouse cannot be opened")
    else:
        # Judged on copies: looking must not mend anything.
        with tempfile.TemporaryDirectory() as scratch:
            looked_at = copy_of(home, Path(scratch) / "copy")
            stamp = published(looked_at.warehouse)
            assert stamp is not None
            snapshot = take_snapshot(looked_at, as_of_at=stamp.as_of_at, today=stamp.today)
            transform.test(looked_at, snapshot.path, warehouse=looked_at.warehouse)
    rows = _ledger_rows(home)
    lost = {table: (known[table] - rows[table]).total() for table in known if known[table] - rows[table]}
    if lost:
        found.append(f"the ledger lost rows: {lost}")
    return found


def _without_tries(rows: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    """What is compared: a mail whose try was cut off has more tries on record, and is judged by what arrived."""
    return {table: counted for table, counted in rows.items() if table != "coach.deliveries"}


def _ledger_rows(home: Home) -> dict[str, Counter[str]]:
    """How often each row of every ledger table is there, as text, without the instants of appending."""
    rows: dict[str, Counter[str]] = {}
    with open_ledger(home.ledger) as con:
        tables = con.execute(
            "select table_schema, table_name from information_schema.tables where table_schema in ('raw', 'coach')"
        ).fetchall()
        for schema, table in tables:
            names = [row[0] for row in con.execute(f"describe {schema}.{table}").fetchall()]
            # A kill between two batches changes how samples are spread over files, never the samples.
            kept = ", ".join(f'"{name}"' for name in names if name not in _INSTANTS and name != "stream_file")
            rows[f"{schema}.{table}"] = Counter(
                str(row) for row in con.execute(f"select {kept} from {schema}.{table}").fetchall()
            )
    return rows


def _report(home: Home) -> dict[str, str]:
    """Hash of every file that a reader sees."""
    return {
        path.relative_to(home.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (home.site, home.outbox)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
