"""Who reads which kind of table, document or database of an export into the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import duckdb

from connectors.batches import transaction
from connectors.folders import Entry
from connectors.garmin.export import land_garmin
from connectors.garmindb.landing import land_garmindb
from connectors.intake import ExportResult, Intake, Lander, Outcome, folder_of, keep, one_by_one, record, said
from connectors.landing import Landed, land
from connectors.snapshots import Snapshot, land_snapshot
from connectors.strava import archive
from connectors.tables import read_table
from connectors.tabular.landing import land_tabular
from connectors.takeout import FileKind
from connectors.whoop import export


def land_exports(entries: Sequence[Entry], intake: Intake) -> Iterator[tuple[Entry, Outcome]]:
    """What became of every file of the exports. What lies in one folder and has one lander goes to it together."""
    together: dict[tuple[int, PurePosixPath, int], list[Entry]] = {}
    for entry in entries:
        together.setdefault((entry.offer, folder_of(entry), id(LANDERS[entry.kind])), []).append(entry)
    for group in together.values():
        yield from zip(group, LANDERS[group[0].kind](group, intake), strict=True)


def _land_strava_activities(entry: Entry, intake: Intake) -> ExportResult:
    """The list of activities; each row says which file is its recording."""
    rows = archive.read_activities(read_table(entry.read(intake.limits)), now=intake.now)
    sha256_at = intake.sha256_at(entry)
    kept = keep(entry, intake, extension="csv")
    with intake.store.open_ledger() as con, transaction(con):
        linked_before = _links_before(con, intake.athlete_id)
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
            athlete_id=intake.athlete_id,
            source="strava_archive",
            entity="activity",
            payloads=payloads,
            exported_at=entry.exported_at,
            is_complete=True,
            unreadable_keys=rows.unreadable_ids,
        )
        result = land_snapshot(con, snapshot, now=intake.now)
        record(con, entry, kept, intake, reader_version=archive.READER_VERSION)
    faults = rows.faults
    if missing:
        faults = (*faults, f"{missing} files that it names are not in the archive")
    return said("activities", result.landed, caution=result.caution, faults=faults)


def _land_strava_gear(entry: Entry, intake: Intake) -> ExportResult:
    """The list of shoes. Shoes are retired, not deleted, so a shorter list removes none."""
    rows = archive.read_gear(read_table(entry.read(intake.limits)))
    kept = keep(entry, intake, extension="csv")
    with intake.store.open_ledger() as con, transaction(con):
        things = [
            Landed(athlete_id=intake.athlete_id, source="strava_archive", entity="gear", source_key=name, payload=row)
            for name, row in rows.items()
        ]
        landed = land(con, things, now=intake.now)
        record(con, entry, kept, intake, reader_version=archive.READER_VERSION)
    return said("shoes", landed)


def _land_whoop(entry: Entry, intake: Intake) -> ExportResult:
    """One of WHOOP's tables."""
    rows = export.read_export(read_table(entry.read(intake.limits)), home_zone=intake.home_zone)
    kept = keep(entry, intake, extension="csv")
    with intake.store.open_ledger() as con, transaction(con):
        snapshot = Snapshot(
            athlete_id=intake.athlete_id,
            source="whoop_export",
            entity=rows.entity,
            payloads=rows.payloads,
            exported_at=entry.exported_at,
            is_complete=False,
        )
        result = land_snapshot(con, snapshot, now=intake.now)
        record(con, entry, kept, intake, reader_version=export.READER_VERSION)
    words = {"cycle": "days", "sleep": "sleeps", "workout": "workouts", "journal": "journal answers"}
    return said(words[rows.entity], result.landed, caution=result.caution, faults=rows.faults)


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


_strava_activities = one_by_one(_land_strava_activities)
_strava_gear = one_by_one(_land_strava_gear)
_whoop = one_by_one(_land_whoop)
_tabular = one_by_one(land_tabular)

# One lander may read several kinds; the files of one folder that share a lander are handed to it together.
LANDERS: Mapping[FileKind, Lander] = {
    "strava_activities": _strava_activities,
    "strava_gear": _strava_gear,
    "whoop_cycle": _whoop,
    "whoop_sleep": _whoop,
    "whoop_workout": _whoop,
    "whoop_journal": _whoop,
    "garmin_activities": land_garmin,
    "garmin_sleep": land_garmin,
    "garmin_day": land_garmin,
    "garmin_health": land_garmin,
    "sqlite": land_garmindb,
    "csv_activities": _tabular,
    "csv_nights": _tabular,
}
