"""One athlete's life as Garmin's Personal API tells it: activities, details, days and original files."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.builders.files import FieldRow, FitBuilder, fit_time
from tests.servers.world import Life, Night, Run

Payload = dict[str, Any]

_TYPES = {
    "run": (1, "running", 17),
    "trail_run": (6, "trail_running", 1),
    "treadmill": (18, "treadmill_running", 1),
    "ride": (2, "cycling", 17),
    "walk": (9, "walking", 17),
}
_FIT_SPORTS = {"run": (1, 0), "trail_run": (1, 3), "treadmill": (1, 1), "ride": (2, 0), "walk": (11, 0)}


# The account whose activities these are.
OWNER = 4711


def local_start(run: Run) -> datetime:
    """The clock on the wall, without a zone."""
    return (run.start_at + timedelta(seconds=run.offset_s)).replace(tzinfo=None)


def summary(run: Run, *, owner: int = OWNER, parent: int | None = None, is_parent: bool = False) -> Payload:
    """A SummarizedActivity."""
    type_id, type_key, parent_type = _TYPES[run.sport]
    heart = run.heart_rate_avg_bpm
    end_at = run.start_at + timedelta(seconds=run.elapsed_s)
    return {
        "activityId": run.run_id,
        "activityUUID": run.uuid,
        "activityName": run.title,
        "description": None,
        "ownerId": owner,
        "startTimeLocal": f"{local_start(run):%Y-%m-%d %H:%M:%S}",
        "startTimeGMT": f"{run.start_at:%Y-%m-%d %H:%M:%S}",
        "endTimeGMT": f"{end_at:%Y-%m-%d %H:%M:%S}",
        "beginTimestamp": int(run.start_at.timestamp() * 1000),
        "activityType": {"typeId": type_id, "typeKey": type_key, "parentTypeId": parent_type},
        "eventType": {"typeId": 1, "typeKey": "race"} if run.is_race else {"typeId": 9, "typeKey": "uncategorized"},
        "distance": run.distance_m,
        "duration": float(run.moving_s),
        "elapsedDuration": float(run.elapsed_s),
        "movingDuration": float(run.moving_s),
        "elevationGain": run.ascent_m,
        "averageSpeed": round(run.distance_m / run.moving_s, 3),
        "calories": round(run.distance_m * 0.07),
        "averageHR": heart,
        "maxHR": None if heart is None else run.heart_rate_max_bpm,
        "averageRunningCadenceInStepsPerMinute": run.cadence_spm,
        "activityTrainingLoad": None if heart is None else round(run.moving_s / 30, 1),
        "vO2MaxValue": None if heart is None else 52.0,
        "getlactateThresholdSpeed": 0.38,
        "lapCount": 1,
        "parentId": parent,
        "isParent": is_parent,
        "isManualActivity": run.is_manual,
    }


def detail(run: Run, told: Payload) -> Payload:
    """What `/activity-service/activity/{id}` says of it: other names, and effort and zone that the list lacks."""
    return {
        "activityId": run.run_id,
        "activityName": run.title,
        "activityTypeDTO": told["activityType"],
        "eventTypeDTO": told["eventType"],
        "timeZoneUnitDTO": {"unitId": 120, "unitKey": run.zone, "timeZone": run.zone},
        "metadataDTO": {
            "isOriginal": True,
            "trimmed": run.recorded > 0,
            "manualActivity": run.is_manual,
            "lastUpdateDate": f"{run.updated_at:%Y-%m-%dT%H:%M:%S}.0",
            "childIds": [],
        },
        "summaryDTO": {
            "startTimeLocal": f"{local_start(run):%Y-%m-%dT%H:%M:%S}.0",
            "startTimeGMT": f"{run.start_at:%Y-%m-%dT%H:%M:%S}.0",
            "distance": run.distance_m,
            "duration": float(run.moving_s),
            "averageHR": run.heart_rate_avg_bpm,
            "averageRunCadence": run.cadence_spm,
            "directWorkoutFeel": (run.run_id + run.edited) % 5 * 25,
            "directWorkoutRpe": (run.run_id + run.edited) % 10 * 10 + 10,
        },
    }


def sleep(night: Night) -> Payload:
    """A DailySleep; a night without data is an object of nulls."""
    day = night.wake_date.isoformat()
    if night.score_state == "UNSCORABLE":
        names = ("id", "sleepTimeSeconds", "deepSleepSeconds", "lightSleepSeconds", "remSleepSeconds")
        return {"calendarDate": day, **dict.fromkeys(names), "sleepEndTimestampGMT": None, "sleepScores": None}
    begin_ms, end_ms = (int(each.timestamp() * 1000) for each in (night.onset_at, night.wake_at))
    is_scored = night.score_state == "SCORED"
    return {
        "id": end_ms,
        "calendarDate": day,
        "sleepTimeSeconds": night.light_s + night.deep_s + night.rem_s,
        "napTimeSeconds": night.nap_s,
        "deepSleepSeconds": night.deep_s,
        "lightSleepSeconds": night.light_s,
        "remSleepSeconds": night.rem_s,
        "awakeSleepSeconds": night.awake_s,
        "sleepStartTimestampGMT": begin_ms,
        "sleepEndTimestampGMT": end_ms,
        "sleepStartTimestampLocal": begin_ms + night.offset_s * 1000,
        "sleepEndTimestampLocal": end_ms + night.offset_s * 1000,
        "averageRespirationValue": 14.0,
        "avgHeartRate": night.resting_heart_rate_bpm + 3.0,
        "awakeCount": 1,
        "sleepScores": {"overall": {"value": 60 + night.recovery_pct // 3, "qualifierKey": "FAIR"}}
        if is_scored
        else None,
        "sleepNeed": {"baseline": 480, "actual": 490},
    }


def hrv(night: Night) -> Payload | None:
    """An HRV summary; None for a night without one, which the list then leaves out."""
    if night.score_state != "SCORED":
        return None
    is_new = night.cycle_id % 50 < 3
    return {
        "calendarDate": night.wake_date.isoformat(),
        "weeklyAvg": round(night.hrv_ms),
        "lastNightAvg": round(night.hrv_ms),
        "lastNight5MinHigh": round(night.hrv_ms * 1.4),
        "baseline": None if is_new else {"lowUpper": 48, "balancedLow": 52, "balancedUpper": 67, "markerValue": 0.45},
        "status": "NONE" if is_new else "BALANCED",
        "feedbackPhrase": "ONBOARDING_2" if is_new else "HRV_BALANCED_5",
        "createTimeStamp": f"{night.wake_at:%Y-%m-%dT%H:%M:%S}.332",
    }


def day(night: Night) -> Payload:
    """A daily summary V2."""
    return {
        "uuid": night.sleep_uuid,
        "calendarDate": night.wake_date.isoformat(),
        "source": "garmin",
        "movement": {"steps": {"goal": 9000, "value": 4000 + night.recovery_pct * 90, "distanceInMeters": 8000.0}},
        "heartRate": {"minValue": night.resting_heart_rate_bpm - 3, "restingValue": night.resting_heart_rate_bpm},
        "stress": {"avgLevel": 27, "maxLevel": 91, "qualifier": "BALANCED"},
        "bodyBattery": {"minValue": 18, "maxValue": min(100, 40 + night.recovery_pct)},
        "calories": {"burnedResting": 1750, "burnedActive": 600, "burnedTotal": 2350},
    }


def stress(night: Night) -> Payload:
    """A day's stress; negative where there was too little data."""
    level = 20 + round(night.strain) if night.score_state == "SCORED" else -1
    return {
        "calendarDate": night.wake_date.isoformat(),
        "values": {"overallStressLevel": level, "restStressDuration": 30600},
    }


def days(life: Life, entity: str) -> dict[date, Payload]:
    """Everything of one kind, by calendar date, oldest first."""
    tell = {"sleep": sleep, "hrv": hrv, "day": day, "stress": stress}[entity]
    told = {night.wake_date: tell(night) for night in life.nights.values()}
    return {date_: payload for date_, payload in sorted(told.items()) if payload is not None}


def settings() -> Payload:
    """The profile's settings."""
    return {"timeZone": "Europe/Berlin", "measurementSystem": "metric", "preferredLocale": "de", "firstDayOfWeek": 2}


def zones() -> list[Payload]:
    """Heart rate zones by sport."""
    floors = {f"zone{number}Floor": 96 + 18 * number for number in range(1, 6)}
    return [
        {"sport": sport, "trainingMethod": "HR_MAX", "maxHeartRateUsed": top, **floors}
        for sport, top in (("DEFAULT", 190), ("RUNNING", 192))
    ]


def fit_of(run: Run) -> bytes:
    """The file the watch wrote: a session, a lap and a few samples."""
    start, samples = fit_time(run.start_at), run.samples()
    end = start + run.moving_s
    fit = FitBuilder()
    fit.message(0, (0, "enum", 4), (1, "uint16", 1), (2, "uint16", 3113), (3, "uint32z", 4711), (4, "uint32", start))
    fit.message(21, (253, "uint32", start), (0, "enum", 0), (1, "enum", 0), local=1)
    semicircles = 2**31 / 180
    for time_s, distance_m, heart_rate_bpm, cadence_rpm, latitude, longitude in zip(
        *(
            samples[name]
            for name in ("time_s", "distance_m", "heart_rate_bpm", "cadence_rpm", "latitude_deg", "longitude_deg")
        ),
        strict=True,
    ):
        fit.message(
            20,
            (253, "uint32", start + int(time_s)),
            (0, "sint32", round(latitude * semicircles)),
            (1, "sint32", round(longitude * semicircles)),
            (5, "uint32", round(distance_m * 100)),
            (3, "uint8", int(heart_rate_bpm)),
            (4, "uint8", int(cadence_rpm)),
            local=2,
        )
    fit.message(21, (253, "uint32", end), (0, "enum", 0), (1, "enum", 4), local=1)
    sport, sub_sport = _FIT_SPORTS[run.sport]
    totals: list[FieldRow] = [(253, "uint32", end), (2, "uint32", start), (7, "uint32", run.elapsed_s * 1000)]
    totals += [(8, "uint32", run.moving_s * 1000), (9, "uint32", round(run.distance_m * 100))]
    fit.message(19, *totals, local=3)
    fit.message(18, *totals, (5, "enum", sport), (6, "enum", sub_sport), local=4)
    fit.message(34, (253, "uint32", end), (5, "uint32", end + run.offset_s), (1, "uint16", 1), local=5)
    return fit.build()


def zip_of(members: dict[str, bytes]) -> bytes:
    """A zip of these members, the same for the same members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return packed.getvalue()


def epoch_s(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())
