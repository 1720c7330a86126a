"""What a reader of exports is handed and gives back: whose export it is, where it goes, and what it did to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TypeAlias

import duckdb

from connectors.batches import FileRow, insert_files
from connectors.errors import Skipped
from connectors.folders import Entry
from connectors.landing import LandResult, Store
from connectors.originals import keep_original_file, sync_folder
from connectors.unpack import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Whose export it is, where it goes, and as of when.

    `sha256_at` goes by a file's place below the export's own folder: the activity files that came with it.
    """

    athlete_id: str
    store: Store
    now: datetime
    home_zone: str
    limits: Limits
    sha256_at: Callable[[Entry], Mapping[str, str]] = lambda _: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What one file of an export did to the ledger, in words, and whether it did anything."""

    has_news: bool
    reason: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file of an export whose bytes are known: their hash and how many they are."""

    sha256: str
    size_bytes: int


Outcome: TypeAlias = ExportResult | Skipped
# Takes the files of one folder that one lander reads, in order of name, and says of each what became of it.
Lander: TypeAlias = Callable[[Sequence[Entry], Intake], Sequence[Outcome]]


def one_by_one(land_one: Callable[[Entry, Intake], ExportResult]) -> Lander:
    """A lander for files that have nothing to do with each other; one that is skipped does not stop the next."""

    def land_each(entries: Sequence[Entry], intake: Intake) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for entry in entries:
            try:
                outcomes.append(land_one(entry, intake))
            except Skipped as why:
                outcomes.append(why)
        return outcomes

    return land_each


def folder_of(entry: Entry) -> PurePosixPath:
    """The folder or zip an entry lies in."""
    return PurePosixPath(entry.place).parent


def keep(entry: Entry, intake: Intake, *, extension: str) -> Kept:
    """Put the file's original bytes in their place, a piece at a time, however many they are."""
    with entry.open(intake.limits) as handle:
        path, sha256, size_bytes = keep_original_file(intake.store.files_dir, handle, extension=extension)
    sync_folder(path.parent)
    return Kept(sha256=sha256, size_bytes=size_bytes)


def record(con: duckdb.DuckDBPyConnection, entry: Entry, kept: Kept, intake: Intake, *, reader_version: str) -> None:
    """Make the file known, in the transaction that lands what was in it."""
    row = FileRow(
        file_sha256=kept.sha256,
        reader_version=reader_version,
        name=entry.name,
        kind=entry.kind,
        size_bytes=kept.size_bytes,
        state="imported",
        reason=None,
    )
    insert_files(con, [row], athlete_id=intake.athlete_id, now=intake.now)


def said(things: str, landed: LandResult, *, caution: str | None = None, faults: tuple[str, ...] = ()) -> ExportResult:
    """The result in words: how many of these things were new, changed, gone or as before."""
    counts = [
        f"{count} {word}"
        for count, word in (
            (landed.new, "new"),
            (landed.changed, "changed"),
            (landed.gone, "gone"),
            (landed.unchanged, "as before"),
        )
        if count
    ]
    reason = f"{things}: {', '.join(counts) or 'none'}"
    return ExportResult(
        has_news=landed.appended > 0, reason=f"{reason}. {caution}" if caution else reason, faults=faults
    )
