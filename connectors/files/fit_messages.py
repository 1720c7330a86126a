"""FIT messages as named columns: one numpy column per field that somebody asks for, and nothing for the others.

Numbers come as float64 in their physical unit with NaN for unknown, arrays as float64 matrices, texts as lists of
`str | None`. Instants are seconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors.files.fit_layout import Layout, Slot, retyped
from connectors.files.fit_profile import (
    COMPRESSED_SPEED_DISTANCE,
    FIELD_DESCRIPTION,
    FIELDS,
    FIT_EPOCH_UNIX_S,
    MESSAGES,
    ON_FOOT,
    RECORD,
    STRIDE_NAMES,
    TIMESTAMP,
    Field,
)
from connectors.files.fit_times import compressed_times
from connectors.files.fit_walk import Positions, walk

Column = npt.NDArray[np.float64]

_TIME_NAMES = frozenset({"timestamp", "start_time", "time_created", "local_timestamp"})
_UNSCALED = Field("")


@dataclass(frozen=True, slots=True)
class DeveloperField:
    """What a field_description says about a field that an app added."""

    name: str
    units: str | None
    base_type: int
    scale: float
    offset: float
    native_message: int | None
    native_field: int | None


@dataclass(slots=True, eq=False)
class _Rows:
    """The messages of one group: their bytes side by side, and where they came from."""

    layout: Layout
    positions: Positions
    cells: npt.NDArray[np.void]
    times: Column | None
    developer_fields: dict[tuple[int, int], DeveloperField]


@dataclass(slots=True, eq=False)
class Message:
    """All messages of one kind in a file, in the order they were written, column by column."""

    number: int
    _rows: list[_Rows]
    _order: npt.NDArray[np.int64] | None = field(default=None)

    @property
    def count(self) -> int:
        return sum(len(rows.positions) for rows in self._rows)

    @property
    def numbers(self) -> set[int]:
        """The field numbers that at least one message has."""
        found = {slot.number for rows in self._rows for slot in rows.layout.slots if slot.developer is None}
        return found | ({TIMESTAMP} if any(rows.times is not None for rows in self._rows) else set())

    @property
    def names(self) -> set[str]:
        """The fields that at least one message has and our table names."""
        table = FIELDS.get(self.number, {})
        return {table[number].name for number in self.numbers if number in table}

    @property
    def developer_fields(self) -> dict[tuple[int, int], DeveloperField]:
        """The described fields that apps added to these messages, by (developer, number)."""
        return {
            (slot.developer, slot.number): rows.developer_fields[slot.developer, slot.number]
            for rows in self._rows
            for slot in rows.layout.slots
            if slot.developer is not None and (slot.developer, slot.number) in rows.developer_fields
        }

    def column(self, name: str) -> Column:
        """One field by its name; all unknown when no message has it. Cadences on foot answer to both their names."""
        if name in STRIDE_NAMES:
            on_foot = np.isin(self.column("sport"), list(ON_FOOT))
            return np.where(on_foot, self.column(STRIDE_NAMES[name]), np.nan)
        if self.number == RECORD and name in ("speed", "distance") and COMPRESSED_SPEED_DISTANCE in self.numbers:
            return self._uncompressed(name)
        for number, known in FIELDS.get(self.number, {}).items():
            if known.name == name:
                return self.values(number)
        return np.full(self.count, np.nan)

    def values(self, number: int, developer: int | None = None) -> Column:
        """One field by its number, scaled: one value per message, or one row of values where it is an array."""
        return self._gather(number, developer, self._scaled)

    def array(self, name: str) -> npt.NDArray[np.float64]:
        """One field that is a list of numbers in every message, padded with NaN to the longest."""
        values = self.column(name)
        return values[:, None] if values.ndim == 1 else values

    def text(self, name: str) -> list[str | None]:
        """One text field by its name."""
        for number, known in FIELDS.get(self.number, {}).items():
            if known.name == name:
                return self.texts(number)
        return [None] * self.count

    def texts(self, number: int, developer: int | None = None) -> list[str | None]:
        """One text field by its number."""
        found: list[str | None] = []
        for rows in self._rows:
            slot = _slot(rows, number, developer)
            if slot is None or slot.dtype.kind != "S":
                found += [None] * len(rows.positions)
            else:
                found += [_decoded(value) for value in _raw(rows, slot).tolist()]
        order = self._in_order()
        return found if order is None else [found[i] for i in order]

    def _scaled(self, rows: _Rows, slot: Slot) -> Column:
        raw = _raw(rows, slot)
        if slot.dtype.kind == "S":
            return np.full(len(raw), np.nan)
        values = raw.astype(np.float64)
        if slot.is_bytes:
            # A byte array is unknown as a whole; a single 0xFF within it is a value.
            unknown = raw == slot.unknown
            values[unknown.all(axis=1) if unknown.ndim == 2 else unknown] = np.nan
        elif slot.unknown is not None:
            values[raw == slot.unknown] = np.nan
        else:
            values[~np.isfinite(values)] = np.nan
        known = self._meaning(rows, slot)
        if known.scale != 1.0:
            values /= known.scale
        if known.offset:
            values -= known.offset
        if known.name in _TIME_NAMES and slot.developer is None:
            values += FIT_EPOCH_UNIX_S
        return values

    def _meaning(self, rows: _Rows, slot: Slot) -> Field:
        if slot.developer is None:
            return FIELDS.get(self.number, {}).get(slot.number, _UNSCALED)
        described = rows.developer_fields.get((slot.developer, slot.number))
        return Field(described.name, described.scale, described.offset) if described else _UNSCALED

    def _gather(self, number: int, developer: int | None, read: Callable[[_Rows, Slot], Column]) -> Column:
        blocks = []
        for rows in self._rows:
            slot = _slot(rows, number, developer)
            if number == TIMESTAMP and developer is None and rows.times is not None:
                blocks.append(rows.times)
            elif slot is None:
                blocks.append(np.full(len(rows.positions), np.nan))
            else:
                blocks.append(read(rows, slot))
        width = max((block.shape[1] for block in blocks if block.ndim == 2), default=0)
        if width:
            blocks = [_widened(block, width) for block in blocks]
        if len(blocks) == 1:
            return blocks[0]
        column = np.concatenate(blocks)
        order = self._in_order()
        return column if order is None else column[order]

    def _in_order(self) -> npt.NDArray[np.int64] | None:
        if len(self._rows) > 1 and self._order is None:
            self._order = np.argsort(np.concatenate([rows.positions for rows in self._rows]))
        return self._order

    def _uncompressed(self, name: str) -> Column:
        """Speed and distance from three bytes: 12 bits of speed / 100, 12 bits of distance / 16 that roll over."""
        packed = self._gather(COMPRESSED_SPEED_DISTANCE, None, self._scaled)
        plain = self.values(6 if name == "speed" else 5)
        if packed.ndim != 2 or packed.shape[1] != 3:
            return plain
        if name == "speed":
            unpacked = (packed[:, 0] + (packed[:, 1] % 16) * 256) / 100
        else:
            turns = np.floor(packed[:, 1] / 16) + packed[:, 2] * 16
            known = ~np.isnan(turns)
            unpacked = np.full(len(turns), np.nan)
            steps = np.diff(turns[known], prepend=0) % 4096
            unpacked[known] = np.cumsum(steps) / 16
        return np.where(np.isnan(plain), unpacked, plain)


@dataclass(frozen=True, slots=True)
class FitFile:
    """Everything a FIT file says, ready to be asked for; `faults` says what is wrong with it."""

    messages: dict[int, Message]
    faults: tuple[str, ...]
    part_count: int

    def message(self, number: int) -> Message | None:
        """All messages of one kind, or None where the file has none."""
        return self.messages.get(number)

    @property
    def names(self) -> set[str]:
        return {MESSAGES[number] for number in self.messages if number in MESSAGES}


def read_fit(data: bytes) -> FitFile:
    """Walk the bytes of a FIT file, of several chained ones, or of what is left of one. Never raises."""
    walked = walk(data)
    times = compressed_times(data, walked.groups)
    rows: dict[int, list[_Rows]] = {}
    by_part: dict[int, list[_Rows]] = {}
    for group in walked.groups:
        positions = group.positions()
        if not len(positions):
            continue
        whole = np.dtype(f"V{group.layout.size}")
        every_byte = np.ndarray((len(data) - group.layout.size + 1,), dtype=whole, buffer=data, strides=(1,))
        found = _Rows(group.layout, positions, every_byte[positions], None, {})
        if group.compressed:
            # A message may have been written with its full time as well as with a compressed one.
            full = Message(group.layout.message, [found]).values(TIMESTAMP)
            carried = np.array([times.get(position, np.nan) for position in positions.tolist()])
            found.times = np.where(np.isnan(carried), _first_of(full), carried)
        rows.setdefault(group.layout.message, []).append(found)
        if group.layout.message == FIELD_DESCRIPTION:
            by_part.setdefault(group.part, []).append(found)
        elif group.described_before:
            described = Message(FIELD_DESCRIPTION, by_part.get(group.part, []))
            found.developer_fields.update(_described(described, group.described_before))
    messages = {number: Message(number, found) for number, found in rows.items()}
    return FitFile(messages, tuple(walked.faults), walked.part_count)


def _described(descriptions: Message, count: int) -> dict[tuple[int, int], DeveloperField]:
    """What the first `count` field descriptions of a part say."""
    column = descriptions.column
    found: dict[tuple[int, int], DeveloperField] = {}
    rows = zip(
        column("developer_data_index").ravel(),
        column("field_definition_number").ravel(),
        column("fit_base_type_id").ravel(),
        column("scale").ravel(),
        column("offset").ravel(),
        column("native_mesg_num").ravel(),
        column("native_field_num").ravel(),
        descriptions.text("field_name"),
        descriptions.text("units"),
        strict=False,
    )
    for index, number, base_type, scale, offset, message, native, name, units in list(rows)[:count]:
        if np.isnan(index) or np.isnan(number):
            continue
        found[int(index), int(number)] = DeveloperField(
            name=name or f"developer_{int(index)}_{int(number)}",
            units=units,
            base_type=13 if np.isnan(base_type) else int(base_type),
            scale=1.0 if np.isnan(scale) or not scale else float(scale),
            offset=0.0 if np.isnan(offset) else float(offset),
            native_message=None if np.isnan(message) else int(message),
            native_field=None if np.isnan(native) else int(native),
        )
    return found


def _slot(rows: _Rows, number: int, developer: int | None) -> Slot | None:
    for slot in rows.layout.slots:
        if slot.number == number and slot.developer == developer:
            described = rows.developer_fields.get((developer, number)) if developer is not None else None
            return retyped(slot, described.base_type, rows.layout.order) if described else slot
    return None


def _raw(rows: _Rows, slot: Slot) -> npt.NDArray[np.generic]:
    return np.ndarray(
        (len(rows.cells),), dtype=slot.dtype, buffer=rows.cells, offset=slot.offset, strides=(rows.layout.size,)
    )


def _first_of(block: Column) -> Column:
    return block if block.ndim == 1 else block[:, 0]


def _widened(block: Column, width: int) -> Column:
    block = block[:, None] if block.ndim == 1 else block
    padding = np.full((len(block), width - block.shape[1]), np.nan)
    return np.concatenate([block, padding], axis=1)


def _decoded(value: bytes) -> str | None:
    return value.split(b"\0", 1)[0].decode("utf-8", errors="replace") or None
