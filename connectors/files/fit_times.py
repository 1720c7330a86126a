"""The times of messages whose header byte carries only the last five bits of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from connectors.files.fit_part import Group, Positions
from connectors.files.fit_profile import FIT_EPOCH_UNIX_S

_UNKNOWN = 0xFFFFFFFF
_FIVE_BITS = 0x1F
_COMPRESSED = 0x80
_AT_ONCE = 1 << 16
"""Times counted in one go, so that what it takes to count them stays small."""


def compressed_times(data: bytes, groups: Sequence[Group]) -> list[npt.NDArray[np.float64] | None]:
    """The Unix times of the messages of every group that has compressed ones; unknown where a header says nothing.

    The five bits count on from the last full timestamp of any message before it in its part of the file, and from each
    other.
    """
    found: list[npt.NDArray[np.float64] | None] = [None] * len(groups)
    for part in {group.part for group in groups if group.has_compressed}:
        places = [place for place, group in enumerate(groups) if group.part == part]
        for place, times in zip(places, _part_times(data, [groups[place] for place in places]), strict=True):
            found[place] = times
    return found


def _part_times(data: bytes, groups: list[Group]) -> list[npt.NDArray[np.float64] | None]:
    """The same for the groups of one part."""
    every = np.frombuffer(data, dtype=np.uint8)
    full_at, full = _full_times(data, every, groups)
    marked = [group.positions[every[group.positions] >= _COMPRESSED] for group in groups if group.has_compressed]
    at = marked[0] if len(marked) == 1 else np.sort(np.concatenate(marked))
    del marked
    times = np.empty(len(at))
    seen, time = -2, 0
    for first in range(0, len(at), _AT_ONCE):
        some = at[first : first + _AT_ONCE]
        last = np.searchsorted(full_at, some) - 1
        base = np.where(last >= 0, full[last] if len(full) else 0, 0)
        base[last == seen] = time
        counted = _counted_on((every[some] & _FIVE_BITS).astype(np.int64), last, base)
        times[first : first + _AT_ONCE] = np.where(base > 0, counted + FIT_EPOCH_UNIX_S, np.nan)
        seen, time = int(last[-1]), int(counted[-1]) if base[-1] > 0 else 0
    return [_of_group(group, every, at, times) if group.has_compressed else None for group in groups]


def _counted_on(
    bits: npt.NDArray[np.int64], last: npt.NDArray[np.int64], base: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The times that five bits each say: the first after a full timestamp counts from that, each other from the one before."""
    follows = np.diff(last, prepend=last[0] - 1) == 0
    before = np.where(follows, np.concatenate([[0], bits[:-1]]), base & _FIVE_BITS)
    steps = np.cumsum((bits - before) & _FIVE_BITS)
    starts = np.maximum.accumulate(np.where(follows, 0, np.arange(len(bits))))
    counted: npt.NDArray[np.int64] = base + steps - np.where(starts > 0, steps[starts - 1], 0)
    return counted


def _of_group(
    group: Group, every: npt.NDArray[np.uint8], at: Positions, times: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The times of this group's messages, among those of all; unknown for those with a full one."""
    found = np.full(len(group.positions), np.nan)
    for first in range(0, len(found), _AT_ONCE):
        some = group.positions[first : first + _AT_ONCE]
        is_marked = every[some] >= _COMPRESSED
        found[first : first + _AT_ONCE][is_marked] = times[np.searchsorted(at, some[is_marked])]
    return found


def _full_times(
    data: bytes, every: npt.NDArray[np.uint8], groups: list[Group]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where the messages with a full timestamp lie, ascending, and what it is."""
    at: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    times: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    for group in groups:
        offset = group.layout.time_offset
        if offset is None:
            continue
        positions = group.positions.astype(np.int64)
        kind = np.dtype(group.layout.order + "u4")
        said = np.ndarray((len(data) - 3,), dtype=kind, buffer=data, strides=(1,))[positions + offset].astype(np.int64)
        is_full = (said != _UNKNOWN) & (every[positions] < _COMPRESSED)
        at.append(positions[is_full])
        times.append(said[is_full])
    where = np.concatenate(at)
    order = np.argsort(where)
    return where[order], np.concatenate(times)[order]
