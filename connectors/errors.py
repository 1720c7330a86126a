"""What can go wrong while data comes in, grouped by what the caller should do.

ConnectorError
└── Skipped               this one file or row cannot be taken; say so and go on with the others
    ├── NotFound          the path is not there or holds nothing
    ├── NotRecognised     readable, but nothing we know how to read
    ├── NothingToImport   what we know, but without an activity in it (settings, workouts, an empty file)
    ├── Damaged           broken beyond what can be salvaged
    │   └── Ahead         dated in the future; it may be right once that day has come
    └── Unsafe            refused for the safety of the machine (bomb, path escape, entities)
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Anything a connector raises on purpose."""


class Skipped(ConnectorError):
    """One thing could not be taken. Says the fact and what the person can do about it."""

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(f"{fact} {remedy}")
        self.fact = fact
        self.remedy = remedy


class NotFound(Skipped): ...


class NotRecognised(Skipped): ...


class NothingToImport(Skipped): ...


class Damaged(Skipped): ...


class Ahead(Damaged): ...


class Unsafe(Skipped): ...
