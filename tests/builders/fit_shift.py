"""Copies of a real FIT file moved in time: every instant in it shifted by whole days, the checksums made right again."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from connectors.files.crc import crc16

_DAY_S = 86_400  # a multiple of 32 s, so that compressed timestamps stay right
_INVALID = 0xFFFFFFFF
# Fields that hold an instant besides 253, which does in every message: (message, field).
_INSTANTS = frozenset({(0, 4), (18, 2), (19, 2), (34, 5), (101, 2), (312, 2), (312, 9)})


class ShiftableFit:
    """A FIT file taken apart once, so that each shifted copy costs one addition."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._header_size = data[0]
        offsets = list(_instants(data))
        self._little = np.array([offset for offset, order in offsets if order == "<"], dtype=np.int64)
        self._big = np.array([offset for offset, order in offsets if order == ">"], dtype=np.int64)

    def shifted(self, days: int) -> bytes:
        """The file as if recorded this many days later."""
        copy = np.frombuffer(self._data, dtype=np.uint8).copy()
        for offsets, kind in ((self._little, "<u4"), (self._big, ">u4")):
            _add(copy, offsets, days * _DAY_S, kind)
        data = bytearray(copy.tobytes())
        end = self._header_size + struct.unpack_from("<I", data, 4)[0]
        data[end : end + 2] = struct.pack("<H", crc16(bytes(data[:end])))
        return bytes(data)


def _add(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], seconds: int, kind: str) -> None:
    if not len(offsets):
        return
    places = offsets[:, None] + np.arange(4)
    values = np.ascontiguousarray(data[places]).view(kind)[:, 0]
    moved = np.where(values == _INVALID, values, values + np.uint32(seconds)).astype(kind)
    data[places] = moved[:, None].view(np.uint8)


def _instants(data: bytes) -> Iterator[tuple[int, str]]:
    """Where in the file the instants stand, and in which byte order."""
    position = data[0]
    end = position + int(struct.unpack_from("<I", data, 4)[0])
    layouts: dict[int, tuple[str, int, list[tuple[int, int, int]]]] = {}
    while position < end:
        header = data[position]
        position += 1
        if header & 0xC0 == 0x40:
            order = ">" if data[position + 1] else "<"
            message, count = struct.unpack_from(f"{order}HB", data, position + 2)
            position += 5
            fields, size = [], 0
            for _ in range(count):
                fields.append((size, data[position], data[position + 1]))
                size += data[position + 1]
                position += 3
            if header & 0x20:
                developer_count = data[position]
                size += sum(data[position + 2 + 3 * index] for index in range(developer_count))
                position += 1 + 3 * developer_count
            instants = [
                (offset, number, length)
                for offset, number, length in fields
                if length == 4 and (number == 253 or (message, number) in _INSTANTS)
            ]
            layouts[header & 0x0F] = (order, size, instants)
            continue
        local = (header >> 5) & 0x03 if header & 0x80 else header & 0x0F
        order, size, instants = layouts[local]
        yield from ((position + offset, order) for offset, _, _ in instants)
        position += size
