"""Activity files decoded on several cores, in the order they were given, whatever one of them does to its reader."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from queue import SimpleQueue
from typing import Any

from connectors.errors import Damaged, Skipped
from connectors.parcels import PARCEL_SAMPLES, Answers, Job, parcels, take_in
from connectors.shelf import Shelf

# Starting processes costs about half a second, as much as decoding some dozens of ordinary runs.
# Below this many new files it is not worth it.
IN_PROCESS_FILES = 8
# Parcels under way per process: one being decoded, one waiting or coming back.
_PARCELS_PER_PROCESS = 2

_FALSE_STARTS = 4
_READY = b"ready"
_REPORT = "Leave it out, and report it with the device's name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the reader made of the file: a payload and where its samples lie, or the reason it was skipped."""

    job: Job
    payload: dict[str, Any] | None = None
    sample_count: int = 0
    stream_file: str | None = None
    why: Skipped | None = None


def decode(
    jobs: Iterable[Job], *, shelf: Shelf, processes: int, now: datetime, parcel_samples: int = PARCEL_SAMPLES
) -> Iterator[Decoded]:
    """Decode every job, in order, as of `now`; its original and its samples are on the shelf when it is yielded.

    Jobs are drawn only as fast as they are worked off.
    """
    waiting = iter(jobs)
    first = _take_first(waiting)
    packed = parcels(_chain(first, waiting), most_samples=parcel_samples)
    if processes < 2 or len(first) < IN_PROCESS_FILES or multiprocessing.current_process().daemon:
        for parcel in packed:
            yield from _decoded(parcel, take_in(parcel, shelf=shelf, now=now))
        return
    pool = _Pool(processes, shelf, now)
    try:
        yield from pool.decode(packed)
    finally:
        pool.close()


class _Pool:
    """Processes that are replaced when a file brings them down; the file that does so twice is skipped.

    Each process has a pipe of its own, asked by one thread at a time. The standard pool shares one among all: when a
    process is killed halfway through an answer, it waits for the other half for ever.
    """

    def __init__(self, processes: int, shelf: Shelf, now: datetime) -> None:
        self._processes = processes
        self._shelf = shelf
        self._now = now
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        for _ in range(processes):
            self._idle.put(_Process(shelf, now))
        # One thread more than there are processes unpacks an answer while each process has work.
        self._threads = ThreadPoolExecutor(processes + 1)

    def decode(self, packed: Iterable[list[Job]]) -> Iterator[Decoded]:
        under_way: deque[Future[list[Decoded]]] = deque()
        for parcel in packed:
            under_way.append(self._threads.submit(self._decoded, parcel))
            if len(under_way) >= _PARCELS_PER_PROCESS * self._processes:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for _ in range(self._processes):
            self._idle.get().end()

    def _decoded(self, parcel: list[Job]) -> list[Decoded]:
        """The answers to these files; when they bring a process down, the answers to one half and then the other."""
        packed = self._ask(parcel)
        if packed is not None:
            answers: Answers | Exception = pickle.loads(packed)  # noqa: S301  # written by our own process
            if isinstance(answers, Exception):
                raise answers
            return _decoded(parcel, answers)
        half = len(parcel) // 2
        if half:
            return [*self._decoded(parcel[:half]), *self._decoded(parcel[half:])]
        return [Decoded(job=parcel[0], why=Damaged("Reading it brought the reader down.", _REPORT))]

    def _ask(self, parcel: list[Job]) -> bytes | None:
        """The packed answers of the next idle process, or None when it and a new one died over the question."""
        process = self._idle.get()
        try:
            deaths = false_starts = 0
            while deaths < 2:
                with suppress(EOFError, OSError):
                    return process.ask(parcel)
                # It may have died before it was asked; the new one has nothing else to die of. Dying before it even
                # listens is no file's fault.
                deaths += process.has_listened
                false_starts += not process.has_listened
                process.end()
                if false_starts > _FALSE_STARTS:
                    raise RuntimeError("Processes for decoding die before they begin. Is there memory left?")
                process = _Process(self._shelf, self._now)
        except BaseException:
            process.end()
            raise
        finally:
            self._idle.put(process)
        return None


class _Process:
    """One process that decodes. We hold only our end of its pipe, so its death is the end of the pipe, never a wait."""

    def __init__(self, shelf: Shelf, now: datetime) -> None:
        context = _context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, shelf, now), daemon=True)  # type: ignore[attr-defined]  # every context has it
        self._process.start()
        theirs.close()
        self.has_listened = False

    def ask(self, parcel: list[Job]) -> bytes:
        """The packed answers; raises EOFError or OSError when the process has died."""
        self.has_listened = self.has_listened or self._pipe.recv_bytes() == _READY
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


def _serve(pipe: Connection, shelf: Shelf, now: datetime) -> None:
    """Answer one parcel after the other until the pipe ends, as it also does when the program that asks is killed."""
    # Ctrl-C reaches every process of a terminal; the one that asks decides when the others stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        pipe.send_bytes(_READY)
    while True:
        with suppress(EOFError, OSError):
            parcel: list[Job] = pipe.recv()
            answers = _packed(parcel, shelf, now)
            pipe.send_bytes(answers)
            continue
        return


def _packed(parcel: list[Job], shelf: Shelf, now: datetime) -> bytes:
    """The answers, or what is wrong with the disk they should be kept on: that ends the import, not the process."""
    try:
        return pickle.dumps(take_in(parcel, shelf=shelf, now=now), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  # raised again by the process that asked
        return pickle.dumps(error)


def _decoded(parcel: Sequence[Job], answers: Answers) -> list[Decoded]:
    found = []
    for job, answer in zip(parcel, answers.answers, strict=True):
        if len(answer) == 3:
            kind, fact, remedy = answer
            found.append(Decoded(job=job, why=kind(fact, remedy)))
            continue
        payload, sample_count = answer
        payload = {**payload, "faults": [*payload["faults"], *job.faults]}
        stream_file = answers.stream_file if sample_count else None
        found.append(Decoded(job=job, payload=payload, sample_count=sample_count, stream_file=stream_file))
    return found


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
