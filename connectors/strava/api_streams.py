"""Strava's streams as a recording: original bytes that stand by themselves, and the samples that are in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from connectors.errors import Damaged
from connectors.files.recording import DecodedFile, Found, decoded
from connectors.landing import canonical_json
from connectors.strava.api_client import has_hidden_start, start_of

FORMAT = "strava_streams"

# Cadence is one foot's per minute, as in FIT files; speed is smoothed by Strava.
_COLUMNS: Mapping[str, str] = {
    "distance": "distance_m",
    "altitude": "altitude_m",
    "velocity_smooth": "speed_m_per_s",
    "heartrate": "heart_rate_bpm",
    "cadence": "cadence_rpm",
    "watts": "power_w",
    "temp": "temperature_c",
}
_LEAVE_IT = "Nothing needs to be done: the activity counts by its summary."

Column = npt.NDArray[np.float64]


def original(summary: Mapping[str, Any], streams: Mapping[str, Any]) -> bytes:
    """The bytes to keep: the streams as they came, with what of their activity is needed to read them again."""
    about = {name: summary.get(name) for name in ("id", "start_date", "utc_offset")}
    return canonical_json({**about, "streams": streams})


def decode_streams(data: bytes, *, now: datetime | None) -> DecodedFile:
    """The recording in `original` bytes. Raises `Damaged` when it has no times or cannot have happened then."""
    kept = orjson.loads(data)
    streams: Mapping[str, Any] = kept["streams"]
    started_at = start_of(kept, "recording")
    times = _numbers(streams.get("time"))
    if times is None or not len(times):
        raise Damaged("Strava's streams have no times.", _LEAVE_IT)
    columns: dict[str, Column] = {"sample_at": times + started_at.timestamp()}
    faults = []
    for stream, column in _COLUMNS.items():
        if stream not in streams:
            continue
        values = _numbers(streams[stream])
        if values is None or len(values) != len(times):
            faults.append(f"The stream {stream} does not fit the times and was left out.")
        else:
            columns[column] = values
    columns |= _positions(streams.get("latlng"), len(times))
    if has_hidden_start(started_at):
        faults.append("The start is hidden: the day is right, the time of day is not.")
    offset_s = kept["utc_offset"]
    return decoded(
        Found(
            format=FORMAT,
            columns=columns,
            utc_offset_s=round(offset_s) if isinstance(offset_s, int | float) else None,
            faults=faults,
        ),
        now=now,
    )


def _values(stream: Any) -> list[Any] | None:
    values = stream.get("data") if isinstance(stream, dict) else None
    return values if isinstance(values, list) else None


def _numbers(stream: Any) -> Column | None:
    """The stream's values, gaps as NaN; None when it is no stream of numbers."""
    values = _values(stream)
    try:
        return None if values is None else np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _positions(stream: Any, count: int) -> dict[str, Column]:
    values = _values(stream)
    if values is None or len(values) != count:
        return {}
    try:
        pairs = np.array([pair or (np.nan, np.nan) for pair in values], dtype=np.float64).reshape(count, 2)
    except (TypeError, ValueError):
        return {}
    return {"latitude_deg": pairs[:, 0].copy(), "longitude_deg": pairs[:, 1].copy()}
