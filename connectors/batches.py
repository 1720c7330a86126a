"""The files of an import as the ledger knows them, and the batch that makes them known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import duckdb
import pyarrow as pa

from connectors.landing import Landed, Store, land


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What the ledger says of one content: what became of it, under which sources its recording stands."""

    state: str
    kind: str
    reason: str
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One row of raw.files to be."""

    file_sha256: str
    reader_version: str
    name: str
    kind: str
    size_bytes: int
    state: str
    reason: str | None


def known_files(store: Store, *, athlete_id: str, reader_version: str) -> dict[str, KnownFile]:
    """Every content this reader has settled, by hash. One whose samples have gone missing is not settled."""
    with store.open_ledger() as con:
        rows = con.execute(
            """
            with recordings as (

                select source_key, list(distinct source) as sources
                from raw.payloads
                where athlete_id = $athlete_id and entity = 'recording'
                group by source_key

            )

            select
                files.file_sha256,
                files.state,
                files.kind,
                coalesce(files.reason, '') as reason,
                recordings.sources,
                streams.stream_file
            from raw.files as files
            left join recordings on files.file_sha256 = recordings.source_key
            left join raw.streams as streams
                on files.athlete_id = streams.athlete_id and files.file_sha256 = streams.file_sha256
            where files.athlete_id = $athlete_id and files.reader_version = $reader_version
            """,
            {"athlete_id": athlete_id, "reader_version": reader_version},
        ).fetchall()
    there = {name: (store.streams_dir / name).exists() for name in {row[5] for row in rows} if name is not None}
    return {
        row[0]: KnownFile(state=row[1], kind=row[2], reason=row[3], sources=frozenset(row[4] or ()))
        for row in rows
        if row[5] is None or there[row[5]]
    }


def recording_sources(store: Store, *, athlete_id: str) -> dict[str, frozenset[str]]:
    """Under which sources each recording stands, whichever reader read it; a better reader's word is for all of them."""
    with store.open_ledger() as con:
        rows = con.execute(
            """
            select source_key, list(distinct source)
            from raw.payloads
            where athlete_id = $athlete_id and entity = 'recording'
            group by source_key
            """,
            {"athlete_id": athlete_id},
        ).fetchall()
    return {sha256: frozenset(sources) for sha256, sources in rows}


class Batches:
    """Files on the shelf but not yet in the ledger, written a batch at a time: all of a batch becomes known, or none.

    A batch is written in the background while the next one fills. What goes wrong there is raised by the next `write`
    or at the end of the block.
    """

    def __init__(self, *, athlete_id: str, store: Store, now: datetime) -> None:
        self._athlete_id = athlete_id
        self._store = store
        self._now = now
        self._filling = _Batch()
        self._background = ThreadPoolExecutor(1)
        self._written: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.write()
                self.wait()
        finally:
            self._background.shutdown()

    @property
    def sample_count(self) -> int:
        return self._filling.sample_count

    @property
    def file_count(self) -> int:
        return len(self._filling.rows)

    def add_recording(
        self,
        row: FileRow,
        payload: dict[str, Any],
        *,
        sources: Iterable[str],
        stream_file: str | None,
        sample_count: int,
    ) -> None:
        """One decoded file that is on the shelf: its payload for every source that brought it, and where its samples lie."""
        self._filling.rows.append(row)
        self._filling.payloads += [
            Landed(
                athlete_id=self._athlete_id,
                source=source,
                entity="recording",
                source_key=row.file_sha256,
                payload=payload,
            )
            for source in sorted(sources)
        ]
        if stream_file is not None:
            self._filling.streams.append((row.file_sha256, stream_file, sample_count))
            self._filling.sample_count += sample_count

    def add_skipped(self, row: FileRow) -> None:
        """One file that gave nothing; only that it did is kept."""
        self._filling.rows.append(row)

    def write(self) -> None:
        """Begin to write what has come together, once the batch before is through."""
        self.wait()
        if self._filling.rows:
            batch, self._filling = self._filling, _Batch()
            self._written = self._background.submit(self._write, batch)

    def wait(self) -> None:
        """Until the batch under way is in the ledger."""
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def _write(self, batch: _Batch) -> None:
        """One transaction that names what is on the shelf."""
        with self._store.open_ledger() as con, transaction(con):
            land(con, batch.payloads, now=self._now)
            insert_files(con, batch.rows, athlete_id=self._athlete_id, now=self._now)
            self._name_streams(con, batch.streams)

    def _name_streams(self, con: duckdb.DuckDBPyConnection, streams: list[tuple[str, str, int]]) -> None:
        if not streams:
            return
        offered = pa.table(
            {
                "file_sha256": pa.array([sha256 for sha256, _, _ in streams], pa.string()),
                "stream_file": pa.array([stream_file for _, stream_file, _ in streams], pa.string()),
                "sample_count": pa.array([count for _, _, count in streams], pa.int32()),
            }
        )
        con.register("streams_offered", offered)
        con.execute(
            """
            insert into raw.streams
            select $athlete_id, file_sha256, stream_file, sample_count, $now
            from streams_offered
            on conflict (athlete_id, file_sha256) do update set
                stream_file = excluded.stream_file,
                sample_count = excluded.sample_count,
                landed_at = excluded.landed_at
            """,
            {"athlete_id": self._athlete_id, "now": self._now},
        )
        con.unregister("streams_offered")


@dataclass(slots=True)
class _Batch:
    streams: list[tuple[str, str, int]] = field(default_factory=list)
    payloads: list[Landed] = field(default_factory=list)
    rows: list[FileRow] = field(default_factory=list)
    sample_count: int = 0


def insert_files(con: duckdb.DuckDBPyConnection, rows: list[FileRow], *, athlete_id: str, now: datetime) -> None:
    """Make these files known; one that is known already stays as it is."""
    if not rows:
        return
    con.register(
        "files_offered",
        pa.table(
            {
                "file_sha256": pa.array([row.file_sha256 for row in rows], pa.string()),
                "reader_version": pa.array([row.reader_version for row in rows], pa.string()),
                "name": pa.array([row.name for row in rows], pa.string()),
                "kind": pa.array([row.kind for row in rows], pa.string()),
                "size_bytes": pa.array([row.size_bytes for row in rows], pa.int64()),
                "state": pa.array([row.state for row in rows], pa.string()),
                "reason": pa.array([row.reason for row in rows], pa.string()),
            }
        ),
    )
    con.execute(
        """
        insert into raw.files
        select $athlete_id, file_sha256, reader_version, name, kind, size_bytes, state, reason, $now
        from files_offered
        on conflict do nothing
        """,
        {"athlete_id": athlete_id, "now": now},
    )
    con.unregister("files_offered")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything in the block, or nothing of it."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()
