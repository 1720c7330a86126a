"""Garmin's account export into the ledger: activities as one list, nights, days and health by the newest file that has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

import duckdb

from connectors.errors import Damaged, Skipped
from connectors.folders import Entry
from connectors.garmin.export_rows import GarminEntity, read_rows
from connectors.intake import ExportResult, Intake, Kept, Outcome, keep, record, said
from connectors.originals import original_path
from connectors.snapshots import Snapshot, SnapshotResult, land_large_snapshot
from connectors.spool import Spool

READER_VERSION = "1"

SOURCE = "garmin_export"
_ENTITY_OF: Mapping[str, GarminEntity] = {
    "garmin_activities": "activity",
    "garmin_sleep": "sleep",
    "garmin_day": "day",
    "garmin_health": "health",
}
_WORDS: Mapping[GarminEntity, str] = {
    "activity": "activities",
    "sleep": "nights",
    "day": "days",
    "health": "days of health",
}
# `…_1001_summarizedActivities.json` begins with the 1001st activity, and every file but the last is full.
_FIRST_ROW = re.compile(r"(?:^|_)(\d+)_summarizedactivities", re.IGNORECASE)
_FULL_FILE_ROWS = 1_000
# Rows landed in one transaction: each is in memory some ten times over on its way, as object, text, table and page.
_BYTES_AT_ONCE = 32 * 1024**2
_SPAN_END = re.compile(r"\d{4}-\d{2}-\d{2}_(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One file read: its bytes are kept, its rows lie in the spool."""

    entry: Entry
    kept: Kept
    row_count: int
    is_whole: bool
    faults: tuple[str, ...]


def land_garmin(entries: Sequence[Entry], intake: Intake) -> list[Outcome]:
    """The files of one folder of the export. Each kind lands by itself; a file that cannot be read costs only itself."""
    outcomes: dict[int, Outcome] = {}
    for kind, entity in _ENTITY_OF.items():
        indexes = [index for index, entry in enumerate(entries) if entry.kind == kind]
        if entity == "activity":
            outcomes |= zip(indexes, _land_activities([entries[index] for index in indexes], intake), strict=True)
        else:
            # The newest first: what an older file knew of a day then never becomes a version of it.
            for index in sorted(indexes, key=lambda each: _span_end(entries[each]), reverse=True):
                outcomes[index] = _land_days(entries[index], entity, intake)
    return [outcomes[index] for index in range(len(entries))]


def _land_activities(entries: Sequence[Entry], intake: Intake) -> list[Outcome]:
    """All the lists of one folder are one list: what it no longer names is gone, if it is complete."""
    outcomes: dict[int, Outcome] = {}
    read: dict[int, _Read] = {}
    unreadable: set[str] = set()
    with Spool() as rows:
        started_at: dict[str, str] = {}
        # The file of the newest activities comes last, so that of a repeated activity its row is taken.
        for index in sorted(range(len(entries)), key=lambda each: -(_first_row(entries[each]) or 0)):
            try:
                read[index] = _read(
                    entries[index], "activity", intake, rows=rows, started_at=started_at, unreadable=unreadable
                )
            except Skipped as why:
                outcomes[index] = why
        if not read:
            return [outcomes[index] for index in range(len(entries))]
        scope = "its rows" if outcomes else _scope(list(read.values()))
        snapshot = Snapshot(
            athlete_id=intake.athlete_id,
            source=SOURCE,
            entity="activity",
            payloads=rows,
            exported_at=_latest([each.exported_at for each in entries]),
            is_complete=scope == "everything",
            is_selection=scope == "its rows",
            unreadable_keys=frozenset(unreadable),
            started_at=started_at,
        )
        result = _land(snapshot, rows, list(read.values()), intake)
    first, *others = sorted(read, key=lambda each: _first_row(entries[each]) or 0)
    outcomes[first] = said(_WORDS["activity"], result.landed, caution=result.caution, faults=read[first].faults)
    for index in others:
        outcomes[index] = ExportResult(
            has_news=result.landed.appended > 0,
            reason=f"It is one list with {entries[first].name}.",
            faults=read[index].faults,
        )
    return [outcomes[index] for index in range(len(entries))]


def _land_days(entry: Entry, entity: GarminEntity, intake: Intake) -> Outcome:
    """One file of days. It overrules an older file where both have a day, and says nothing of days it lacks."""
    with ExitStack() as stack:
        rows, started_at = stack.enter_context(Spool()), dict[str, str]()
        try:
            read = _read(entry, entity, intake, rows=rows, started_at=started_at, unreadable=set())
        except Skipped as why:
            return why
        snapshot = Snapshot(
            athlete_id=intake.athlete_id,
            source=SOURCE,
            entity=entity,
            payloads=rows,
            exported_at=entry.exported_at,
            is_complete=False,
            is_selection=True,
            age=_age(entry, max(rows, default="")),
            started_at=started_at,
        )
        result = _land(snapshot, rows, [read], intake)
    return said(_WORDS[entity], result.landed, caution=result.caution, faults=read.faults)


def _land(snapshot: Snapshot, rows: Spool, read: Sequence[_Read], intake: Intake) -> SnapshotResult:
    def make_known(con: duckdb.DuckDBPyConnection) -> None:
        for each in read:
            record(con, each.entry, each.kept, intake, reader_version=READER_VERSION)

    return land_large_snapshot(
        intake.store.open_ledger,
        snapshot,
        now=intake.now,
        rows_at_once=rows.rows_within(_BYTES_AT_ONCE),
        finish=make_known,
    )


def _read(
    entry: Entry,
    entity: GarminEntity,
    intake: Intake,
    *,
    rows: Spool,
    started_at: dict[str, str],
    unreadable: set[str],
) -> _Read:
    # What is read is the original now kept, so that a zip's member is copied out only once.
    kept = keep(entry, intake, extension="json")
    original = original_path(intake.store.files_dir, sha256=kept.sha256, extension="json")
    with original.open("rb") as handle:
        counts = read_rows(handle, entity, rows, now=intake.now)
    if not counts.row_count and not counts.is_whole:
        raise Damaged("The file is damaged and nothing in it can be read.", "Unpack the export again.")
    started_at |= counts.started_at
    unreadable |= counts.unreadable_keys
    return _Read(entry=entry, kept=kept, row_count=counts.row_count, is_whole=counts.is_whole, faults=counts.faults)


def _scope(read: Sequence[_Read]) -> Literal["everything", "its time", "its rows"]:
    """For what these files speak: for every activity if the first is there, none is missing and the last is not full.

    Without numbers in the names, or with a last file that is full, nobody can know whether there are more.
    """
    numbered = sorted(((number, each) for each in read if (number := _first_row(each.entry)) is not None), key=_number)
    if not all(each.is_whole for each in read) or len(numbered) < len(read) > 1:
        return "its rows"
    for (number, each), (next_number, _) in pairwise(numbered):
        if next_number > max(number, 1) + each.row_count:
            return "its rows"
    is_all = numbered and numbered[0][0] <= 1 and numbered[-1][1].row_count < _FULL_FILE_ROWS
    return "everything" if is_all else "its time"


def _number(numbered: tuple[int, _Read]) -> int:
    return numbered[0]


def _first_row(entry: Entry) -> int | None:
    match = _FIRST_ROW.search(entry.name)
    return None if match is None else int(match[1])


def _age(entry: Entry, last_day: str) -> str:
    """What sorts files of days: the last day they are for, the last day they have, and the date of the export."""
    exported_at = "" if entry.exported_at is None else entry.exported_at.isoformat()
    return f"{_span_end(entry) or last_day}|{last_day}|{exported_at}"


def _span_end(entry: Entry) -> str:
    match = _SPAN_END.search(entry.name)
    return "" if match is None else match[1]


def _latest(instants: Sequence[datetime | None]) -> datetime | None:
    return max((each for each in instants if each is not None), default=None)
