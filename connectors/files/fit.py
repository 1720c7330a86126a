"""A FIT file as a recording: which columns of which messages say what a runner wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isnan

import numpy as np

from connectors.errors import Damaged, NothingToImport, Unsafe
from connectors.files import fit_profile as profile
from connectors.files import fit_words as words
from connectors.files.fit_messages import Column, FitFile, Message, first_of, read_fit
from connectors.files.fit_words import word
from connectors.files.recording import DecodedFile, Facts, Found, decoded

_QUARTER_HOUR_S = 900
_FARTHEST_EAST_S, _FARTHEST_WEST_S = 14 * 3600, -12 * 3600
_MOST_SAMPLES = 1_000_000
"""Eleven days of one sample a second; a small file made to fill the memory would claim more."""
_VALUE_BYTES, _ROOM_BYTES, _ROOM_TIMES = 16, 12 * 1024**2, 12
"""What a value takes while it is read, and what all of them may take: a slack and so many times the file. Real samples
take 25 bytes for ten values or so."""
_MOST_SESSIONS, _MOST_LAPS, _MOST_EVENTS, _MOST_WORDS = 1_000, 3_000, 5_000, 256
"""Far more than real files hold, of what takes a thousand times its room in the file once it is read."""
_MOST_FAULTS = 8
"""A file with more damage than this is summed up, so that the list stays readable."""


def read_fit_recording(data: bytes, *, now: datetime | None = None) -> DecodedFile:
    """Decode a FIT file, or what is left of one."""
    fit = read_fit(data)
    record, session = fit.message(profile.RECORD), fit.message(profile.SESSION)
    if record is None and session is None:
        raise _nothing(fit)
    if record is not None and _is_too_much(record, len(data)):
        raise Unsafe(
            f"The FIT file claims {record.count} samples in {len(data)} bytes, as no run has.", "Export the file again."
        )
    found = Found(format="fit", columns=_columns(record), faults=_summed_up(fit.faults))
    _say_who(fit, found)
    found.utc_offset_s = _utc_offset_s(fit.message(profile.ACTIVITY))
    found.sport, found.sub_sport = _stated_sport(_few(fit, profile.SPORT))
    found.sessions = _sessions(_first_so_many(session, _MOST_SESSIONS, "sessions", found)) if session else []
    lap = fit.message(profile.LAP)
    found.laps = _laps(_first_so_many(lap, _MOST_LAPS, "laps", found)) if lap else []
    found.events = _timer_events(fit.message(profile.EVENT))
    return decoded(found, now=now)


def _is_too_much(record: Message, size: int) -> bool:
    """Whether the samples are too many, or would take too many times the room of the file: a few messages may have every
    field and a million others none, and each field is a column for all of them."""
    room = _VALUE_BYTES * record.count * (1 + len(record.names))
    return record.count > _MOST_SAMPLES or room > _ROOM_BYTES + _ROOM_TIMES * size


def _few(fit: FitFile, number: int) -> Message | None:
    """Messages of which the first is what counts."""
    message = fit.message(number)
    return None if message is None else message.first(_MOST_WORDS)


def _first_so_many(message: Message, most: int, things: str, found: Found) -> Message:
    if message.count > most:
        found.faults.append(f"The file claims {message.count} {things}; the first {most} were read.")
    return message.first(most)


def _nothing(fit: FitFile) -> NothingToImport | Damaged:
    kind = _first(_few(fit, profile.FILE_ID), "type")
    if not fit.messages or (kind in (None, words.ACTIVITY_FILE) and fit.faults):
        return Damaged(
            f"The FIT file is broken: {(*fit.faults, 'it holds no message.')[0]}",
            "Export the file again from where it came.",
        )
    what = words.FILE_TYPES.get(int(kind), f"type {int(kind)}") if kind is not None else "unknown"
    return NothingToImport(
        f"This is a FIT file of the kind “{what}”, without a recorded activity in it.", "Nothing needs to be done."
    )


def _summed_up(faults: tuple[str, ...]) -> list[str]:
    if len(faults) <= _MOST_FAULTS:
        return list(faults)
    return [*faults[: _MOST_FAULTS - 1], f"{len(faults) - _MOST_FAULTS + 1} more faults of these kinds follow."]


def _columns(record: Message | None) -> dict[str, Column]:
    if record is None:
        return {"sample_at": np.empty(0)}
    scalar = record.scalar
    columns = {"sample_at": scalar("timestamp")}
    names = record.names

    def add(target: str, *sources: str) -> None:
        for source in sources:
            if source in names or (source in ("speed", "distance") and "compressed_speed_distance" in names):
                values = scalar(source)
                columns[target] = (
                    np.where(np.isnan(columns[target]), values, columns[target]) if target in columns else values
                )

    add("latitude_deg", "position_lat")
    add("longitude_deg", "position_long")
    add("distance_m", "distance")
    add("speed_m_per_s", "enhanced_speed", "speed")
    add("altitude_m", "enhanced_altitude", "altitude")
    add("heart_rate_bpm", "heart_rate")
    add("cadence_rpm", "cadence", "cadence256")
    add("power_w", "power")
    add("temperature_c", "temperature")
    add("vertical_oscillation_mm", "vertical_oscillation")
    add("stance_time_ms", "stance_time")
    add("step_length_mm", "step_length")
    _add_developer_fields(record, columns)
    if "cadence_rpm" in columns and "fractional_cadence" in names:
        columns["cadence_rpm"] = columns["cadence_rpm"] + np.nan_to_num(scalar("fractional_cadence"))
    _make_positions(columns)
    if "heart_rate_bpm" in columns:
        # A strap that has lost the skin writes zero; a living heart does not.
        columns["heart_rate_bpm"] = np.where(columns["heart_rate_bpm"] > 0, columns["heart_rate_bpm"], np.nan)
    return columns


_NATIVE_COLUMNS = {
    3: "heart_rate_bpm",
    4: "cadence_rpm",
    7: "power_w",
    39: "vertical_oscillation_mm",
    41: "stance_time_ms",
}


def _add_developer_fields(record: Message, columns: dict[str, Column]) -> None:
    """A foot pod's own power, cadence and the like, where the watch itself recorded none.

    The pod says which of the known fields it stands for.
    """
    for (developer, number), described in record.developer_fields.items():
        target = _NATIVE_COLUMNS.get(described.native_field) if described.native_field is not None else None
        if target is None or described.native_message not in (None, profile.RECORD):
            continue
        if target in columns and not np.isnan(columns[target]).all():
            continue
        columns[target] = first_of(record.values(number, developer, most=1))


def _make_positions(columns: dict[str, Column]) -> None:
    if "latitude_deg" not in columns or "longitude_deg" not in columns:
        columns.pop("latitude_deg", None)
        columns.pop("longitude_deg", None)
        return
    latitude = columns["latitude_deg"] * profile.SEMICIRCLE_DEG
    longitude = columns["longitude_deg"] * profile.SEMICIRCLE_DEG
    with np.errstate(invalid="ignore"):
        # Zero north, zero east is what a watch without a fix writes.
        real = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180) & ((latitude != 0) | (longitude != 0))
    columns["latitude_deg"] = np.where(real, latitude, np.nan)
    columns["longitude_deg"] = np.where(real, longitude, np.nan)


def _sessions(session: Message) -> list[Facts]:
    rows = _Rows(session)
    started = rows.first_of("start_time")
    ended = rows.first_of("timestamp")
    elapsed = rows.first_of("total_elapsed_time")
    found: list[Facts] = []
    for start, end, elapsed_s in zip(started, ended, elapsed, strict=True):
        reckoned = None if end is None else end - (elapsed_s or 0.0)
        found.append({"started_at": reckoned if start is None else start, "elapsed_s": elapsed_s})
    rows.put(found, "sport", _words(words.SPORTS, rows.first_of("sport")))
    rows.put(found, "sub_sport", _words(words.SUB_SPORTS, rows.first_of("sub_sport")))
    rows.put_totals(found)
    rows.put(found, "descent_m", rows.first_of("total_descent"))
    rows.put(found, "energy_kcal", rows.first_of("total_calories"))
    rows.put(found, "speed_avg_m_per_s", rows.first_of("enhanced_avg_speed", "avg_speed"))
    rows.put(found, "speed_max_m_per_s", rows.first_of("enhanced_max_speed", "max_speed"))
    # The watch keeps the athlete's answer of 1 to 10 in tenths.
    rows.put(found, "perceived_exertion", [None if rpe is None else rpe / 10 for rpe in rows.first_of("workout_rpe")])
    return found


def _laps(lap: Message) -> list[Facts]:
    rows = _Rows(lap)
    found: list[Facts] = [{"started_at": at} for at in rows.first_of("start_time")]
    rows.put(found, "elapsed_s", rows.first_of("total_elapsed_time"))
    rows.put_totals(found)
    rows.put(found, "intensity", _words(words.INTENSITIES, rows.first_of("intensity")))
    rows.put(found, "trigger", _words(words.LAP_TRIGGERS, rows.first_of("lap_trigger")))
    steps = rows.first_of("wkt_step_index")
    rows.put(found, "workout_step", [None if step is None else int(step) for step in steps])
    return found


class _Rows:
    """Short messages read row by row: sessions and laps."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._names = message.names

    def first_of(self, *names: str) -> list[float | None]:
        """The values of the first of these fields that is known, for every message."""
        values: Column | None = None
        for name in names:
            if name in self._names:
                column = self._message.scalar(name)
                values = column if values is None else np.where(np.isnan(values), column, values)
        if values is None:
            return [None] * self._message.count
        return [None if isnan(value) else value for value in values.tolist()]

    def put(self, found: list[Facts], name: str, values: Sequence[float | str | None]) -> None:
        for facts, value in zip(found, values, strict=True):
            facts[name] = value

    def put_totals(self, found: list[Facts]) -> None:
        """What sessions and laps both say."""
        self.put(found, "distance_m", self.first_of("total_distance"))
        self.put(found, "timer_s", self.first_of("total_timer_time"))
        self.put(found, "ascent_m", self.first_of("total_ascent"))
        self.put(found, "heart_rate_avg_bpm", _above_zero(self.first_of("avg_heart_rate")))
        self.put(found, "heart_rate_max_bpm", _above_zero(self.first_of("max_heart_rate")))
        whole, fraction = self.first_of("avg_cadence"), self.first_of("avg_fractional_cadence")
        cadence = [None if w is None else w + (f or 0.0) for w, f in zip(whole, fraction, strict=True)]
        self.put(found, "cadence_avg_rpm", cadence)
        self.put(found, "power_avg_w", self.first_of("avg_power"))


def _timer_events(event: Message | None) -> list[Facts]:
    if event is None:
        return []
    if "event" not in event.names:
        return []
    at, kind = event.scalar("timestamp"), event.scalar("event_type")
    told = (event.scalar("event") == words.TIMER_EVENT) & np.isfinite(at) & np.isfinite(kind)
    turns = np.flatnonzero(told)[:_MOST_EVENTS]
    return [
        {"at": at_s, "event": "timer", "event_type": word(words.EVENT_TYPES, code)}
        for at_s, code in zip(at[turns].tolist(), kind[turns].tolist(), strict=True)
    ]


def _say_who(fit: FitFile, found: Found) -> None:
    file_id = _few(fit, profile.FILE_ID)
    if file_id is None:
        return
    maker, product, serial = (_first(file_id, name) for name in ("manufacturer", "product", "serial_number"))
    found.manufacturer = word(words.MANUFACTURERS, maker)
    found.serial_number = None if serial is None else str(int(serial))
    found.product = next((name for name in file_id.text("product_name") if name), None)
    if found.product is None and product is not None:
        known = words.GARMIN_WATCHES.get(int(product)) if maker == words.GARMIN else None
        found.product = known or f"{found.manufacturer or 'unknown'} {int(product)}"
    kind = _first(file_id, "type")
    if kind is not None and words.FILE_TYPES.get(int(kind)) == "course":
        found.is_course = True
        found.faults.append("This is a course, a way to follow: it is kept, but is no run. Nothing needs to be done.")


def _stated_sport(sport: Message | None) -> tuple[str | None, str | None]:
    return word(words.SPORTS, _first(sport, "sport")), word(words.SUB_SPORTS, _first(sport, "sub_sport"))


def _utc_offset_s(activity: Message | None) -> int | None:
    """The athlete's wall clock minus UTC, to the quarter hour: the only place where a FIT file says where it was."""
    if activity is None:
        return None
    offsets = activity.scalar("local_timestamp") - activity.scalar("timestamp")
    for offset in offsets[np.isfinite(offsets)].tolist():
        rounded = int(round(offset / _QUARTER_HOUR_S) * _QUARTER_HOUR_S)
        if _FARTHEST_WEST_S <= rounded <= _FARTHEST_EAST_S:
            return rounded
    return None


def _first(message: Message | None, name: str) -> float | None:
    """The first known value of a field, or None."""
    if message is None:
        return None
    values = message.scalar(name)
    known = values[~np.isnan(values)]
    return float(known[0]) if len(known) else None


def _words(table: dict[int, str], codes: list[float | None]) -> list[str | None]:
    return [word(table, code) for code in codes]


def _above_zero(values: list[float | None]) -> list[float | None]:
    return [value if value else None for value in values]
