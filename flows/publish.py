"""Write, audit, publish: a new warehouse replaces the old one in one rename, or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from flows.damage import fault_of, is_held
from flows.errors import BuildFailed, LedgerBusy
from flows.home import Home, sync_folder
from flows.quality import Check, read, written
from flows.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the warehouse that readers see was built from."""

    as_of_at: datetime
    today: date
    ledger_fingerprint: str
    code_fingerprint: str


def published(warehouse: Path) -> Published | None:
    """What the published warehouse says of itself; None when there is none or it cannot be read."""
    if not warehouse.exists():
        return None
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            row = con.execute(
                "select as_of_at, today_date, ledger_fingerprint, code_fingerprint from meta.build"
            ).fetchone()
    except duckdb.Error as error:
        if is_held(error):
            raise _busy(warehouse) from error
        return None
    if row is None:
        return None
    return Published(as_of_at=row[0], today=row[1], ledger_fingerprint=row[2], code_fingerprint=row[3])


def set_aside_if_damaged(home: Home) -> str:
    """Take a published warehouse that cannot be read, as a whole, out of the way; what was done, or nothing.

    Only the last one is kept, for whoever wants to know what the disk did to it.
    """
    fault = warehouse_fault(home)
    if not fault:
        return ""
    home.work.mkdir(parents=True, exist_ok=True)
    home.warehouse.replace(home.damaged_warehouse)
    Path(f"{home.warehouse}.wal").unlink(missing_ok=True)
    return f"The warehouse was damaged ({fault}). It was set aside as {home.damaged_warehouse} and built again."


def warehouse_fault(home: Home) -> str:
    """What is wrong with the published warehouse, in a few words; nothing when it is whole or there is none."""
    if not home.warehouse.exists():
        return ""
    try:
        return fault_of(home.warehouse, needs_schemas=("marts", "meta"))
    except duckdb.Error as error:
        if is_held(error):
            raise _busy(home.warehouse) from error
        raise


def _busy(warehouse: Path) -> LedgerBusy:
    return LedgerBusy(
        f"{warehouse} is held by another process. Close whatever has it open for writing (a database browser "
        "does unless told to open it read-only) and run this again."
    )


def published_checks(warehouse: Path) -> tuple[Check, ...]:
    """The expectations that the published warehouse was judged by."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        row = con.execute("select checks from meta.build").fetchone()
    return read(row[0]) if row else ()


def refuse(home: Home, checks: Sequence[Check]) -> None:
    """Remember how a candidate that was not published fared, until one is."""
    home.refused.write_text(written(checks), encoding="utf-8")


def refused_checks(home: Home) -> tuple[Check, ...]:
    """How the last candidate fared if it was refused; nothing once one has been published since."""
    return read(home.refused.read_text(encoding="utf-8")) if home.refused.exists() else ()


def stamp(warehouse: Path, snapshot: Snapshot, *, code_fingerprint: str, checks: Sequence[Check]) -> None:
    """Write into an audited warehouse what it was built from and what it passed; leave no write-ahead log behind."""
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create schema if not exists meta")
        con.execute(
            "create or replace table meta.build as select ?::timestamptz as as_of_at, ?::date as today_date, "
            "?::text as ledger_fingerprint, ?::text as code_fingerprint, ?::text as checks",
            [
                snapshot.as_of_at,
                snapshot.today,
                snapshot.fingerprint,
                code_fingerprint,
                written(checks),
            ],
        )
        con.execute("checkpoint")


def publish(home: Home, candidate: Path) -> None:
    """Put the audited candidate in the published warehouse's place.

    The file is opened once more, read-only, before the rename: a file whose tables still sit in a write-ahead log, or
    that cannot be opened at all, never reaches the readers.
    """
    if Path(f"{candidate}.wal").exists():
        raise BuildFailed(f"{candidate.name} still has a write-ahead log and was not published. Run this again.")
    with duckdb.connect(str(candidate), read_only=True) as con:
        row = con.execute("select count(*) from information_schema.tables where table_schema = 'marts'").fetchone()
        if row is None or row[0] == 0:
            raise BuildFailed(f"{candidate.name} holds no marts and was not published. Run `pacewright rebuild`.")
    handle = os.open(candidate, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    candidate.replace(home.warehouse)
    home.refused.unlink(missing_ok=True)
    sync_folder(home.root)
