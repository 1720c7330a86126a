"""A thousand real-sized FIT files into a new ledger, with one process and with two, beside decoding alone.

Decoding alone is our own decoder over the same files in the same run, from bytes in memory to columns, with nothing read,
hashed, kept, handed over or written: once by one process and once by two side by side. The whole must reach a third of
what two such processes reach together. Beside it, a plain Python decoder for those who know that one.

The corpus is made of the real recordings beside the checkout, each copied to other days with its checksum made right,
so every file is a different one. Without them, files of the same size are made up. Figures are for this machine and
this run only; compare the ratios. The measurements are taken in turns and the middle one of each counts; memory is looked
at in an import of its own. A machine that
does other things at the same time gives more of itself to what has more processes, so the ratio is also taken of
processor time, all processes of the import together, and the claim must hold for both.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import fitdecode

from connectors.errors import Skipped
from connectors.files import read_activity_file
from tests.benchmarks.measuring import Import, measured
from tests.builders.files import fit_run
from tests.builders.fit_shift import ShiftableFit
from tests.builders.ledger import new_store_on_disk

_ROOT = Path(__file__).resolve().parents[2]
_REAL = _ROOT.parent / "shared" / "data"
_FILES = 1_000
# What counts as a recording of ordinary size: not the few-second samples, not the day-long multisport one.
_SIZES = range(35_000, 450_000)
_SYNTHETIC_SECONDS = 5_000
_TURNS = 3
# The whole, with two processes, as a share of what two processes that only decode reach together.
_RATIO = 1 / 3


def run() -> dict[str, object]:
    """Files and records per second, peak memory, and what share of decoding alone the whole import reaches."""
    with tempfile.TemporaryDirectory(dir=_ROOT) as name:
        folder = Path(name)
        corpus, sources = _write_corpus(folder / "corpus")
        size_bytes = sum(path.stat().st_size for path in corpus)
        plain = _fitdecode_bytes_per_s(corpus[: len(sources)])
        decoding: dict[int, list[_Alone]] = {1: [], 2: []}
        importing: dict[int, list[Import]] = {1: [], 2: []}
        watched = {
            processes: _import(corpus[0].parent, folder / f"home{processes}", processes, is_memory_watched=True)
            for processes in (1, 2)
        }
        for turn in range(_TURNS):
            for processes in (1, 2):
                decoding[processes].append(_decode(corpus[0].parent, processes))
                importing[processes].append(_import(corpus[0].parent, folder / f"home{processes}-{turn}", processes))
        figures: dict[str, object] = {
            "files": len(corpus),
            "megabytes": round(size_bytes / 1e6, 1),
            "distinct_recordings": len(sources),
            "records": importing[2][0].figures["records"],
            "fitdecode_files_per_s": round(plain * len(corpus) / size_bytes, 2),
        }
        for processes in (1, 2):
            seconds = median(each.seconds for each in importing[processes])
            figures |= {
                f"decoding_alone_files_per_s_{processes}": round(
                    median(each.files_per_s for each in decoding[processes]), 1
                ),
                f"seconds_{processes}": round(seconds, 2),
                f"files_per_s_{processes}": round(len(corpus) / seconds, 1),
                f"records_per_s_{processes}": round(importing[processes][0].figures["records"] / seconds),
                f"peak_mb_{processes}": round(watched[processes].peak_mb),
                f"times_fitdecode_{processes}": round(size_bytes / seconds / plain, 1),
            }
        turns = list(zip(importing[2], decoding[2], strict=True))
        ratios = [len(corpus) / whole.seconds / alone.files_per_s for whole, alone in turns]
        cpu_ratios = [alone.cpu_s / whole.cpu_s for whole, alone in turns]
        again = _import(corpus[0].parent, folder / "home2-0", 2, is_new=False)
        return {
            **figures,
            "seconds_again": round(again.seconds, 2),
            "ratios_of_turns": [round(ratio, 3) for ratio in ratios],
            "ratio": round(median(ratios), 3),
            "ratio_of_processor_time": round(median(cpu_ratios), 3),
            "holds": min(median(ratios), median(cpu_ratios)) >= _RATIO,
        }


@dataclass(frozen=True, slots=True)
class _Alone:
    """Decoding alone: files per second of its processes together, and the processor time they took."""

    files_per_s: float
    cpu_s: float


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


def _decode(corpus: Path, processes: int) -> _Alone:
    """So many processes that decode and do nothing else, each its share of the files."""
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks._measured_decode", str(corpus), str(first), str(processes)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(processes)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [[float(figure) for figure in child.communicate()[0].split()] for child in children]
    rate = _FILES / processes * sum(1 / seconds for seconds, _ in told)
    return _Alone(rate, sum(cpu_s for _, cpu_s in told))


def _import(
    corpus: Path, home: Path, processes: int, *, is_new: bool = True, is_memory_watched: bool = False
) -> Import:
    if is_new:
        new_store_on_disk(home)
    return measured(corpus, home, processes, is_memory_watched=is_memory_watched)
