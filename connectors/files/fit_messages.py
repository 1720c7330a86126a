"""FIT messages as named columns: one numpy column per field that somebody asks for, and nothing for the others.

Numbers come as float64 in their physical unit with NaN for unknown, arrays as float64 matrices, texts as lists of
`str | None`. Instants are seconds since the Unix epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connectors.files.fit_developer import Descriptions, DeveloperField, FieldKey
from connectors.files.fit_layout import Layout, Slot, retyped
from connectors.files.fit_part import Positions
from connectors.files.fit_profile import (
    COMPRESSED_SPEED_DISTANCE,
    FIELD_DESCRIPTION,
    FIELDS,
    FIT_EPOCH_UNIX_S,
    MESSAGES,
    NUMBERS,
    ON_FOOT,
    RECORD,
    STRIDE_NAMES,
    TIMESTAMP,
    Field,
)
from connectors.files.fit_times import compressed_times
from connectors.files.fit_walk import walk

Column = npt.NDArray[np.float64]

_TIME_NAMES = frozenset({"timestamp", "start_time", "time_created", "local_timestamp"})
_UNSCALED = Field("")
_BYTE = 13
_MOST_DESCRIPTIONS = 4096
"""Real files hold a dozen or two."""


def first_of(values: Column) -> Column:
    """One value per message: of a list, its first."""
    return values if values.ndim == 1 else values[:, 0]


@dataclass(slots=True, eq=False)
class _Rows:
    """The messages of one group: where they lie, and their bytes side by side once somebody asks for a field."""

    layout: Layout
    positions: Positions
    data: bytes
    described_before: int
    times: Column | None = None
    descriptions: Descriptions | None = None
    _cells: npt.NDArray[np.void] | None = field(default=None)

    def first(self, before: int) -> _Rows:
        """Those of them that lie before this byte."""
        count = int(np.searchsorted(self.positions, before))
        times = None if self.times is None else self.times[:count]
        return _Rows(self.layout, self.positions[:count], self.data, self.described_before, times, self.descriptions)

    def description(self, number: int, developer: int | None) -> DeveloperField | None:
        """What is said about an app's field."""
        if developer is None or self.descriptions is None:
            return None
        return self.descriptions.find((developer, number), before=self.described_before)

    def slot(self, number: int, developer: int | None) -> Slot | None:
        """Where a field lies in these messages, an app's field read as the type it is described as."""
        slot = self.layout.slot(number, developer)
        described = self.description(number, developer)
        return retyped(slot, described.base_type, self.layout.order) if slot and described else slot

    def raw(self, slot: Slot) -> npt.NDArray[np.generic]:
        """The values of a field as they were written."""
        size = self.layout.size
        if self._cells is None:
            # Taken from a view that holds one message at every byte.
            every = np.ndarray((len(self.data) - size + 1,), dtype=f"V{size}", buffer=self.data, strides=(1,))
            self._cells = every[self.positions]
        return np.ndarray(
            (len(self.positions),), dtype=slot.dtype, buffer=self._cells, offset=slot.offset, strides=(size,)
        )


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
        found = set().union(*(rows.layout.numbers for rows in self._rows))
        return found | ({TIMESTAMP} if any(rows.times is not None for rows in self._rows) else set())

    @property
    def names(self) -> set[str]:
        """The fields that at least one message has and our table names."""
        table = FIELDS.get(self.number, {})
        return {table[number].name for number in self.numbers if number in table}

    @property
    def developer_fields(self) -> dict[FieldKey, DeveloperField]:
        """The described fields that apps added to these messages."""
        found: dict[FieldKey, DeveloperField] = {}
        for rows in self._rows:
            for developer, number in rows.layout.developer_keys:
                described = rows.description(number, developer)
                if described is not None:
                    found[developer, number] = described
        return found

    def first(self, count: int) -> Message:
        """The first so many of them."""
        if self.count <= count:
            return self
        before = int(np.sort(np.concatenate([rows.positions for rows in self._rows]))[count])
        first = [rows.first(before) for rows in self._rows]
        return Message(self.number, [rows for rows in first if len(rows.positions)])

    def column(self, name: str, *, most: int | None = None) -> Column:
        """One field by its name; all unknown when no message has it. Cadences on foot answer to both their names.

        Of a list no more than `most` values are read.
        """
        if name in STRIDE_NAMES:
            on_foot = np.isin(self.column("sport"), list(ON_FOOT))
            return np.where(on_foot, self.column(STRIDE_NAMES[name], most=most), np.nan)
        if self.number == RECORD and name in ("speed", "distance") and COMPRESSED_SPEED_DISTANCE in self.numbers:
            return self._uncompressed(name)
        number = NUMBERS.get(self.number, {}).get(name)
        return np.full(self.count, np.nan) if number is None else self.values(number, most=most)

    def scalar(self, name: str) -> Column:
        """One field by its name as one value per message: of a list, its first."""
        return first_of(self.column(name, most=1))

    def values(self, number: int, developer: int | None = None, *, most: int | None = None) -> Column:
        """One field by its number, scaled: one value per message, or one row of values where it is an array."""
        blocks = []
        for rows in self._rows:
            slot = rows.slot(number, developer)
            if number == TIMESTAMP and developer is None and rows.times is not None:
                blocks.append(rows.times)
            elif slot is None:
                blocks.append(np.full(len(rows.positions), np.nan))
            else:
                blocks.append(self._scaled(rows, slot, most))
        width = max((block.shape[1] for block in blocks if block.ndim == 2), default=0)
        if width:
            blocks = [_widened(block, width) for block in blocks]
        if len(blocks) == 1:
            return blocks[0]
        column = np.concatenate(blocks)
        order = self._in_order()
        return column if order is None else column[order]

    def array(self, name: str) -> npt.NDArray[np.float64]:
        """One field that is a list of numbers in every message, padded with NaN to the longest."""
        values = self.column(name)
        return values[:, None] if values.ndim == 1 else values

    def text(self, name: str) -> list[str | None]:
        """One text field by its name."""
        number = NUMBERS.get(self.number, {}).get(name)
        return [None] * self.count if number is None else self.texts(number)

    def texts(self, number: int, developer: int | None = None) -> list[str | None]:
        """One text field by its number."""
        found: list[str | None] = []
        for rows in self._rows:
            slot = rows.slot(number, developer)
            if slot is None or slot.dtype.kind != "S":
                found += [None] * len(rows.positions)
            else:
                found += [_decoded(value) for value in rows.raw(slot).tolist()]
        order = self._in_order()
        return found if order is None else [found[i] for i in order]

    def _scaled(self, rows: _Rows, slot: Slot, most: int | None) -> Column:
        raw = rows.raw(slot)
        if slot.dtype.kind == "S":
            return np.full(len(raw), np.nan)
        with np.errstate(invalid="ignore"):  # a float may be a NaN that signals
            values: Column = (raw if raw.ndim == 1 else raw[:, :most]).astype(np.float64)
        if slot.is_bytes:
            # A byte array is unknown as a whole; a single 0xFF within it is a value.
            unknown = raw == slot.unknown
            values[unknown.all(axis=1) if unknown.ndim == 2 else unknown] = np.nan
        elif slot.unknown is not None:
            values[(raw if raw.ndim == 1 else raw[:, :most]) == slot.unknown] = np.nan
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
        described = rows.description(slot.number, slot.developer)
        return Field(described.name, described.scale, described.offset) if described else _UNSCALED

    def _in_order(self) -> npt.NDArray[np.int64] | None:
        if len(self._rows) > 1 and self._order is None:
            self._order = np.argsort(np.concatenate([rows.positions for rows in self._rows]))
        return self._order

    def _uncompressed(self, name: str) -> Column:
        """Speed and distance from three bytes: 12 bits of speed / 100, 12 bits of distance / 16 that roll over."""
        packed = self.values(COMPRESSED_SPEED_DISTANCE, most=4)
        plain = first_of(self.values(6 if name == "speed" else 5, most=1))
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
    by_message: dict[int, list[_Rows]] = {}
    described: dict[int, list[_Rows]] = {}
    adding: list[tuple[_Rows, int]] = []
    for group, carried in zip(walked.groups, times, strict=True):
        if not len(group.positions) or (group.layout.size == 1 and carried is not None and np.isnan(carried).all()):
            continue  # nothing at all is said
        rows = _Rows(group.layout, group.positions, data, group.described_before)
        if carried is not None:
            rows.times = _carried(rows, carried)
        by_message.setdefault(group.layout.message, []).append(rows)
        if group.layout.message == FIELD_DESCRIPTION:
            described.setdefault(group.part, []).append(rows)
        if group.described_before:
            adding.append((rows, group.part))
    descriptions = {
        part: _descriptions(Message(FIELD_DESCRIPTION, rows).first(_MOST_DESCRIPTIONS))
        for part, rows in described.items()
    }
    for rows, part in adding:
        rows.descriptions = descriptions.get(part)
    messages = {number: Message(number, found) for number, found in by_message.items()}
    return FitFile(messages, tuple(walked.faults), walked.part_count)


def _carried(rows: _Rows, times: Column) -> Column:
    """The times carried over to messages with compressed headers; some may have been written with their full time."""
    if TIMESTAMP not in rows.layout.numbers:
        return times
    full = first_of(Message(rows.layout.message, [rows]).values(TIMESTAMP, most=1))
    return np.where(np.isnan(times), full, times)


def _descriptions(descriptions: Message) -> Descriptions:
    """What the field descriptions of one part say."""
    scalar = descriptions.scalar
    found = Descriptions()
    rows = zip(
        *(_optional(scalar(name)) for name in ("developer_data_index", "field_definition_number", "fit_base_type_id")),
        *(_optional(scalar(name)) for name in ("scale", "offset", "native_mesg_num", "native_field_num")),
        descriptions.text("field_name"),
        descriptions.text("units"),
        strict=True,
    )
    for at, (index, number, base_type, scale, offset, message, native, name, units) in enumerate(rows):
        if index is None or number is None:
            continue
        described = DeveloperField(
            name=name or f"developer_{index}_{number}",
            units=units,
            base_type=_BYTE if base_type is None else base_type,
            scale=float(scale or 1),
            offset=float(offset or 0),
            native_message=message,
            native_field=native,
        )
        found.add(at, (index, number), described)
    return found


def _optional(values: Column) -> list[int | None]:
    return [None if np.isnan(value) else int(value) for value in values.tolist()]


def _widened(block: Column, width: int) -> Column:
    block = block[:, None] if block.ndim == 1 else block
    padding = np.full((len(block), width - block.shape[1]), np.nan)
    return np.concatenate([block, padding], axis=1)


def _decoded(value: bytes) -> str | None:
    return value.split(b"\0", 1)[0].decode("utf-8", errors="replace") or None
