"""Whether a database file is whole: told apart from one that is held, and from a disk that is full.

DuckDB checks every block when it is read, and changes nothing of a file that it cannot open. So looking means reading.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import duckdb

# The last one is another thread of this process that opens or closes the file at this very moment.
_HELD = re.compile(
    r"lock on file|different configuration|being used by another process|unique file handle conflict", re.IGNORECASE
)
_OF_THE_SYSTEM = re.compile(r"no space left|disk quota|permission denied|too many open files|read-only file", re.I)
_BROKEN = re.compile(
    r"corrupt|checksum|not read enough bytes|not a valid duckdb|replaying wal|deserializ|serialization error"
    r"|could not read from file|has been invalidated|internal error",
    re.IGNORECASE,
)
# DuckDB's file format: three headers of four kilobytes. How many blocks follow is no help: free ones at the end are counted
# and never written.
_HEADERS_BYTES = 3 * 4096


def is_held(error: Exception) -> bool:
    """Whether the file was refused because somebody else has it open."""
    return bool(_HELD.search(str(error)))


def is_broken(error: Exception) -> bool:
    """Whether the file itself is at fault: not its holder, not the disk, not the query."""
    return bool(_BROKEN.search(str(error))) and not is_held(error) and not _OF_THE_SYSTEM.search(str(error))


def cut_short(path: Path) -> str:
    """How a file is too short to be a database at all; nothing when it is not. Opens no database."""
    size_bytes = path.stat().st_size
    return f"it has {size_bytes:,} bytes, less than a header" if size_bytes < _HEADERS_BYTES else ""


def fault_of(path: Path, *, needs_schemas: Collection[str] = ()) -> str:
    """What is wrong with a database file that nobody is to write now, in a few words; nothing when all can be read.

    Raises duckdb.Error where it is held or the system refuses it.
    """
    if short := cut_short(path):
        return short
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return unreadable(con, needs_schemas=needs_schemas)
    except duckdb.Error as error:
        if is_held(error) or _OF_THE_SYSTEM.search(str(error)):
            raise
        return first_line(error)


def unreadable(con: duckdb.DuckDBPyConnection, *, needs_schemas: Collection[str] = ()) -> str:
    """Read every value of every table; what could not be read, or nothing."""
    try:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database() and not internal"
        ).fetchall()
        for schema, table in tables:
            con.execute(f'select bit_xor(hash(one)) from "{schema}"."{table}" as one').fetchone()  # noqa: S608  its own names
    except duckdb.Error as error:
        if not is_broken(error):
            raise
        return first_line(error)
    missing = sorted(set(needs_schemas) - {schema for schema, _ in tables})
    return f"it holds no {missing[0]}" if missing else ""


def first_line(error: Exception) -> str:
    """An error's fact. What follows its first line may quote data."""
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
