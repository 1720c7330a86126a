"""Writes FIT files: what a running watch saves, byte by byte, with samples encoded by column.

A FIT file is a header, a row of messages and a checksum. Each message refers to a definition sent before it: which global
message it is, and number, size and base type of its fields. Unknown is the base type's invalid value.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from connectors.files.crc import crc16
from connectors.sample.fit_messages import (
    ACTIVITY,
    DEVICE_INFO,
    DEVICE_SETTINGS,
    EVENT,
    FILE_ID,
    LAP,
    OLD_FIELDS,
    RECORD_FIELDS,
    RECORD_LOCAL,
    RECORD_NUMBER,
    SESSION,
    Field,
    Message,
)
from connectors.sample.model import Lap, Numbers, Recording

_PROTOCOL = 0x20
_PROFILE = 2132

_FILE_ACTIVITY, _FILE_SETTINGS = 4, 2
_EVENT_TIMER, _EVENT_SESSION, _EVENT_LAP, _EVENT_ACTIVITY = 0, 8, 9, 26
_START, _STOP, _STOP_ALL = 0, 1, 4


def encode_activity(recording: Recording) -> bytes:
    """The FIT file of one recording; laps and pauses stand between the samples where they happened."""
    device = recording.device
    parts = [
        _definition(FILE_ID),
        _row(
            FILE_ID,
            type=_FILE_ACTIVITY,
            manufacturer=device.manufacturer,
            product=device.product,
            serial_number=device.serial_number,
            time_created=recording.started_at,
        ),
        _definition(DEVICE_INFO),
        _row(
            DEVICE_INFO,
            at=recording.started_at,
            device_index=0,
            manufacturer=device.manufacturer,
            serial_number=device.serial_number,
            product=device.product,
            software_version=9.5,
        ),
        _definition(EVENT),
        _row(EVENT, at=recording.started_at, event=_EVENT_TIMER, event_type=_START),
        _definition(LAP),
    ]
    parts += _samples_with_marks(recording)
    parts += [
        _row(EVENT, at=recording.ended_at, event=_EVENT_TIMER, event_type=_STOP_ALL),
        _definition(SESSION),
        _session_row(recording),
        _definition(ACTIVITY),
        _row(
            ACTIVITY,
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
        _definition(FILE_ID)
        + _row(
            FILE_ID,
            type=_FILE_SETTINGS,
            manufacturer=manufacturer,
            product=product,
            serial_number=serial_number,
            time_created=created_at,
        )
        + _definition(DEVICE_SETTINGS)
        + _row(DEVICE_SETTINGS, utc_offset_s=utc_offset_s)
    )


def wrap(messages: bytes) -> bytes:
    """The whole file around encoded messages: header before, checksum after."""
    head = struct.pack("<BBHI4s", 14, _PROTOCOL, _PROFILE, len(messages), b".FIT")
    body = head + struct.pack("<H", crc16(head)) + messages
    return body + struct.pack("<H", crc16(body))


def _samples_with_marks(recording: Recording) -> list[bytes]:
    """The sample rows, cut where a lap ended or the clock was stopped and started."""
    marks: list[tuple[int, bytes]] = []
    for lap in recording.laps:
        marks.append((lap.ended_at, _lap_row(lap)))
    for stopped_at, started_at in recording.pauses:
        marks.append((stopped_at, _row(EVENT, at=stopped_at, event=_EVENT_TIMER, event_type=_STOP_ALL)))
        marks.append((started_at, _row(EVENT, at=started_at, event=_EVENT_TIMER, event_type=_START)))
    marks.sort(key=lambda mark: mark[0])
    fields = _record_fields(recording)
    rows = _sample_rows(fields, recording.samples)
    width = 1 + sum(struct.calcsize(field.type.letter) for field in fields)
    cuts = np.searchsorted(recording.samples["at"], [at for at, _ in marks], side="right") * width
    parts = [_describe(RECORD_LOCAL, RECORD_NUMBER, fields)]
    position = 0
    for cut, (_, row) in zip(cuts.tolist(), marks, strict=True):
        parts += [rows[position:cut], row]
        position = cut
    return [*parts, rows[position:]]


def _record_fields(recording: Recording) -> tuple[Field, ...]:
    present = [field for field in RECORD_FIELDS if field.name in recording.samples]
    if recording.device.has_dynamics:
        return tuple(present)
    return tuple(OLD_FIELDS.get(field.name, field) for field in present)


def _sample_rows(fields: Sequence[Field], samples: Mapping[str, Numbers]) -> bytes:
    dtype = np.dtype([("local", "u1"), *((field.name, field.type.numpy) for field in fields)])
    rows = np.empty(len(samples["at"]), dtype=dtype)
    rows["local"] = RECORD_LOCAL
    for field in fields:
        scaled = np.rint((samples[field.name] + field.offset) * field.scale)
        rows[field.name] = np.where(np.isnan(scaled), field.type.invalid, scaled)
    return rows.tobytes()


def _lap_row(lap: Lap) -> bytes:
    cadence, fraction = _split_cadence(lap.cadence_avg_rpm)
    return _row(
        LAP,
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
        SESSION,
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
def _definition(message: Message) -> bytes:
    return _describe(message.local, message.number, message.fields)


@cache
def _describe(local: int, number: int, fields: tuple[Field, ...]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields))
    return head + b"".join(
        struct.pack("<BBB", field.number, struct.calcsize(field.type.letter), field.type.code) for field in fields
    )


@cache
def _packer(message: Message) -> struct.Struct:
    return struct.Struct("<B" + "".join(field.type.letter for field in message.fields))


def _row(message: Message, **values: float | None) -> bytes:
    """One message; a field without a value is invalid, which is how FIT says unknown."""
    packed = []
    for field in message.fields:
        value = values.get(field.name)
        packed.append(field.type.invalid if value is None else round((value + field.offset) * field.scale))
    return _packer(message).pack(message.local, *packed)
