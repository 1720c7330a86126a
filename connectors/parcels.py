"""What one process does with a parcel of files: decode each, put its original and its samples on the shelf, and answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from connectors.errors import Damaged, Skipped
from connectors.files import DecodedFile, read_activity_file
from connectors.shelf import Shelf, Shelving

# The samples of a parcel make one Parquet file: so many that files are few and large (below 125,000 rows they take up
# to twice the room), so few that a parcel takes little memory and processes end at nearly the same time.
PARCEL_SAMPLES = 200_000
# The first parcels are smaller, so that a small import also keeps every process busy.
_FIRST_SAMPLES = 50_000
_PARCEL_FILES = 128
_PARCEL_BYTES = 16 * 1024**2
# Measured over real files: what a sample takes in FIT, and in the XML of GPX and TCX.
_FIT_BYTES, _XML_BYTES = 40, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to decode: unpacked bytes, their hash, and what else the caller wants back with the answer."""

    index: int
    name: str
    sha256: str
    data: bytes
    faults: tuple[str, ...] = ()


# The payload and how many samples there are, or the kind, fact and remedy of the skip.
Answer: TypeAlias = tuple[dict[str, Any], int] | tuple[type[Skipped], str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """An answer for every file of a parcel, and where the samples of all of them lie."""

    answers: tuple[Answer, ...]
    stream_file: str | None


def parcels(jobs: Iterable[Job], *, most_samples: int = PARCEL_SAMPLES) -> Iterator[list[Job]]:
    """The jobs in parcels, by the samples they are likely to hold."""
    parcel: list[Job] = []
    samples = size = count = 0
    for job in jobs:
        parcel.append(job)
        size += len(job.data)
        samples += len(job.data) // (_FIT_BYTES if job.data[8:12] == b".FIT" else _XML_BYTES)
        limit = min(most_samples, _FIRST_SAMPLES << min(count // 2, 8))
        if samples >= limit or size >= _PARCEL_BYTES or len(parcel) >= _PARCEL_FILES:
            yield parcel
            parcel, samples, size, count = [], 0, 0, count + 1
    if parcel:
        yield parcel


def take_in(parcel: Sequence[Job], *, shelf: Shelf, now: datetime) -> Answers:
    """Decode the files as of `now` and keep what they hold. Raises only for what is wrong with the disk."""
    answers: list[Answer] = []
    with Shelving(shelf) as shelving:
        for job in parcel:
            decoded = _decoded(job, now)
            if isinstance(decoded, Skipped):
                answers.append((type(decoded), decoded.fact, decoded.remedy))
                continue
            payload, samples = decoded.payload, decoded.samples
            shelving.put(job.data, samples, sha256=job.sha256, extension=payload["format"])
            answers.append((payload, samples.num_rows))
        return Answers(answers=tuple(answers), stream_file=shelving.finish())


def _decoded(job: Job, now: datetime) -> DecodedFile | Skipped:
    try:
        return read_activity_file(job.data, name=job.name, now=now)
    except Skipped as why:
        return why
    except MemoryError:
        return Damaged("It needs more memory to read than there is.", "Close other programs, or leave it out.")
    except Exception as error:  # noqa: BLE001  # whatever a broken file does to its reader, the others must get in
        return Damaged(f"It cannot be read ({type(error).__name__}).", "Leave it out, and report it.")
