"""What the fake Strava says: its refusals word for word as published, its objects made from a made-up run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.servers.world import Life, Run

INACTIVE = {"message": "Forbidden", "errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}]}
LIMIT_EXCEEDED = {
    "message": "Rate Limit Exceeded",
    "errors": [{"resource": "Application", "field": "rate limit", "code": "exceeded"}],
}
SCOPE_MISSING = {
    "message": "Authorization Error",
    "errors": [{"resource": "AccessToken", "field": "activity:read_permission", "code": "missing"}],
}
INVALID_TOKEN = {
    "message": "Authorization Error",
    "errors": [{"resource": "Athlete", "field": "access_token", "code": "invalid"}],
}
TOO_MANY_ATHLETES = {"message": "Limit of connected athletes exceeded", "errors": []}
NOT_FOUND = {"message": "Record Not Found", "errors": [{"resource": "", "field": "", "code": "not found"}]}

ATHLETE: dict[str, Any] = {
    "id": 1_234_567_890_123,
    "username": None,
    "resource_state": 3,
    "firstname": "Ada",
    "lastname": "Runner",
    "measurement_preference": "meters",
    "weight": 58.4,
    "ftp": None,
    "follower_count": 12,
    "shoes": [
        {"id": "g1234567", "name": "Daily", "primary": True, "distance": 1000.0},
        {"id": "g7654321", "name": "Race"},
    ],
    "bikes": [],
}
ZONES: dict[str, Any] = {
    "heart_rate": {
        "custom_zones": True,
        "zones": [
            {"min": 0, "max": 120},
            {"min": 120, "max": 140},
            {"min": 140, "max": 155},
            {"min": 155, "max": 170},
            {"min": 170, "max": -1},
        ],
    }
}
_SPORTS = {"run": "Run", "trail_run": "TrailRun", "treadmill": "Run", "ride": "Ride", "walk": "Walk"}


def summary_of(run: Run, *, athlete_id: int, hides_start: bool) -> dict[str, Any]:
    """A SummaryActivity. A hidden start is said as one second past midnight."""
    start_at, local = run.start_at, run.start_at + timedelta(seconds=run.offset_s)
    if hides_start:
        local = local.replace(hour=0, minute=0, second=1)
        start_at = local
    is_indoor = run.sport == "treadmill" or run.is_manual
    ends = [] if is_indoor or hides_start else [52.5, 13.4]
    payload: dict[str, Any] = {
        "resource_state": 2,
        "id": run.run_id,
        "external_id": None if run.is_manual else f"garmin_ping_{run.run_id}.fit",
        "upload_id": None if run.is_manual else run.run_id + 1_000_000_000,
        "upload_id_str": None if run.is_manual else str(run.run_id + 1_000_000_000),
        "athlete": {"id": athlete_id, "resource_state": 1},
        "name": run.title,
        "sport_type": _SPORTS[run.sport],
        "type": "Run" if run.sport == "trail_run" else _SPORTS[run.sport],
        "workout_type": 1 if run.is_race else None,
        "distance": run.distance_m,
        "moving_time": run.moving_s,
        "elapsed_time": run.elapsed_s,
        "total_elevation_gain": run.ascent_m,
        "start_date": _as_sent(start_at),
        "start_date_local": _as_sent(local),
        "timezone": "(GMT+01:00) Europe/Berlin" if run.zone == "Europe/Berlin" else f"(GMT-07:00) {run.zone}",
        "utc_offset": float(run.offset_s),
        "start_latlng": ends,
        "end_latlng": ends,
        "map": {"id": f"a{run.run_id}", "summary_polyline": "_p~iF~ps|U_ulLnnqC" if ends else "", "resource_state": 2},
        "average_speed": round(run.distance_m / run.moving_s, 3),
        "max_speed": 5.31,
        "average_cadence": run.cadence_spm / 2,
        "has_heartrate": run.heart_rate_avg_bpm is not None,
        "device_name": None if run.is_manual else "Garmin Forerunner 265",
        "gear_id": run.gear,
        "manual": run.is_manual,
        "trainer": run.sport == "treadmill",
        "private": run.run_id % 7 == 0,
        "visibility": "only_me" if run.run_id % 7 == 0 else "followers_only",
        "flagged": False,
        "kudos_count": run.edited * 3,
        "suffer_score": 88.0,
    }
    if run.heart_rate_avg_bpm is not None:
        payload |= {"average_heartrate": run.heart_rate_avg_bpm, "max_heartrate": run.heart_rate_max_bpm}
    return payload


def detail_of(run: Run, summary: dict[str, Any], life: Life) -> dict[str, Any]:
    """A DetailedActivity: the summary and more; its `photos` link and its shoe's mileage are never the same for long."""
    lap = {
        "id": run.run_id * 10 + 1,
        "lap_index": 1,
        "split": 1,
        "name": "Lap 1",
        "start_date": summary["start_date"],
        "start_date_local": summary["start_date_local"],
        "elapsed_time": run.elapsed_s,
        "moving_time": run.moving_s,
        "distance": run.distance_m,
        "average_speed": summary["average_speed"],
        "start_index": 0,
        "end_index": 23,
    }
    segment = {"id": 99, "name": "Canal", "start_latlng": [52.5, 13.4], "end_latlng": [52.51, 13.4], "distance": 400.0}
    return {
        **summary,
        "resource_state": 3,
        "description": f"{run.title} done",
        "calories": round(run.distance_m / 16, 1),
        "perceived_exertion": 4 + run.edited % 3,
        "laps": [lap],
        "splits_metric": [{"split": 1, "distance": 1000.0, "elapsed_time": 300, "moving_time": 300, "pace_zone": 2}],
        "best_efforts": [],
        "segment_efforts": [{"id": run.run_id + 5, "name": "Canal", "segment": segment}],
        "gear": None if run.gear is None else gear_of(run.gear, life),
        "photos": {"count": life.lived},
        "embed_token": f"embed{run.run_id}",
    }


def gear_of(gear_id: str, life: Life) -> dict[str, Any]:
    """A shoe with the kilometres run in it."""
    run_m = sum(run.distance_m for run in life.runs.values() if run.gear == gear_id)
    return {
        "id": gear_id,
        "primary": gear_id == "g1234567",
        "name": f"Shoe {gear_id}",
        "brand_name": "Brand",
        "model_name": "Model",
        "resource_state": 3,
        "distance": round(run_m, 1),
    }


def streams_of(run: Run) -> dict[str, Any]:
    """Streams by key; a run without a heart-rate strap has none of it, a treadmill no place."""
    samples = run.samples()
    named: dict[str, list[Any]] = {
        "time": [int(each) for each in samples["time_s"]],
        "distance": samples["distance_m"],
        "altitude": samples["altitude_m"],
        "cadence": samples["cadence_rpm"],
        "moving": [True] * len(samples["time_s"]),
        "temp": [12] * len(samples["time_s"]),
    }
    if run.heart_rate_avg_bpm is not None:
        named["heartrate"] = samples["heart_rate_bpm"]
    if run.sport != "treadmill":
        named["latlng"] = [list(each) for each in zip(samples["latitude_deg"], samples["longitude_deg"], strict=True)]
    return {
        name: {"data": data, "series_type": "time", "original_size": len(data), "resolution": "high"}
        for name, data in named.items()
    }


def _as_sent(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
