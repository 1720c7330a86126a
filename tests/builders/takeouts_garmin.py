"""Garmin's account export as it comes by mail, of any size, and the folder of FIT files that is its twin."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import orjson

from tests.builders.files import FitBuilder, fit_run, fit_time
from tests.builders.fit_shift import ShiftableFit

E_MAIL = "ann.runner@example.com"
FIRST_ID = 20_987_654_000
_OFFSET_S = 3_600
_FITNESS, _WELLNESS = "DI_CONNECT/DI-Connect-Fitness", "DI_CONNECT/DI-Connect-Wellness"
_AGGREGATOR, _UPLOADS = "DI_CONNECT/DI-Connect-Aggregator", "DI_CONNECT/DI-Connect-Uploaded-Files"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GarminTakeout:
    """What an account holds and how its export cuts it into files.

    `overlap_days` lets every file of days run on into the next one's, with what was known when it was written; `is_messy`
    adds what real exports have besides: days told twice, nights of dates only, a repeated activity. Neither changes
    what the export says. `without` leaves activities out, as if they had been deleted before the export.
    """

    first_date: date = date(2024, 5, 1)
    days: int = 30
    run_every_days: int = 2
    run_seconds: int = 60
    chunk_days: int = 10
    overlap_days: int = 0
    is_messy: bool = False
    activities_per_file: int = 1_000
    activities_beyond_runs: int = 0
    splits_per_activity: int = 1
    logs_per_day: int = 1
    log_messages: int = 5
    uploads_per_zip: int = 20
    top: str = ""
    without: frozenset[int] = frozenset()

    def runs(self) -> Iterator[tuple[int, datetime]]:
        """The number and start of every run, the oldest first."""
        for number, day in enumerate(range(0, self.days, self.run_every_days)):
            if number not in self.without:
                yield number, datetime.combine(self.first_date + timedelta(days=day), time(6), tzinfo=UTC)


def write_garmin_zip(
    path: Path,
    takeout: GarminTakeout,
    *,
    at: datetime = datetime(2024, 9, 1, tzinfo=UTC),
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """The export as one zip with zips of uploads in it, every member with this date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        _write(file, takeout, at, compression)
    return path


def garmin_files(takeout: GarminTakeout) -> dict[str, bytes]:
    """The unpacked export: every file, the zips of uploads still packed."""
    buffer = io.BytesIO()
    _write(buffer, takeout, datetime(2024, 9, 1, tzinfo=UTC), zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def fit_folder(takeout: GarminTakeout) -> dict[str, bytes]:
    """The same runs as the watch wrote them, under names of their own."""
    shift = ShiftableFit(_fit(takeout))
    return {f"run-{number:05}.fit": shift.shifted(_day(takeout, at)) for number, at in takeout.runs()}


def activity(number: int, at: datetime, *, seconds: int = 60, splits: int = 1, **fields: object) -> Row:
    """One activity in Garmin's units: centimetres, milliseconds, tenths of metres per second, not quite kilocalories."""
    epoch_ms = round(at.timestamp() * 1000)
    split = {
        "type": 17,
        "startTimeGMT": float(epoch_ms),
        "measurements": [
            {
                "fieldEnum": "SUM_DISTANCE",
                "value": seconds * 300.0,
                "unitEnum": "CENTIMETER",
                "unitGroupEnum": "DISTANCE",
            },
            {
                "fieldEnum": "SUM_DURATION",
                "value": seconds * 1000.0,
                "unitEnum": "MILLISECOND",
                "unitGroupEnum": "TIME",
            },
        ],
    }
    return {
        "activityId": FIRST_ID + number,
        "name": "Berlin Läufe – Running",
        "activityType": "running",
        "sportType": "RUNNING",
        "userProfileId": 4711,
        "eventTypeId": 1 if number % 10 == 9 else 9,
        "beginTimestamp": epoch_ms,
        "startTimeGmt": float(epoch_ms),
        "startTimeLocal": float(epoch_ms + _OFFSET_S * 1000),
        "distance": seconds * 300.0,
        "duration": seconds * 1000.0,
        "elapsedDuration": seconds * 1000.0,
        "movingDuration": seconds * 1000.0,
        "elevationGain": 8400.0,
        "avgSpeed": 0.3,
        "maxSpeed": 0.30000000000000004,
        "avgHr": 150.0,
        "maxHr": 160.0,
        "avgRunCadence": 85.5,
        "calories": 322.63,
        "activityTrainingLoad": 88.4,
        "splits": [split] * splits,
        **fields,
    }


def night(day: date, **fields: object) -> Row:
    """One night, by the day of waking."""
    asleep_at = datetime.combine(day - timedelta(days=1), time(21, 58))
    return {
        "calendarDate": day.isoformat(),
        "sleepStartTimestampGMT": f"{asleep_at.isoformat()}.0",
        "sleepEndTimestampGMT": f"{(asleep_at + timedelta(hours=7, minutes=33)).isoformat()}.0",
        "sleepWindowConfirmationType": "ENHANCED_CONFIRMED_FINAL",
        "deepSleepSeconds": 5_100,
        "lightSleepSeconds": 15_000,
        "remSleepSeconds": 6_420 + day.day,
        "awakeSleepSeconds": 660,
        "avgSleepStress": 16.0,
        "sleepScores": {"overallScore": 60 + day.day},
        **fields,
    }


def night_of_dates_only(day: date) -> Row:
    """What the export has for a night without the watch."""
    whole = night(day, sleepWindowConfirmationType="UNCONFIRMED", retro=False)
    kept = ("calendarDate", "sleepStartTimestampGMT", "sleepEndTimestampGMT", "sleepWindowConfirmationType", "retro")
    return {name: whole[name] for name in kept}


def whole_day(day: date, **fields: object) -> Row:
    """One day's sums."""
    return {
        "userProfilePK": 4711,
        "calendarDate": day.isoformat(),
        "uuid": f"{day.toordinal():032x}",
        "durationInMilliseconds": 86_400_000,
        "totalKilocalories": 2_410.0,
        "totalSteps": 9_000 + day.day,
        "totalDistanceMeters": 7_512,
        "minHeartRate": 44,
        "maxHeartRate": 161,
        "restingHeartRate": 47 + day.day % 3,
        "currentDayRestingHeartRate": 47,
        "floorsAscendedInMeters": 30.48,
        "wellnessStartTimeGmt": f"{day.isoformat()}T00:00:00.0",
        "allDayStress": {"aggregatorList": [{"type": "TOTAL", "averageStressLevel": 27}]},
        **fields,
    }


def health(day: date, **fields: object) -> Row:
    """One night's heart rate variability beside its usual range, and what else is watched."""
    return {
        "calendarDate": day.isoformat(),
        "metrics": [
            {
                "type": "HRV",
                "value": 50.0 + day.day,
                "baselineUpperLimit": 67.0,
                "baselineLowerLimit": 52.0,
                "status": "IN_RANGE",
            },
            {"type": "SKIN_TEMP_C", "value": -0.2, "baselineUpperLimit": 0.0, "baselineLowerLimit": 0.0},
            {"type": "SPO2", "status": "ONBOARDING"},
        ],
        **fields,
    }


def device_log(at: datetime, *, messages: int = 5) -> bytes:
    """A FIT file of a watch's day: steps and heart rates, no activity."""
    fit = FitBuilder()
    fit.message(0, (0, "enum", 32), (1, "uint16", 1), (2, "uint16", 3113), (4, "uint32", fit_time(at)))
    for minute in range(messages):
        fit.message(55, (253, "uint32", fit_time(at) + 60 * minute), (27, "uint8", 61), (5, "enum", 6), local=1)
    return fit.build()


def _write(file: IO[bytes], takeout: GarminTakeout, at: datetime, compression: int) -> None:
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, pieces in _documents(takeout):
            with archive.open(_member(takeout.top + name, at, compression), "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
        uploads = _uploads(takeout)
        part = 1
        first = next(uploads, None)
        while first is not None:
            info = _member(f"{takeout.top}{_UPLOADS}/UploadedFiles_0-_Part{part}.zip", at, zipfile.ZIP_STORED)
            with (
                archive.open(info, "w", force_zip64=True) as member,
                zipfile.ZipFile(member, "w", compression) as inner,
            ):
                for _ in range(takeout.uploads_per_zip):
                    inner.writestr(_member(first[0], at, compression), first[1])
                    first = next(uploads, None)
                    if first is None:
                        break
            part += 1


def _member(name: str, at: datetime, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    info.compress_type = compression
    return info


def _documents(takeout: GarminTakeout) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield from _activity_files(takeout)
    for number, (first, last, stale_from) in enumerate(_chunks(takeout)):
        span = f"{first}_{last}"
        days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
        stale = {day for day in days if day >= stale_from}
        yield f"{_AGGREGATOR}/UDSFile_{span}.json", _list(_days(takeout, days, stale))
        yield f"{_WELLNESS}/{span}_{4711 + number}_sleepData.json", _list(_nights(takeout, days, stale))
        yield f"{_WELLNESS}/{span}_{4711 + number}_healthStatusData.json", _list(_health(days, stale))
        hydration = [{"calendarDate": day.isoformat(), "valueInML": 300.0, "hydrationSource": "x"} for day in days]
        yield f"{_AGGREGATOR}/HydrationLogFile_{span}.json", _list(hydration)
    scores = [{"calendarDate": takeout.first_date.isoformat(), "score": 70, "level": "HIGH", "sleepScore": 81}]
    yield f"DI_CONNECT/DI-Connect-Metrics/TrainingReadinessDTO_{takeout.first_date}.json", _list(scores)
    yield f"{_FITNESS}/{E_MAIL}_gear.json", _list([{"gearDTOS": []}])
    profile = {"userName": "ann", "emailAddress": E_MAIL, "birthDate": "1980-01-01", "restingHeartRate": 47}
    yield "DI_CONNECT/DI-Connect-User/user_profile.json", iter([orjson.dumps(profile)])
    yield f"customer_data/{E_MAIL}.json", iter([orjson.dumps({"emailAddress": E_MAIL, "orders": []})])
    yield "DI_CONNECT/DI-Connect-User/portrait.png", iter([b"\x89PNG\r\n\x1a\n picture"])


def _activity_files(takeout: GarminTakeout) -> Iterator[tuple[str, Iterator[bytes]]]:
    newest_first = list(takeout.runs())[::-1]
    first_start = datetime.combine(takeout.first_date, time(5), tzinfo=UTC)
    newest_first += [
        (number, first_start - timedelta(minutes=10 * number))
        for number in range(len(newest_first) + 10_000, len(newest_first) + 10_000 + takeout.activities_beyond_runs)
    ]
    size = takeout.activities_per_file
    for first in range(0, max(len(newest_first), 1), size):
        rows: Iterator[Row] = (
            activity(number, at, seconds=takeout.run_seconds, splits=takeout.splits_per_activity)
            for number, at in newest_first[first : first + size]
        )
        if takeout.is_messy and first:
            rows = _with_repeated(rows, *newest_first[first - 1])
        name = f"{_FITNESS}/{E_MAIL}_{first + 1 if first else 0}_summarizedActivities.json"
        yield name, _wrapped(rows)


def _with_repeated(rows: Iterator[Row], number: int, at: datetime) -> Iterator[Row]:
    yield activity(number, at, name="An older name")
    yield from rows


def _chunks(takeout: GarminTakeout) -> Iterator[tuple[date, date, date]]:
    """First and last day of every file, and the day from which on it is overruled by the next."""
    for first in range(0, takeout.days, takeout.chunk_days):
        end = min(first + takeout.chunk_days, takeout.days)
        last = min(end + takeout.overlap_days, takeout.days)
        start = takeout.first_date
        yield start + timedelta(days=first), start + timedelta(days=last - 1), start + timedelta(days=end)


def _days(takeout: GarminTakeout, days: list[date], stale: set[date]) -> Iterator[Row]:
    for day in days:
        if takeout.is_messy and day.day % 4 == 0:
            yield whole_day(day, durationInMilliseconds=3_600_000, restingHeartRate=99)
        yield whole_day(day, restingHeartRate=88) if day in stale else whole_day(day)
        if takeout.is_messy and day.day % 4 == 1:
            yield whole_day(day, durationInMilliseconds=7_200_000, restingHeartRate=99)


def _nights(takeout: GarminTakeout, days: list[date], stale: set[date]) -> Iterator[Row]:
    for day in days:
        if day.day % 7:
            yield night(day, remSleepSeconds=1) if day in stale else night(day)
        elif takeout.is_messy:
            yield night_of_dates_only(day)


def _health(days: list[date], stale: set[date]) -> Iterator[Row]:
    for day in days:
        yield health(day, metrics=[]) if day in stale else health(day)


def _uploads(takeout: GarminTakeout) -> Iterator[tuple[str, bytes]]:
    """Recordings and the watch's daily logs mixed, under names that begin with the account's address."""
    runs = {_day(takeout, at) for _, at in takeout.runs()}
    start = datetime.combine(takeout.first_date, time(6), tzinfo=UTC)
    run, log = ShiftableFit(_fit(takeout)), ShiftableFit(device_log(start, messages=takeout.log_messages))
    number = 100
    for day in range(takeout.days):
        if day in runs:
            number += 1
            yield f"{E_MAIL}_{number}.fit", run.shifted(day)
        for _ in range(takeout.logs_per_day):
            number += 1
            yield f"{E_MAIL}_{number}.fit", log.shifted(day)


def _fit(takeout: GarminTakeout) -> bytes:
    return fit_run(count=takeout.run_seconds, started_at=datetime.combine(takeout.first_date, time(6), tzinfo=UTC))


def _day(takeout: GarminTakeout, at: datetime) -> int:
    return (at.date() - takeout.first_date).days


def _list(rows: Iterator[Row] | list[Row]) -> Iterator[bytes]:
    opening = b"["
    for row in rows:
        yield opening + orjson.dumps(row)
        opening = b","
    yield b"[]" if opening == b"[" else b"]"


def _wrapped(rows: Iterator[Row]) -> Iterator[bytes]:
    yield b'[{"summarizedActivitiesExport":'
    yield from _list(rows)
    yield b"}]"
