"""How one kind of FIT message lies in the file: a definition turned into offsets and numpy dtypes, once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from connectors.files.fit_profile import TIMESTAMP

_BYTE = 13

# Number of the base type (low five bits of its code): how numpy calls it, its size, and the raw value that means unknown.
_BASE_TYPES: dict[int, tuple[str, int, int | None]] = {
    0: ("u1", 1, 0xFF),
    1: ("i1", 1, 0x7F),
    2: ("u1", 1, 0xFF),
    3: ("i2", 2, 0x7FFF),
    4: ("u2", 2, 0xFFFF),
    5: ("i4", 4, 0x7FFFFFFF),
    6: ("u4", 4, 0xFFFFFFFF),
    7: ("S", 1, None),
    8: ("f4", 4, None),
    9: ("f8", 8, None),
    10: ("u1", 1, 0),
    11: ("u2", 2, 0),
    12: ("u4", 4, 0),
    _BYTE: ("u1", 1, 0xFF),
    14: ("i8", 8, 0x7FFFFFFFFFFFFFFF),
    15: ("u8", 8, 0xFFFFFFFFFFFFFFFF),
    16: ("u8", 8, 0),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one field lies within a message and how its bytes are read."""

    number: int
    developer: int | None
    offset: int
    size: int
    dtype: np.dtype[np.generic]
    unknown: int | None
    is_bytes: bool


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One definition: which message, how long with its header byte, and where its fields lie."""

    message: int
    size: int
    slots: tuple[Slot, ...]
    order: str
    time_offset: int | None
    has_known_types: bool

    def unsigned(self, value: bytes) -> int:
        """A number without sign in this layout's byte order."""
        return int.from_bytes(value, "big" if self.order == ">" else "little")


@lru_cache(maxsize=4096)
def layout_of(definition: bytes, *, has_developer_fields: bool) -> Layout:
    """The layout for the bytes of a definition from its architecture byte on, with no byte missing."""
    order = ">" if definition[0] else "<"
    message = int.from_bytes(definition[1:3], "big" if definition[0] else "little")
    slots: dict[tuple[int | None, int], Slot] = {}
    time_offset, offset, has_known_types = None, 1, True
    fields_end = 4 + 3 * definition[3]
    for at in range(4, fields_end, 3):
        number, size, code = definition[at : at + 3]
        has_known_types &= code & 0x1F in _BASE_TYPES
        slot = _slot(number, None, offset, size, (code, order))
        slots.setdefault((None, number), slot)
        if number == TIMESTAMP and slot.dtype == np.dtype(order + "u4"):
            time_offset = offset
        offset += size
    if has_developer_fields:
        for at in range(fields_end + 1, len(definition), 3):
            number, size, index = definition[at : at + 3]
            # What type a developer's field has is said by a field_description; until then it is bytes.
            slots.setdefault((index, number), _slot(number, index, offset, size, (_BYTE, order)))
            offset += size
    return Layout(message, offset, tuple(s for s in slots.values() if s.size), order, time_offset, has_known_types)


def retyped(slot: Slot, code: int, order: str) -> Slot:
    """A developer's field read as the base type that its description names."""
    return _slot(slot.number, slot.developer, slot.offset, slot.size, (code, order))


def _slot(number: int, developer: int | None, offset: int, size: int, kind_and_order: tuple[int, str]) -> Slot:
    code, order = kind_and_order
    kind = code & 0x1F
    name, width, unknown = _BASE_TYPES.get(kind, _BASE_TYPES[_BYTE])
    if size % width:
        # A size that its type cannot fill (COROS writes such): bytes, as other decoders read it.
        kind, (name, width, unknown) = _BYTE, _BASE_TYPES[_BYTE]
    if name == "S":
        dtype: np.dtype[np.generic] = np.dtype(f"S{max(size, 1)}")
    elif size == width:
        dtype = np.dtype(order + name)
    else:
        dtype = np.dtype((order + name, (size // width,)))
    return Slot(number, developer, offset, size, dtype, unknown, kind == _BYTE or kind not in _BASE_TYPES)
