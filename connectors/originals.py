"""The original bytes of everything imported, named by their hash, so that a better reader can be run over all of history."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from connectors.landing import Store

# 2026-11-21: a file younger than this may belong to an import that runs right now and has not yet told the ledger.
# The longest stretch between writing and telling is one batch, seconds; an hour forgives a sleeping laptop.
SWEEP_AFTER = timedelta(hours=1)

_PIECE_BYTES = 1 << 20
_ORIGINAL = re.compile(r"(?P<sha256>[0-9a-f]{64})\.[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was thrown away because no row of the ledger names it."""

    file_count: int
    size_bytes: int


def original_path(files_dir: Path, *, sha256: str, extension: str) -> Path:
    """Where the original with this hash lies, whether or not it is there."""
    return files_dir / sha256[:2] / f"{sha256}.{extension}"


def keep_original(files_dir: Path, data: bytes, *, sha256: str, extension: str) -> Path:
    """Put the bytes in their place: whole and synced, or not at all."""
    original = Original(files_dir, data, sha256=sha256, extension=extension)
    try:
        original.sync()
        original.finish()
    finally:
        original.leave()
    return original.path


class Original:
    """Bytes on their way to their place: written at once, synced whenever that suits, and only then seen there."""

    def __init__(self, files_dir: Path, data: bytes, *, sha256: str, extension: str) -> None:
        self.path = original_path(files_dir, sha256=sha256, extension=extension)
        self._file: BinaryIO | None = None
        if self.path.exists():
            return
        if not self.path.parent.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished = self.path.with_name(f".{sha256}.{uuid4().hex}.tmp")
        self._file = self._unfinished.open("wb")
        try:
            self._file.write(data)
            self._file.flush()
        except BaseException:
            self.leave()
            raise

    def sync(self) -> None:
        """Wait for the disk."""
        if self._file is not None:
            with self._file:
                os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Put what is synced in its place."""
        if self._file is not None:
            self._unfinished.replace(self.path)
            self._file = None

    def leave(self) -> None:
        """Take back what never got to its place; of what did, nothing."""
        if self._file is not None:
            self._file.close()
            self._unfinished.unlink(missing_ok=True)
            self._file = None


def keep_original_file(files_dir: Path, handle: BinaryIO, *, extension: str) -> tuple[Path, str, int]:
    """Put all that the handle gives in its place, a piece at a time: where it now lies, its hash and its size."""
    files_dir.mkdir(parents=True, exist_ok=True)
    unfinished = files_dir / f".{uuid4().hex}.tmp"
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with unfinished.open("wb") as file:
            while part := handle.read(_PIECE_BYTES):
                digest.update(part)
                size_bytes += file.write(part)
            file.flush()
            os.fsync(file.fileno())
        sha256 = digest.hexdigest()
        path = original_path(files_dir, sha256=sha256, extension=extension)
        path.parent.mkdir(exist_ok=True)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path, sha256, size_bytes


def sync_folder(folder: Path) -> None:
    """Make renames into this folder survive a power cut, where the system allows it."""
    if os.name == "nt":  # Windows cannot open a folder to sync it, and journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(store: Store, *, now: datetime, after: timedelta = SWEEP_AFTER) -> Swept:
    """Delete originals and sample files that no row names and that are too old to belong to a running import."""
    # The files are listed before the rows are read: one that is written and named in between is never taken.
    originals = [
        path for path in _files_below(store.files_dir) if path.suffix == ".tmp" or _ORIGINAL.fullmatch(path.name)
    ]
    streams = list(_files_below(store.streams_dir))
    with store.open_ledger() as con:
        hashes = {
            row[0]
            for row in con.execute("select distinct file_sha256 from raw.files where state = 'imported'").fetchall()
        }
        named = {row[0] for row in con.execute("select distinct stream_file from raw.streams").fetchall()}
    unnamed = [path for path in originals if path.suffix == ".tmp" or path.name.partition(".")[0] not in hashes]
    unnamed += [path for path in streams if path.relative_to(store.streams_dir).as_posix() not in named]
    limit_s = (now - after).timestamp()
    file_count = size_bytes = 0
    for path in unnamed:
        with suppress(FileNotFoundError):
            about = path.stat()
            if about.st_mtime <= limit_s:
                path.unlink()
                file_count += 1
                size_bytes += about.st_size
    return Swept(file_count=file_count, size_bytes=size_bytes)


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
