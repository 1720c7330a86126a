"""Importing whatever a person points at: every file gets in or gets a reason, twice is once, and a kill loses nothing.

The order within a batch is what makes a kill harmless: originals first, then the file with the samples, both whole and
synced, and last one short transaction that names them. What no row names is swept, and the next import does it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from connectors.batches import Batches, FileRow, known_files, recording_sources
from connectors.decoding import Decoded, Job, decode
from connectors.errors import Ahead, NothingToImport, NotRecognised, Skipped
from connectors.exports import ExportFile, ExportResult, land_strava_activities, land_strava_gear, land_whoop
from connectors.files import READER_VERSION
from connectors.folders import Entry, Refused, walk
from connectors.landing import Store
from connectors.originals import keep_original
from connectors.strava.places import StravaArchives
from connectors.takeout import ACTIVITY_KINDS, STRAVA_KINDS, WHOOP_KINDS
from connectors.unpack import Limits, gunzipped

LIMITS = Limits()
# Samples of one batch, and so rows of one Parquet file: some 100 ordinary runs, 30 MB in memory, well above the
# 125,000 rows below which the files take up to twice the room.
BATCH_SAMPLES = 400_000
BATCH_FILES = 500

State = Literal["imported", "unchanged", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file. The reason is one line: for a skipped file the fact and what can be done."""

    name: str
    state: State
    reason: str
    kind: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What became of every file, in the order they were found."""

    files: tuple[FileResult, ...]

    def count(self, state: State) -> int:
        return sum(1 for each in self.files if each.state == state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is: files settled, files found, and the one settled last."""

    done: int
    total: int
    name: str


def import_paths(
    paths: Sequence[Path],
    *,
    athlete_id: str,
    store: Store,
    now: datetime,
    home_zone: str,
    processes: int = 2,
    on_progress: Callable[[Progress], None] | None = None,
    limits: Limits = LIMITS,
    batch_samples: int = BATCH_SAMPLES,
) -> ImportResult:
    """Import files, folders and archives. Never raises for what is wrong with a file; every file has a result."""
    with ExitStack() as stack:
        found = list(walk(paths, stack, limits))
        run = _Run(found, athlete_id=athlete_id, store=store, now=now, limits=limits, on_progress=on_progress)
        with Batches(athlete_id=athlete_id, store=store, now=now) as batches:
            for decoded in decode(run.new_files(batches), processes=processes, now=now):
                run.take(decoded, batches)
                if batches.sample_count >= batch_samples or batches.file_count >= BATCH_FILES:
                    batches.write()
            run.settle_repeats()
            batches.write()
            batches.wait()
            run.land_exports(home_zone, batches)
        return run.result()


class _Run:
    """One import under way: what was found, what has become of it, and what is known of every content."""

    def __init__(
        self,
        found: Sequence[Entry | Refused],
        *,
        athlete_id: str,
        store: Store,
        now: datetime,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._athlete_id = athlete_id
        self._store = store
        self._now = now
        self._limits = limits
        self._on_progress = on_progress
        self._archives = StravaArchives(found)
        self._found = [each for each in found if not self._archives.ignores(each)]
        self._results: dict[int, FileResult] = {}
        self._first_with: dict[str, int] = {}
        self._repeats: dict[int, int] = {}
        self._known = known_files(store, athlete_id=athlete_id, reader_version=READER_VERSION)
        self._sources = recording_sources(store, athlete_id=athlete_id)

    def new_files(self, batches: Batches) -> Iterator[Job]:
        """Every activity file whose content nobody knows yet; all others are settled on the way."""
        for index, found in enumerate(self._found):
            if isinstance(found, Refused):
                self._settle(index, _skipped(found.name, found.kind, found.why))
            elif found.kind not in STRAVA_KINDS | WHOOP_KINDS:
                try:
                    job = self._new_file(index, found)
                except Skipped as why:
                    self._settle(index, _skipped(found.name, found.kind, why))
                    continue
                if job is not None and found.kind in ACTIVITY_KINDS:
                    yield job
                elif job is not None:
                    self._skip(job, found.kind, _not_an_activity(found), batches)

    def take(self, decoded: Decoded, batches: Batches) -> None:
        """Settle one decoded file."""
        job, entry = decoded.job, self._entry(decoded.job.index)
        if isinstance(decoded.why, Ahead):
            # Not put on record: when the day has come, the file may be right.
            self._settle(job.index, _skipped(job.name, entry.kind, decoded.why))
            return
        if decoded.why is not None or decoded.payload is None:
            self._skip(job, entry.kind, decoded.why or _not_an_activity(entry), batches)
            return
        row = FileRow(
            file_sha256=job.sha256,
            reader_version=READER_VERSION,
            name=job.name,
            kind=decoded.payload["format"],
            size_bytes=len(job.data),
            state="imported",
            reason=None,
        )
        source = self._sources.get(job.sha256) or ("strava_archive" if self._archives.holds(entry) else "file")
        batches.add_recording(row, job.data, decoded.payload, decoded.samples, source=source)
        faults = tuple(decoded.payload["faults"])
        self._settle(job.index, FileResult(name=job.name, state="imported", reason="", kind=row.kind, faults=faults))

    def settle_repeats(self) -> None:
        """Files with the bytes of another in this import share its fate."""
        for index, first_index in self._repeats.items():
            first, entry = self._results[first_index], self._entry(index)
            if first.state == "skipped":
                self._settle(index, replace(first, name=entry.name))
            else:
                reason = f"It has the same bytes as {first.name}."
                self._settle(index, FileResult(name=entry.name, state="unchanged", reason=reason, kind=first.kind))

    def land_exports(self, home_zone: str, batches: Batches) -> None:
        """The tables come last: rows of an archive name recordings, which have to be known first."""
        for index, entry in enumerate(self._found):
            if isinstance(entry, Entry) and entry.kind in STRAVA_KINDS | WHOOP_KINDS:
                try:
                    data = entry.read(self._limits)
                except Skipped as why:
                    self._settle(index, _skipped(entry.name, entry.kind, why))
                    continue
                try:
                    landed = self._land_export(entry, data, home_zone)
                except Skipped as why:
                    sha256 = hashlib.sha256(data).hexdigest()
                    self._skip(Job(index=index, name=entry.name, sha256=sha256, data=data), entry.kind, why, batches)
                    continue
                self._settle(
                    index,
                    FileResult(
                        name=entry.name,
                        state="imported" if landed.has_news else "unchanged",
                        reason=landed.reason,
                        kind=entry.kind,
                        faults=landed.faults,
                    ),
                )

    def result(self) -> ImportResult:
        return ImportResult(files=tuple(self._results[index] for index in range(len(self._found))))

    def _new_file(self, index: int, entry: Entry) -> Job | None:
        """The file as a job, or None once it is settled or waits for another with the same bytes."""
        data, faults = gunzipped(entry.read(self._limits), self._limits)
        sha256 = hashlib.sha256(data).hexdigest()
        self._archives.remember(entry, sha256)
        if sha256 in self._first_with:
            self._repeats[index] = self._first_with[sha256]
            return None
        self._first_with[sha256] = index
        known = self._known.get(sha256)
        if known is None:
            return Job(index=index, name=entry.name, sha256=sha256, data=data, faults=faults)
        if known.state == "skipped":
            self._settle(index, FileResult(name=entry.name, state="skipped", reason=known.reason, kind=known.kind))
        else:
            # A lost original comes back whenever the file is offered again.
            keep_original(self._store.files_dir, data, sha256=sha256, extension=known.kind)
            reason = "It was imported before."
            self._settle(index, FileResult(name=entry.name, state="unchanged", reason=reason, kind=known.kind))
        return None

    def _skip(self, job: Job, kind: str, why: Skipped, batches: Batches) -> None:
        batches.add_skipped(
            FileRow(
                file_sha256=job.sha256,
                reader_version=READER_VERSION,
                name=job.name,
                kind=kind,
                size_bytes=len(job.data),
                state="skipped",
                reason=str(why),
            )
        )
        self._settle(job.index, _skipped(job.name, kind, why))

    def _land_export(self, entry: Entry, data: bytes, home_zone: str) -> ExportResult:
        file = ExportFile(name=entry.name, kind=entry.kind, data=data, exported_at=entry.exported_at)
        athlete_id, store, now = self._athlete_id, self._store, self._now
        if entry.kind == "strava_activities":
            files = self._archives.files_beside(entry)
            return land_strava_activities(file, files, athlete_id=athlete_id, store=store, now=now)
        if entry.kind == "strava_gear":
            return land_strava_gear(file, athlete_id=athlete_id, store=store, now=now)
        return land_whoop(file, athlete_id=athlete_id, store=store, now=now, home_zone=home_zone)

    def _entry(self, index: int) -> Entry:
        entry = self._found[index]
        assert isinstance(entry, Entry), "only entries become jobs"
        return entry

    def _settle(self, index: int, result: FileResult) -> None:
        self._results[index] = result
        if self._on_progress is not None:
            self._on_progress(Progress(done=len(self._results), total=len(self._found), name=result.name))


def _skipped(name: str, kind: str, why: Skipped) -> FileResult:
    return FileResult(name=name, state="skipped", reason=str(why), kind=kind)


def _not_an_activity(entry: Entry) -> Skipped:
    if entry.kind == "empty":
        return NothingToImport("The file is empty.", "Export it again if it should hold an activity.")
    return NotRecognised(
        "It is nothing we can read.", "Offer FIT, TCX or GPX files, a Strava archive or a WHOOP export."
    )
