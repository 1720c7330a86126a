"""A lock between processes: a file that one of them holds, and that its end lets go of."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_EVERY_S = 0.05


@contextmanager
def held(path: Path, *, wait_s: float, otherwise: Exception) -> Iterator[None]:
    """Hold the file for as long as the block lasts; raises `otherwise` once another process kept it for `wait_s`."""
    deadline = time.monotonic() + wait_s
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise otherwise from None
                time.sleep(_LOOK_EVERY_S)
        yield
