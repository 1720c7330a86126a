"""What the marts say, as reports hold it. None is unknown, never zero.

Distances in metres, durations in seconds, paces in s/km, heart rates in bpm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coach.model import Workout


class DayStatus(StrEnum):
    """What became of a day. `missed` is only ever said by the adherence mart, which knows whether the source is fresh."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    MISSED = "missed"
    MOVED = "moved"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    PLANNED = "planned"
    REST = "rest"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How fresh one source is: fresh, stale or absent."""

    source: str
    kind: str
    state: str
    newest_date: date | None = None
    newest_landed_at: datetime | None = None
    age_days: int | None = None
    expected_every_days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCount:
    """How many recordings of one source have one fault: flagged ones count without it, excluded ones not at all."""

    source: str
    kind: str
    effect: str
    count: int
    newest_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """Something that only the athlete can tell: whether a run was a `race`, or which of two runs that `overlap` was run."""

    kind: str
    activity_id: str
    local_date: date
    other_id: str = ""
    distance_m: float | None = None
    time_s: float | None = None
    other_distance_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """One deliberate fast stretch of a run and the recovery after it."""

    rep_number: int
    set_number: int = 1
    distance_m: float | None = None
    duration_s: float
    pace_s_per_km: float | None = None
    gap_s_per_km: float | None = None
    heart_rate_avg_bpm: float | None = None
    heart_rate_end_bpm: float | None = None
    rest_after_s: float | None = None
    rest_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRep:
    """One row of `marts.rep_adherence`: a rep of the plan and what was run for it. Without `done_rep_number` nothing was."""

    rep_number: int
    planned_distance_m: float | None = None
    planned_duration_s: float | None = None
    pace_fast_s_per_km: float | None = None
    pace_slow_s_per_km: float | None = None
    done_rep_number: int | None = None
    done_distance_m: float | None = None
    done_duration_s: float | None = None
    gap_s_per_km: float | None = None
    is_on_target: bool | None = None
    is_in_order: bool | None = None

    @property
    def verdict(self) -> str:
        """In words: not run, on target, or by how many seconds a kilometre its effort missed the nearer end of the target."""
        if self.done_rep_number is None:
            return "not run"
        words = []
        if self.is_on_target:
            words.append("on target")
        elif (
            self.gap_s_per_km is not None
            and self.pace_fast_s_per_km is not None
            and self.pace_slow_s_per_km is not None
        ):
            faster_s, slower_s = (
                self.pace_fast_s_per_km - self.gap_s_per_km,
                self.gap_s_per_km - self.pace_slow_s_per_km,
            )
            words.append(f"{max(faster_s, slower_s):.0f} s/km too {'fast' if faster_s > slower_s else 'slow'}")
        if self.is_in_order is False:
            words.append("out of order")
        return ", ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    lap_number: int
    distance_m: float | None = None
    moving_s: float | None = None
    pace_s_per_km: float | None = None
    heart_rate_avg_bpm: float | None = None
    elevation_gain_m: float | None = None
    cadence_spm: float | None = None
    intensity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One row of `marts.recordings`: a source's copy of an activity, and why it belongs to it."""

    recording_id: str
    source: str
    started_time: str = ""
    distance_m: float | None = None
    moving_s: float | None = None
    device_name: str = ""
    is_cover: bool = False
    is_part: bool = False
    link_rule: str = ""
    faults: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One real activity. `page` is the site's page about it, empty where it has none."""

    activity_id: str
    local_date: date
    started_time: str = ""
    sport: str = ""
    is_run: bool = True
    title: str = ""
    run_type: str = ""
    run_type_rule: str = ""
    run_type_confidence: float | None = None
    is_race: bool = False
    is_treadmill: bool = False
    distance_m: float | None = None
    moving_s: float | None = None
    elapsed_s: float | None = None
    pace_s_per_km: float | None = None
    gap_s_per_km: float | None = None
    elevation_gain_m: float | None = None
    heart_rate_avg_bpm: float | None = None
    heart_rate_max_bpm: float | None = None
    cadence_spm: float | None = None
    training_load: float | None = None
    load_method: str = ""
    decoupling_pct: float | None = None
    easy_s: float | None = None
    moderate_s: float | None = None
    hard_s: float | None = None
    device_name: str = ""
    gear_name: str = ""
    sources: str = ""
    recording_count: int = 1
    faults: str = ""
    page: str = ""
    rep_count: int | None = None
    structure: str = ""
    reps: tuple[Rep, ...] = ()
    planned_reps: tuple[PlannedRep, ...] = ()
    laps: tuple[Lap, ...] = ()
    recordings: tuple[Recording, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One calendar day: what was planned, what was done, and what that makes it."""

    day: date
    status: DayStatus
    workout: Workout | None = None
    done_distance_m: float | None = None
    done_moving_s: float | None = None
    reason: str = ""
    activities: tuple[Activity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFigures:
    """One row of `marts.athlete_weeks`."""

    week_start_date: date
    is_closed: bool = True
    run_count: int | None = None
    distance_m: float | None = None
    moving_s: float | None = None
    training_load: float | None = None
    longest_run_m: float | None = None
    long_run_share: float | None = None
    elevation_gain_m: float | None = None
    easy_share: float | None = None
    distance_4w_mean_m: float | None = None
    moving_4w_mean_s: float | None = None
    longest_run_4w_mean_m: float | None = None
    easy_share_4w_mean: float | None = None
    ramp_ratio: float | None = None
    recovery_score_mean_pct: float | None = None
    recovery_nights: int | None = None
    planned_distance_m: float | None = None
    unknown_run_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """The columns of `marts.athlete_days` that charts draw."""

    local_date: date
    distance_m: float | None = None
    training_load: float | None = None
    fitness_ctl: float | None = None
    fatigue_atl: float | None = None
    form_tsb_morning: float | None = None
    acwr_ewma: float | None = None
    recovery_score_pct: float | None = None
    hrv_ms: float | None = None
    hrv_7d_mean_ms: float | None = None
    hrv_low_ms: float | None = None
    hrv_high_ms: float | None = None
    resting_heart_rate_bpm: float | None = None
    sleep_s: float | None = None
