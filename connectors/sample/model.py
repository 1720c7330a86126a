"""The values the sample athlete is made of: what the caller asks for, what happened, and what a device kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class WorkBlock(NamedTuple):
    """The fast part of a planned session: repeats of `work_s` at a pace, each followed by `recovery_s` of jogging."""

    repeats: int
    work_s: float
    recovery_s: float
    pace_s_per_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """One day of the plan that the sample athlete is asked to follow; `workout_type` in the coach's words, "rest" for none."""

    planned_date: date
    workout_type: str
    distance_m: float
    duration_s: float
    work: tuple[WorkBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeouts:
    """Where the files of one take-out lie: two archives as the vendors send them, and a folder of plain FIT files."""

    strava_archive: Path
    whoop_export: Path
    watch_folder: Path


class Sport(StrEnum):
    """What was done, in words of our own; the writers know each vendor's spelling."""

    RUN = "run"
    TREADMILL = "treadmill"
    TRAIL = "trail"
    RIDE = "ride"
    SWIM = "swim"
    HIKE = "hike"

    @property
    def is_run(self) -> bool:
        return self in (Sport.RUN, Sport.TREADMILL, Sport.TRAIL)


class Part(StrEnum):
    """What a stretch of an outing is for."""

    WARM_UP = "warm_up"
    STEADY = "steady"
    WORK = "work"
    RECOVERY = "recovery"
    COOL_DOWN = "cool_down"


class Laps(StrEnum):
    """How the watch was set: a lap every kilometre, that plus the lap button, or one lap per workout step."""

    AUTO = "auto"
    AUTO_AND_BUTTON = "auto_and_button"
    STEPS = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of an outing at one effort; `heart_rate_share` is where the heart would settle, as a share of its maximum."""

    part: Part
    duration_s: float
    pace_s_per_km: float
    heart_rate_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One real bout of exercise before any device looked at it. It ends at `distance_m`; a race takes `race_time_s`."""

    outing_date: date
    kind: str
    sport: Sport
    local_start_at: datetime
    zone: str
    title: str
    stretches: tuple[Stretch, ...]
    distance_m: float
    race_time_s: float | None = None
    laps: Laps = Laps.AUTO
    effort: int | None = None
    note: str = ""
    has_heart_rate: bool = True
    is_manual: bool = False
    is_cut_off: bool = False
    is_only_in_watch_folder: bool = False
    has_second_recording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What the body did, second by second of moving time; `pauses` are (moving second, length) of standing still."""

    distance_m: Numbers
    speed_m_per_s: Numbers
    altitude_m: Numbers
    latitude_deg: Numbers | None
    longitude_deg: Numbers | None
    heart_rate_bpm: Numbers
    step_ends_s: tuple[int, ...]
    pauses: tuple[tuple[int, int], ...]
    load: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A watch as its files name it; `has_dynamics` adds power and running form."""

    manufacturer: int
    product: int
    serial_number: int
    has_dynamics: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """A lap as a watch sums it up; cadence is of one foot, unknown is None."""

    started_at: int
    ended_at: int
    distance_m: float
    timer_s: float
    ascent_m: float
    heart_rate_avg_bpm: float | None
    heart_rate_max_bpm: float | None
    cadence_avg_rpm: float | None
    power_avg_w: float | None
    trigger: int
    intensity: int | None = None
    workout_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What one device kept of an outing: samples by column, laps, pauses (stopped, started), summary. Times are Unix seconds."""

    device: Device
    sport: int
    sub_sport: int
    started_at: int
    ended_at: int
    utc_offset_s: int
    samples: dict[str, Numbers]
    laps: tuple[Lap, ...]
    pauses: tuple[tuple[int, int], ...]
    distance_m: float
    timer_s: float
    ascent_m: float
    descent_m: float
    speed_max_m_per_s: float
    heart_rate_avg_bpm: float | None
    heart_rate_max_bpm: float | None
    cadence_avg_rpm: float | None
    cadence_max_rpm: float | None
    power_avg_w: float | None
    energy_kcal: float
