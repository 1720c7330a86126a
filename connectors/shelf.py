"""Originals and samples on their way to disk: whole and synced before any row of the ledger names them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa

from connectors.files.streams import write_stream_file
from connectors.landing import Store
from connectors.originals import Original, sync_folder

# Syncing waits for the disk, not for a processor: several at once end sooner. 2026-11-21: of eight the switching from
# one to the next took more than it gave.
_WRITERS = 4
# So many originals may wait for the disk at once; each holds a file open.
_UNSYNCED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where the originals and the samples of one athlete lie."""

    athlete_id: str
    files_dir: Path
    streams_dir: Path

    @classmethod
    def of(cls, store: Store, *, athlete_id: str) -> Self:
        """An athlete's place in a store."""
        return cls(athlete_id=athlete_id, files_dir=store.files_dir, streams_dir=store.streams_dir)


class Shelving:
    """Several recordings being put on the shelf: each original at once in the background, the samples of all in one file.

    Nothing of it may be named before `finish` is through.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._writers = ThreadPoolExecutor(_WRITERS)
        self._originals: list[tuple[Original, Future[None]]] = []
        self._samples: list[tuple[str, pa.Table]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writers.shutdown(cancel_futures=True)
        for original, _synced in self._originals:
            original.leave()

    def put(self, data: bytes, samples: pa.Table, *, sha256: str, extension: str) -> None:
        """One recording: its bytes, and its samples if it has any."""
        if len(self._originals) >= _UNSYNCED:
            self._originals[-_UNSYNCED][1].result()
        original = Original(self._shelf.files_dir, data, sha256=sha256, extension=extension)
        self._originals.append((original, self._writers.submit(original.sync)))
        if samples.num_rows:
            self._samples.append((sha256, samples))

    def finish(self) -> str | None:
        """Wait until everything is on disk; the file with the samples as its place under streams, None without any."""
        name = None
        if self._samples:
            folder = self._shelf.streams_dir / self._shelf.athlete_id
            path = write_stream_file(self._samples, athlete_id=self._shelf.athlete_id, folder=folder)
            name = path.relative_to(self._shelf.streams_dir).as_posix()
        for original, synced in self._originals:
            synced.result()
            original.finish()
        folders = {original.path.parent for original, _ in self._originals}
        list(self._writers.map(sync_folder, sorted(folders)))
        return name
