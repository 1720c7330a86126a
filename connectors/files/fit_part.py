"""Where every message of one FIT file begins, found in one pass over the message headers.

The pass is the only Python that runs once per message, so it does next to nothing: it looks up the size of the message in
a table by its header byte, notes where it begins and steps over it. Which message is of which kind is told afterwards,
for all at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors.files.fit_layout import Layout, layout_of
from connectors.files.fit_profile import FIELD_DESCRIPTION, RECORD

_MOST_RESTARTS = 200
_RESTART_WINDOW_S = 6 * 3600
_RESTART_SEARCH = 1 << 18
_SEEN_SEARCH, _SEEN_SPANS = 1 << 16, 256
_MOST_LAYOUTS = 4096
_MOST_CHANGES = 1 << 14
"""Real files hold a few dozen of each; these keep a malicious one from taking all day or all memory."""

Positions = npt.NDArray[np.int64] | npt.NDArray[np.int32]
_COMPRESSED = 0x80
_NO_POSITIONS = np.empty(0, dtype=np.int64)


@dataclass(slots=True, eq=False)
class Group:
    """All messages of one layout within one part of the file; `positions` are the bytes of their headers, ascending."""

    layout: Layout
    part: int
    described_before: int
    """How many field descriptions the part held when this layout was defined."""
    positions: Positions = field(default_factory=lambda: _NO_POSITIONS)
    has_compressed: bool = False
    """Whether the header byte of at least one message carries five bits of the time."""


@dataclass(slots=True)
class Walk:
    """What one pass over the bytes found."""

    groups: list[Group]
    faults: list[str]
    part_count: int
    restarts: int = 0
    unread: int = 0
    """How many bytes belong to no message that could be read."""


class Part:
    """The state of one walk through one FIT file: which layout each local message number has now, and what was seen."""

    def __init__(self, data: bytes, result: Walk) -> None:
        self.data = data
        self.result = result
        self.sizes = [0] * 256
        """By header byte; zero for what the quick loop has to leave to the slow one."""
        self.current = [-1] * 16
        """By local number, the place of its group in `groups`."""
        self.groups: list[Group] = []
        self.known: dict[tuple[bytes, int], int] = {}
        self.descriptions = 0
        # A list would be as fast, but take nine times the memory.
        self.found = array("i" if len(data) < 1 << 31 else "q")
        self.spans: list[tuple[int, tuple[int, ...]]] = []
        """Up to which of the messages found which groups held."""

    def walk(self, at: int, end: int) -> None:
        while at < end:
            stopped, why = self._walk_until_trouble(at, end)
            if stopped >= end:
                break
            at = self._restart(stopped + 1, end) if self.result.restarts < _MOST_RESTARTS else end
            self.result.restarts += 1
            self.result.unread += at - stopped
            self.result.faults.append(f"{why} at byte {stopped}; {at - stopped} bytes were skipped.")
        self._sort_out()

    def _walk_until_trouble(self, at: int, end: int) -> tuple[int, str]:
        data, sizes, note = self.data, self.sizes, self.found.append
        while True:
            while at < end:
                size = sizes[data[at]]
                if not size:
                    break
                note(at)
                at += size
            if at > end:
                return self.found.pop(), "A message is cut off"
            if at == end:
                return at, ""
            length = self._step(at, end)
            if not length:
                return at, self._trouble(at)
            at += length

    def _step(self, at: int, end: int) -> int:
        """How long the definition or the field description at this byte is, once it is taken in; 0 when it is neither."""
        header = self.data[at]
        if header & 0xC0 == 0x40:
            length = _definition_length(self.data, at, end) if self._has_room() else 0
            if length:
                self._define(header, self.data[at + 2 : at + length])
            return length
        place = self.current[_local(header)]
        if place < 0:
            return 0
        size = self.groups[place].layout.size
        if at + size > end:
            return 0
        self.found.append(at)
        self.descriptions += 1
        return size

    def _trouble(self, at: int) -> str:
        header = self.data[at]
        if header & 0xC0 == 0x40:
            return "A definition is cut off" if self._has_room() else "One definition too many"
        if self.current[_local(header)] >= 0:
            return "A message is cut off"
        return "A message of a kind that was not defined"

    def _has_room(self) -> bool:
        return len(self.result.groups) < _MOST_LAYOUTS and len(self.spans) < _MOST_CHANGES

    def _define(self, header: int, definition: bytes) -> None:
        has_developer_fields = bool(header & 0x20)
        described = self.descriptions if has_developer_fields else 0
        key = (bytes([has_developer_fields]) + definition, described)
        place = self.known.get(key)
        if place is None:
            place = self.known[key] = len(self.groups)
            layout = layout_of(definition, has_developer_fields=has_developer_fields)
            self.groups.append(Group(layout, self.result.part_count, described))
            self.result.groups.append(self.groups[-1])
        local = header & 0x0F
        if self.current[local] == place:
            return
        self._close_span()
        self.current[local] = place
        layout = self.groups[place].layout
        for code in _DATA_HEADERS[local]:
            # Descriptions are counted as they come, because what follows depends on how many there were.
            self.sizes[code] = 0 if layout.message == FIELD_DESCRIPTION else layout.size

    def _close_span(self) -> None:
        if len(self.found) > (self.spans[-1][0] if self.spans else 0):
            self.spans.append((len(self.found), tuple(self.current)))

    def _sort_out(self) -> None:
        """Give every group its messages."""
        self._close_span()
        positions: Positions = np.frombuffer(self.found, dtype=f"i{self.found.itemsize}")
        headers = np.frombuffer(self.data, dtype=np.uint8)[positions]
        group_at = np.empty(len(positions), dtype=np.int16)
        first = 0
        for last, current in self.spans:
            np.take(np.array(current, dtype=np.int16), _LOCALS[headers[first:last]], out=group_at[first:last])
            first = last
        is_compressed = headers >= _COMPRESSED
        has_compressed = bool(is_compressed.any())
        is_empty = np.array([group.layout.size == 1 for group in self.groups], dtype=np.bool_)
        if is_empty.any():
            # Messages with neither a field nor a time say nothing, however many there are.
            says = ~is_empty[group_at] | is_compressed
            positions, group_at, is_compressed = positions[says], group_at[says], is_compressed[says]
        order = np.argsort(group_at, kind="stable")
        ends = np.searchsorted(group_at[order], np.arange(len(self.groups)), side="right").tolist()
        for group, first, last in zip(self.groups, [0, *ends], ends, strict=False):
            group.positions = positions[order[first:last]]
            group.has_compressed = has_compressed and bool(is_compressed[order[first:last]].any())

    def _restart(self, at: int, end: int) -> int:
        """The next byte from which records or a definition of records can be read again; `end` if none."""
        found = [end]
        limit = min(end, at + _RESTART_SEARCH)
        bytes_left = np.frombuffer(self.data, dtype=np.uint8)[:limit]
        for local, place in enumerate(self.current):
            layout = self.groups[place].layout if place >= 0 else None
            if layout is not None and layout.message == RECORD and layout.time_offset is not None:
                found += self._next_record(bytes_left, at, place, local)
        found += self._next_definition(at, limit)
        return min(found)

    def _next_record(self, data: npt.NDArray[np.uint8], at: int, place: int, local: int) -> list[int]:
        layout, seen = self.groups[place].layout, self._last_seen(place)
        size, offset = layout.size, layout.time_offset or 0
        last = layout.unsigned(self.data[seen + offset : seen + offset + 4]) if seen >= 0 else 0
        if not last or len(data) - at < size:
            return []
        starts = at + np.flatnonzero(data[at : len(data) - size + 1] == local)
        kind = np.dtype(layout.order + "u4")
        times = np.ndarray((len(self.data) - 3,), dtype=kind, buffer=self.data, strides=(1,))[starts + offset]
        starts = starts[(times >= last) & (times <= last + _RESTART_WINDOW_S)]
        for start in starts[:64].tolist():
            following = start + size
            if following == len(data) or self.sizes[data[following]] or data[following] & 0xC0 == 0x40:
                return [start]
        return []

    def _last_seen(self, place: int) -> int:
        """Where the last message of a group begins; -1 when there is none among those seen lately."""
        data = np.frombuffer(self.data, dtype=np.uint8)
        earliest, stop = max(len(self.found) - _SEEN_SEARCH, 0), len(self.found)
        current = tuple(self.current)
        for first, before in reversed([(0, current), *self.spans[-_SEEN_SPANS:]]):
            of_group = [local for local, held in enumerate(current) if held == place]
            if of_group:
                seen = np.array(self.found[max(first, earliest) : stop], dtype=np.int64)
                hits = np.flatnonzero(np.isin(_LOCALS[data[seen]], of_group))
                if len(hits):
                    return int(seen[hits[-1]])
            if first <= earliest:
                break
            stop, current = first, before
        return -1

    def _next_definition(self, at: int, end: int) -> Iterator[int]:
        """The next definition of records whose every field is of a type we know."""
        for pattern in (b"\0\0\x14\0", b"\0\1\0\x14"):
            found = at - 1
            for _ in range(64):
                found = self.data.find(pattern, found + 1, end)
                if found <= at:
                    break
                header = self.data[found - 1]
                length = _definition_length(self.data, found - 1, end) if header & 0xC0 == 0x40 else 0
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


def _local(header: int) -> int:
    """Which local number a data message's header byte names."""
    return header >> 5 & 3 if header & _COMPRESSED else header & 0x0F


def _data_headers(local: int) -> tuple[int, ...]:
    """Every header byte that announces a message of this local number."""
    # The developer bit and the reserved one mean nothing on data, and some writers set them.
    plain = (local, local | 0x10, local | 0x20, local | 0x30)
    return (*plain, *range(0x80 | local << 5, (0x80 | local << 5) + 32)) if local < 4 else plain


_DATA_HEADERS = tuple(_data_headers(local) for local in range(16))
_LOCALS = np.array([_local(header) for header in range(256)], dtype=np.uint8)
