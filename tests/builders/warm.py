"""What every process of a test run would otherwise make anew: the parsed dbt project, Prefect's database without runs, and homes.

They depend on nothing but the code, so they are kept in `build/kept` of the checkout under what they were made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from flows import orchestrator, transform
from flows.home import Home

_ROOT = Path(__file__).parents[2]
KEPT = _ROOT / "build" / "kept"
_CODE = ("coach", "connectors", "dbt_project", "flows", "reports", "tests/builders")


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


@contextmanager
def without_data_tests() -> Iterator[None]:
    """Builds of this process leave dbt's data tests out, which are half of a small one: for what is not about the marts."""
    before = transform.BUILD
    transform.BUILD = (*before, "--exclude-resource-type", "test")
    try:
        yield
    finally:
        transform.BUILD = before


def kept_home(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of a home that the first process made which asked for it, by the code as it stands."""
    _parsed(), _prefect_database()  # each is made alone, and so is the home
    code = _code_fingerprint()
    kept, half = KEPT / f"home-{code}-{name}", KEPT / "home-half-made"
    with _alone():
        if not kept.exists():
            for old in KEPT.glob("home-*"):
                if not old.name.startswith(f"home-{code}-"):
                    shutil.rmtree(old)
            make(half)
            half.rename(kept)
    return kept


def _code_fingerprint() -> str:
    digest = hashlib.sha256()
    for package in _CODE:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.is_file() and not {"__pycache__", "logs", "target"} & set(path.parts):
                digest.update(path.relative_to(_ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _parsed() -> Path:
    folder = KEPT / "dbt"
    kept = folder / transform.parsed_name()
    if not kept.exists():
        with _alone():
            transform._manifests.pop(kept.name, None)  # what this process parsed for a home would not be written here
            before, transform.PARSE = transform.PARSE, ("parse",)
            try:
                # Paths that are the same in every checkout: dbt parses again only what differs from what it finds here.
                home = Home(Path())
                with transform.environment(home.next_warehouse, home.snapshot):
                    transform.parsed(folder)
            finally:
                transform.PARSE = before
    return kept


def bring_parsed(root: Path) -> None:
    """Let a copy of this checkout begin with what dbt made of this one, so that it parses only what was changed there."""
    parsed = _parsed().parent / "target"
    shutil.copytree(parsed, root / parsed.relative_to(_ROOT))


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
