"""The times of messages whose header byte carries only the last five bits of it."""

from __future__ import annotations

from connectors.files.fit_profile import FIT_EPOCH_UNIX_S
from connectors.files.fit_walk import Group

_UNKNOWN = 0xFFFFFFFF
_FIVE_BITS = 0x1F


def compressed_times(data: bytes, groups: list[Group]) -> dict[int, float]:
    """The Unix time of every message with a compressed one, by the position of its header.

    The five bits count on from the last full timestamp of any message before it, and from each other.
    """
    if not any(group.compressed for group in groups):
        return {}
    marks: list[tuple[int, int, int]] = []
    for group in groups:
        marks += [(position, group.part, -1) for position in group.compressed]
        marks += _full_times(data, group)
    times: dict[int, float] = {}
    last, last_part = 0, -1
    for position, part, full in sorted(marks):
        if part != last_part:
            last, last_part = 0, part
        if full >= 0:
            last = full
        elif last:
            last += ((data[position] & _FIVE_BITS) - last) & _FIVE_BITS
            times[position] = float(last + FIT_EPOCH_UNIX_S)
    return times


def _full_times(data: bytes, group: Group) -> list[tuple[int, int, int]]:
    offset = group.layout.time_offset
    if offset is None:
        return []
    compressed = set(group.compressed)
    found = []
    for position in group.positions().tolist():
        full = group.layout.unsigned(data[position + offset : position + offset + 4])
        if full != _UNKNOWN and position not in compressed:
            found.append((position, group.part, full))
    return found
