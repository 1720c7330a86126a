"""Writes FIT files: what a running watch saves, byte by byte, with samples encoded by column.

A FIT file is a header, a row of messages and a checksum. Each message refers to a definition sent before it: which global
message it is, and number, size and base type of its fields. Unknown is the base type's invalid value.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.sample.model import Lap, Numbers, Recording

FIT_EPOCH_S = 631065600  # 1989-12-31T00:00:00Z
SEMICIRCLES_PER_DEGREE = 2**31 / 180

_PROTOCOL = 0x20
_PROFILE = 2132
_CRC_POLYNOMIAL = 0xA001  # CRC-16/ARC, reflected
_CRC_BLOCK = 32

_FILE_ACTIVITY, _FILE_SETTINGS = 4, 2
_EVENT_TIMER, _EVENT_SESSION, _EVENT_LAP, _EVENT_ACTIVITY = 0, 8, 9, 26
_START, _STOP, _STOP_ALL = 0, 1, 4


class _Type(NamedTuple):
    code: int
    letter: str
    numpy: str
    invalid: int


_ENUM = _Type(0x00, "B", "u1", 0xFF)
_SINT8 = _Type(0x01, "b", "i1", 0x7F)
_UINT8 = _Type(0x02, "B", "u1", 0xFF)
_UINT16 = _Type(0x84, "H", "<u2", 0xFFFF)
_SINT32 = _Type(0x85, "i", "<i4", 0x7FFFFFFF)
_UINT32 = _Type(0x86, "I", "<u4", 0xFFFFFFFF)
_UINT32Z = _Type(0x8C, "I", "<u4", 0)


class _Field(NamedTuple):
    name: str
    number: int
    type: _Type
    scale: float = 1
    offset: float = 0


class _Message(NamedTuple):
    local: int
    number: int
    fields: tuple[_Field, ...]


_FILE_ID = _Message(
    0,
    0,
    (
        _Field("type", 0, _ENUM),
        _Field("manufacturer", 1, _UINT16),
        _Field("product", 2, _UINT16),
        _Field("serial_number", 3, _UINT32Z),
        _Field("time_created", 4, _UINT32, 1, -FIT_EPOCH_S),
    ),
)
_AT = _Field("at", 253, _UINT32, 1, -FIT_EPOCH_S)
_DEVICE_INFO = _Message(
    1,
    23,
    (
        _AT,
        _Field("device_index", 0, _UINT8),
        _Field("manufacturer", 2, _UINT16),
        _Field("serial_number", 3, _UINT32Z),
        _Field("product", 4, _UINT16),
        _Field("software_version", 5, _UINT16, 100),
    ),
)
_EVENT = _Message(2, 21, (_AT, _Field("event", 0, _ENUM), _Field("event_type", 1, _ENUM)))
_SUMMARY = (
    _AT,
    _Field("event", 0, _ENUM),
    _Field("event_type", 1, _ENUM),
    _Field("started_at", 2, _UINT32, 1, -FIT_EPOCH_S),
    _Field("elapsed_s", 7, _UINT32, 1000),
    _Field("timer_s", 8, _UINT32, 1000),
    _Field("distance_m", 9, _UINT32, 100),
)
_LAP = _Message(
    4,
    19,
    (
        *_SUMMARY,
        _Field("heart_rate_avg_bpm", 15, _UINT8),
        _Field("heart_rate_max_bpm", 16, _UINT8),
        _Field("cadence_avg_rpm", 17, _UINT8),
        _Field("cadence_avg_fraction", 80, _UINT8, 128),
        _Field("power_avg_w", 19, _UINT16),
        _Field("ascent_m", 21, _UINT16),
        _Field("intensity", 23, _ENUM),
        _Field("trigger", 24, _ENUM),
        _Field("workout_step", 71, _UINT16),
        _Field("speed_avg_m_per_s", 110, _UINT32, 1000),
    ),
)
_SESSION = _Message(
    5,
    18,
    (
        *_SUMMARY,
        _Field("sport", 5, _ENUM),
        _Field("sub_sport", 6, _ENUM),
        _Field("energy_kcal", 11, _UINT16),
        _Field("heart_rate_avg_bpm", 16, _UINT8),
        _Field("heart_rate_max_bpm", 17, _UINT8),
        _Field("cadence_avg_rpm", 18, _UINT8),
        _Field("cadence_max_rpm", 19, _UINT8),
        _Field("power_avg_w", 20, _UINT16),
        _Field("ascent_m", 22, _UINT16),
        _Field("descent_m", 23, _UINT16),
        _Field("first_lap_index", 25, _UINT16),
        _Field("lap_count", 26, _UINT16),
        _Field("cadence_avg_fraction", 92, _UINT8, 128),
        _Field("speed_avg_m_per_s", 124, _UINT32, 1000),
        _Field("speed_max_m_per_s", 125, _UINT32, 1000),
    ),
)
_ACTIVITY = _Message(
    6,
    34,
    (
        _AT,
        _Field("timer_s", 0, _UINT32, 1000),
        _Field("session_count", 1, _UINT16),
        _Field("type", 2, _ENUM),
        _Field("event", 3, _ENUM),
        _Field("event_type", 4, _ENUM),
        _Field("local_at", 5, _UINT32, 1, -FIT_EPOCH_S),
    ),
)
_DEVICE_SETTINGS = _Message(7, 2, (_Field("utc_offset_s", 1, _UINT32),))

_RECORD_LOCAL, _RECORD_NUMBER = 3, 20
_RECORD_FIELDS = (
    _Field("at", 253, _UINT32, 1, -FIT_EPOCH_S),
    _Field("latitude_deg", 0, _SINT32, SEMICIRCLES_PER_DEGREE),
    _Field("longitude_deg", 1, _SINT32, SEMICIRCLES_PER_DEGREE),
    _Field("distance_m", 5, _UINT32, 100),
    _Field("speed_m_per_s", 73, _UINT32, 1000),
    _Field("altitude_m", 78, _UINT32, 5, 500),
    _Field("heart_rate_bpm", 3, _UINT8),
    _Field("cadence_rpm", 4, _UINT8),
    _Field("cadence_fraction", 53, _UINT8, 128),
    _Field("temperature_c", 13, _SINT8),
    _Field("power_w", 7, _UINT16),
    _Field("vertical_oscillation_mm", 39, _UINT16, 10),
    _Field("stance_time_ms", 41, _UINT16, 10),
    _Field("step_length_mm", 85, _UINT16, 10),
)
# Older watches write 16-bit speed and altitude; the same columns, other field numbers.
_OLD_FIELDS = {
    "speed_m_per_s": _Field("speed_m_per_s", 6, _UINT16, 1000),
    "altitude_m": _Field("altitude_m", 2, _UINT16, 5, 500),
}


def encode_activity(recording: Recording) -> bytes:
    """The FIT file of one recording; laps and pauses stand between the samples where they happened."""
    device = recording.device
    parts = [
        _definition(_FILE_ID),
        _row(
            _FILE_ID,
            type=_FILE_ACTIVITY,
            manufacturer=device.manufacturer,
            product=device.product,
            serial_number=device.serial_number,
            time_created=recording.started_at,
        ),
        _definition(_DEVICE_INFO),
        _row(
            _DEVICE_INFO,
            at=recording.started_at,
            device_index=0,
            manufacturer=device.manufacturer,
            serial_number=device.serial_number,
            product=device.product,
            software_version=9.5,
        ),
        _definition(_EVENT),
        _row(_EVENT, at=recording.started_at, event=_EVENT_TIMER, event_type=_START),
        _definition(_LAP),
    ]
    parts += _samples_with_marks(recording)
    parts += [
        _row(_EVENT, at=recording.ended_at, event=_EVENT_TIMER, event_type=_STOP_ALL),
        _definition(_SESSION),
        _session_row(recording),
        _definition(_ACTIVITY),
        _row(
            _ACTIVITY,
            at=recording.ended_at,
            timer_s=recording.timer_s,
            session_count=1,
            type=0,
            event=_EVENT_ACTIVITY,
            event_type=_STOP,
            local_at=recording.ended_at + recording.utc_offset_s,
        ),
    ]
    return wrap(b"".join(parts))


def encode_settings(
    *, created_at: int, manufacturer: int, product: int, serial_number: int, utc_offset_s: int
) -> bytes:
    """A FIT file that is no activity: the settings a watch keeps beside them."""
    return wrap(
        _definition(_FILE_ID)
        + _row(
            _FILE_ID,
            type=_FILE_SETTINGS,
            manufacturer=manufacturer,
            product=product,
            serial_number=serial_number,
            time_created=created_at,
        )
        + _definition(_DEVICE_SETTINGS)
        + _row(_DEVICE_SETTINGS, utc_offset_s=utc_offset_s)
    )


def wrap(messages: bytes) -> bytes:
    """The whole file around encoded messages: header before, checksum after."""
    head = struct.pack("<BBHI4s", 14, _PROTOCOL, _PROFILE, len(messages), b".FIT")
    body = head + struct.pack("<H", checksum(head)) + messages
    return body + struct.pack("<H", checksum(body))


def checksum(data: bytes) -> int:
    """The FIT checksum (CRC-16/ARC) of `data`.

    Blocks are run through the table side by side and then joined pairwise: the checksum of two blocks in a row is the
    first, carried over as many zero bytes as the second has, xor the second. Zeros in front do not change it.
    """
    blocks = 1
    while blocks * _CRC_BLOCK < len(data):
        blocks *= 2
    padded = np.zeros(blocks * _CRC_BLOCK, dtype=np.uint8)
    padded[len(padded) - len(data) :] = np.frombuffer(data, dtype=np.uint8)
    columns = np.ascontiguousarray(padded.reshape(blocks, _CRC_BLOCK).T)
    table = _crc_table()
    crc = np.zeros(blocks, dtype=np.uint16)
    for column in columns:
        crc = (crc >> 8) ^ table[(crc ^ column) & 0xFF]
    level = 0
    while len(crc) > 1:
        crc = _carry_table(level)[crc[::2]] ^ crc[1::2]
        level += 1
    return int(crc[0])


@cache
def _crc_table() -> NDArray[np.uint16]:
    crc = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        crc = np.where(crc & 1, (crc >> 1) ^ _CRC_POLYNOMIAL, crc >> 1).astype(np.uint16)
    return crc


@cache
def _carry_table(level: int) -> NDArray[np.uint16]:
    """What each checksum becomes after 32 · 2^level zero bytes."""
    if level:
        half = _carry_table(level - 1)
        return half[half]
    table = _crc_table()
    crc = np.arange(65536, dtype=np.uint32).astype(np.uint16)
    for _ in range(_CRC_BLOCK):
        crc = (crc >> 8) ^ table[crc & 0xFF]
    return crc


def _samples_with_marks(recording: Recording) -> list[bytes]:
    """The sample rows, cut where a lap ended or the clock was stopped and started."""
    marks: list[tuple[int, bytes]] = []
    for lap in recording.laps:
        marks.append((lap.ended_at, _lap_row(lap)))
    for stopped_at, started_at in recording.pauses:
        marks.append((stopped_at, _row(_EVENT, at=stopped_at, event=_EVENT_TIMER, event_type=_STOP_ALL)))
        marks.append((started_at, _row(_EVENT, at=started_at, event=_EVENT_TIMER, event_type=_START)))
    marks.sort(key=lambda mark: mark[0])
    fields = _record_fields(recording)
    rows = _sample_rows(fields, recording.samples)
    width = 1 + sum(struct.calcsize(field.type.letter) for field in fields)
    cuts = np.searchsorted(recording.samples["at"], [at for at, _ in marks], side="right") * width
    parts = [_describe(_RECORD_LOCAL, _RECORD_NUMBER, fields)]
    position = 0
    for cut, (_, row) in zip(cuts.tolist(), marks, strict=True):
        parts += [rows[position:cut], row]
        position = cut
    return [*parts, rows[position:]]


def _record_fields(recording: Recording) -> tuple[_Field, ...]:
    present = [field for field in _RECORD_FIELDS if field.name in recording.samples]
    if recording.device.has_dynamics:
        return tuple(present)
    return tuple(_OLD_FIELDS.get(field.name, field) for field in present)


def _sample_rows(fields: Sequence[_Field], samples: Mapping[str, Numbers]) -> bytes:
    dtype = np.dtype([("local", "u1"), *((field.name, field.type.numpy) for field in fields)])
    rows = np.empty(len(samples["at"]), dtype=dtype)
    rows["local"] = _RECORD_LOCAL
    for field in fields:
        scaled = np.rint((samples[field.name] + field.offset) * field.scale)
        rows[field.name] = np.where(np.isnan(scaled), field.type.invalid, scaled)
    return rows.tobytes()


def _lap_row(lap: Lap) -> bytes:
    cadence, fraction = _split_cadence(lap.cadence_avg_rpm)
    return _row(
        _LAP,
        at=lap.ended_at,
        event=_EVENT_LAP,
        event_type=_STOP,
        started_at=lap.started_at,
        elapsed_s=lap.ended_at - lap.started_at,
        timer_s=lap.timer_s,
        distance_m=lap.distance_m,
        heart_rate_avg_bpm=lap.heart_rate_avg_bpm,
        heart_rate_max_bpm=lap.heart_rate_max_bpm,
        cadence_avg_rpm=cadence,
        cadence_avg_fraction=fraction,
        power_avg_w=lap.power_avg_w,
        ascent_m=lap.ascent_m,
        intensity=lap.intensity,
        trigger=lap.trigger,
        workout_step=lap.workout_step,
        speed_avg_m_per_s=lap.distance_m / lap.timer_s if lap.timer_s else None,
    )


def _session_row(recording: Recording) -> bytes:
    cadence, fraction = _split_cadence(recording.cadence_avg_rpm)
    return _row(
        _SESSION,
        at=recording.ended_at,
        event=_EVENT_SESSION,
        event_type=_STOP,
        started_at=recording.started_at,
        elapsed_s=recording.ended_at - recording.started_at,
        timer_s=recording.timer_s,
        distance_m=recording.distance_m,
        sport=recording.sport,
        sub_sport=recording.sub_sport,
        energy_kcal=recording.energy_kcal,
        heart_rate_avg_bpm=recording.heart_rate_avg_bpm,
        heart_rate_max_bpm=recording.heart_rate_max_bpm,
        cadence_avg_rpm=cadence,
        cadence_max_rpm=recording.cadence_max_rpm,
        power_avg_w=recording.power_avg_w,
        ascent_m=recording.ascent_m,
        descent_m=recording.descent_m,
        first_lap_index=0,
        lap_count=len(recording.laps),
        cadence_avg_fraction=fraction,
        speed_avg_m_per_s=recording.distance_m / recording.timer_s,
        speed_max_m_per_s=recording.speed_max_m_per_s,
    )


def _split_cadence(cadence_rpm: float | None) -> tuple[int | None, float | None]:
    """Whole steps and the rest in 1/128, as FIT keeps cadence in two fields."""
    if cadence_rpm is None:
        return None, None
    whole, rest = divmod(round(cadence_rpm * 128), 128)
    return whole, rest / 128


@cache
def _definition(message: _Message) -> bytes:
    return _describe(message.local, message.number, message.fields)


@cache
def _describe(local: int, number: int, fields: tuple[_Field, ...]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields))
    return head + b"".join(
        struct.pack("<BBB", field.number, struct.calcsize(field.type.letter), field.type.code) for field in fields
    )


@cache
def _packer(message: _Message) -> struct.Struct:
    return struct.Struct("<B" + "".join(field.type.letter for field in message.fields))


def _row(message: _Message, **values: float | None) -> bytes:
    """One message; a field without a value is invalid, which is how FIT says unknown."""
    packed = []
    for field in message.fields:
        value = values.get(field.name)
        packed.append(field.type.invalid if value is None else round((value + field.offset) * field.scale))
    return _packer(message).pack(message.local, *packed)
