"""Track points of the XML formats, gathered row by row and turned into columns."""

from __future__ import annotations

import numpy as np

from connectors.files.recording import Column

PointRows = list[dict[str, float]]

POINT_COLUMNS = (
    "sample_at",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "distance_m",
    "heart_rate_bpm",
    "cadence_rpm",
    "speed_m_per_s",
    "power_w",
    "temperature_c",
)
_UNKNOWN = dict.fromkeys(POINT_COLUMNS, float("nan"))


def point_row() -> dict[str, float]:
    """One point of which nothing is known yet."""
    return _UNKNOWN.copy()


def point_columns(rows: PointRows) -> dict[str, Column]:
    """The points as columns, with positions that are none on Earth and hearts that stand still made unknown."""
    columns = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in POINT_COLUMNS}
    latitude, longitude, heart_rate = columns["latitude_deg"], columns["longitude_deg"], columns["heart_rate_bpm"]
    with np.errstate(invalid="ignore"):
        real = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180) & ((latitude != 0) | (longitude != 0))
        columns["heart_rate_bpm"] = np.where(heart_rate > 0, heart_rate, np.nan)
    columns["latitude_deg"], columns["longitude_deg"] = (
        np.where(real, latitude, np.nan),
        np.where(real, longitude, np.nan),
    )
    return columns


def known_columns(rows: PointRows) -> dict[str, Column]:
    """The same without the columns that no point has."""
    return without_unknown(point_columns(rows))


def without_unknown(columns: dict[str, Column]) -> dict[str, Column]:
    """Only the time and the columns of which something is known."""
    return {name: values for name, values in columns.items() if name == "sample_at" or not np.isnan(values).all()}
