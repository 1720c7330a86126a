"""Erasing on purpose: a source the owner no longer wants here, or what a configured retention lets expire.

Everything that holds the data goes: payloads, original files, samples, the warehouse, pages, the evidence of decisions
and the reports made from it. The ledger is written anew, so that nothing stays behind in its free blocks. Reports that
rested on the data say that they were erased. Cut off halfway, the same command finishes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import duckdb
import orjson

from coach.store import erase_decisions
from connectors.batches import transaction
from connectors.files.streams import compact
from connectors.holdings import Holding, held_before, held_by
from connectors.originals import sweep
from flows import clock, sources
from flows.errors import FlowError
from flows.home import Home, sync_folder
from flows.ingest import store_of
from flows.ledger import open_ledger
from flows.pages import report_key_of
from flows.refresh import refresh
from flows.settings import Settings

# Sources that a person can name; the ledger's own words.
SOURCES = (
    "file",
    "garmin_api",
    "garmin_export",
    "garmindb",
    "manual",
    "strava_api",
    "strava_archive",
    "whoop_api",
    "whoop_export",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was, or would be, erased. `was_begun` says that the source was erased before, perhaps not to the end."""

    payloads: int
    files: int
    reports: int
    was_begun: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.payloads or self.files)


def would_erase(home: Home, settings: Settings, source: str) -> Erasure:
    """What purging a source takes with it."""
    _check(source)
    with open_ledger(home.ledger) as con:
        holding = held_by(con, athlete_id=settings.athlete_id, source=source)
        row = con.execute(
            "select count(distinct (kind, decision_date)) from coach.decisions "
            "where athlete_id = ? and decided_at >= ? and fingerprint <> 'erased'",
            [settings.athlete_id, holding.landed_since],
        ).fetchone()
        begun = con.execute(
            "select 1 from raw.erasures where athlete_id = ? and source = ? limit 1", [settings.athlete_id, source]
        ).fetchone()
    return Erasure(
        payloads=len(holding.keys) + holding.words,
        files=len(holding.file_sha256s),
        reports=row[0] if row else 0,
        was_begun=begun is not None,
    )


def purge(home: Home, settings: Settings, source: str, *, now: datetime) -> str:
    """Erase a source, and make the warehouse anew from what is left; the reason if that could not be made.

    Pages come with the next morning.
    """
    _check(source)
    with _without_its_sync(home, settings, source):
        with open_ledger(home.ledger) as con:
            holding = held_by(con, athlete_id=settings.athlete_id, source=source)
        _erase(home, settings, holding, reason="purge", until=now, now=now)
    # Sample files that an earlier purge was cut off before it could throw them away.
    sweep(store_of(home), now=now)
    _write_anew(home)
    for made in (home.warehouse, home.site):
        shutil.rmtree(made, ignore_errors=True) if made.is_dir() else made.unlink(missing_ok=True)
    return refresh(home, now=now, today=clock.local_date(now, settings.time_zone), from_nothing=True).note


def apply_retention(home: Home, settings: Settings, *, now: datetime) -> Erasure | None:
    """Erase what came over the Strava API and is older than its retention; None where none is configured."""
    days = settings.strava.retention_days
    if days is None:
        return None
    with open_ledger(home.ledger) as con:
        before = now - timedelta(days=days)
        holding = held_before(con, athlete_id=settings.athlete_id, source="strava_api", before=before)
    erased = _erase(home, settings, holding, reason="retention", until=before, now=now)
    if not erased.is_empty:
        _write_anew(home)
    return erased


@contextmanager
def _without_its_sync(home: Home, settings: Settings, source: str) -> Iterator[None]:
    """Keep the source's sync away: it would land again what goes, and a cursor that takes the rest for fetched."""
    names = [name for name in sources.NAMES if source == f"{name}_api"]
    if not names:
        yield
        return
    is_busy = FlowError(f"{sources.TITLES[names[0]]} is being synced. Run this again when that has ended.")
    with sources.alone(home, settings, names[0], otherwise=is_busy):
        yield


def _check(source: str) -> None:
    if source not in SOURCES:
        raise FlowError(f"{source!r} is no source. Write one of {', '.join(SOURCES)}.")


def _erase(home: Home, settings: Settings, holding: Holding, *, reason: str, until: datetime, now: datetime) -> Erasure:
    """Rows, samples, originals and the reports made between the data's first arrival and `until`."""
    if holding.is_empty or holding.landed_since is None:
        return Erasure(payloads=0, files=0, reports=0)
    athlete_id, payloads = settings.athlete_id, len(holding.keys) + holding.words
    note = f"Erased on {clock.local_date(now, settings.time_zone)}: this report rested on data of {holding.source}."
    with home.building():
        with _without_samples_of(home, athlete_id, holding) as moved, open_ledger(home.ledger) as con, transaction(con):
            con.register("erased_keys", _keys(con, holding))
            for table in ("raw.payloads", "raw.set_aside"):
                con.execute(
                    f"delete from {table} as held using erased_keys where held.athlete_id = ? and held.source = ? "  # noqa: S608  names from the list above
                    "and held.entity = erased_keys.entity and held.source_key = erased_keys.source_key",
                    [athlete_id, holding.source],
                )
            if reason == "purge":
                # With the rows, not after them: a cursor that outlives them takes what is gone for fetched.
                for table in ("raw.cursors", "raw.syncs"):
                    con.execute(
                        f"delete from {table} where athlete_id = ? and source = ?",  # noqa: S608  names from the list above
                        [athlete_id, holding.source],
                    )
            for table in ("raw.streams", "raw.files"):
                con.execute(
                    f"delete from {table} where athlete_id = ? and file_sha256 in (select unnest(?::text[]))",  # noqa: S608
                    [athlete_id, list(holding.file_sha256s)],
                )
            if holding.words:
                con.execute("delete from coach.logbook where athlete_id = ?", [athlete_id])
            for before, after in moved.items():
                con.execute("update raw.streams set stream_file = ? where stream_file = ?", [after, before])
            reports = erase_decisions(con, athlete_id, since=holding.landed_since, until=until, note=note)
            counts = {"payloads": payloads, "files": len(holding.file_sha256s), "reports": len(reports)}
            con.execute(
                "insert into raw.erasures values (?, ?, ?, ?, ?)",
                [athlete_id, holding.source, now, reason, orjson.dumps(counts).decode()],
            )
            # Before the rows are gone for good: cut off in between, the same command finds them and the files again.
            for sha256 in _nobodys(con, holding.file_sha256s):
                for original in (home.files / sha256[:2]).glob(f"{sha256}.*"):
                    original.unlink(missing_ok=True)
            _overwrite_reports(home, athlete_id, reports, note)
        for scratch in (home.snapshot, home.next_warehouse, home.past_warehouse.parent):
            shutil.rmtree(scratch, ignore_errors=True) if scratch.is_dir() else scratch.unlink(missing_ok=True)
    return Erasure(payloads=payloads, files=len(holding.file_sha256s), reports=len(reports))


def _keys(con: duckdb.DuckDBPyConnection, holding: Holding) -> duckdb.DuckDBPyRelation:
    return con.sql(
        "select unnest($entities::text[]) as entity, unnest($keys::text[]) as source_key",
        params={"entities": [entity for entity, _ in holding.keys], "keys": [key for _, key in holding.keys]},
    )


def _nobodys(con: duckdb.DuckDBPyConnection, file_sha256s: Sequence[str]) -> list[str]:
    """Those contents that no athlete of this home has any more; originals are kept once for all of them."""
    rows = con.execute(
        """
        select file_sha256
        from (select unnest($file_sha256s::text[]) as file_sha256)
        where file_sha256 not in (select file_sha256 from raw.files)
        """,
        {"file_sha256s": list(file_sha256s)},
    ).fetchall()
    return [sha256 for (sha256,) in rows]


@contextmanager
def _without_samples_of(home: Home, athlete_id: str, holding: Holding) -> Iterator[dict[str, str]]:
    """Sample files that hold any of it, written again without: old name → new name. The old ones go at the end."""
    gone = set(holding.file_sha256s)
    with open_ledger(home.ledger) as con:
        rows = con.execute(
            "select stream_file, list(file_sha256) from raw.streams where athlete_id = ? group by 1", [athlete_id]
        ).fetchall()
    moved: dict[str, str] = {}
    replaced: list[Path] = []
    for stream_file, named in rows:
        if gone.isdisjoint(named):
            continue
        path = home.streams / stream_file
        kept = [sha256 for sha256 in named if sha256 not in gone]
        if kept and path.exists():
            written = compact({path: kept}, athlete_id=athlete_id, folder=path.parent)
            moved[stream_file] = written.path.relative_to(home.streams).as_posix()
        replaced.append(path)
    yield moved
    for path in replaced:
        path.unlink(missing_ok=True)


def _overwrite_reports(home: Home, athlete_id: str, reports: Sequence[tuple[str, date]], note: str) -> None:
    """Put the note in the place of every report in the outbox."""
    for kind, day in reports:
        file = home.outbox / athlete_id / (report_key_of(kind, day).replace("/", "-") + ".eml")
        if file.exists():
            message = EmailMessage()
            message["Subject"] = "Erased"
            message.set_content(note)
            file.write_bytes(message.as_bytes())


def _write_anew(home: Home) -> None:
    """Copy the ledger into a new file and put that in its place: erased rows leave no trace in free blocks.

    The old file is held until the new one has its name, so a process that waits for it opens the new one.
    """
    beside = home.ledger.with_suffix(".anew")
    beside.unlink(missing_ok=True)
    with open_ledger(home.ledger) as con:
        con.execute("checkpoint")
        con.execute(f"attach '{str(beside).replace(chr(39), chr(39) * 2)}' as anew")
        row = con.execute("select current_catalog()").fetchone()
        assert row is not None
        con.execute(f'copy from database "{row[0]}" to anew')
        con.execute("detach anew")
        handle = os.open(beside, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(home.ledger)
        sync_folder(home.root)
