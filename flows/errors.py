"""What can go wrong while Pacewright runs, each with its remedy.

FlowError
├── LedgerBusy        another process holds the ledger; wait or end it
├── NewerHome         the home was written by a newer Pacewright; upgrade
├── NotSetUp          something the athlete must say first (a home, a goal)
├── BuildFailed       dbt could not build the warehouse; the published one is untouched
└── GateClosed        the new warehouse failed its expectations; the published one is untouched
"""

from __future__ import annotations


class FlowError(Exception):
    """Anything the flows raise on purpose; its text states the fact and the remedy."""


class LedgerBusy(FlowError): ...


class NewerHome(FlowError): ...


class NotSetUp(FlowError): ...


class BuildFailed(FlowError): ...


class GateClosed(FlowError): ...
