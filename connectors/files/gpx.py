"""GPX: tracks of points with a time, a position and what the recorder added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from lxml import etree

from connectors.errors import NothingToImport
from connectors.files.derive import derived_session, distances_m
from connectors.files.recording import Column, DecodedFile, Found, decoded
from connectors.files.xml import child, children, local_name, number, text_of, unix_s

# What the extensions of Garmin, Strava, Cluetrust and others call the same things; the first spelling of each wins.
_EXTENSIONS = {
    "hr": "heart_rate_bpm",
    "heartrate": "heart_rate_bpm",
    "cad": "cadence_rpm",
    "cadence": "cadence_rpm",
    "atemp": "temperature_c",
    "temp": "temperature_c",
    "power": "power_w",
    "PowerInWatts": "power_w",
    "speed": "speed_m_per_s",
    "distance": "distance_m",
}
_COLUMNS = (
    "sample_at",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    *dict.fromkeys(_EXTENSIONS.values()),
)


def read_gpx_recording(root: etree._Element, faults: list[str], *, now: datetime | None = None) -> DecodedFile:
    """Decode a GPX file: every track is a session, derived from its points."""
    tracks = [_track(track) for track in children(root, "trk")]
    tracks = [track for track in tracks if len(track["sample_at"])]
    if not tracks:
        raise NothingToImport("The GPX file has no track points, only a way or places.", "Nothing needs to be done.")
    if not any(np.isfinite(track["sample_at"]).any() for track in tracks):
        raise NothingToImport(
            "The points of the GPX file have no times: it is a planned way, not a recording.",
            "Nothing needs to be done.",
        )
    kinds = [
        text_of(child(track, "type")) for track in children(root, "trk") if child(track, "trkseg", "trkpt") is not None
    ]
    found = Found(format="gpx", columns=_joined(tracks), faults=faults, product=root.get("creator"))
    if len(tracks) > 1:
        found.sessions = [_session(track, kind) for track, kind in zip(tracks, kinds, strict=False)]
        found.sessions = [session for session in found.sessions if session]
    found.sport = kinds[0].lower() if kinds and kinds[0] else None
    return decoded(found, now=now)


def _session(track: dict[str, Column], kind: str | None) -> dict[str, Any]:
    timed = np.isfinite(track["sample_at"])
    if not timed.any():
        return {}
    columns = {name: values[timed] for name, values in track.items()}
    order = np.argsort(columns["sample_at"], kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    return derived_session(columns, [], sport=kind.lower() if kind else None)


def _track(track: etree._Element) -> dict[str, Column]:
    rows: dict[str, list[float]] = {name: [] for name in _COLUMNS}
    breaks: list[bool] = []
    for segment in children(track, "trkseg"):
        is_first = True
        for point in children(segment, "trkpt"):
            _read_point(point, rows)
            breaks.append(is_first)
            is_first = False
    columns = {name: np.array(values) for name, values in rows.items()}
    latitude, longitude = columns["latitude_deg"], columns["longitude_deg"]
    with np.errstate(invalid="ignore"):
        real = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    columns["latitude_deg"], columns["longitude_deg"] = (
        np.where(real, latitude, np.nan),
        np.where(real, longitude, np.nan),
    )
    if np.isnan(columns["distance_m"]).all():
        columns["distance_m"] = distances_m(
            columns["latitude_deg"], columns["longitude_deg"], np.array(breaks, dtype=bool)
        )
    return columns


def _read_point(point: etree._Element, rows: dict[str, list[float]]) -> None:
    values = dict.fromkeys(_COLUMNS, float("nan"))
    values["latitude_deg"], values["longitude_deg"] = number(point.get("lat")), number(point.get("lon"))
    for element in point:
        match local_name(element):
            case "time":
                values["sample_at"] = unix_s(element.text)
            case "ele":
                values["altitude_m"] = number(element.text)
            case "extensions":
                for inner in element.iter():
                    target = _EXTENSIONS.get(local_name(inner) or "")
                    if target and values[target] != values[target]:
                        values[target] = number(inner.text)
    if values["heart_rate_bpm"] == 0:
        values["heart_rate_bpm"] = float("nan")
    for name, column in rows.items():
        column.append(values[name])


def _joined(tracks: list[dict[str, Column]]) -> dict[str, Column]:
    columns = {name: np.concatenate([track[name] for track in tracks]) for name in _COLUMNS}
    return {name: values for name, values in columns.items() if name == "sample_at" or not np.isnan(values).all()}
