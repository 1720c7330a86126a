"""GarminDB's databases on their way into the ledger: those of one folder together, because one names the units of all.

The rows are landed whole, so the databases themselves are not copied: with a second of every run in them they grow to
gigabytes, change with every run, and GarminDB makes them anew from the recordings that it keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from connectors.batches import transaction
from connectors.errors import Skipped
from connectors.folders import Entry
from connectors.garmindb.reader import READER_VERSION, DatabaseFile, EntityRows, GarminDbRows, read_garmindb
from connectors.intake import ExportResult, Intake, Kept, Outcome, record, said
from connectors.snapshots import Snapshot, land_snapshot

_PIECE_BYTES = 1 << 20
_WORDS = {"activity": "activities", "sleep": "nights", "hrv": "nights of HRV", "day": "days"}
_NO_SAMPLES = "Its summaries only: offer GarminDB's folder FitFiles to have every second of them."


def land_garmindb(entries: Sequence[Entry], intake: Intake) -> list[Outcome]:
    """The databases of one folder; one that cannot be read does not stop the others."""
    with ExitStack() as stack:
        outcomes: dict[str, Outcome] = {}
        paths: dict[str, Path] = {}
        for entry in entries:
            try:
                paths[entry.place] = stack.enter_context(entry.on_disk(intake.limits))
            except Skipped as why:
                outcomes[entry.place] = why
        files = [DatabaseFile(name=place, path=path) for place, path in paths.items()]
        rows = read_garmindb(files, home_zone=intake.home_zone, now=intake.now)
        outcomes |= rows.skipped
        for entry in entries:
            if entry.place not in outcomes:
                outcomes[entry.place] = _land(entry, paths[entry.place], rows, intake)
    return [outcomes[entry.place] for entry in entries]


def _land(entry: Entry, path: Path, rows: GarminDbRows, intake: Intake) -> ExportResult:
    """What this database holds and no better one beside it: in one transaction, with the file made known."""
    size_bytes, sha256 = _measured(path)
    results = []
    with intake.store.open_ledger() as con, transaction(con):
        for each in rows.entities:
            # Where two databases hold an entity, the rows of both come under the first.
            if each.names[0] == entry.place:
                result = land_snapshot(con, _snapshot(each, rows, intake), now=intake.now)
                results.append(said(_WORDS[each.entity], result.landed, caution=result.caution, faults=each.faults))
        record(con, entry, Kept(sha256=sha256, size_bytes=size_bytes), intake, reader_version=READER_VERSION)
    reasons = [each.reason for each in results] or ["it names the units of the others"]
    if any(each.entity == "activity" and each.names[0] == entry.place for each in rows.entities):
        reasons.append(_NO_SAMPLES)
    return ExportResult(
        has_news=any(each.has_news for each in results),
        reason="; ".join(reasons),
        faults=tuple(fault for each in results for fault in each.faults),
    )


def _snapshot(rows: EntityRows, all_rows: GarminDbRows, intake: Intake) -> Snapshot:
    """A list that speaks for the time between its oldest and newest row: GarminDB can be told to load only the latest,
    so what is older than all it holds is not gone."""
    return Snapshot(
        athlete_id=intake.athlete_id,
        source="garmindb",
        entity=rows.entity,
        payloads=rows.payloads,
        exported_at=all_rows.filled_at,
        is_complete=False,
        unreadable_keys=rows.unreadable_keys,
    )


def _measured(path: Path) -> tuple[int, str]:
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_PIECE_BYTES):
            digest.update(part)
            size_bytes += len(part)
    return size_bytes, digest.hexdigest()
