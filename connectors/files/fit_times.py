"""The times of messages whose header byte carries only the last five bits of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from connectors.files.fit_profile import FIT_EPOCH_UNIX_S
from connectors.files.fit_walk import Group

_UNKNOWN = 0xFFFFFFFF
_FIVE_BITS = 0x1F
_COMPRESSED = 0x80


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
    found: list[npt.NDArray[np.float64] | None] = []
    compressed = [every[group.positions] >= _COMPRESSED if group.has_compressed else None for group in groups]
    marks = [
        group.positions[is_marked] for group, is_marked in zip(groups, compressed, strict=True) if is_marked is not None
    ]
    at = np.sort(np.concatenate(marks))
    last = np.searchsorted(full_at, at) - 1
    base = np.where(last >= 0, full[last] if len(full) else 0, 0)
    bits = (every[at] & _FIVE_BITS).astype(np.int64)
    # The first after a full timestamp counts from that, each other from the one before it.
    follows = np.diff(last, prepend=-2) == 0
    before = np.where(follows, np.concatenate([[0], bits[:-1]]), base & _FIVE_BITS)
    steps = np.cumsum((bits - before) & _FIVE_BITS)
    starts = np.maximum.accumulate(np.where(follows, 0, np.arange(len(at))))
    before_start = np.where(starts > 0, steps[starts - 1], 0)
    times = np.where(base > 0, base + steps - before_start + FIT_EPOCH_UNIX_S, np.nan)
    for group, is_marked in zip(groups, compressed, strict=True):
        if is_marked is None:
            found.append(None)
            continue
        of_group = np.full(len(group.positions), np.nan)
        of_group[is_marked] = times[np.searchsorted(at, group.positions[is_marked])]
        found.append(of_group)
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
