"""What can go wrong while data comes in, grouped by what the caller should do.

ConnectorError
├── Skipped               this one file or row cannot be taken; say so and go on with the others
│   ├── NotFound          the path is not there or holds nothing
│   ├── NotRecognised     readable, but nothing we know how to read
│   ├── NothingToImport   what we know, but without an activity in it (settings, workouts, an empty file)
│   ├── Damaged           broken beyond what can be salvaged
│   │   └── Ahead         dated in the future; it may be right once that day has come
│   └── Unsafe            refused for the safety of the machine (bomb, path escape, entities)
└── SyncEnded             a vendor's service gives nothing more for now; what came before it is kept
    ├── TryLater          an outage or a busy server; the next sync goes on by itself, no earlier than `resumes_at`
    │   ├── Paused        the quota is used up or nearly; the next sync goes on where this one stopped
    │   └── Unanswered    a request that may have been carried out, but whose answer never came
    ├── SignInAgain       the vendor no longer accepts our token; a person must act
    ├── SourceChanged     the answer is not what we know; stop and look
    │   └── TooLarge      one answer is larger than any real one; nothing of it was kept
    └── NotAllowed        the vendor refuses this account or app, or the owner's own settings do
"""

from __future__ import annotations

from datetime import datetime


class ConnectorError(Exception):
    """Anything a connector raises on purpose: the fact, and what the person can do about it."""

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(f"{fact} {remedy}")
        self.fact = fact
        self.remedy = remedy


class Skipped(ConnectorError):
    """One thing could not be taken."""


class NotFound(Skipped): ...


class NotRecognised(Skipped): ...


class NothingToImport(Skipped): ...


class Damaged(Skipped): ...


class Ahead(Damaged): ...


class Unsafe(Skipped): ...


class SyncEnded(ConnectorError):
    """A sync cannot go on. Facts and remedies never hold a token, a key or a vendor's own words."""


class TryLater(SyncEnded):
    def __init__(self, fact: str, remedy: str, *, resumes_at: datetime | None = None) -> None:
        super().__init__(fact, remedy)
        self.resumes_at = resumes_at


class Paused(TryLater): ...


class Unanswered(TryLater): ...


class SignInAgain(SyncEnded): ...


class SourceChanged(SyncEnded): ...


class TooLarge(SourceChanged): ...


class NotAllowed(SyncEnded): ...
