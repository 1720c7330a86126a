"""The ledger file: opened for moments, migrated forward, never overwritten."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb

from flows import signals
from flows.damage import cut_short, first_line, is_broken, is_held, unreadable
from flows.errors import LedgerBusy, LedgerLost, NewerHome

_BACKUP = "Bring back your backup of the home"
# What another process is making or checkpointing is whole again within this.
_SETTLES_S = 1.0


@contextmanager
def open_ledger(path: Path, *, wait_s: float = 60.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writable connection to the ledger, waiting while another process holds the file.

    Hold it for milliseconds: DuckDB lets one process in at a time, and the morning, an import and the athlete's own
    commands all share this file. Raises LedgerBusy when the file stays held for `wait_s` seconds, and LedgerLost when it
    is damaged, or gone while what was made from it is still there; then nothing is written.
    """
    signals.obey()
    con = _connect(path, wait_s)
    try:
        yield con
    except duckdb.Error as error:
        if is_broken(error):
            raise damaged(path, first_line(error)) from error
        raise
    finally:
        con.close()


def look_through(path: Path) -> None:
    """Read all of the ledger; raises LedgerLost when a part of it cannot be read."""
    with open_ledger(path) as con:
        fault = unreadable(con)
    if fault:
        raise damaged(path, fault)


def damaged(path: Path, fault: str) -> LedgerLost:
    """What is said of a ledger that cannot be read: it stays, whatever it costs to go on without it."""
    return LedgerLost(
        f"{path} is damaged ({fault}) and was left as it is. {_BACKUP}, or move the file away and import everything "
        "again in an empty home: what only the ledger knew (plans, notes, what was sent) is lost with it."
    )


def _look_at(path: Path) -> None:
    """Raise LedgerLost for what DuckDB would take for a new database, or would only stumble over later."""
    home = path.parent
    made_from_it = [
        beside
        for beside in (home / "warehouse.duckdb", home / "files", home / "streams")
        if (next(beside.iterdir(), None) is not None if beside.is_dir() else beside.exists())
    ]
    if not path.exists():
        if made_from_it:
            raise LedgerLost(
                f"{path} is gone, and {made_from_it[0]} is still there. Nothing was written. {_BACKUP}, or set "
                "PACEWRIGHT_HOME to an empty folder and run `pacewright init` and `pacewright import` there."
            )
        return
    if fault := cut_short(path):
        raise damaged(path, fault)


def _connect(path: Path, wait_s: float) -> duckdb.DuckDBPyConnection:
    started = time.monotonic()
    deadline = started + wait_s
    pause_s = 0.01
    while True:
        before = _inode(path)
        try:
            _look_at(path)
            con = duckdb.connect(str(path))
        except LedgerLost:
            # Another process may be making or changing the file right now.
            if time.monotonic() > started + _SETTLES_S:
                raise
            time.sleep(_SETTLES_S / 4)
        except duckdb.Error as error:
            if is_broken(error):
                raise damaged(path, first_line(error)) from error
            if not is_held(error):
                raise
            if time.monotonic() > deadline:
                raise LedgerBusy(
                    f"{path} has been held by another process for {wait_s:.0f} s. "
                    "Close whatever has it open (a database browser keeps it locked) and run this again."
                ) from error
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311  jitter, not a secret
            pause_s = min(pause_s * 2, 0.5)
        else:
            if before is not None and before != _inode(path):
                con.close()  # it was written anew while we waited for it; what we opened has no name any more
                continue
            con.execute("set TimeZone = 'UTC'")
            return con


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def migrate(path: Path) -> int:
    """Bring the ledger to this version's schema, each step in its own transaction, and return the schema's version.

    Raises NewerHome when the file was written by a later Pacewright: an older one must not guess.
    """
    steps = _steps()
    with open_ledger(path) as con:
        con.execute("create schema if not exists meta")
        con.execute(
            "create table if not exists meta.schema_versions "
            "(version integer primary key, name text not null, applied_at timestamptz not null default now())"
        )
        row = con.execute("select coalesce(max(version), 0) from meta.schema_versions").fetchone()
        current = int(row[0]) if row else 0
        newest = max(steps)
        if current > newest:
            raise NewerHome(
                f"{path} has schema version {current}, this Pacewright knows up to {newest}. Upgrade Pacewright, or "
                "restore a backup made by this version."
            )
        for version in range(current + 1, newest + 1):
            name, script = steps[version]
            con.begin()
            con.execute(script)
            con.execute("insert into meta.schema_versions (version, name) values (?, ?)", [version, name])
            con.commit()
    return newest


def _steps() -> dict[int, tuple[str, str]]:
    folder = resources.files("flows") / "migrations"
    steps: dict[int, tuple[str, str]] = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".sql"):
            steps[int(entry.name[:4])] = (entry.name, entry.read_text(encoding="utf-8"))
    return steps
