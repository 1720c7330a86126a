"""What the marts know of the runner as the profile page shows it: figures, race equivalents, bests and training zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

from coach.model import Prediction
from reports import format as say

_EPSILON = 1e-6  # a bound of 153.0000001 is 153


@dataclass(frozen=True, slots=True, kw_only=True)
class BestEffort:
    """A personal best. `page` is the site's page about its run, empty where it has none."""

    distance_m: float
    time_s: float
    local_date: date
    activity_id: str = ""
    race_fitness: float | None = None
    title: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceEquivalent:
    """What the runner could race today over one distance, with its range in seconds."""

    distance_m: float
    distance_name: str
    time_s: float
    fastest_s: float
    slowest_s: float
    methods: tuple[str, ...] = ()
    confidence: str = ""

    @property
    def prediction(self) -> Prediction:
        """The same as a race's forecast."""
        return Prediction(
            distance_m=self.distance_m,
            likely_s=self.time_s,
            fast_s=self.fastest_s,
            slow_s=self.slowest_s,
            methods=self.methods,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One training zone or pace, its bounds in bpm or s/km; an upper bound of None is open."""

    kind: str
    zone: str
    zone_name: str
    from_value: float
    unit: str
    origin: str
    confidence: str
    below_value: float | None = None

    @property
    def bounds(self) -> str:
        """145–152 bpm, 4:31–4:51 /km, faster than 3:50 /km."""
        return self._heart_rates() if self.unit == "bpm" else self._paces()

    def _heart_rates(self) -> str:
        """Whole beats that lie in the zone, so that none is in two zones."""
        low = float(ceil(self.from_value - _EPSILON)) or None
        high = None if self.below_value is None else float(ceil(self.below_value - _EPSILON) - 1)
        return say.heart_rate_range(low, high)

    def _paces(self) -> str:
        if self.below_value is None:
            return f"slower than {say.pace(self.from_value)}"
        if self.from_value == 0:
            return f"{say.pace(self.below_value)} and faster"
        return say.pace_range(self.from_value, self.below_value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFigures:
    """What `marts.athlete_profile` knows about the runner."""

    weekly_distances_m: tuple[float, ...] = ()
    runs_per_week: float | None = None
    longest_run_30d_m: float | None = None
    longest_run_90d_m: float | None = None
    running_months: float | None = None
    easy_pace_s_per_km: float | None = None
    tempo_pace_s_per_km: float | None = None
    interval_pace_s_per_km: float | None = None
    max_heart_rate_bpm: float | None = None
    max_heart_rate_method: str = ""
    max_heart_rate_confidence: str = ""
    resting_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    race_fitness: float | None = None
    race_fitness_date: date | None = None
    race_fitness_source: str = ""
    trail_share: float | None = None
    climb_m_per_km: float | None = None
    confidence: str = ""
    confidence_reasons: tuple[str, ...] = ()
    weekly_distance_8w_mean_m: float | None = None
    weekly_distance_8w_median_m: float | None = None
    weekly_distance_12w_mean_m: float | None = None
    weekly_volume_reference_m: float | None = None
    longest_safe_run_m: float | None = None
    easy_run_count: int = 0
    easy_pace_spread_s_per_km: float | None = None
    tempo_run_count: int = 0
    tempo_pace_spread_s_per_km: float | None = None
    interval_run_count: int = 0
    interval_pace_spread_s_per_km: float | None = None
    threshold_heart_rate_origin: str = ""
    threshold_heart_rate_confidence: str = ""
    resting_heart_rate_origin: str = ""
    race_fitness_activity_id: str = ""
    race_fitness_peak: float | None = None
    race_fitness_age_days: int | None = None
    race_fitness_distance_m: float | None = None
    race_fitness_time_s: float | None = None
    critical_speed_m_per_s: float | None = None
    d_prime_m: float | None = None
    critical_speed_effort_count: int | None = None
    road_share: float | None = None
    treadmill_share: float | None = None
    terrain: str = ""
