"""Where a source's syncs stand: small records, written in the transaction that lands what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb
import orjson


def read_cursor(con: duckdb.DuckDBPyConnection, *, athlete_id: str, source: str, name: str) -> dict[str, Any]:
    """The cursor as it was written last; empty at the very beginning."""
    row = con.execute(
        "select cursor from raw.cursors where athlete_id = ? and source = ? and name = ?", [athlete_id, source, name]
    ).fetchone()
    return {} if row is None else dict(orjson.loads(row[0]))


def write_cursor(
    con: duckdb.DuckDBPyConnection,
    *,
    athlete_id: str,
    source: str,
    name: str,
    cursor: Mapping[str, Any],
    now: datetime,
) -> None:
    """Remember where this source stands; datetimes become ISO text."""
    con.execute(
        "insert or replace into raw.cursors values (?, ?, ?, ?, ?)",
        [athlete_id, source, name, orjson.dumps(cursor, option=orjson.OPT_SORT_KEYS).decode(), now],
    )
