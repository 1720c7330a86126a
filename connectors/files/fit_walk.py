"""Where every message of a FIT file begins, found in one pass over the message headers.

The pass is the only Python that runs once per message, so it does little: it looks up the size of the message in a table
by its header byte and steps over it; a run of equal headers is stepped over at once. Whatever is wrong with the file is
noted in words and walked around: what can be read of a recording is worth more than a clean refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors.files.crc import crc16
from connectors.files.fit_layout import Layout, layout_of
from connectors.files.fit_profile import FIELD_DESCRIPTION, RECORD

_MAGIC = b".FIT"
_SHORT_HEADER, _HEADER = 12, 14
_LONGEST_RUN = 256
_MOST_RESTARTS = 200
_RESTART_WINDOW_S = 6 * 3600
_RESTART_SEARCH = 1 << 20
_MOST_LAYOUTS = _MOST_PARTS = 4096
"""Real files hold a few dozen of each; these keep a malicious one from taking all day."""

Positions = npt.NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Group:
    """All messages of one layout within one part of the file, in the order they were written."""

    layout: Layout
    part: int
    described_before: int
    """How many field descriptions the part held when this layout was defined."""
    singles: list[int] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)
    compressed: list[int] = field(default_factory=list)
    """Messages whose header byte carries five bits of the time."""

    def last(self) -> int:
        """Where the last of them begins; -1 when there is none."""
        ends = [start + (count - 1) * self.layout.size for start, count in self.runs[-1:]]
        return max((*self.singles[-1:], *self.compressed[-1:], *ends), default=-1)

    def positions(self) -> Positions:
        """The byte at which each message's header lies, ascending."""
        found = [np.array(self.singles + self.compressed, dtype=np.int64)]
        found += [np.arange(start, start + count * self.layout.size, self.layout.size) for start, count in self.runs]
        positions = np.concatenate(found)
        positions.sort()
        return positions


@dataclass(slots=True)
class Walk:
    """What one pass over the bytes found."""

    groups: list[Group]
    faults: list[str]
    part_count: int


def walk(data: bytes) -> Walk:
    """Find every message of every FIT file chained in these bytes, and say in words what is wrong with them."""
    result = Walk([], [], 0)
    at = 0
    while at < len(data) and result.part_count < _MOST_PARTS:
        if data[at + 8 : at + 12] != _MAGIC:
            found = data.find(_MAGIC, at + 9)
            skipped = (found - 8 if found >= 0 else len(data)) - at
            result.faults.append(f"{skipped} bytes at byte {at} belong to no FIT file and were ignored.")
            if found < 0:
                break
            at += skipped
        at = _walk_part(data, at, result)
        result.part_count += 1
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
    part = _Part(data, result)
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


class _Part:
    """The state of one walk through one FIT file: which layout each local message number has now."""

    def __init__(self, data: bytes, result: Walk) -> None:
        self.data = data
        self.result = result
        self.sizes = [0] * 256
        self.current: dict[int, Group] = {}
        self.known: dict[tuple[bytes, int], Group] = {}
        self.descriptions: list[Group] = []

    def walk(self, at: int, end: int) -> None:
        restarts = 0
        while at < end:
            stopped, why = self._walk_until_trouble(at, end)
            if stopped >= end:
                return
            at = self._restart(stopped + 1, end) if restarts < _MOST_RESTARTS else end
            restarts += 1
            self.result.faults.append(f"{why} at byte {stopped}; {at - stopped} bytes were skipped.")

    def _walk_until_trouble(self, at: int, end: int) -> tuple[int, str]:
        data, sizes, current = self.data, self.sizes, self.current
        while at < end:
            header = data[at]
            size = sizes[header]
            if size:
                following = at + size
                if following > end:
                    return at, "A message is cut off"
                if header & 0x80:
                    current[header].compressed.append(at)
                elif following < end and data[following] == header:
                    room = min((end - at) // size, _LONGEST_RUN)
                    headers = data[following : at + room * size : size]
                    count = 1 + len(headers) - len(headers.lstrip(data[at : at + 1]))
                    current[header].runs.append((at, count))
                    following = at + count * size
                else:
                    current[header].singles.append(at)
                at = following
            elif header & 0xC0 == 0x40 and len(self.result.groups) < _MOST_LAYOUTS:
                length = _definition_length(data, at, end)
                if not length:
                    return at, "A definition is cut off"
                self._define(header, data[at + 2 : at + length])
                at += length
            else:
                return at, "A message of a kind that was not defined"
        return at, ""

    def _define(self, header: int, definition: bytes) -> None:
        has_developer_fields = bool(header & 0x20)
        layout = layout_of(definition, has_developer_fields=has_developer_fields)
        described = _count(self.descriptions) if has_developer_fields else 0
        key = (bytes([has_developer_fields]) + definition, described)
        group = self.known.get(key)
        if group is None:
            group = self.known[key] = Group(layout, self.result.part_count, described)
            self.result.groups.append(group)
            if layout.message == FIELD_DESCRIPTION:
                self.descriptions.append(group)
        local = header & 0x0F
        for code in _data_headers(local):
            self.sizes[code] = layout.size
            self.current[code] = group

    def _restart(self, at: int, end: int) -> int:
        """The next byte from which records or a definition of records can be read again; `end` if none."""
        found = [end]
        limit = min(end, at + _RESTART_SEARCH)
        bytes_left = np.frombuffer(self.data, dtype=np.uint8)[:limit]
        for local in range(16):
            group = self.current.get(local)
            if group is not None and group.layout.message == RECORD and group.layout.time_offset is not None:
                found += self._next_record(bytes_left, at, group, local)
        found += self._next_definition(at, limit)
        return min(found)

    def _next_record(self, data: npt.NDArray[np.uint8], at: int, group: Group, local: int) -> list[int]:
        size, offset, order = group.layout.size, group.layout.time_offset or 0, group.layout.order
        seen = group.last()
        last = group.layout.unsigned(self.data[seen + offset : seen + offset + 4]) if seen >= 0 else 0
        if not last or len(data) - at < size:
            return []
        starts = at + np.flatnonzero(data[at : len(data) - size + 1] == local)
        times = np.ndarray((len(self.data) - 3,), dtype=order + "u4", buffer=self.data, strides=(1,))[starts + offset]
        starts = starts[(times >= last) & (times <= last + _RESTART_WINDOW_S)]
        for start in starts[:64].tolist():
            following = start + size
            if following == len(data) or self.sizes[data[following]] or data[following] & 0xC0 == 0x40:
                return [start]
        return []

    def _next_definition(self, at: int, end: int) -> Iterator[int]:
        """The next definition of records whose every field is of a type we know."""
        for pattern in (b"\0\0\x14\0", b"\0\1\0\x14"):
            found = at - 1
            for _ in range(64):
                found = self.data.find(pattern, found + 1, end)
                if found <= at:
                    break
                header = self.data[found - 1]
                length = _definition_length(self.data, found - 1, end) if header & 0xD0 == 0x40 else 0
                if length:
                    definition = self.data[found + 1 : found - 1 + length]
                    if layout_of(definition, has_developer_fields=bool(header & 0x20)).has_known_types:
                        yield found - 1
                        break


def _definition_length(data: bytes, at: int, end: int) -> int:
    """How long the definition at `at` is with its header byte; 0 when it does not fit before `end`."""
    if at + 6 > end:
        return 0
    length = 6 + 3 * data[at + 5]
    if data[at] & 0x20:
        if at + length >= end:
            return 0
        length += 1 + 3 * data[at + length]
    return length if at + length <= end else 0


def _data_headers(local: int) -> Iterator[int]:
    """Every header byte that announces a message of this local number."""
    yield local
    yield local | 0x20  # the developer bit means nothing on data, and some writers set it
    if local < 4:
        yield from range(0x80 | local << 5, (0x80 | local << 5) + 32)


def _count(groups: list[Group]) -> int:
    return sum(len(g.singles) + len(g.compressed) + sum(count for _, count in g.runs) for g in groups)
