"""What can go wrong while Pacewright runs, each with its remedy.

FlowError
├── LedgerBusy        another process holds the ledger; wait or end it
├── NewerHome         the home was written by a newer Pacewright; upgrade
├── NotSetUp          something the athlete must say first (a home, a goal)
├── BuildFailed       dbt could not build the warehouse; the published one is untouched
├── Erased            the report's data was erased on purpose; there is nothing to show any more
├── SyncFailed        a source could not be synced; what the others brought is there
├── MailFailed        the mail server did not take a report; the report is in the outbox
└── GateClosed        the new warehouse failed its expectations; the published one is untouched
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.syncing import Synced


class FlowError(Exception):
    """Anything the flows raise on purpose; its text states the fact and the remedy."""


class LedgerBusy(FlowError): ...


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
    """`is_transient` says whether trying again soon can help."""

    def __init__(self, text: str, *, is_transient: bool = False) -> None:
        super().__init__(text)
        self.is_transient = is_transient
