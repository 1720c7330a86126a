"""Recordings that a source brings one by one: kept, decoded and made known, once for every source that brings them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from connectors.batches import Batches, FileRow, KnownFile, known_files, recording_sources, transaction
from connectors.decoding import Decoded, decode
from connectors.errors import Ahead, Damaged, NothingToImport, Skipped
from connectors.files import READER_VERSION
from connectors.landing import Store
from connectors.originals import keep_original
from connectors.parcels import Job
from connectors.shelf import Shelf, Shelving
from connectors.unpack import Limits, gunzipped


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedRecording:
    """A recording whose samples the source gave ready to use: its bytes, and what a file's reader would say of them.

    `payload` has the shape of `connectors.files`; its `format` and `reader_version` say who read it.
    """

    name: str
    data: bytes
    extension: str
    payload: dict[str, Any]
    samples: pa.Table


def land_recordings(
    items: Sequence[tuple[str, bytes]],
    *,
    athlete_id: str,
    source: str,
    store: Store,
    now: datetime,
    processes: int = 1,
    limits: Limits | None = None,
) -> list[Skipped | str]:
    """For each file (name for people, bytes, gzipped or not) the hash its recording is kept under, or why there is none.

    Landing the same again changes nothing and decodes nothing; bytes another source brought are not decoded either.
    """
    limits = limits or Limits()
    standing = recording_sources(store, athlete_id=athlete_id)
    known = known_files(store, athlete_id=athlete_id, reader_version=READER_VERSION)
    outcomes: list[Skipped | str] = []
    jobs: dict[str, Job] = {}
    for index, (name, packed) in enumerate(items):
        try:
            data, faults = gunzipped(packed, limits)
        except Skipped as why:
            outcomes.append(why)
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        before = known.get(sha256)
        outcomes.append(sha256 if before is None else _outcome_before(sha256, before))
        if before is None:
            jobs.setdefault(sha256, Job(index=index, name=name, sha256=sha256, data=data, faults=faults))
        elif before.state == "imported":
            keep_original(store.files_dir, data, sha256=sha256, extension=before.kind)
    refused: dict[str, Skipped] = {}
    shelf = Shelf.of(store, athlete_id=athlete_id)
    with Batches(athlete_id=athlete_id, store=store, now=now) as batches:
        for decoded in decode(jobs.values(), shelf=shelf, processes=processes, now=now):
            sha256 = decoded.job.sha256
            reason = add_decoded(decoded, batches, sources={source} | standing.get(sha256, frozenset()))
            if reason is not None:
                refused[sha256] = reason
    outcomes = [refused.get(each, each) if isinstance(each, str) else each for each in outcomes]
    copy_recordings(
        [(each, source) for each in outcomes if isinstance(each, str)], athlete_id=athlete_id, store=store, now=now
    )
    return outcomes


def land_decoded(
    items: Sequence[DecodedRecording], *, athlete_id: str, source: str, store: Store, now: datetime
) -> list[str]:
    """The hash each recording is kept under. Landing the same again changes nothing."""
    known: dict[str, dict[str, KnownFile]] = {}
    hashes = []
    new: dict[str, DecodedRecording] = {}
    shelf = Shelf.of(store, athlete_id=athlete_id)
    with Batches(athlete_id=athlete_id, store=store, now=now) as batches, Shelving(shelf) as shelving:
        for item in items:
            sha256 = hashlib.sha256(item.data).hexdigest()
            hashes.append(sha256)
            version = item.payload["reader_version"]
            if version not in known:
                known[version] = known_files(store, athlete_id=athlete_id, reader_version=version)
            if sha256 in known[version]:
                keep_original(store.files_dir, item.data, sha256=sha256, extension=item.extension)
            elif sha256 not in new:
                new[sha256] = item
                shelving.put(item.data, item.samples, sha256=sha256, extension=item.extension)
        stream_file = shelving.finish()
        for sha256, item in new.items():
            row = FileRow(
                file_sha256=sha256,
                reader_version=item.payload["reader_version"],
                name=item.name,
                kind=item.payload["format"],
                size_bytes=len(item.data),
                state="imported",
                reason=None,
            )
            count = item.samples.num_rows
            batches.add_recording(
                row,
                item.payload,
                sources=[source],
                stream_file=stream_file if count else None,
                sample_count=count,
            )
    copy_recordings([(each, source) for each in hashes], athlete_id=athlete_id, store=store, now=now)
    return hashes


def add_decoded(decoded: Decoded, batches: Batches, *, sources: Iterable[str]) -> Skipped | None:
    """Put what the reader made of a file into the batch; the reason when it gave nothing.

    A file from the future is not put on record: when the day has come, it may be right.
    """
    job = decoded.job
    if decoded.payload is None:
        why = decoded.why or Damaged("It cannot be read.", "Leave it out.")
        if not isinstance(why, Ahead):
            batches.add_skipped(_row(job, kind="unknown", reason=str(why)))
        return why
    row = _row(job, kind=decoded.payload["format"])
    batches.add_recording(
        row, decoded.payload, sources=sources, stream_file=decoded.stream_file, sample_count=decoded.sample_count
    )
    return None


def copy_recordings(
    wanted: Sequence[tuple[str, str]], *, athlete_id: str, store: Store, now: datetime
) -> frozenset[tuple[str, str]]:
    """Let every recording (hash, source) stand under that source too, as last read; the ones that did not before."""
    if not wanted:
        return frozenset()
    offered = pa.table(
        {
            "file_sha256": pa.array([sha256 for sha256, _ in wanted], pa.string()),
            "source": pa.array([source for _, source in wanted], pa.string()),
        }
    )
    with store.open_ledger() as con, transaction(con):
        con.register("recordings_offered", offered)
        copied = con.execute(_COPY_RECORDINGS, {"athlete_id": athlete_id, "now": now}).fetchall()
        con.unregister("recordings_offered")
    return frozenset((sha256, source) for sha256, source in copied)


# Any version but a tombstone holds what was read; the youngest, whichever source it stands under, was read best.
_COPY_RECORDINGS = """
with recordings as (

    select source, source_key, version, payload, payload_sha256, is_deleted, landed_at
    from raw.payloads
    where
        athlete_id = $athlete_id
        and entity = 'recording'
        and source_key in (select file_sha256 from recordings_offered)

),

last_read as (

    select *
    from recordings
    where not is_deleted
    qualify row_number() over (partition by source_key order by landed_at desc, version desc, source asc) = 1

),

standing as (

    select source, source_key, max(version) as version, arg_max(is_deleted, version) as is_deleted
    from recordings
    group by source, source_key

)

insert into raw.payloads
select distinct
    $athlete_id,
    offered.source,
    'recording' as entity,
    last_read.source_key,
    coalesce(standing.version, 0) + 1 as version,
    last_read.payload,
    last_read.payload_sha256,
    false as is_deleted,
    $now::timestamptz as landed_at
from recordings_offered as offered
inner join last_read on offered.file_sha256 = last_read.source_key
left join standing on offered.source = standing.source and offered.file_sha256 = standing.source_key
where coalesce(standing.is_deleted, true)
returning source_key, source
"""


def _row(job: Job, *, kind: str, reason: str | None = None) -> FileRow:
    return FileRow(
        file_sha256=job.sha256,
        reader_version=READER_VERSION,
        name=job.name,
        kind=kind,
        size_bytes=len(job.data),
        state="imported" if reason is None else "skipped",
        reason=reason,
    )


def _outcome_before(sha256: str, known: KnownFile) -> Skipped | str:
    if known.state == "imported":
        return sha256
    fact, _, remedy = known.reason.partition(". ")
    return NothingToImport(f"{fact}.", remedy)
