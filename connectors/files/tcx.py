"""TCX: activities of laps of track points, as Garmin's Training Center wrote them and many still do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from lxml import etree

from connectors.errors import NothingToImport
from connectors.files.derive import climbed_m
from connectors.files.recording import Column, DecodedFile, Found, decoded
from connectors.files.xml import child, children, local_name, number, text_of, unix_s

_COLUMNS = (
    "sample_at",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "distance_m",
    "heart_rate_bpm",
    "cadence_rpm",
    "speed_m_per_s",
    "power_w",
)
_PLAIN = {"AltitudeMeters": "altitude_m", "DistanceMeters": "distance_m", "Cadence": "cadence_rpm"}
_EXTENSIONS = {"Speed": "speed_m_per_s", "RunCadence": "cadence_rpm", "Watts": "power_w"}


def read_tcx_recording(root: etree._Element, faults: list[str], *, now: datetime | None = None) -> DecodedFile:
    """Decode a TCX file: every activity is a session, summed from its laps."""
    activities = [activity for group in children(root, "Activities") for activity in _activities(group)]
    if not activities:
        raise NothingToImport("The TCX file holds no activity, only courses or workouts.", "Nothing needs to be done.")
    found = Found(format="tcx", columns={}, faults=faults)
    rows: dict[str, list[float]] = {name: [] for name in _COLUMNS}
    for activity in activities:
        first = len(rows["sample_at"])
        laps = [_read_lap(lap, rows) for lap in children(activity, "Lap")]
        track = {name: np.array(values[first:]) for name, values in rows.items()}
        session = _session(activity, laps, track)
        if session:
            found.sessions.append(session)
        found.laps += laps
    found.columns = _cleaned(rows)
    creator = next((c for activity in activities if (c := child(activity, "Creator")) is not None), None)
    found.product = text_of(child(creator, "Name"))
    found.serial_number = text_of(child(creator, "UnitId"))
    return decoded(found, now=now)


def _activities(group: etree._Element) -> list[etree._Element]:
    """Activities, also those wrapped as the legs of a multisport session."""
    return [element for element in group.iter() if local_name(element) == "Activity"]


def _read_lap(lap: etree._Element, rows: dict[str, list[float]]) -> dict[str, Any]:
    first = len(rows["sample_at"])
    for track in children(lap, "Track"):
        for point in children(track, "Trackpoint"):
            _read_point(point, rows)
    times = [at for at in rows["sample_at"][first:] if at == at]
    started_at = unix_s(lap.get("StartTime"))
    if np.isnan(started_at) and times:
        started_at = times[0]
    timer_s = number(text_of(child(lap, "TotalTimeSeconds")))
    extras = {
        local_name(e): e for e in (child(lap, "Extensions") if child(lap, "Extensions") is not None else lap).iter()
    }
    run_cadence = number(text_of(extras.get("AvgRunCadence")))
    cadence = run_cadence if np.isfinite(run_cadence) else number(text_of(child(lap, "Cadence")))
    intensity = text_of(child(lap, "Intensity"))
    trigger = text_of(child(lap, "TriggerMethod"))
    return {
        "started_at": None if np.isnan(started_at) else started_at,
        "ended_at": max([started_at + timer_s if np.isfinite(timer_s) else started_at, *times[-1:]]),
        "distance_m": number(text_of(child(lap, "DistanceMeters"))),
        "timer_s": timer_s,
        "ascent_m": climbed_m(np.array(rows["altitude_m"][first:]))[0],
        "heart_rate_avg_bpm": number(text_of(child(lap, "AverageHeartRateBpm", "Value"))) or None,
        "heart_rate_max_bpm": number(text_of(child(lap, "MaximumHeartRateBpm", "Value"))) or None,
        "cadence_avg_rpm": cadence,
        "power_avg_w": number(text_of(extras.get("AvgWatts"))),
        "energy_kcal": number(text_of(child(lap, "Calories"))),
        "speed_max_m_per_s": number(text_of(child(lap, "MaximumSpeed"))),
        "intensity": {"Active": "active", "Resting": "rest"}.get(intensity or ""),
        "trigger": trigger.lower() if trigger else None,
    }


def _read_point(point: etree._Element, rows: dict[str, list[float]]) -> None:
    values = dict.fromkeys(_COLUMNS, float("nan"))
    for element in point:
        name = local_name(element) or ""
        if name in _PLAIN:
            values[_PLAIN[name]] = number(element.text)
        elif name == "Time":
            values["sample_at"] = unix_s(element.text)
        elif name == "Position":
            values["latitude_deg"] = number(text_of(child(element, "LatitudeDegrees")))
            values["longitude_deg"] = number(text_of(child(element, "LongitudeDegrees")))
        elif name == "HeartRateBpm":
            values["heart_rate_bpm"] = number(text_of(child(element, "Value"))) or float("nan")
        elif name == "Extensions":
            for inner in element.iter():
                target = _EXTENSIONS.get(local_name(inner) or "")
                if target:
                    values[target] = number(inner.text)
    for name, column in rows.items():
        column.append(values[name])


def _session(activity: etree._Element, laps: list[dict[str, Any]], track: dict[str, Column]) -> dict[str, Any]:
    """The laps of an activity added up; averages are weighted by the time of their laps."""
    starts = [lap["started_at"] for lap in laps if lap["started_at"] is not None]
    stated = unix_s(text_of(child(activity, "Id")))
    if not starts and np.isnan(stated):
        return {}
    started_at = min(starts) if starts else stated
    ended_at = max((lap["ended_at"] for lap in laps if lap["ended_at"] == lap["ended_at"]), default=started_at)
    distance_m, timer_s = _total(laps, "distance_m"), _total(laps, "timer_s")
    ascent_m, descent_m = climbed_m(track["altitude_m"])
    sport = activity.get("Sport")
    return {
        "started_at": started_at,
        "ended_at": ended_at,
        "elapsed_s": ended_at - started_at,
        "sport": sport.lower() if sport else None,
        "distance_m": distance_m,
        "timer_s": timer_s,
        "ascent_m": ascent_m,
        "descent_m": descent_m,
        "heart_rate_avg_bpm": _weighted(laps, "heart_rate_avg_bpm"),
        "heart_rate_max_bpm": _largest(laps, "heart_rate_max_bpm"),
        "cadence_avg_rpm": _weighted(laps, "cadence_avg_rpm"),
        "power_avg_w": _weighted(laps, "power_avg_w"),
        "energy_kcal": _total(laps, "energy_kcal"),
        "speed_avg_m_per_s": distance_m / timer_s if distance_m and timer_s else None,
        "speed_max_m_per_s": _largest(laps, "speed_max_m_per_s"),
    }


def _known(laps: list[dict[str, Any]], name: str) -> list[float]:
    return [lap[name] for lap in laps if lap[name] is not None and np.isfinite(lap[name])]


def _total(laps: list[dict[str, Any]], name: str) -> float | None:
    known = _known(laps, name)
    return sum(known) if known else None


def _largest(laps: list[dict[str, Any]], name: str) -> float | None:
    return max(_known(laps, name), default=None)


def _weighted(laps: list[dict[str, Any]], name: str) -> float | None:
    known = [lap for lap in laps if lap[name] is not None and np.isfinite(lap[name]) and lap["timer_s"] > 0]
    seconds = sum(lap["timer_s"] for lap in known)
    return sum(lap[name] * lap["timer_s"] for lap in known) / seconds if seconds else None


def _cleaned(rows: dict[str, list[float]]) -> dict[str, Column]:
    columns = {name: np.array(values) for name, values in rows.items()}
    with np.errstate(invalid="ignore"):
        real = (np.abs(columns["latitude_deg"]) <= 90) & (np.abs(columns["longitude_deg"]) <= 180)
    for name in ("latitude_deg", "longitude_deg"):
        columns[name] = np.where(real, columns[name], np.nan)
    return {name: values for name, values in columns.items() if name == "sample_at" or not np.isnan(values).all()}
