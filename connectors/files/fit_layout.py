"""How one kind of FIT message lies in the file: a definition turned into offsets and numpy dtypes, once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.files.fit_profile import TIMESTAMP

_BYTE = 13
_TIME_SIZE, _UNSIGNED = 4, (6, 12)

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
    """One definition: which message, how long with its header byte, and where its fields lie.

    Fields are looked up in the bytes of the definition when somebody asks for one: most are never asked for.
    """

    message: int
    size: int
    order: str
    time_offset: int | None
    fields: bytes
    developer_fields: bytes

    @property
    def numbers(self) -> bytes:
        """The numbers of its fields, those of no size included."""
        return self.fields[::3]

    @property
    def developer_keys(self) -> list[tuple[int, int]]:
        """App and number of every field that an app added."""
        return list(zip(self.developer_fields[2::3], self.developer_fields[::3], strict=True))

    @property
    def has_known_types(self) -> bool:
        """Whether every field is of a type we know."""
        return all(code & 0x1F in _BASE_TYPES for code in self.fields[2::3])

    def slot(self, number: int, developer: int | None = None) -> Slot | None:
        """Where a field lies: the first of its number, and none where that takes no room."""
        sizes = self.fields[1::3]
        if developer is None:
            place = self.fields[::3].find(number)
            if place < 0 or not sizes[place]:
                return None
            return _slot(number, None, 1 + sum(sizes[:place]), sizes[place], (self.fields[3 * place + 2], self.order))
        if (developer, number) not in self.developer_keys:
            return None
        place, app_sizes = self.developer_keys.index((developer, number)), self.developer_fields[1::3]
        if not app_sizes[place]:
            return None
        # What type a developer's field has is said by a field_description; until then it is bytes.
        offset = 1 + sum(sizes) + sum(app_sizes[:place])
        return _slot(number, developer, offset, app_sizes[place], (_BYTE, self.order))

    def unsigned(self, value: bytes) -> int:
        """A number without sign in this layout's byte order."""
        return int.from_bytes(value, "big" if self.order == ">" else "little")


def layout_of(definition: bytes, *, has_developer_fields: bool) -> Layout:
    """The layout for the bytes of a definition from its architecture byte on, with no byte missing."""
    message = int.from_bytes(definition[1:3], "big" if definition[0] else "little")
    end = 4 + 3 * definition[3]
    fields = definition[4:end]
    developer_fields = definition[end + 1 :] if has_developer_fields else b""
    sizes = fields[1::3]
    time_place = fields[::3].find(TIMESTAMP)
    is_timed = time_place >= 0 and sizes[time_place] == _TIME_SIZE and fields[3 * time_place + 2] & 0x1F in _UNSIGNED
    return Layout(
        message=message,
        size=1 + sum(sizes) + sum(developer_fields[1::3]),
        order=">" if definition[0] else "<",
        time_offset=1 + sum(sizes[:time_place]) if is_timed else None,
        fields=fields,
        developer_fields=developer_fields,
    )


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
