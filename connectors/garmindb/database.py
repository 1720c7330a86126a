"""One SQLite database as it lies there: opened so that nothing is ever written, not even beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import Damaged, NotFound

MAGIC = b"SQLite format 3\0"
# How a rollback journal begins while the change that it can undo is under way.
_HOT_JOURNAL = bytes.fromhex("d9d505f920a163d7")


@dataclass(frozen=True, slots=True)
class Database:
    """An open database: its tables by name with their columns, and their rows."""

    columns: dict[str, tuple[str, ...]]
    _con: sqlite3.Connection

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row by column name, as the table has them; bytes, which no column we know holds, are left out."""
        cursor = self._con.execute(f'select * from "{table}"')  # noqa: S608  # only names that the database listed
        names = [column[0] for column in cursor.description]
        return [
            {name: None if isinstance(cell, bytes) else cell for name, cell in zip(names, row, strict=True)}
            for row in cursor
        ]


@contextmanager
def open_read_only(path: Path) -> Iterator[Database]:
    """The database, whole and at rest. Raises `Damaged` or `NotFound` when it is neither."""
    _refuse_when_in_use(path)
    before = _fingerprint(path)
    try:
        # Immutable: no lock, no journal and no shared memory appear beside a file that is somebody else's.
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as con:
            # A row with letters in a broken encoding is still a row.
            con.text_factory = lambda text: text.decode("utf-8", "replace")
            con.execute("pragma trusted_schema = off")
            con.execute("pragma query_only = on")
            yield Database(_columns(con), con)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # Names of columns and messages about them are decoded without asking how.
        said = "its words are no text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise Damaged(
            f"The database cannot be read ({said}): it is damaged, encrypted or cut short.",
            "Copy it again while GarminDB is not running, or let GarminDB rebuild it.",
        ) from error
    if _fingerprint(path) != before:
        raise Damaged("The database changed while it was read.", "Let GarminDB finish, then import it again.")


def _columns(con: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """What is there, not what a version number promises. Views and virtual tables are nobody's data."""
    tables = con.execute(
        "select name from sqlite_master where type = 'table' and sql not like 'create virtual%' order by name"
    ).fetchall()
    return {
        table: tuple(name for _, name, *_ in con.execute("select * from pragma_table_info(?)", (table,)))
        for (table,) in tables
    }


def _refuse_when_in_use(path: Path) -> None:
    journal, log = path.with_name(f"{path.name}-journal"), path.with_name(f"{path.name}-wal")
    is_changing = log.is_file() and log.stat().st_size > 0
    if journal.is_file():
        with journal.open("rb") as file:
            is_changing = is_changing or file.read(len(_HOT_JOURNAL)) == _HOT_JOURNAL
    if is_changing:
        raise Damaged(
            "A program is writing to the database, or was stopped while it did.",
            "Let GarminDB finish (or start it once more), close whatever has it open, then import again.",
        )


def _fingerprint(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError as error:
        raise NotFound("The database is no longer there.", "Check the path, or mount the disk it is on.") from error
    return about.st_size, about.st_mtime_ns
