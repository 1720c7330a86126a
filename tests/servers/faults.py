"""The bad days of a vendor's cloud, drawn at random or on command."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Fault = Literal[
    "storm",  # 429 for a while
    "error",  # 500, 502, 503, 504
    "reset",  # the connection breaks in mid-body
    "lost",  # the request is carried out, the connection breaks before the answer
    "slow",  # the body drips more slowly than anybody waits for
    "cut",  # JSON cut short, with a length that says it is whole
    "page",  # a proxy's HTML page with status 200
    "expire",  # access tokens end before their time
    "extra",  # an item with fields nobody knows
    "missing",  # an item without a field that is not guaranteed
    "word",  # an enum with a word nobody knows
    "repeat",  # an item listed twice, also on two pages
    "vanish",  # an item deleted or added between two pages
    "revoke",  # the grant ends: only signing in again helps
]
PASSING: tuple[Fault, ...] = ("storm", "error", "reset", "lost", "slow", "cut", "page", "expire")
DRIFTING: tuple[Fault, ...] = ("extra", "missing", "word", "repeat", "vanish")
EVERY: tuple[Fault, ...] = (*PASSING, *DRIFTING, "revoke")


@dataclass(slots=True)
class Faults:
    """Which fault befalls the next request. `commanded` ones come first, in order; then chance has its say."""

    random: Random = field(default_factory=lambda: Random(0))
    rate: float = 0.0
    kinds: tuple[Fault, ...] = EVERY
    commanded: deque[Fault] = field(default_factory=deque)
    storm_left: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def draw(self) -> Fault | None:
        """The fault of this request; None lets it pass."""
        fault: Fault | None = None
        if self.commanded:
            fault = self.commanded.popleft()
        elif self.storm_left > 0:
            self.storm_left -= 1
            fault = "storm"
        elif self.rate and self.random.random() < self.rate:
            fault = self.random.choices(self.kinds, [0.15 if kind == "revoke" else 1.0 for kind in self.kinds])[0]
            if fault == "storm":
                self.storm_left = self.random.randint(0, 6)
        if fault is not None:
            self.seen[fault] = self.seen.get(fault, 0) + 1
        return fault

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.rate = 0.0
        self.storm_left = 0
        self.commanded.clear()
