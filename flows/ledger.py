"""The ledger file: opened for moments, migrated forward, never overwritten."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb

from flows.errors import LedgerBusy, NewerHome

# The last one is another thread of this process that opens or closes the file at this very moment.
_HELD = re.compile(
    r"lock on file|different configuration|being used by another process|unique file handle conflict", re.IGNORECASE
)


@contextmanager
def open_ledger(path: Path, *, wait_s: float = 60.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writable connection to the ledger, waiting while another process holds the file.

    Hold it for milliseconds: DuckDB lets one process in at a time, and the morning, an import and the athlete's own
    commands all share this file. Raises LedgerBusy when the file stays held for `wait_s` seconds.
    """
    con = _connect(path, wait_s)
    try:
        yield con
    finally:
        con.close()


def _connect(path: Path, wait_s: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait_s
    pause_s = 0.01
    while True:
        before = _inode(path)
        try:
            con = duckdb.connect(str(path))
        except (duckdb.IOException, duckdb.ConnectionException, duckdb.BinderException) as error:
            if not _HELD.search(str(error)):
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
