"""What WHOOP tells of a night and of a workout, in its own words and units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.world import Night, Run, offset_s

USER_ID = 10129
_SPORTS = {"run": "running", "trail_run": "running", "treadmill": "running", "ride": "cycling", "walk": "walking"}
_ZONES = ("zero", "one", "two", "three", "four", "five")

Item = dict[str, Any]


def cycle(night: Night, end: datetime | None) -> Item:
    """A day from one sleep onset to the next; the running one has no end and little strain so far."""
    is_open = end is None
    strain = round(night.strain * (0.3 if is_open else 1), 4)
    told = _times(
        night.onset_at, end, night.zone, created=night.onset_at, updated=max(night.updated_at, end or night.wake_at)
    )
    item = {"id": night.cycle_id, **told, "score_state": night.score_state}
    if night.score_state == "SCORED":
        item["score"] = {
            "strain": strain,
            "kilojoule": round(7000 + 300 * strain, 3),
            "average_heart_rate": night.resting_heart_rate_bpm + 15,
            "max_heart_rate": 120 + night.recovery_pct % 60,
        }
    return item


def recovery(night: Night) -> Item:
    """What a night did for the body; no time of its own, only when it was written down."""
    item: Item = {
        "cycle_id": night.cycle_id,
        "sleep_id": night.sleep_uuid,
        "user_id": USER_ID,
        "created_at": _text(night.wake_at + timedelta(minutes=9)),
        "updated_at": _text(max(night.updated_at, night.wake_at + timedelta(minutes=9))),
        "score_state": night.score_state,
    }
    if night.score_state == "SCORED":
        item["score"] = {
            "user_calibrating": False,
            "recovery_score": night.recovery_pct,
            "resting_heart_rate": night.resting_heart_rate_bpm,
            "hrv_rmssd_milli": night.hrv_ms,
            "spo2_percentage": 95.6875,
            "skin_temp_celsius": 33.7,
        }
    return item


def sleep(night: Night) -> Item:
    """The night itself."""
    told = _times(night.onset_at, night.wake_at, night.zone, created=night.wake_at, updated=night.updated_at)
    item = {
        "id": night.sleep_uuid,
        "cycle_id": night.cycle_id,
        "v1_id": night.cycle_id + 7,
        **told,
        "nap": False,
        "score_state": night.score_state,
    }
    if night.score_state == "SCORED":
        item["score"] = _sleep_score(night.light_s, night.deep_s, night.rem_s, night.awake_s)
    return item


def nap(night: Night) -> Item:
    """The nap of the day after the night, which has no recovery."""
    start_at = nap_at(night)
    end_at = start_at + timedelta(seconds=night.nap_s)
    told = _times(start_at, end_at, night.zone, created=end_at, updated=max(end_at, night.updated_at))
    item = {"id": night.nap_uuid, "cycle_id": night.cycle_id, **told, "nap": True, "score_state": "SCORED"}
    item["score"] = _sleep_score(night.nap_s - 60, 0, 0, 60)
    return item


def nap_at(night: Night) -> datetime:
    """When that nap began."""
    return night.wake_at + timedelta(hours=6)


def _sleep_score(light_s: int, deep_s: int, rem_s: int, awake_s: int) -> Item:
    asleep_s = light_s + deep_s + rem_s
    return {
        "stage_summary": {
            "total_in_bed_time_milli": 1000 * (asleep_s + awake_s),
            "total_awake_time_milli": 1000 * awake_s,
            "total_no_data_time_milli": 0,
            "total_light_sleep_time_milli": 1000 * light_s,
            "total_slow_wave_sleep_time_milli": 1000 * deep_s,
            "total_rem_sleep_time_milli": 1000 * rem_s,
            "sleep_cycle_count": 5,
            "disturbance_count": 12,
        },
        "sleep_needed": {
            "baseline_milli": 27_395_716,
            "need_from_sleep_debt_milli": 352_230,
            "need_from_recent_strain_milli": 208_595,
            "need_from_recent_nap_milli": -12_312,
        },
        "respiratory_rate": 16.1,
        "sleep_performance_percentage": round(min(100.0, asleep_s / 280), 1),
        "sleep_consistency_percentage": 90.0,
        "sleep_efficiency_percentage": round(100 * asleep_s / (asleep_s + awake_s), 4),
    }


def workout(run: Run) -> Item:
    """What the strap felt of a run; without a heart rate it cannot be scored."""
    end_at = run.start_at + timedelta(seconds=run.elapsed_s)
    told = _times(run.start_at, end_at, run.zone, created=end_at, updated=max(end_at, run.updated_at))
    item = {"id": run.uuid, "v1_id": run.run_id % 100_000, **told, "sport_name": _SPORTS[run.sport], "sport_id": 0}
    if run.heart_rate_avg_bpm is None:
        return {**item, "score_state": "UNSCORABLE"}
    score: Item = {
        "strain": round(run.moving_s / 400, 3),
        "average_heart_rate": int(run.heart_rate_avg_bpm),
        "max_heart_rate": int(run.heart_rate_max_bpm or run.heart_rate_avg_bpm),
        "kilojoule": round(run.moving_s * 0.7, 1),
        "percent_recorded": 100,
        "zone_durations": {
            f"zone_{name}_milli": share * run.moving_s
            for name, share in zip(
                ("zero", "one", "two", "three", "four", "five"), (0, 100, 300, 400, 200, 0), strict=True
            )
        },
    }
    if run.sport != "treadmill":
        score |= {"distance_meter": run.distance_m, "altitude_gain_meter": run.ascent_m, "altitude_change_meter": 0.4}
    return {**item, "score_state": "SCORED", "score": score}


def _times(start: datetime, end: datetime | None, zone: str, *, created: datetime, updated: datetime) -> Item:
    offset = offset_s(end or start, zone)
    hours, minutes = divmod(abs(offset) // 60, 60)
    told = {
        "user_id": USER_ID,
        "created_at": _text(created),
        "updated_at": _text(updated),
        "start": _text(start),
        "timezone_offset": f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}" if offset else "Z",
    }
    return told if end is None else {**told, "end": _text(end)}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
