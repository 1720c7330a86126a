"""Importing whatever a person points at: every file gets in or gets a reason, twice is once, and a kill loses nothing.

The order within a batch is what makes a kill harmless: originals first, then the file with the samples, both whole and
synced, and last one short transaction that names them. What no row names is swept, and the next import does it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from connectors.batches import Batches, FileRow, known_files, recording_sources
from connectors.decoding import Decoded, decode
from connectors.errors import NothingToImport, NotRecognised, Skipped
from connectors.exports import land_exports
from connectors.files import READER_VERSION
from connectors.folders import Entry, Refused, walk
from connectors.garmin.export_places import GarminExports, LooseGarminFiles
from connectors.intake import Intake
from connectors.landing import Store
from connectors.originals import keep_original
from connectors.parcels import PARCEL_SAMPLES, Job
from connectors.recordings import add_decoded, copy_recordings
from connectors.shelf import Shelf
from connectors.strava.places import StravaArchives
from connectors.takeout import ACTIVITY_KINDS, EXPORT_KINDS, WHAT_TO_OFFER
from connectors.unpack import Limits, gunzipped

LIMITS = Limits()
# What one transaction makes known, a second's work: the samples are on disk by then, so only their payloads wait.
BATCH_SAMPLES = 1_500_000
BATCH_FILES = 500

_SOURCE_NAMES = {"file": "your own files", "strava_archive": "a Strava archive", "garmin_export": "a Garmin export"}

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
    """What became of every file, in the order they were found; last a line for what was left alone on purpose."""

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
        exports = GarminExports()
        found = [each for each in walk(paths, stack, limits) if not exports.leaves_alone(each)]
        run = _Run(found, exports, athlete_id=athlete_id, store=store, now=now, limits=limits, on_progress=on_progress)
        with Batches(athlete_id=athlete_id, store=store, now=now) as batches:
            jobs, shelf = run.new_files(batches), Shelf.of(store, athlete_id=athlete_id)
            parcel_samples = min(PARCEL_SAMPLES, batch_samples)
            for decoded in decode(jobs, shelf=shelf, processes=processes, now=now, parcel_samples=parcel_samples):
                run.take(decoded, batches)
                if batches.sample_count >= batch_samples or batches.file_count >= BATCH_FILES:
                    batches.write()
            batches.write()
            batches.wait()
            run.settle_known()
            run.land_exports(home_zone, batches)
        return run.result()


class _Run:
    """One import under way: what was found, what has become of it, and what is known of every content."""

    def __init__(
        self,
        found: Sequence[Entry | Refused],
        garmin: GarminExports,
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
        self._garmin = garmin
        loose = LooseGarminFiles(found)
        self._found = [
            each
            for each in found
            if not (self._archives.ignores(each) or garmin.leaves_alone_beside(each) or loose.ignores(each))
        ]
        self._results: dict[int, FileResult] = {}
        self._first_with: dict[str, int] = {}
        self._repeats: dict[int, tuple[int, str]] = {}
        self._known_again: dict[int, str] = {}
        self._known = known_files(store, athlete_id=athlete_id, reader_version=READER_VERSION)
        self._sources = recording_sources(store, athlete_id=athlete_id)

    def new_files(self, batches: Batches) -> Iterator[Job]:
        """Every activity file whose content nobody knows yet; all others are settled on the way."""
        for index, found in enumerate(self._found):
            if isinstance(found, Refused):
                self._settle(index, _skipped(found.name, found.kind, found.why))
            elif found.kind not in EXPORT_KINDS:
                try:
                    job = self._new_file(index, found)
                except Skipped as why:
                    self._settle(index, _skipped(found.name, found.kind, why))
                    continue
                if job is not None and found.kind in ACTIVITY_KINDS:
                    yield job
                elif job is not None:
                    self._skip(index, found, _not_an_activity(found), job.sha256, batches)

    def take(self, decoded: Decoded, batches: Batches) -> None:
        """Settle one decoded file."""
        job, entry = decoded.job, self._entry(decoded.job.index)
        sources = {self._source_of(entry)} | self._sources.get(job.sha256, frozenset())
        why = add_decoded(decoded, batches, sources=sources)
        if why is not None or decoded.payload is None:
            self._settle(job.index, _skipped(job.name, entry.kind, why or _not_an_activity(entry)))
            return
        kind, faults = decoded.payload["format"], tuple(decoded.payload["faults"])
        self._settle(job.index, FileResult(name=job.name, state="imported", reason="", kind=kind, faults=faults))

    def settle_known(self) -> None:
        """Files whose bytes were known before, or come twice in this import, stand under every source that brought them."""
        wanted = {
            index: (sha256, self._source_of(self._entry(index)))
            for index, sha256 in [
                *self._known_again.items(),
                *((i, sha256) for i, (_, sha256) in self._repeats.items()),
            ]
        }
        copied = copy_recordings(
            sorted(set(wanted.values())), athlete_id=self._athlete_id, store=self._store, now=self._now
        )
        for index in self._known_again:
            reason = "It was imported before."
            if wanted[index] in copied:
                reason = f"It was imported before; now it also counts as part of {_SOURCE_NAMES[wanted[index][1]]}."
            known = self._known[wanted[index][0]]
            self._settle(
                index, FileResult(name=self._entry(index).name, state="unchanged", reason=reason, kind=known.kind)
            )
        for index, (first_index, _) in self._repeats.items():
            first, entry = self._results[first_index], self._entry(index)
            if first.state == "skipped":
                self._settle(index, replace(first, name=entry.name))
            else:
                reason = f"It has the same bytes as {first.name}."
                self._settle(index, FileResult(name=entry.name, state="unchanged", reason=reason, kind=first.kind))

    def land_exports(self, home_zone: str, batches: Batches) -> None:
        """The tables come last: rows of an archive name recordings, which have to be known first."""
        intake = Intake(
            athlete_id=self._athlete_id,
            store=self._store,
            now=self._now,
            home_zone=home_zone,
            limits=self._limits,
            sha256_at=self._archives.files_beside,
        )
        exports = {
            id(entry): (index, entry)
            for index, entry in enumerate(self._found)
            if isinstance(entry, Entry) and entry.kind in EXPORT_KINDS
        }
        for entry, outcome in land_exports([entry for _, entry in exports.values()], intake):
            index = exports[id(entry)][0]
            if isinstance(outcome, Skipped):
                with suppress(Skipped):  # what cannot be read cannot be remembered either
                    self._skip(index, entry, outcome, _sha256_of(entry, self._limits), batches)
                    continue
                self._settle(index, _skipped(entry.name, entry.kind, outcome))
                continue
            self._settle(
                index,
                FileResult(
                    name=entry.name,
                    state="imported" if outcome.has_news else "unchanged",
                    reason=outcome.reason,
                    kind=entry.kind,
                    faults=outcome.faults,
                ),
            )

    def result(self) -> ImportResult:
        files = [self._results[index] for index in range(len(self._found))]
        files += [
            FileResult(name=name, state="skipped", reason=_left_alone(count), kind="garmin_other")
            for name, count in self._garmin.left_alone()
        ]
        return ImportResult(files=tuple(files))

    def _new_file(self, index: int, entry: Entry) -> Job | None:
        """The file as a job, or None once it is settled or waits for another with the same bytes."""
        data, faults = gunzipped(entry.read(self._limits), self._limits)
        sha256 = hashlib.sha256(data).hexdigest()
        self._archives.remember(entry, sha256)
        if sha256 in self._first_with:
            self._repeats[index] = (self._first_with[sha256], sha256)
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
            self._known_again[index] = sha256
        return None

    def _skip(self, index: int, entry: Entry, why: Skipped, sha256: str, batches: Batches) -> None:
        """Settle one file that gave nothing, and remember that it did."""
        batches.add_skipped(
            FileRow(
                file_sha256=sha256,
                reader_version=READER_VERSION,
                name=entry.name,
                kind=entry.kind,
                size_bytes=entry.size_bytes,
                state="skipped",
                reason=str(why),
            )
        )
        self._settle(index, _skipped(entry.name, entry.kind, why))

    def _source_of(self, entry: Entry) -> str:
        if self._archives.holds(entry):
            return "strava_archive"
        return "garmin_export" if self._garmin.holds(entry) else "file"

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


def _left_alone(count: int) -> str:
    files = "1 other file" if count == 1 else f"{count:,} other files"
    return f"{files} of this Garmin export (profile, settings, device logs and the like) were left alone, as meant."


def _sha256_of(entry: Entry, limits: Limits) -> str:
    digest = hashlib.sha256()
    with entry.open(limits) as handle:
        while part := handle.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _not_an_activity(entry: Entry) -> Skipped:
    if entry.kind == "empty":
        return NothingToImport("The file is empty.", "Export it again if it should hold an activity.")
    return NotRecognised("It is nothing we can read.", WHAT_TO_OFFER)
