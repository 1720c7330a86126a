"""What every process of a test run would otherwise make anew: the parsed dbt project, and Prefect's database without runs.

Both depend on nothing but the code, so they are kept in `build/kept` of the checkout under what they were made from.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from flows import orchestrator, transform
from flows.home import Home

KEPT = Path(__file__).parents[2] / "build" / "kept"


def warmed(home: Home) -> Home:
    """The home with what its first build and its first Prefect server would have to make."""
    home.prepare()
    dbt_folder(home.work / "dbt")
    prefect = home.root / "prefect"
    prefect.mkdir(exist_ok=True)
    shutil.copyfile(_prefect_database(), prefect / "prefect.db")
    return home


def dbt_folder(target: Path) -> Path:
    """The folder to run dbt in: it brings the parsed project, and what dbt writes goes to its `target`."""
    target.mkdir(parents=True, exist_ok=True)
    kept = _parsed()
    if not (target / kept.name).exists():
        shutil.copyfile(kept, target / kept.name)
    return target


def _parsed() -> Path:
    folder = KEPT / "dbt"
    kept = folder / transform.parsed_name()
    if not kept.exists():
        with _alone():
            home = Home(folder)
            with transform.environment(home.next_warehouse, home.snapshot):
                transform.parsed(folder)
    return kept


def _prefect_database() -> Path:
    kept = KEPT / f"prefect-{version('prefect')}.db"
    if not kept.exists():
        with _alone(), tempfile.TemporaryDirectory(dir=KEPT) as scratch:
            if kept.exists():
                return kept
            made = Path(scratch) / "prefect.db"
            environment = {**os.environ, **orchestrator.SILENT, "PREFECT_HOME": scratch}
            environment.pop("PREFECT_API_URL", None)
            command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            with sqlite3.connect(made) as con:
                con.execute("pragma wal_checkpoint(truncate)")
            con.close()
            made.rename(kept)
    return kept


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time; the others wait and find what the first has made."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
