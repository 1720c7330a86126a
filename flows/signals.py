"""TERM and Ctrl-C end a run at once: nothing that catches everything can turn them into a failed build and a wrong report.

The first signal is remembered and raised. What is being done may be swallowing it, as dbt's runner does, so every step
that others will see asks `obey` first. Whatever is still busy after a few seconds is cut off: a run that is killed at
any moment leaves nothing that the next one does not put right.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

_GRACE_S = 5.0
_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class _Wish:
    """What was asked of this process, and what must happen before it is granted."""

    number: int | None = None
    held_off: bool = False
    interrupts: bool = False


# Signals are the process's own; there is one wish, as there is one process.
_wish = _Wish()
_before: dict[int, Any] = {}


class Stopped(SystemExit):
    """A person or the system asked this process to end; the code is the one a shell gives for the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def heed() -> None:
    """From now on TERM and Ctrl-C end this process within seconds; Prefect's own handling of them still takes part."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _ENDING:
        current = signal.getsignal(number)
        if current is not _handle:
            _before[number] = current
            signal.signal(number, _handle)


def asked() -> int | None:
    """The signal that this process was asked to end with; None while it may go on."""
    return _wish.number


def obey() -> None:
    """Go on, or end here if that was asked and has been swallowed on the way."""
    if _wish.number is not None and not _wish.held_off:
        _raise(_wish.number)


@contextmanager
def held_off() -> Iterator[None]:
    """For what must not be cut in the middle, such as a mail being handed over: a signal waits for the end of the block."""
    _wish.held_off = True
    try:
        yield
    finally:
        _wish.held_off = False
    obey()


@contextmanager
def as_interrupts() -> Iterator[None]:
    """Inside the block every signal is a KeyboardInterrupt, the only one that dbt cancels its queries for."""
    _wish.interrupts = True
    try:
        yield
    finally:
        _wish.interrupts = False


def say_and_end(tell: Callable[[str], None]) -> None:
    """Say in a line that the process ends because it was asked to, and end it. Returns when nothing was asked."""
    if _wish.number is None:
        return
    name = signal.Signals(_wish.number).name
    tell(f"Stopped by {name}. What was half made is thrown away; run the same command again to go on.")
    if "multiprocessing.util" in sys.modules:
        # dbt's locks are semaphores of the system: what is not given back is complained of after the last line.
        sys.modules["multiprocessing.util"]._run_finalizers(0)
    # Threads of libraries would hold up an ordinary exit, some of them for half a minute.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(128 + _wish.number)


def _handle(number: int, _frame: FrameType | None) -> None:
    if _wish.number is not None:
        return  # asked before; it is on its way out
    _wish.number = number
    threading.Thread(target=_cut_off, args=(number,), daemon=True).start()
    if not _wish.held_off:
        _raise(number)


def _raise(number: int) -> None:
    if _wish.interrupts:
        raise KeyboardInterrupt
    before = _before.get(number)
    if callable(before) and before is not signal.default_int_handler:
        before(number, None)
    raise Stopped(number)


def _cut_off(number: int) -> None:
    threading.Event().wait(_GRACE_S)
    os._exit(128 + number)
