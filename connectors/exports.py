"""The tables of an archive on their way into the ledger: one transaction each, their original bytes kept beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

import duckdb

from connectors.batches import FileRow, insert_files, transaction
from connectors.landing import Landed, LandResult, Store, land
from connectors.originals import keep_original, sync_folder
from connectors.snapshots import Snapshot, land_snapshot
from connectors.strava import archive
from connectors.tables import read_table
from connectors.whoop import export


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One table as offered: its bytes, what it is, and the date its zip gives it."""

    name: str
    kind: str
    data: bytes
    exported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What a table did to the ledger, in words, and whether it did anything."""

    has_news: bool
    reason: str
    faults: tuple[str, ...]


def land_strava_activities(
    file: ExportFile, sha256_at: Mapping[str, str], *, athlete_id: str, store: Store, now: datetime
) -> ExportResult:
    """The list of activities; each row says which file is its recording. `sha256_at` goes by the file's place in the archive."""
    rows = archive.read_activities(read_table(file.data), now=now)
    _keep(file, store)
    with store.open_ledger() as con, transaction(con):
        linked_before = _links_before(con, athlete_id)
        payloads = {}
        missing = 0
        for activity_id, row in rows.payloads.items():
            filename = row.get("Filename")
            sha256 = (
                None if filename is None else _find(filename, sha256_at) or linked_before.get((activity_id, filename))
            )
            missing += filename is not None and sha256 is None
            payloads[activity_id] = {**row, "_file_sha256": sha256}
        snapshot = Snapshot(
            athlete_id=athlete_id,
            source="strava_archive",
            entity="activity",
            payloads=payloads,
            exported_at=file.exported_at,
            is_complete=True,
            unreadable_keys=rows.unreadable_ids,
        )
        result = land_snapshot(con, snapshot, now=now)
        _record(con, file, archive.READER_VERSION, athlete_id, now)
    faults = rows.faults
    if missing:
        faults = (*faults, f"{missing} files that it names are not in the archive")
    return _said("activities", result.landed, result.caution, faults)


def land_strava_gear(file: ExportFile, *, athlete_id: str, store: Store, now: datetime) -> ExportResult:
    """The list of shoes. Shoes are retired, not deleted, so a shorter list removes none."""
    rows = archive.read_gear(read_table(file.data))
    _keep(file, store)
    with store.open_ledger() as con, transaction(con):
        things = [
            Landed(athlete_id=athlete_id, source="strava_archive", entity="gear", source_key=name, payload=row)
            for name, row in rows.items()
        ]
        landed = land(con, things, now=now)
        _record(con, file, archive.READER_VERSION, athlete_id, now)
    return _said("shoes", landed, None, ())


def land_whoop(file: ExportFile, *, athlete_id: str, store: Store, now: datetime, home_zone: str) -> ExportResult:
    """One of WHOOP's tables."""
    rows = export.read_export(read_table(file.data), home_zone=home_zone)
    _keep(file, store)
    with store.open_ledger() as con, transaction(con):
        snapshot = Snapshot(
            athlete_id=athlete_id,
            source="whoop_export",
            entity=rows.entity,
            payloads=rows.payloads,
            exported_at=file.exported_at,
            is_complete=False,
        )
        result = land_snapshot(con, snapshot, now=now)
        _record(con, file, export.READER_VERSION, athlete_id, now)
    words = {"cycle": "days", "sleep": "sleeps", "workout": "workouts", "journal": "journal answers"}
    return _said(words[rows.entity], result.landed, result.caution, rows.faults)


def _find(filename: str, sha256_at: Mapping[str, str]) -> str | None:
    """The file a row names; browsers and unpackers like to unpack what is packed and leave the name in the list."""
    place = PurePosixPath(filename).as_posix()
    for candidate in (place, place.removesuffix(".gz"), f"{place}.gz"):
        if candidate in sha256_at:
            return sha256_at[candidate]
    return None


def _links_before(con: duckdb.DuckDBPyConnection, athlete_id: str) -> dict[tuple[str, str], str]:
    """The recordings rows were linked to before, for a list that comes without its files."""
    rows = con.execute(
        """
        select
            source_key,
            arg_max(payload ->> 'Filename', version) as filename,
            arg_max(payload ->> '_file_sha256', version) as file_sha256
        from raw.payloads
        where athlete_id = $athlete_id and source = 'strava_archive' and entity = 'activity'
        group by source_key
        """,
        {"athlete_id": athlete_id},
    ).fetchall()
    return {(key, filename): sha256 for key, filename, sha256 in rows if filename and sha256}


def _keep(file: ExportFile, store: Store) -> None:
    path = keep_original(store.files_dir, file.data, sha256=_sha256(file), extension="csv")
    sync_folder(path.parent)


def _record(
    con: duckdb.DuckDBPyConnection, file: ExportFile, reader_version: str, athlete_id: str, now: datetime
) -> None:
    row = FileRow(
        file_sha256=_sha256(file),
        reader_version=reader_version,
        name=file.name,
        kind=file.kind,
        size_bytes=len(file.data),
        state="imported",
        reason=None,
    )
    insert_files(con, [row], athlete_id=athlete_id, now=now)


def _sha256(file: ExportFile) -> str:
    return hashlib.sha256(file.data).hexdigest()


def _said(things: str, landed: LandResult, caution: str | None, faults: tuple[str, ...]) -> ExportResult:
    counts = [
        f"{count} {word}"
        for count, word in (
            (landed.new, "new"),
            (landed.changed, "changed"),
            (landed.gone, "gone"),
            (landed.unchanged, "as before"),
        )
        if count
    ]
    reason = f"{things}: {', '.join(counts) or 'none'}"
    return ExportResult(
        has_news=landed.appended > 0, reason=f"{reason}. {caution}" if caution else reason, faults=faults
    )
