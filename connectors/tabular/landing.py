"""A plain table on its way into the ledger: it adds and corrects, and what it does not list stays."""

from __future__ import annotations

from connectors.batches import transaction
from connectors.folders import Entry
from connectors.intake import ExportResult, Intake, keep, record, said
from connectors.landing import Landed, land
from connectors.tables import read_table
from connectors.tabular.reader import READER_VERSION, read_tabular

_WORDS = {"activity": "activities", "night": "nights"}


def land_tabular(entry: Entry, intake: Intake) -> ExportResult:
    """One table of activities or of nights."""
    rows = read_tabular(read_table(entry.read(intake.limits)), home_zone=intake.home_zone, now=intake.now)
    kept = keep(entry, intake, extension="csv")
    with intake.store.open_ledger() as con, transaction(con):
        things = [
            Landed(athlete_id=intake.athlete_id, source="file", entity=rows.entity, source_key=key, payload=payload)
            for key, payload in rows.payloads.items()
        ]
        landed = land(con, things, now=intake.now)
        record(con, entry, kept, intake, reader_version=READER_VERSION)
    return said(_WORDS[rows.entity], landed, faults=rows.faults)
