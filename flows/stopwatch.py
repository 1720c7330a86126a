"""How long each step took, for the run's summary and the benchmarks, and a listener who may show the steps as they go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Called with a step as it begins, and again with its seconds when it has ended well.
Listener = Callable[[str, float | None], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Stopwatch:
    """`with watch("dbt"): …` adds the block's wall-clock seconds to `seconds["dbt"]`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        tell = _listener.get() or _tell_nobody
        tell(step, None)
        started = time.perf_counter()
        try:
            yield
        finally:
            took_s = time.perf_counter() - started
            self.seconds[step] = self.seconds.get(step, 0.0) + took_s
        tell(step, took_s)


@contextmanager
def listened_to(listener: Listener) -> Iterator[None]:
    """Let the steps of this block be heard, whoever takes the time."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def _tell_nobody(step: str, took_s: float | None) -> None:
    """Nobody listens."""
