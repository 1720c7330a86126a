"""GPX: tracks of points with a time, a position and what the recorder added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from lxml import etree

from connectors.errors import NothingToImport
from connectors.files.derive import derived_session, distances_m, paused
from connectors.files.recording import Column, DecodedFile, Found, decoded
from connectors.files.track import POINT_COLUMNS, PointRows, point_columns, point_row, without_unknown
from connectors.files.xml_tree import child, children, local_name, number, text_of, unix_s

# What the extensions of Garmin, Strava, Cluetrust and others call the same things; the first that is given counts.
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
}
_STRAVA_TYPES = {"1": "cycling", "9": "running"}
"""Strava's own GPX gives its kinds as numbers; these two are sure, others stay as they are."""


def read_gpx_recording(root: etree._Element, faults: list[str], *, now: datetime | None = None) -> DecodedFile:
    """Decode a GPX file: every track with timed points is a session, derived from them."""
    tracks = [(_columns(track), _kind(track)) for track in children(root, "trk") if _has_points(track)]
    if not tracks:
        raise NothingToImport("The GPX file has no track points, only a way or places.", "Nothing needs to be done.")
    timed = [(_timed(columns), kind) for columns, kind in tracks]
    timed = [(columns, kind) for columns, kind in timed if len(columns["sample_at"])]
    if not timed:
        raise NothingToImport(
            "The points of the GPX file have no times: it is a planned way, not a recording.",
            "Nothing needs to be done.",
        )
    joined = {name: np.concatenate([columns[name] for columns, _ in tracks]) for name in POINT_COLUMNS}
    found = Found(format="gpx", columns=without_unknown(joined), faults=faults, product=root.get("creator"))
    if len(timed) > 1:
        found.sessions = [derived_session(columns, [], sport=kind) for columns, kind in timed]
    found.sport = timed[0][1]
    return decoded(found, now=now)


def _has_points(track: etree._Element) -> bool:
    return any(True for segment in children(track, "trkseg") for _ in children(segment, "trkpt"))


def _kind(track: etree._Element) -> str | None:
    kind = (text_of(child(track, "type")) or "").lower()
    return None if kind in ("", "unknown") else _STRAVA_TYPES.get(kind, kind)


def _columns(track: etree._Element) -> dict[str, Column]:
    rows: PointRows = []
    breaks: list[bool] = []
    for segment in children(track, "trkseg"):
        points = [_read_point(point) for point in children(segment, "trkpt")]
        rows += points
        breaks += [i == 0 for i in range(len(points))]
    columns = point_columns(rows)
    is_first = np.array(breaks, dtype=np.bool_)
    columns["distance_m"] = distances_m(columns["latitude_deg"], columns["longitude_deg"], is_first)
    is_paused = paused(columns["sample_at"], columns["distance_m"])
    if is_paused.any():
        is_first[1:] |= is_paused
        columns["distance_m"] = distances_m(columns["latitude_deg"], columns["longitude_deg"], is_first)
    return columns


def _timed(columns: dict[str, Column]) -> dict[str, Column]:
    """The points that have a time, in its order."""
    timed = np.flatnonzero(np.isfinite(columns["sample_at"]))
    order = timed[np.argsort(columns["sample_at"][timed], kind="stable")]
    return {name: values[order] for name, values in columns.items()}


def _read_point(point: etree._Element) -> dict[str, Any]:
    row = point_row()
    row["latitude_deg"], row["longitude_deg"] = number(point.get("lat")), number(point.get("lon"))
    for element in point:
        name = local_name(element)
        if name == "time":
            row["sample_at"] = unix_s(element.text)
        elif name == "ele":
            row["altitude_m"] = number(element.text)
        elif name == "extensions":
            for inner in element.iter():
                target = _EXTENSIONS.get(local_name(inner))
                if target and row[target] != row[target]:
                    row[target] = number(inner.text)
    return row
