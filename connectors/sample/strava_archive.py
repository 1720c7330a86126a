"""Writes the archive that Strava sends: activities.csv with its 94 columns, the original files, a few small tables."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from connectors.sample.abilities import WEIGHT_KG
from connectors.sample.archive import write_zip
from connectors.sample.model import Outing, Recording, Sport

ARCHIVE_NAME: Final = "export_12345678.zip"
_ATHLETE_ID = 12345678

# The English header of a 2024 archive. Five names stand twice: first formatted for people, then in SI units.
_HEADER_LINE: Final = (
    "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,"
    "Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,"
    "Moving Time,Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,Elevation Low,Elevation High,Max Grade,"
    "Average Grade,Average Positive Grade,Average Negative Grade,Max Cadence,Average Cadence,Max Heart Rate,"
    "Average Heart Rate,Max Watts,Average Watts,Calories,Max Temperature,Average Temperature,Relative Effort,Total Work,"
    "Number of Runs,Uphill Time,Downhill Time,Other Time,Perceived Exertion,Type,Start Time,Weighted Average Power,"
    "Power Count,Prefer Perceived Exertion,Perceived Relative Effort,Commute,Total Weight Lifted,From Upload,"
    "Grade Adjusted Distance,Weather Observation Time,Weather Condition,Weather Temperature,Apparent Temperature,Dewpoint,"
    "Humidity,Weather Pressure,Wind Speed,Wind Gust,Wind Bearing,Precipitation Intensity,Sunrise Time,Sunset Time,"
    "Moon Phase,Bike,Gear,Precipitation Probability,Precipitation Type,Cloud Cover,Weather Visibility,UV Index,"
    "Weather Ozone,Jump Count,Total Grit,Average Flow,Flagged,Average Elapsed Speed,Dirt Distance,"
    "Newly Explored Distance,Newly Explored Dirt Distance,Activity Count,Total Steps,Carbon Saved,Pool Length,"
    "Training Load,Intensity,Average Grade Adjusted Pace,Timer Time,Total Cycles,Media"
)
HEADER: Final = tuple(_HEADER_LINE.split(","))
_FIRST: Final = {name: HEADER.index(name) for name in HEADER}
_LAST: Final = {name: len(HEADER) - 1 - HEADER[::-1].index(name) for name in HEADER}

_TYPES: Final = {
    Sport.RUN: "Run",
    Sport.TREADMILL: "Run",
    Sport.TRAIL: "Run",
    Sport.RIDE: "Ride",
    Sport.SWIM: "Swim",
    Sport.HIKE: "Hike",
}
_SHOES: Final = (
    ("Blue daily", "Northway", "Glide 3"),
    ("Grey daily", "Northway", "Glide 4"),
    ("Race day", "Alto", "Dart"),
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Strava numbers activities and uploads in two rows of their own, both rising with time.
_EPOCH_S = 1_500_000_000
_ACTIVITY_STEP = 71
_FIRST_ACTIVITY_ID = 1_090_000_000
_UPLOAD_AHEAD = 83_000_000
_RELATIVE_EFFORT_PER_LOAD = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One activity of the archive; `file` is the original FIT file, None for what was typed in by hand."""

    outing: Outing
    recording: Recording
    load: float
    has_new_shoes: bool
    file: bytes | None


def write_strava_archive(path: Path, entries: Sequence[Entry], *, taken_on: date) -> None:
    """The zip as of `taken_on`, oldest activity first."""
    members = {
        "activities.csv": _csv([HEADER, *(_row(entry) for entry in entries)]),
        "shoes.csv": _csv(
            [("Shoe Name", "Shoe Brand", "Shoe Model", "Shoe Default Sport Types"), *((*shoe, "") for shoe in _SHOES)]
        ),
        "bikes.csv": _csv(
            [("Bike Name", "Bike Brand", "Bike Model", "Bike Default Sport Types"), ("Commuter", "", "", "")]
        ),
        "profile.csv": _csv(
            [
                (
                    "Athlete ID",
                    "Email Address",
                    "First Name",
                    "Last Name",
                    "Sex",
                    "Description",
                    "Weight",
                    "City",
                    "State",
                    "Country",
                ),
                (
                    _ATHLETE_ID,
                    "robin@example.org",
                    "Robin",
                    "Sample",
                    "",
                    "",
                    f"{WEIGHT_KG:.1f}",
                    "Berlin",
                    "Berlin",
                    "Germany",
                ),
            ]
        ),
        "general_preferences.csv": _csv([("Measurement Preference", "Date Preference"), ("Metric", "mm/dd/YYYY")]),
    }
    for entry in entries:
        if entry.file is not None:
            members[_filename(entry)] = gzip_bytes(entry.file)
    write_zip(path, members, dated=taken_on)


def gzip_bytes(data: bytes) -> bytes:
    """Gzip without a time in it: the same bytes for the same data."""
    packer = zlib.compressobj(level=4, wbits=31)
    return packer.compress(data) + packer.flush()


def _row(entry: Entry) -> list[str]:
    outing, recording = entry.outing, entry.recording
    elapsed_s = recording.ended_at - recording.started_at
    has_samples = entry.file is not None
    distance_m = recording.distance_m
    effort = round(entry.load * _RELATIVE_EFFORT_PER_LOAD) if outing.has_heart_rate and has_samples else None
    shown = f"{distance_m:.0f}" if outing.sport is Sport.SWIM else f"{distance_m / 1000:.2f}"
    for_people = {
        "Activity ID": _activity_id(entry),
        "Activity Date": _date_text(recording.started_at),
        "Activity Name": outing.title,
        "Activity Type": _TYPES[outing.sport],
        "Activity Description": outing.note,
        "Elapsed Time": elapsed_s,
        "Distance": shown,
        "Max Heart Rate": _decimal(recording.heart_rate_max_bpm, has_samples),
        "Relative Effort": effort,
        "Commute": "false",
        "Activity Gear": _gear(entry),
        "Filename": _filename(entry) if has_samples else None,
        "Athlete Weight": f"{WEIGHT_KG:.1f}",
    }
    raw = {
        "Elapsed Time": f"{elapsed_s:.1f}",
        "Moving Time": f"{recording.timer_s:.1f}",
        "Distance": repr(round(distance_m, 2)),
        "Max Speed": repr(round(recording.speed_max_m_per_s, 3)) if has_samples else None,
        "Average Speed": repr(round(distance_m / recording.timer_s, 6)),
        "Elevation Gain": _decimal(recording.ascent_m, has_samples),
        "Elevation Loss": _decimal(recording.descent_m, has_samples),
        "Max Cadence": _decimal(recording.cadence_max_rpm, has_samples),
        "Average Cadence": _decimal(recording.cadence_avg_rpm, has_samples),
        "Max Heart Rate": _decimal(recording.heart_rate_max_bpm, has_samples),
        "Average Heart Rate": _decimal(recording.heart_rate_avg_bpm, has_samples),
        "Average Watts": _decimal(recording.power_avg_w, has_samples),
        "Calories": f"{recording.energy_kcal:.1f}",
        "Relative Effort": None if effort is None else f"{effort:.1f}",
        # Not every run is rated.
        "Perceived Exertion": f"{outing.effort:.1f}" if outing.effort and recording.started_at % 5 else None,
        "Commute": "0.0",
        "From Upload": "1.0" if has_samples else "0.0",
        "Flagged": "0.0",
        "Average Elapsed Speed": repr(round(distance_m / elapsed_s, 6)),
        "Pool Length": "25.0" if outing.sport is Sport.SWIM else None,
    }
    row = [""] * len(HEADER)
    for columns, values in ((_LAST, raw), (_FIRST, for_people)):
        for name, value in values.items():
            row[columns[name]] = "" if value is None else str(value)
    return row


def _activity_id(entry: Entry) -> int:
    return _FIRST_ACTIVITY_ID + (entry.recording.started_at - _EPOCH_S) * _ACTIVITY_STEP


def _filename(entry: Entry) -> str:
    return f"activities/{_activity_id(entry) + _UPLOAD_AHEAD}.fit.gz"


def _gear(entry: Entry) -> str:
    if not entry.outing.sport.is_run:
        return "Commuter" if entry.outing.sport is Sport.RIDE else ""
    if entry.outing.kind == "race":
        return _SHOES[2][0]
    return _SHOES[1 if entry.has_new_shoes else 0][0]


def _date_text(at: int) -> str:
    """UTC in the archive's English spelling: May 29, 2022, 3:53:35 PM."""
    moment = datetime.fromtimestamp(at, UTC)
    half = "AM" if moment.hour < 12 else "PM"
    return f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}, {moment.hour % 12 or 12}:{moment:%M:%S} {half}"


def _decimal(value: float | None, is_known: bool) -> str | None:
    return None if value is None or not is_known else repr(round(value, 4))


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
