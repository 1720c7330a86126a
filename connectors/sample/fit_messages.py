"""The FIT messages that a running watch writes: numbers, base types, scales and offsets of their fields."""

from __future__ import annotations

from typing import NamedTuple

FIT_EPOCH_S = 631065600  # 1989-12-31T00:00:00Z
SEMICIRCLES_PER_DEGREE = 2**31 / 180


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


class Field(NamedTuple):
    """One field of a message: its number there, its type, and how a value becomes the stored number."""

    name: str
    number: int
    type: _Type
    scale: float = 1
    offset: float = 0


class Message(NamedTuple):
    """What a definition says: the local number rows refer to, the global message, its fields."""

    local: int
    number: int
    fields: tuple[Field, ...]


FILE_ID = Message(
    0,
    0,
    (
        Field("type", 0, _ENUM),
        Field("manufacturer", 1, _UINT16),
        Field("product", 2, _UINT16),
        Field("serial_number", 3, _UINT32Z),
        Field("time_created", 4, _UINT32, 1, -FIT_EPOCH_S),
    ),
)
_AT = Field("at", 253, _UINT32, 1, -FIT_EPOCH_S)
DEVICE_INFO = Message(
    1,
    23,
    (
        _AT,
        Field("device_index", 0, _UINT8),
        Field("manufacturer", 2, _UINT16),
        Field("serial_number", 3, _UINT32Z),
        Field("product", 4, _UINT16),
        Field("software_version", 5, _UINT16, 100),
    ),
)
EVENT = Message(2, 21, (_AT, Field("event", 0, _ENUM), Field("event_type", 1, _ENUM)))
_SUMMARY = (
    _AT,
    Field("event", 0, _ENUM),
    Field("event_type", 1, _ENUM),
    Field("started_at", 2, _UINT32, 1, -FIT_EPOCH_S),
    Field("elapsed_s", 7, _UINT32, 1000),
    Field("timer_s", 8, _UINT32, 1000),
    Field("distance_m", 9, _UINT32, 100),
)
LAP = Message(
    4,
    19,
    (
        *_SUMMARY,
        Field("heart_rate_avg_bpm", 15, _UINT8),
        Field("heart_rate_max_bpm", 16, _UINT8),
        Field("cadence_avg_rpm", 17, _UINT8),
        Field("cadence_avg_fraction", 80, _UINT8, 128),
        Field("power_avg_w", 19, _UINT16),
        Field("ascent_m", 21, _UINT16),
        Field("intensity", 23, _ENUM),
        Field("trigger", 24, _ENUM),
        Field("workout_step", 71, _UINT16),
        Field("speed_avg_m_per_s", 110, _UINT32, 1000),
    ),
)
SESSION = Message(
    5,
    18,
    (
        *_SUMMARY,
        Field("sport", 5, _ENUM),
        Field("sub_sport", 6, _ENUM),
        Field("energy_kcal", 11, _UINT16),
        Field("heart_rate_avg_bpm", 16, _UINT8),
        Field("heart_rate_max_bpm", 17, _UINT8),
        Field("cadence_avg_rpm", 18, _UINT8),
        Field("cadence_max_rpm", 19, _UINT8),
        Field("power_avg_w", 20, _UINT16),
        Field("ascent_m", 22, _UINT16),
        Field("descent_m", 23, _UINT16),
        Field("first_lap_index", 25, _UINT16),
        Field("lap_count", 26, _UINT16),
        Field("cadence_avg_fraction", 92, _UINT8, 128),
        Field("speed_avg_m_per_s", 124, _UINT32, 1000),
        Field("speed_max_m_per_s", 125, _UINT32, 1000),
    ),
)
ACTIVITY = Message(
    6,
    34,
    (
        _AT,
        Field("timer_s", 0, _UINT32, 1000),
        Field("session_count", 1, _UINT16),
        Field("type", 2, _ENUM),
        Field("event", 3, _ENUM),
        Field("event_type", 4, _ENUM),
        Field("local_at", 5, _UINT32, 1, -FIT_EPOCH_S),
    ),
)
DEVICE_SETTINGS = Message(7, 2, (Field("utc_offset_s", 1, _UINT32),))

RECORD_LOCAL, RECORD_NUMBER = 3, 20
RECORD_FIELDS = (
    Field("at", 253, _UINT32, 1, -FIT_EPOCH_S),
    Field("latitude_deg", 0, _SINT32, SEMICIRCLES_PER_DEGREE),
    Field("longitude_deg", 1, _SINT32, SEMICIRCLES_PER_DEGREE),
    Field("distance_m", 5, _UINT32, 100),
    Field("speed_m_per_s", 73, _UINT32, 1000),
    Field("altitude_m", 78, _UINT32, 5, 500),
    Field("heart_rate_bpm", 3, _UINT8),
    Field("cadence_rpm", 4, _UINT8),
    Field("cadence_fraction", 53, _UINT8, 128),
    Field("temperature_c", 13, _SINT8),
    Field("power_w", 7, _UINT16),
    Field("vertical_oscillation_mm", 39, _UINT16, 10),
    Field("stance_time_ms", 41, _UINT16, 10),
    Field("step_length_mm", 85, _UINT16, 10),
)
# Older watches write 16-bit speed and altitude; the same columns, other field numbers.
OLD_FIELDS = {
    "speed_m_per_s": Field("speed_m_per_s", 6, _UINT16, 1000),
    "altitude_m": Field("altitude_m", 2, _UINT16, 5, 500),
}
