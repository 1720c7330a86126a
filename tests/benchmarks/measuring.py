"""An import in a process of its own, measured from outside: its seconds, those of processors, and its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Import:
    """One import: its seconds, those of processors and the peak megabytes of all its processes (0 unless they were looked
    at), and what it told."""

    seconds: float
    cpu_s: float
    peak_mb: float
    figures: dict[str, Any]


def measured(path: Path, home: Path, processes: int, *, is_memory_watched: bool = True) -> Import:
    """Import the path into a home that is there; its processes are looked at ten times a second.

    Looking at their memory holds them up by a tenth (the system walks all their pages), so what is timed goes without.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks._measured_import", str(path), str(home), str(processes)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    peak_mb = [0.0]
    cpu_s: dict[int, float] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, peak_mb if is_memory_watched else None, cpu_s, stop))
    watcher.start()
    said, _ = child.communicate()
    stop.set()
    watcher.join()
    if child.returncode:
        raise RuntimeError(f"the import of {path.name} failed")
    figures: dict[str, Any] = json.loads(said)
    return Import(float(figures.pop("seconds")), sum(cpu_s.values()), peak_mb[0], figures)


def _watch(pid: int, peak_mb: list[float] | None, cpu_s: dict[int, float], stop: threading.Event) -> None:
    """Look at all processes of the import until it ends; what they take to start up is counted as well."""
    while not stop.wait(_LOOK_EVERY_S):
        family = _family(pid)
        if peak_mb is not None:
            peak_mb[0] = max(peak_mb[0], sum(_memory_mb(each) for each in family))
        cpu_s.update((each, used) for each in family if (used := _cpu_s(each)) is not None)


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


def _cpu_s(pid: int) -> float | None:
    """The processor time a process has taken, its own and the system's for it."""
    with suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def _memory_mb(pid: int) -> float:
    """The process's share of memory, pages it shares with others counted in proportion."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
