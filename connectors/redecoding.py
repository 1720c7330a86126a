"""Sample files that got lost, made again from the originals that they were once decoded from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.decoding import decode
from connectors.landing import Store
from connectors.parcels import Job
from connectors.shelf import Shelf


def bring_back_samples(store: Store, *, now: datetime) -> int:
    """Decode again what the ledger names and the disk no longer has; of how many recordings the samples are back.

    What has no original any more, or none that can be read again, stays named and lost.
    """
    with store.open_ledger() as con:
        rows = con.execute("select athlete_id, file_sha256, stream_file from raw.streams order by all").fetchall()
    gone = {name for name in {row[2] for row in rows} if not (store.streams_dir / name).exists()}
    lost: dict[str, list[str]] = defaultdict(list)
    for athlete_id, sha256, stream_file in rows:
        if stream_file in gone:
            lost[athlete_id].append(sha256)
    count = 0
    for athlete_id, hashes in lost.items():
        shelf = Shelf.of(store, athlete_id=athlete_id)
        for decoded in decode(_jobs(store, hashes), shelf=shelf, processes=1, now=now):
            if decoded.stream_file is None:
                continue
            with store.open_ledger() as con:
                con.execute(
                    "update raw.streams set stream_file = ?, sample_count = ? where athlete_id = ? and file_sha256 = ?",
                    [decoded.stream_file, decoded.sample_count, athlete_id, decoded.job.sha256],
                )
            count += 1
    return count


def _jobs(store: Store, hashes: Iterable[str]) -> Iterator[Job]:
    """The originals that are still there, each read when its turn comes."""
    for sha256 in hashes:
        originals = sorted((store.files_dir / sha256[:2]).glob(f"{sha256}.*"))
        if originals:
            yield Job(index=0, name=originals[0].name, sha256=sha256, data=originals[0].read_bytes())
