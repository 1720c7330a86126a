"""A row of GarminDB as a payload: its columns as they are, and beside them the instants that its naive clocks mean.

The times are local to the computer that ran GarminDB, taken here for the home zone; after a journey they may be hours
off. Durations are clock times that begin again after 24 hours and say zero when nobody knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.clock import is_plausible
from connectors.local_time import to_utc, utc_offset_s, utc_text

_DAY_S = 86_400
_CLOCK_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?")
_LEG = re.compile(r"(?P<activity_id>\d+)_\d{1,2}")
# 2026-11-21: distance over average speed gives the timer's time back to within rounding; a recording whose average
# leaves out long pauses does not, and then nothing is said of days that its clock time may have dropped.
_AGREEMENT = 0.02
# 2026-11-21: recordings whose timer ran some seconds longer than the clock exist; none ran ten minutes longer.
_SLACK_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What holds for every row: the units, the zone of the clocks, and the moment of import."""

    measurement_system: str
    home_zone: str
    now: datetime

    @property
    def facts(self) -> dict[str, Any]:
        return {"_measurement_system": self.measurement_system, "_time_zone": self.home_zone}

    def instant(self, local: Any) -> datetime | None:
        """The instant of a naive local time; None if it is none or cannot be."""
        try:
            naive = datetime.fromisoformat(local).replace(tzinfo=None)
            at = to_utc(naive, ZoneInfo(self.home_zone))
        except (TypeError, ValueError, OverflowError):
            return None
        return at if is_plausible(at, now=self.now) else None

    def offset_s(self, at: datetime) -> int:
        return utc_offset_s(at, ZoneInfo(self.home_zone))


def activity_payload(
    row: Mapping[str, Any], steps: Mapping[str, Any] | None, setting: Setting
) -> dict[str, Any] | None:
    """An activity, or one leg of it; None when it says no start. Paces are kept but are not to be trusted: GarminDB
    fills them per mile on one of its ways in, whatever the setting."""
    started_at = setting.instant(row.get("start_time"))
    if started_at is None:
        return None
    payload = {
        **row,
        **setting.facts,
        "_started_at": utc_text(started_at),
        "_utc_offset_s": setting.offset_s(started_at),
        **_days_dropped(row),
    }
    if steps is not None:
        payload["_steps"] = dict(steps)
    if (leg := leg_of(str(row["activity_id"]))) is not None:
        payload["_leg_of"] = leg
    return payload


def sleep_payload(row: Mapping[str, Any], setting: Setting) -> dict[str, Any] | None:
    """A night. A day without one has a row too, with neither start nor end."""
    midnight = setting.instant(row.get("day"))
    if midnight is None:
        return None
    onset_at, wake_at = setting.instant(row.get("start")), setting.instant(row.get("end"))
    return {
        **row,
        **setting.facts,
        "_started_at": utc_text(onset_at or midnight),
        "_sleep_onset_at": None if onset_at is None else utc_text(onset_at),
        "_wake_at": None if wake_at is None else utc_text(wake_at),
        "_utc_offset_s": setting.offset_s(wake_at or midnight),
    }


def day_payload(row: Mapping[str, Any], setting: Setting) -> dict[str, Any] | None:
    """A summary that belongs to a day: its HRV status, or the day itself."""
    midnight = setting.instant(row.get("day"))
    return None if midnight is None else {**row, **setting.facts, "_started_at": utc_text(midnight)}


def day_key(row: Mapping[str, Any]) -> str | None:
    """The day of a row, which some generations write with a time of midnight."""
    try:
        return date.fromisoformat(str(row.get("day"))[:10]).isoformat()
    except ValueError:
        return None


def leg_of(activity_id: str) -> str | None:
    """The multisport activity that this one is a leg of."""
    match = _LEG.fullmatch(activity_id)
    return None if match is None else match["activity_id"]


def _days_dropped(row: Mapping[str, Any]) -> dict[str, int]:
    """How many whole days the clock times of a very long activity have lost; empty for nearly all."""
    moving_s, elapsed_s = _seconds(row.get("moving_time")), _seconds(row.get("elapsed_time"))
    if not moving_s:
        return {}
    moving_days = _moving_days(row, moving_s)
    days = {"_moving_days": moving_days}
    if elapsed_s:
        # Elapsed time is never less than moving time, so at least what is missing was dropped.
        missing_s = moving_s + moving_days * _DAY_S - elapsed_s
        days["_elapsed_days"] = math.ceil(missing_s / _DAY_S) if missing_s > _SLACK_S else 0
    return {name: count for name, count in days.items() if count > 0}


def _moving_days(row: Mapping[str, Any], moving_s: int) -> int:
    """Told by distance and average speed, which are in the same unit whatever that is."""
    distance, speed = row.get("distance"), row.get("avg_speed")
    if not isinstance(distance, int | float) or not isinstance(speed, int | float) or distance <= 0 or speed <= 0:
        return 0
    timer_s = distance / speed * 3600
    days = round((timer_s - moving_s) / _DAY_S)
    return days if abs(moving_s + days * _DAY_S - timer_s) <= _AGREEMENT * timer_s else 0


def _seconds(clock_time: Any) -> int | None:
    match = _CLOCK_TIME.fullmatch(clock_time) if isinstance(clock_time, str) else None
    return None if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
