"""How much of a stranger's file may be read, and unpacking it within that."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from connectors.errors import Damaged, Unsafe

_GZIP_MAGIC = b"\x1f\x8b"
_STEP_BYTES = 1 << 20
# Some exporters pack a file that is packed already; deeper than that is a trick.
_GZIP_LEVELS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The sizes at which an import says no. Every one is far above what a runner's real files reach.

    file_bytes: one file, unpacked. A day-long run with every sensor is about 10 MB of FIT; the biggest real TCX seen
        is 3.5 MB. A reader may need some ten times this in memory.
    ratio: how many times larger unpacking may make a file. Real GPX packs 15 to 30 times.
    ratio_from_bytes: below this size a high ratio harms nobody (a settings file full of zeros).
    zip_members, zip_bytes: members of one zip, and what those we read may unpack to. Twenty years of daily runs are
        some 15,000 files and 5 GB.
    nested_zip_bytes: a zip within a zip, which has to be copied out to be read.
    export_bytes: one table, document or database of an export, which is read a piece at a time. Ten years of
        Garmin's activities are some 100 MB of JSON, of its monitoring some GB of database.
    """

    file_bytes: int = 64 * 1024**2
    ratio: int = 250
    ratio_from_bytes: int = 4 * 1024**2
    zip_members: int = 200_000
    zip_bytes: int = 32 * 1024**3
    nested_zip_bytes: int = 8 * 1024**3
    export_bytes: int = 16 * 1024**3


def too_large(limit_bytes: int) -> Unsafe:
    """The refusal of a file above the size limit."""
    return Unsafe(
        f"It is larger than {limit_bytes // 1024**2} MB, more than any recording of a run.",
        "If it is one, export it again as FIT, or cut it into pieces.",
    )


def gunzipped(data: bytes, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """The bytes inside, however often gzipped (as they are if not), and what was wrong with the wrapping."""
    faults: tuple[str, ...] = ()
    for _ in range(_GZIP_LEVELS):
        if not data.startswith(_GZIP_MAGIC):
            break
        data, fault = _gunzip(data, limits)
        faults = (*faults, fault) if fault else faults
    return data, faults


def peek_gunzipped(head: bytes, size: int) -> bytes:
    """The first bytes inside a gzipped head; empty if nothing can be told."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, size)
    except zlib.error:
        return b""


def _gunzip(data: bytes, limits: Limits) -> tuple[bytes, str | None]:
    """Unpack all members; what comes out before a damaged spot is kept, because half a run is still a run."""
    parts: list[bytes] = []
    size = 0
    rest = data
    fault = None
    while rest.startswith(_GZIP_MAGIC):
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        feed = rest
        while not stream.eof:
            try:
                part = stream.decompress(feed, _STEP_BYTES)
            except zlib.error:
                fault = "the compressed file is damaged"
                break
            if not part and not stream.eof:
                fault = "the compressed file is cut short"
                break
            parts.append(part)
            size += len(part)
            _refuse_bomb(size, len(data), limits)
            feed = stream.unconsumed_tail
        if fault:
            break
        rest = stream.unused_data.lstrip(b"\0")
    if fault and size == 0:
        raise Damaged("The compressed file is damaged and nothing in it can be read.", "Download or copy it again.")
    return b"".join(parts), fault


def _refuse_bomb(size: int, packed_size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise too_large(limits.file_bytes)
    if size > limits.ratio_from_bytes and size > limits.ratio * packed_size:
        raise Unsafe(
            f"It unpacks to more than {limits.ratio} times its size, as no recording does.",
            "Leave it out; if it is a real recording, unpack it first.",
        )
