"""A fresh data home with an empty ledger, and everything in it as plain values to compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from connectors.landing import Store
from flows.ledger import migrate, open_ledger


def new_store(home: Path) -> Store:
    """An empty home whose ledger lives in memory; folders are made when something is written."""
    ledger = duckdb.connect()
    ledger.execute("set TimeZone = 'UTC'")
    migrations = resources.files("flows") / "migrations"
    for entry in sorted(migrations.iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".sql"):
            ledger.execute(entry.read_text(encoding="utf-8"))

    @contextmanager
    def open_it() -> Iterator[duckdb.DuckDBPyConnection]:
        with ledger.cursor() as cursor:
            yield cursor

    return Store(home / "files", home / "streams", open_it)


def new_store_on_disk(home: Path) -> Store:
    """An empty home with a ledger file, as the program makes it."""
    home.mkdir(parents=True, exist_ok=True)
    migrate(home / "ledger.duckdb")
    return store_on_disk(home)


def store_on_disk(home: Path) -> Store:
    """The store of a home whose ledger file is there already."""

    def open_it() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_ledger(home / "ledger.duckdb")

    return Store(home / "files", home / "streams", open_it)


def query(store: Store, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query on the ledger."""
    with store.open_ledger() as con:
        return con.execute(sql).fetchall()


def ledger_content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All raw rows but for instants of landing and names of sample files: what two imports must agree on."""
    tables = {
        "payloads": "athlete_id, source, entity, source_key, version, payload::text, payload_sha256, is_deleted",
        "files": "athlete_id, file_sha256, reader_version, name, kind, size_bytes, state, reason",
        "streams": "athlete_id, file_sha256, sample_count",
    }
    return {name: query(store, f"select {columns} from raw.{name} order by all") for name, columns in tables.items()}


def samples(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The samples of every recording, read through the rows that name where they are."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    for file_sha256, stream_file in query(store, "select file_sha256, stream_file from raw.streams order by all"):
        path = store.streams_dir / stream_file
        rows = pq.read_table(path, filters=[("file_sha256", "=", file_sha256)], partitioning=None).to_pylist()
        by_file[file_sha256] = rows
    return by_file
