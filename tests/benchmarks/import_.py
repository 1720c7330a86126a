"""A thousand real-sized FIT files into a new ledger, with one process and with two, beside a plain decoder.

The corpus is made of the real recordings beside the checkout, each copied to other days with its checksum made right,
so every file is a different one. Without them, files of the same size are made up. Figures are for this machine and
this run only; compare the ratios.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fitdecode

from connectors.errors import Skipped
from connectors.files import read_activity_file
from tests.builders.files import fit_run
from tests.builders.fit_shift import ShiftableFit
from tests.builders.ledger import new_store_on_disk

_ROOT = Path(__file__).resolve().parents[2]
_REAL = _ROOT.parent / "shared" / "data"
_FILES = 1_000
# What counts as a recording of ordinary size: not the few-second samples, not the day-long multisport one.
_SIZES = range(35_000, 450_000)
_SYNTHETIC_SECONDS = 5_000


def run() -> dict[str, object]:
    """Files and records per second by number of processes, peak memory, and how many times a plain decoder's speed."""
    with tempfile.TemporaryDirectory(dir=_ROOT) as name:
        folder = Path(name)
        corpus, sources = _write_corpus(folder / "corpus")
        size_bytes = sum(path.stat().st_size for path in corpus)
        plain = _fitdecode_bytes_per_s(corpus[: len(sources)])
        figures: dict[str, object] = {
            "files": len(corpus),
            "megabytes": round(size_bytes / 1e6, 1),
            "distinct_recordings": len(sources),
            "fitdecode_files_per_s": round(plain * len(corpus) / size_bytes, 2),
        }
        for processes in (1, 2):
            seconds, peak_mb, records = _import(corpus[0].parent, folder / f"home{processes}", processes)
            figures |= {
                "records": records,
                f"seconds_{processes}": round(seconds, 2),
                f"files_per_s_{processes}": round(len(corpus) / seconds, 1),
                f"records_per_s_{processes}": round(records / seconds),
                f"peak_mb_{processes}": round(peak_mb),
                f"times_fitdecode_{processes}": round(size_bytes / seconds / plain, 1),
            }
        started_at = time.perf_counter()
        _import(corpus[0].parent, folder / "home2", 2, is_new=False)
        figures["seconds_again"] = round(time.perf_counter() - started_at, 2)
        return figures


def _write_corpus(folder: Path) -> tuple[list[Path], list[bytes]]:
    folder.mkdir()
    sources = _real_recordings() or [
        fit_run(count=_SYNTHETIC_SECONDS, started_at=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day))
        for day in range(4)
    ]
    shiftable = [ShiftableFit(data) for data in sources]
    paths = []
    for index in range(_FILES):
        path = folder / f"{index:04}.fit"
        path.write_bytes(shiftable[index % len(shiftable)].shifted(1 + index // len(shiftable)))
        paths.append(path)
    return paths, sources


def _real_recordings() -> list[bytes]:
    """The distinct real recordings of ordinary size that have nothing wrong with them."""
    found: dict[str, bytes] = {}
    if not _REAL.is_dir():
        return []
    for path in sorted(_REAL.rglob("*.fit")):
        data = path.read_bytes()
        if len(data) in _SIZES:
            with suppress(Skipped):
                payload = read_activity_file(data, name=path.name).payload
                if not payload["faults"] and payload["sample_count"]:
                    found[hashlib.sha256(data).hexdigest()] = data
    return list(found.values())


def _fitdecode_bytes_per_s(paths: list[Path]) -> float:
    """How fast the pure Python decoder gets through one copy of each recording, doing nothing with what it reads."""
    started_at = time.perf_counter()
    for path in paths:
        with fitdecode.FitReader(str(path), check_crc=fitdecode.CrcCheck.WARN) as reader:
            for _ in reader:
                pass
    return sum(path.stat().st_size for path in paths) / (time.perf_counter() - started_at)


def _import(corpus: Path, home: Path, processes: int, *, is_new: bool = True) -> tuple[float, float, int]:
    """Seconds, peak megabytes of the program and its processes together, and records in the ledger."""
    if is_new:
        new_store_on_disk(home)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks._measured_import", str(corpus), str(home), str(processes)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    peak_mb = [0.0]
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, peak_mb, stop))
    watcher.start()
    said, _ = child.communicate()
    stop.set()
    watcher.join()
    figures: dict[str, Any] = json.loads(said)
    return float(figures["seconds"]), peak_mb[0], int(figures["records"])


def _watch(pid: int, peak_mb: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.05):
        peak_mb[0] = max(peak_mb[0], sum(_memory_mb(each) for each in _family(pid)))


def _family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family = [pid]
    for each in family:
        family += [child for child, parent in parents.items() if parent == each]
    return family


def _memory_mb(pid: int) -> float:
    """The process's share of memory, pages it shares with others counted in proportion."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
