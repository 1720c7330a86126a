"""TCX: activities of laps of track points, as Garmin's Training Center wrote them and many still do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from lxml import etree

from connectors.errors import NothingToImport
from connectors.files.derive import climbed_m
from connectors.files.recording import DecodedFile, Found, decoded
from connectors.files.track import PointRows, known_columns, point_row
from connectors.files.xml_tree import child, children, local_name, number, text_of, unix_s

_PLAIN = {"AltitudeMeters": "altitude_m", "DistanceMeters": "distance_m", "Cadence": "cadence_rpm"}
# Where a watch gives both, RunCadence is the run's and Cadence a bicycle sensor's; both count one foot.
_EXTENSIONS = {"Speed": "speed_m_per_s", "RunCadence": "cadence_rpm", "Watts": "power_w"}
_INTENSITIES = {"Active": "active", "Resting": "rest"}


def read_tcx_recording(root: etree._Element, faults: list[str], *, now: datetime | None = None) -> DecodedFile:
    """Decode a TCX file: every activity is a session, summed from its laps."""
    # Activities may stand in the list itself or be wrapped as legs of a multisport session.
    activities = [a for group in children(root, "Activities") for a in group.iter() if local_name(a) == "Activity"]
    if not activities:
        raise NothingToImport("The TCX file holds no activity, only courses or workouts.", "Nothing needs to be done.")
    found = Found(format="tcx", columns={}, faults=faults)
    rows: PointRows = []
    for activity in activities:
        first = len(rows)
        laps = [_read_lap(lap, rows) for lap in children(activity, "Lap")]
        session = _session(activity, laps, _altitude(rows[first:]))
        if session:
            found.sessions.append(session)
        found.laps += laps
    found.columns = known_columns(rows)
    creator = next((c for activity in activities if (c := child(activity, "Creator")) is not None), None)
    found.product = text_of(child(creator, "Name"))
    found.serial_number = text_of(child(creator, "UnitId"))
    return decoded(found, now=now)


def _read_lap(lap: etree._Element, rows: PointRows) -> dict[str, Any]:
    first = len(rows)
    rows += [_read_point(point) for track in children(lap, "Track") for point in children(track, "Trackpoint")]
    times = [row["sample_at"] for row in rows[first:] if np.isfinite(row["sample_at"])]
    timer_s = number(text_of(child(lap, "TotalTimeSeconds")))
    started_at = unix_s(lap.get("StartTime"))
    if np.isnan(started_at) and times:
        started_at = times[0]
    ends = [at for at in (started_at + timer_s, *times[-1:]) if np.isfinite(at)]
    ended_at = max(ends, default=started_at)
    extensions = child(lap, "Extensions")
    extras = {local_name(inner): number(inner.text) for inner in extensions.iter()} if extensions is not None else {}
    run_cadence = extras.get("AvgRunCadence", float("nan"))
    trigger = text_of(child(lap, "TriggerMethod"))
    return {
        "started_at": started_at,
        "ended_at": ended_at,
        "distance_m": number(text_of(child(lap, "DistanceMeters"))),
        "timer_s": timer_s,
        "elapsed_s": ended_at - started_at,
        "ascent_m": climbed_m(_altitude(rows[first:]))[0],
        "heart_rate_avg_bpm": number(text_of(child(lap, "AverageHeartRateBpm", "Value"))) or None,
        "heart_rate_max_bpm": number(text_of(child(lap, "MaximumHeartRateBpm", "Value"))) or None,
        "cadence_avg_rpm": run_cadence if np.isfinite(run_cadence) else number(text_of(child(lap, "Cadence"))),
        "power_avg_w": extras.get("AvgWatts"),
        "energy_kcal": number(text_of(child(lap, "Calories"))),
        "speed_max_m_per_s": number(text_of(child(lap, "MaximumSpeed"))),
        "intensity": _INTENSITIES.get(text_of(child(lap, "Intensity")) or ""),
        "trigger": trigger.lower() if trigger else None,
    }


def _read_point(point: etree._Element) -> dict[str, float]:
    row = point_row()
    for element in point:
        name = local_name(element)
        if name in _PLAIN:
            target = _PLAIN[name]
            if row[target] != row[target]:
                row[target] = number(element.text)
        elif name == "Time":
            row["sample_at"] = unix_s(element.text)
        elif name == "Position":
            row["latitude_deg"] = number(text_of(child(element, "LatitudeDegrees")))
            row["longitude_deg"] = number(text_of(child(element, "LongitudeDegrees")))
        elif name == "HeartRateBpm":
            row["heart_rate_bpm"] = number(text_of(child(element, "Value")))
        elif name == "Extensions":
            for inner in element.iter():
                if local_name(inner) in _EXTENSIONS:
                    row[_EXTENSIONS[local_name(inner)]] = number(inner.text)
    return row


def _session(activity: etree._Element, laps: list[dict[str, Any]], altitude_m: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The laps of an activity added up; averages are weighted by the time of their laps."""
    started_at = min(_known(laps, "started_at"), default=unix_s(text_of(child(activity, "Id"))))
    if np.isnan(started_at):
        return {}
    ended_at = max(_known(laps, "ended_at"), default=started_at)
    distance_m, timer_s = _total(laps, "distance_m"), _total(laps, "timer_s")
    ascent_m, descent_m = climbed_m(altitude_m)
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
        "heart_rate_max_bpm": max(_known(laps, "heart_rate_max_bpm"), default=None),
        "cadence_avg_rpm": _weighted(laps, "cadence_avg_rpm"),
        "power_avg_w": _weighted(laps, "power_avg_w"),
        "energy_kcal": _total(laps, "energy_kcal"),
        "speed_avg_m_per_s": distance_m / timer_s if distance_m and timer_s else None,
        "speed_max_m_per_s": max(_known(laps, "speed_max_m_per_s"), default=None),
    }


def _known(laps: list[dict[str, Any]], name: str) -> list[float]:
    return [lap[name] for lap in laps if lap[name] is not None and np.isfinite(lap[name])]


def _total(laps: list[dict[str, Any]], name: str) -> float | None:
    known = _known(laps, name)
    return sum(known) if known else None


def _weighted(laps: list[dict[str, Any]], name: str) -> float | None:
    known = [lap for lap in laps if lap[name] is not None and np.isfinite(lap[name]) and lap["timer_s"] > 0]
    seconds = sum(lap["timer_s"] for lap in known)
    return sum(lap[name] * lap["timer_s"] for lap in known) / seconds if seconds else None


def _altitude(rows: PointRows) -> np.ndarray[Any, Any]:
    return np.array([row["altitude_m"] for row in rows], dtype=np.float64)
