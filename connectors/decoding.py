"""Activity files decoded on several cores, in the order they were given, whatever one of them does to its reader."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from queue import SimpleQueue
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
_Parcel: TypeAlias = list[tuple[str, bytes]]


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
    """Processes that are replaced when a file brings them down; the file that does so twice is skipped.

    Each process has a pipe of its own, asked by one thread at a time. The standard pool shares one among all: when a
    process is killed halfway through an answer, it waits for the other half for ever.
    """

    def __init__(self, processes: int, now: datetime) -> None:
        self._processes = processes
        self._now = now
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        for _ in range(processes):
            self._idle.put(_Process(now))
        # One thread more than there are processes unpacks an answer while each process has work.
        self._threads = ThreadPoolExecutor(processes + 1)

    def decode(self, chunks: Iterable[list[Job]]) -> Iterator[Decoded]:
        under_way: deque[tuple[list[Job], Future[list[_Answer]]]] = deque()
        for chunk in chunks:
            under_way.append((chunk, self._threads.submit(self._answers_to, chunk)))
            if len(under_way) >= CHUNKS_PER_PROCESS * self._processes:
                yield from _finished(*under_way.popleft())
        while under_way:
            yield from _finished(*under_way.popleft())

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for _ in range(self._processes):
            self._idle.get().end()

    def _answers_to(self, jobs: list[Job]) -> list[_Answer]:
        """The answers to these files; when they bring a process down, the answers to each of them by itself."""
        packed = self._ask([(job.name, job.data) for job in jobs])
        if packed is not None:
            answers: list[_Answer] = pickle.loads(packed)  # noqa: S301  # written by our own process
            return answers
        if len(jobs) > 1:
            return [answer for job in jobs for answer in self._answers_to([job])]
        return [(Damaged, "Reading it brought the reader down.", "Leave it out, and report it with the device's name.")]

    def _ask(self, parcel: _Parcel) -> bytes | None:
        """The packed answers of the next idle process, or None when it and a new one died over the question."""
        process = self._idle.get()
        try:
            for _ in range(2):
                with suppress(EOFError, OSError):
                    return process.ask(parcel)
                # It may have died before it was asked; the new one has nothing else to die of.
                process.end()
                process = _Process(self._now)
        except BaseException:
            process.end()
            raise
        finally:
            self._idle.put(process)
        return None


class _Process:
    """One process that decodes. We hold only our end of its pipe, so its death is the end of the pipe, never a wait."""

    def __init__(self, now: datetime) -> None:
        context = _context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, now), daemon=True)  # type: ignore[attr-defined]  # every context has it
        self._process.start()
        theirs.close()

    def ask(self, parcel: _Parcel) -> bytes:
        """The packed answers; raises EOFError or OSError when the process has died."""
        self._pipe.send(parcel)
        return self._pipe.recv_bytes()

    def end(self) -> None:
        """Let it go: at the end of its pipe it stops by itself."""
        self._pipe.close()
        self._process.join()


def _context() -> BaseContext:
    """Processes that start clean: forking a program that has threads, as Prefect has, can deadlock the child."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["connectors.decoding"])
    return context


def _serve(pipe: Connection, now: datetime) -> None:
    """Answer one parcel after the other until the pipe ends, as it also does when the program that asks is killed."""
    # Ctrl-C reaches every process of a terminal; the one that asks decides when the others stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            parcel: _Parcel = pipe.recv()
            answers = [_answer(name, data, now) for name, data in parcel]
            pipe.send_bytes(pickle.dumps(answers, protocol=pickle.HIGHEST_PROTOCOL))


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


def _finished(chunk: list[Job], future: Future[list[_Answer]]) -> Iterator[Decoded]:
    for job, answer in zip(chunk, future.result(), strict=True):
        yield _decoded(job, answer)


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
