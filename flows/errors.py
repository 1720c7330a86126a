"""What can go wrong while Pacewright runs, each with its remedy.

FlowError
├── LedgerBusy        another process holds the ledger; wait or end it
├── LedgerLost        the ledger is gone or damaged; nothing was written over, bring back a backup
├── NewerHome         the home was written by a newer Pacewright; upgrade
├── NotSetUp          something the athlete must say first (a home, a goal)
├── BuildFailed       dbt could not build the warehouse; the published one is untouched
├── Erased            the report's data was erased on purpose; there is nothing to show any more
├── SyncFailed        a source could not be synced; what the others brought is there
├── MailFailed        the mail server did not take a report; the report is in the outbox
└── GateClosed        the new warehouse failed its expectations; the published one is untouched
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.syncing import Synced


class FlowError(Exception):
    """Anything the flows raise on purpose; its text states the fact and the remedy."""


class LedgerBusy(FlowError): ...


class LedgerLost(FlowError): ...


class NewerHome(FlowError): ...


class NotSetUp(FlowError): ...


class BuildFailed(FlowError): ...


class GateClosed(FlowError): ...


class Erased(FlowError): ...


class SyncFailed(FlowError):
    """`synced` says how each source's sync ended."""

    def __init__(self, text: str, synced: Sequence[Synced]) -> None:
        super().__init__(text)
        self.synced = synced


class MailFailed(FlowError):
    """`is_transient` says whether trying again soon can help, `outcome` in a few words what became of the mail."""

    def __init__(self, text: str, *, is_transient: bool = False, outcome: str = "not taken by the server") -> None:
        super().__init__(text)
        self.is_transient = is_transient
        self.outcome = outcome


def in_words(error: BaseException) -> str | None:
    """A failure of the system beneath us as a fact and a remedy; None for what only a programmer can mend."""
    import duckdb
    import httpx

    for one in _causes(error):
        text = str(one).lower()
        if isinstance(one, OSError | duckdb.Error) and any(word in text for word in _FULL):
            return "The disk is full, or a limit for files is reached. Free some space and run this again."
        if isinstance(one, httpx.HTTPError):
            return (
                f"Prefect could not be reached, or ended in the middle ({type(one).__name__}). Run this again; if "
                "PREFECT_API_URL is set, see that the server there runs."
            )
        if isinstance(one, duckdb.Error):
            fact = str(one).splitlines()[0].rstrip(".")
            return f"A database could not be read or written ({fact}). Run `pacewright rebuild`, then this again."
        if isinstance(one, OSError):
            where = f" ({one.filename})" if one.filename else ""
            return f"The system refused a file or a connection: {one.strerror or one}{where}. See to that and run this again."
    return None


_FULL = ("no space left", "disk quota exceeded", "file too large")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
