"""No file, however broken, crashes a reader, hangs it or makes it take memory out of proportion.

`make prove WHAT=decoder-fuzz N=100000 SEED=9` reads N broken files, each made from the seed and its number alone
(`tests.prove._broken_files`), in two processes that a third one watches:

- Crash: only `Skipped` may be raised. A process that dies is a finding too. What is decoded must be a table that holds
  what it says, in order of time, with a payload that JSON can hold.
- Hang: a file may take half a second of processor time and two microseconds a byte more. The watcher ends a process
  that has sat on one file for a minute, notes the file and goes on with the next.
- Memory: 16 MiB and 20 times the file (unpacked, where it is gzipped). Measured is the process's peak of resident
  memory, which Linux lets a process set back to what it holds now, so it counts every allocator: numpy's, Arrow's and
  libxml2's too. First against the process as it was before the first file; that counts for this file also what
  earlier ones left behind, so it never says too little. Whatever exceeds the bound that way is read again by a process
  of its own, against that process just before, and counts if it still exceeds it. The file's own bytes are counted.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

from connectors.errors import Skipped
from connectors.files import DecodedFile, read_activity_file
from connectors.unpack import Limits, gunzipped
from tests.prove._broken_files import Broken, broken_file, sources

_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_PROCESSES = 2
_TIME_S, _TIME_PER_BYTE_S = 0.5, 2e-6
_PATIENCE_S = 60.0
_MEMORY_BYTES, _MEMORY_TIMES = 16 * 1024**2, 20
_MOST_SHOWN = 10
_LEFTOVERS = 2 * 1024**2
_LEAST_DECODED = 0.3  # of the broken files, most of which have lost little
_MADE = 5  # of the sources, those that are made, of every kind
# Freed memory goes back at once, so that one file's leftovers are not taken for the next one's need.
_ALLOCATION = {
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "MALLOC_ARENA_MAX": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What became of one file."""

    index: int
    outcome: str
    problem: str | None
    size: int
    cpu_s: float
    memory: int

    @property
    def is_too_slow(self) -> bool:
        return self.cpu_s > _TIME_S + _TIME_PER_BYTE_S * self.size

    @property
    def is_too_large(self) -> bool:
        return self.memory > _MEMORY_BYTES + _MEMORY_TIMES * self.size


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """Read n broken files; the figures say what became of them, and what was slowest and largest for its size.

    A reader that refuses what is sound, or nearly all that is broken, breaks no rule and is of no use: it does not hold.
    """
    began = time.monotonic()
    before = {name: os.environ.get(name) for name in _ALLOCATION}
    os.environ.update(_ALLOCATION)
    try:
        tally = _Tally()
        _watch([range(first, n, _PROCESSES) for first in range(_PROCESSES)], seed, tally, sabotage)
        _look_again(tally, seed)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return {
        "holds": not tally.problems
        and sum(tally.outcomes.values()) == n
        and tally.outcomes["decoded"] >= _LEAST_DECODED * n,
        "sources": len(sources()),
        "outcomes": dict(tally.outcomes.most_common()),
        "problems": dict(tally.kinds.most_common()),
        "shown": tally.problems[:_MOST_SHOWN],
        "looked_at_again": len(tally.suspects),
        "slowest_cpu_s": round(tally.slowest.cpu_s, 3) if tally.slowest else None,
        "slowest_size": tally.slowest.size if tally.slowest else None,
        "most_memory_of_bound": round(tally.largest_share, 3),
        "seconds": round(time.monotonic() - began, 1),
    }


class _Tally:
    """What has been seen so far."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.problems: list[str] = []
        self.suspects: list[_Seen] = []
        self.slowest: _Seen | None = None
        self.largest_share = 0.0

    def add(self, seen: _Seen) -> None:
        self.outcomes[seen.outcome] += 1
        if self.slowest is None or seen.cpu_s > self.slowest.cpu_s:
            self.slowest = seen
        if seen.problem is not None:
            self.note(seen.index, seen.outcome, seen.problem)
        elif seen.is_too_slow or seen.is_too_large:
            self.suspects.append(seen)
        else:
            self.measure(seen)

    def measure(self, seen: _Seen) -> None:
        self.largest_share = max(self.largest_share, seen.memory / (_MEMORY_BYTES + _MEMORY_TIMES * seen.size))

    def note(self, index: int, kind: str, problem: str) -> None:
        self.kinds[kind] += 1
        self.problems.append(f"file {index}: {problem}")


def _watch(shares: Sequence[Sequence[int]], seed: int, tally: _Tally, sabotage: str = "") -> None:
    """Let every share be read by a process of its own, and by a new one from where one ended."""
    readers = [_Reader(share, seed, sabotage) for share in shares if share]
    while readers:
        wait([reader.pipe for reader in readers], timeout=1.0)
        for reader in list(readers):
            problem = reader.listen(tally)
            if problem is not None:
                kind, what = problem
                tally.outcomes[kind] += 1
                tally.note(reader.current, kind, what)
                rest = reader.rest_after_current()
                readers.remove(reader)
                if rest:
                    readers.append(_Reader(rest, seed, sabotage))
            elif reader.is_done:
                reader.end()
                readers.remove(reader)


def _look_again(tally: _Tally, seed: int) -> None:
    """Every file that seemed to take too much, by itself in a process that has read nothing else of this size."""
    for suspect in tally.suspects:
        alone = _Tally()
        _watch([[suspect.index]], seed, alone)
        for kind, count in alone.kinds.items():
            tally.kinds[kind] += count
        tally.problems += alone.problems
        for seen in alone.suspects:
            if seen.is_too_slow:
                tally.note(seen.index, "slow", f"{seen.size} bytes took {seen.cpu_s:.2f} s")
            if seen.is_too_large:
                tally.note(seen.index, "memory", f"{seen.size} bytes took {seen.memory / 1024**2:.1f} MiB")
            tally.measure(seen)
        tally.largest_share = max(tally.largest_share, alone.largest_share)


class _Reader:
    """A process that reads a share of the files and tells of each."""

    def __init__(self, share: Sequence[int], seed: int, sabotage: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=False)
        self._share = share
        self._told = 0
        self._heard_at = time.monotonic()
        self._process = context.Process(target=_read, args=(theirs, share, seed, sabotage), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def is_done(self) -> bool:
        return self._told == len(self._share)

    @property
    def current(self) -> int:
        """The file it is at."""
        return self._share[self._told]

    def rest_after_current(self) -> Sequence[int]:
        return self._share[self._told + 1 :]

    def listen(self, tally: _Tally) -> tuple[str, str] | None:
        """Hear what it has to tell; what is wrong when it has died or sits on one file for too long."""
        try:
            while self.pipe.poll():
                for seen in self.pipe.recv():
                    tally.add(seen)
                    self._told += 1
                self._heard_at = time.monotonic()
        except (EOFError, OSError):
            if self.is_done:
                return None
            self._process.join()
            return "crash", f"the process died with {self._process.exitcode}"
        if not self.is_done and time.monotonic() - self._heard_at > _PATIENCE_S:
            self._process.kill()
            self.end()
            return "hang", f"nothing was heard for {_PATIENCE_S:.0f} s"
        return None

    def end(self) -> None:
        self._process.join()
        self.pipe.close()


def _read(pipe: Connection, share: Sequence[int], seed: int, sabotage: str) -> None:
    """Read the files and tell of each, so that the watcher always knows which one is being read."""
    for data in sources()[:_MADE]:
        decoded = _outcome(Broken(data))[3]
        assert decoded is not None
        assert _lie(decoded) is None
    assert _outcome(Broken(b"no file"))[0] == "skipped"
    if sabotage == "broken-is-refused":
        globals()["read_activity_file"] = _refuse
    baseline = _memory("VmRSS")
    for index in share:
        broken = broken_file(seed, index)
        _set_back_peak()
        began = time.process_time()
        outcome, problem, size, decoded = _outcome(broken)
        cpu_s, memory = time.process_time() - began, _memory("VmHWM") - baseline
        if decoded is not None:
            problem = _lie(decoded)
            outcome = "decoded" if problem is None else "lie"
        del decoded
        if _memory("VmRSS") > baseline + _LEFTOVERS:
            ctypes.CDLL(None).malloc_trim(0)
        seen = _Seen(index=index, outcome=outcome, problem=problem, size=size, cpu_s=cpu_s, memory=memory)
        with suppress(BrokenPipeError):
            pipe.send([seen])


def _outcome(broken: Broken) -> tuple[str, str | None, int, DecodedFile | None]:
    """What becomes of a file, what is wrong with that, the file's size unpacked, and what was decoded."""
    size = len(broken.data)
    try:
        data, decoded = _decoded(broken)
        return "decoded", None, max(size, len(data)), decoded
    except Skipped as why:
        return "skipped", None if why.fact and why.remedy else "skipped without a word", size, None
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is a finding
        return "crash", repr(error)[:200], size, None


def _decoded(broken: Broken) -> tuple[bytes, DecodedFile]:
    data = gunzipped(broken.data, Limits())[0] if broken.is_gzipped else broken.data
    return data, read_activity_file(data, name="file", now=_NOW)


def _refuse(data: bytes, **_: object) -> DecodedFile:
    raise Skipped("This file is broken.", "Export it again.")


def _lie(decoded: DecodedFile) -> str | None:
    """What is wrong with what was decoded, if anything."""
    payload: dict[str, Any] = decoded.payload
    try:
        decoded.samples.validate(full=True)
        json.dumps(payload, allow_nan=False)
    except (ValueError, TypeError) as error:
        return repr(error)[:200]
    if payload["sample_count"] != decoded.samples.num_rows or not payload["sessions"]:
        return "the payload does not say what the samples are"
    times = decoded.samples["sample_at"]
    if times.null_count not in (0, len(times)):
        return "some samples have a time and some none"
    if not times.null_count and (np.diff(times.to_numpy().astype(np.int64)) < 0).any():
        return "the samples are not in order of time"
    return None


def _set_back_peak() -> None:
    """Let the peak of resident memory begin again at what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> int:
    """A figure of this process's memory in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(f"The system does not tell {name}; this proof needs Linux.")
