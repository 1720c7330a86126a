"""Activity files decoded on several cores, in the order they were given, whatever one of them does to its reader."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from typing import Any, TypeAlias

import pyarrow as pa

from connectors.errors import Damaged, Skipped
from connectors.files import read_activity_file

# Starting processes costs about half a second, as much as decoding some dozens of ordinary runs.
# Below this many new files it is not worth it.
IN_PROCESS_FILES = 8
# A chunk travels to a process and back as one message: large enough to forget the cost of sending, small enough that
# two processes end at the same time.
CHUNK_BYTES = 2 * 1024**2
CHUNK_FILES = 16
# Chunks under way per process: one being decoded, one waiting, one coming back.
CHUNKS_PER_PROCESS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to decode: unpacked bytes, their hash, and what else the caller wants back with the answer."""

    index: int
    name: str
    sha256: str
    data: bytes
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the reader made of the file: a payload and its samples, or the reason it was skipped."""

    job: Job
    payload: dict[str, Any] | None = None
    samples: pa.Table | None = None
    why: Skipped | None = None


# What travels back from a process: payload and samples, or the kind, fact and remedy of the skip.
_Answer: TypeAlias = tuple[dict[str, Any], pa.Table] | tuple[type[Skipped], str, str]


def decode(jobs: Iterable[Job], *, processes: int, now: datetime) -> Iterator[Decoded]:
    """Decode every job, in order, as of `now`. Jobs are drawn only as fast as they are worked off."""
    waiting = iter(jobs)
    first = _take_first(waiting)
    if processes < 2 or len(first) < IN_PROCESS_FILES or multiprocessing.current_process().daemon:
        for job in _chain(first, waiting):
            yield _decoded(job, _answer(job.name, job.data, now))
        return
    pool = _Pool(processes, now)
    try:
        yield from pool.decode(_chunks(_chain(first, waiting)))
    finally:
        pool.close()


class _Pool:
    """Processes that are replaced when a file brings them down; the file that does so twice is skipped."""

    def __init__(self, processes: int, now: datetime) -> None:
        self._processes = processes
        self._now = now
        self._executor = self._start()

    def decode(self, chunks: Iterable[list[Job]]) -> Iterator[Decoded]:
        under_way: deque[tuple[list[Job], Future[list[_Answer]]]] = deque()
        for chunk in chunks:
            under_way.append((chunk, self._submit(chunk)))
            if len(under_way) >= CHUNKS_PER_PROCESS * self._processes:
                yield from self._finish(*under_way.popleft())
        while under_way:
            yield from self._finish(*under_way.popleft())

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _finish(self, chunk: list[Job], future: Future[list[_Answer]]) -> Iterator[Decoded]:
        try:
            answers = future.result()
        except BrokenProcessPool:
            answers = self._again(chunk)
        for job, answer in zip(chunk, answers, strict=True):
            yield _decoded(job, answer)

    def _again(self, chunk: list[Job]) -> list[_Answer]:
        """Decode a chunk whose process died; if its own files did it, each file gets a process of its own."""
        try:
            return self._apart(chunk)
        except BrokenProcessPool:
            return [self._alone(job) for job in chunk]

    def _alone(self, job: Job) -> _Answer:
        try:
            return self._apart([job])[0]
        except BrokenProcessPool:
            return Damaged, "Reading it brought the reader down.", "Leave it out, and report it with the device's name."

    def _apart(self, jobs: list[Job]) -> list[_Answer]:
        with self._start(processes=1) as executor:
            return executor.submit(_answers, [(job.name, job.data) for job in jobs], self._now).result()

    def _submit(self, chunk: list[Job]) -> Future[list[_Answer]]:
        parcel = [(job.name, job.data) for job in chunk]
        try:
            return self._executor.submit(_answers, parcel, self._now)
        except BrokenProcessPool:
            self._executor.shutdown(wait=False)
            self._executor = self._start()
            return self._executor.submit(_answers, parcel, self._now)

    def _start(self, processes: int | None = None) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(processes or self._processes, mp_context=_context(), initializer=_end_with_parent)


def _context() -> BaseContext:
    """Processes that start clean: forking a program that has threads, as Prefect has, can deadlock the child."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["connectors.decoding"])
    return context


def _end_with_parent() -> None:
    """End this process when the one that started it is killed; the standard pool would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _answers(parcel: list[tuple[str, bytes]], now: datetime) -> list[_Answer]:
    return [_answer(name, data, now) for name, data in parcel]


def _answer(name: str, data: bytes, now: datetime) -> _Answer:
    try:
        decoded = read_activity_file(data, name=name, now=now)
    except Skipped as why:
        return type(why), why.fact, why.remedy
    except MemoryError:
        return Damaged, "It needs more memory to read than there is.", "Close other programs, or leave it out."
    except Exception as error:  # noqa: BLE001  # whatever a broken file does to its reader, the others must get in
        return Damaged, f"It cannot be read ({type(error).__name__}).", "Leave it out, and report it."
    return decoded.payload, decoded.samples


def _decoded(job: Job, answer: _Answer) -> Decoded:
    if len(answer) == 3:
        kind, fact, remedy = answer
        return Decoded(job=job, why=kind(fact, remedy))
    payload, samples = answer
    return Decoded(job=job, payload={**payload, "faults": [*payload["faults"], *job.faults]}, samples=samples)


def _take_first(jobs: Iterator[Job]) -> list[Job]:
    first: list[Job] = []
    for job in jobs:
        first.append(job)
        if len(first) >= IN_PROCESS_FILES:
            break
    return first


def _chain(first: list[Job], rest: Iterator[Job]) -> Iterator[Job]:
    while first:
        yield first.pop(0)
    yield from rest


def _chunks(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    chunk: list[Job] = []
    size = 0
    for job in jobs:
        chunk.append(job)
        size += len(job.data)
        if size >= CHUNK_BYTES or len(chunk) >= CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
