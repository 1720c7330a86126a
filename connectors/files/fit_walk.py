"""The FIT files chained in a buffer, where each begins and ends, and whether their checksums are right.

Whatever is wrong is noted in words and walked around: what can be read of a recording is worth more than a clean refusal.
"""

from __future__ import annotations

from connectors.files.crc import crc16
from connectors.files.fit_part import Part, Walk

_MAGIC = b".FIT"
_SHORT_HEADER, _HEADER = 12, 14
_READ_SHARE_MIN = 0.9
_MOST_PARTS = 4096
"""Real files hold one or two; this keeps a malicious one from taking all day."""


def walk(data: bytes) -> Walk:
    """Find every message of every FIT file chained in these bytes, and say in words what is wrong with them."""
    result = Walk([], [], 0)
    at = 0
    while at < len(data) and result.part_count < _MOST_PARTS:
        if data[at + 8 : at + 12] != _MAGIC:
            found = data.find(_MAGIC, at + 9)
            skipped = (found - 8 if found >= 0 else len(data)) - at
            result.faults.append(f"{skipped} bytes at byte {at} belong to no FIT file and were ignored.")
            result.unread += skipped
            if found < 0:
                break
            at += skipped
        at = _walk_part(data, at, result)
        result.part_count += 1
    read_share = 1 - result.unread / max(len(data), 1)
    if read_share < _READ_SHARE_MIN:
        result.faults.insert(
            0, f"Only {100 * read_share:.0f} % of the file could be read: compare the run with what its device shows."
        )
    return result


def _walk_part(data: bytes, start: int, result: Walk) -> int:
    """Walk the FIT file that begins at `start`; returns where it ends, its checksum included."""
    header_size = data[start]
    if header_size not in (_SHORT_HEADER, _HEADER):
        result.faults.append(f"The header at byte {start} gives its own size as {header_size}; 14 was assumed.")
        header_size = _HEADER
    body = start + header_size
    size = int.from_bytes(data[start + 4 : start + 8], "little")
    end = body + size
    part = Part(data, result)
    if size == 0:
        result.faults.append(f"The header at byte {start} gives no data size; everything after it was read.")
        following = data.find(_MAGIC, body)
        end = (following - 8 if following >= 0 else len(data)) - 2
        part.walk(body, max(end, body))
        return max(end, body) + 2
    if end > len(data):
        result.faults.append(
            f"The file ends after {len(data) - start} of {end + 2 - start} bytes; what is there was read."
        )
        part.walk(body, len(data))
        return len(data)
    end = _check_sums(data, start, body, end, result.faults)
    part.walk(body, end)
    return end + 2


def _check_sums(data: bytes, start: int, body: int, end: int, faults: list[str]) -> int:
    """Note wrong checksums; returns where the body ends, which may be further on than a stale header says."""
    stored_header = int.from_bytes(data[start + 12 : start + 14], "little")
    if body - start == _HEADER and stored_header and crc16(data[start : start + 12]) != stored_header:
        faults.append(f"The checksum of the header at byte {start} is wrong.")
    if end + 2 > len(data):
        faults.append("The checksum at the end of the file is missing.")
        return end
    if not crc16(memoryview(data)[start : end + 2]):
        return end
    faults.append(f"The checksum is wrong for bytes {start} to {end + 2}: something in the file was changed.")
    if end + 2 < len(data) and data[end + 10 : end + 14] != _MAGIC:
        # The device stopped before it wrote the final size into the header: what follows is still its recording.
        following = data.find(_MAGIC, end + 2)
        longer = (following - 8 if following >= 0 else len(data)) - 2
        faults.append(f"{longer - end} bytes follow the end that the header gives; they were read as well.")
        return max(longer, end)
    return end
