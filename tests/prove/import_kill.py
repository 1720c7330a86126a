"""An import killed at any moment and run again gives the same ledger, originals and samples as one that never was.

A seeded folder of take-outs is imported by a real process into a real home and killed with SIGKILL at random moments of
its work; each time the next run goes on from what is there. When a run gets through, everything is compared with an
import that was left in peace, and a fresh home takes the next kills.
"""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from connectors.landing import Store
from connectors.originals import original_path, sweep
from tests.builders.ledger import ledger_content, new_store_on_disk, query, samples, store_on_disk
from tests.builders.worlds import write_world
from tests.prove._killed_import import NOW

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 120.0


def run(n: int, seed: int) -> dict[str, object]:
    """Kill an import n times; the figures say how often it got through, and whether the result was always the same."""
    random = Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        takeouts = write_world(folder / "takeouts", seed=seed)
        clean, work_s = _clean_import(takeouts, folder / "clean")
        kills = rounds = swept = 0
        problems: list[str] = []
        while kills < n:
            home = folder / f"home{rounds}"
            new_store_on_disk(home)
            while kills < n and _killed(takeouts, home, after_s=random.uniform(0, work_s)):
                kills += 1
            _finish(takeouts, home)
            rounds += 1
            swept += sweep(store_on_disk(home), now=NOW + timedelta(days=10_000)).file_count
            problems += [f"home {rounds}: {each}" for each in _differences(clean, store_on_disk(home))]
        return {
            "holds": kills >= n and not problems,
            "kills": kills,
            "homes_compared": rounds,
            "leftovers_swept": swept,
            "recordings": len(query(clean, "select 1 from raw.payloads where entity = 'recording'")),
            "work_s": round(work_s, 2),
            "problems": problems[:5],
        }


def _clean_import(takeouts: Path, home: Path) -> tuple[Store, float]:
    new_store_on_disk(home)
    child = _start(takeouts, home)
    begun_at = time.monotonic()
    _wait_for_end(child)
    return store_on_disk(home), time.monotonic() - begun_at


def _killed(takeouts: Path, home: Path, *, after_s: float) -> bool:
    """Whether the kill came before the import was through."""
    child = _start(takeouts, home, is_heard=False)
    try:
        child.wait(after_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.communicate()
        return True
    _wait_for_end(child)
    return False


def _finish(takeouts: Path, home: Path) -> None:
    _wait_for_end(_start(takeouts, home))


def _start(takeouts: Path, home: Path, *, is_heard: bool = True) -> subprocess.Popen[str]:
    """The importing process, from the moment it begins to work. What a killed one leaves is not worth hearing."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.prove._killed_import", str(takeouts), str(home)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=None if is_heard else subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begins\n"
    return child


def _wait_for_end(child: subprocess.Popen[str]) -> None:
    said, _ = child.communicate(timeout=_PATIENCE_S)
    if child.returncode != 0 or not said.startswith("done"):
        raise RuntimeError(f"the import ended with {child.returncode}: {said}")


def _differences(clean: Store, survivor: Store) -> list[str]:
    found: list[str] = []
    expected: dict[str, Any] = ledger_content(clean)
    for table, rows in ledger_content(survivor).items():
        if rows != expected[table]:
            found.append(f"raw.{table}: {len(rows)} rows, not the {len(expected[table])} of the clean import")
    if samples(clean) != samples(survivor):
        found.append("samples differ")
    return found + _damage(survivor)


def _damage(store: Store) -> list[str]:
    """What is wrong with the files of a home: originals that are not what their name says, files nobody names."""
    found: list[str] = []
    imported = query(store, "select file_sha256, kind from raw.files where state = 'imported'")
    extensions = {sha256: kind if kind in {"fit", "tcx", "gpx"} else "csv" for sha256, kind in imported}
    originals = {original_path(store.files_dir, sha256=each, extension=extensions[each]): each for each in extensions}
    for path, sha256 in originals.items():
        if not path.exists():
            found.append(f"original {sha256} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            found.append(f"original {sha256} has other bytes")
    named = {store.streams_dir / row[0] for row in query(store, "select stream_file from raw.streams")}
    on_disk = {path for folder in (store.files_dir, store.streams_dir) for path in folder.rglob("*") if path.is_file()}
    found += [f"{path.name} is named by no row" for path in on_disk - named - originals.keys()]
    return found
