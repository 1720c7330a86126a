"""What the sample athlete can do on a day: race fitness, the paces and heart rates that follow from it, and weekly volume."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, pi, sqrt
from typing import Final

import numpy as np

MAX_HEART_RATE_BPM: Final = 187.0
RESTING_HEART_RATE_BPM: Final = 49.0
WEIGHT_KG: Final = 71.0

# Days before today → race fitness and habitual weekly kilometres. Two setbacks: an injury 21 months ago, an illness 8 months ago.
_FITNESS_KNOTS = (
    (1095, 38.2),
    (905, 40.2),
    (642, 42.2),
    (615, 40.0),
    (545, 41.6),
    (420, 42.8),
    (330, 43.6),
    (240, 43.8),
    (226, 43.2),
    (120, 44.0),
    (60, 44.5),
    (0, 45.0),
)
_VOLUME_KNOTS = (
    (1095, 20),
    (900, 26),
    (650, 32),
    (619, 11),
    (600, 18),
    (545, 28),
    (420, 35),
    (350, 41),
    (325, 31),
    (240, 38),
    (226, 24),
    (200, 36),
    (110, 42),
    (0, 44),
)
_SEED_SPREAD = 0.8  # every seed is another runner, within 42–46 today
_SUMMER_DAY_OF_YEAR = 165
_SEASON_SHARE = 0.06

# Share of VO2max → share of maximal heart rate. Daniels gives threshold 88–92 % and easy 65–79 % of maximum.
_SHARE_OF_VO2MAX = (0.30, 0.55, 0.62, 0.70, 0.80, 0.88, 0.95, 1.02, 1.15)
_SHARE_OF_MAX_HEART_RATE = (0.52, 0.67, 0.705, 0.75, 0.835, 0.90, 0.945, 0.975, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """Seconds per kilometre of one race fitness."""

    recovery: float
    easy: float
    long: float
    steady: float
    tempo: float
    interval: float
    repetition: float


def race_fitness_on(days_before_today: float, *, seed: int) -> float:
    """The athlete's true race fitness so many days before today."""
    spread = float(np.random.default_rng([seed, 1]).uniform(-_SEED_SPREAD, _SEED_SPREAD))
    return _between(_FITNESS_KNOTS, days_before_today) + spread


def weekly_distance_m(days_before_today: float, *, day_of_year: int) -> float:
    """What a habitual week holds then: more in summer than in winter."""
    season = 1 + _SEASON_SHARE * cos(2 * pi * (day_of_year - _SUMMER_DAY_OF_YEAR) / 365.25)
    return 1000 * _between(_VOLUME_KNOTS, days_before_today) * season


def paces(race_fitness: float) -> Paces:
    """The paces the athlete trains at."""
    return Paces(
        recovery=pace_at(0.60, race_fitness),
        easy=pace_at(0.665, race_fitness),
        long=pace_at(0.675, race_fitness),
        steady=pace_at(0.77, race_fitness),
        tempo=pace_at(0.875, race_fitness),
        interval=pace_at(0.975, race_fitness),
        repetition=pace_at(1.06, race_fitness),
    )


def pace_at(share: float, race_fitness: float) -> float:
    """Seconds per kilometre at a share of VO2max."""
    # Oxygen cost of running, Daniels & Gilbert, Oxygen Power, 1979, solved for the speed.
    root = sqrt(0.182258**2 + 4 * 0.000104 * (share * race_fitness + 4.60))
    return 60000 * 2 * 0.000104 / (root - 0.182258)


def heart_rate_share(pace_s_per_km: float, race_fitness: float) -> float:
    """Where the heart settles at a pace on the flat, as a share of its maximum."""
    share = _oxygen_cost(60000 / pace_s_per_km) / race_fitness
    return float(np.interp(share, _SHARE_OF_VO2MAX, _SHARE_OF_MAX_HEART_RATE))


def race_time_s(race_fitness: float, distance_m: float) -> float:
    """The race time that Daniels' and Gilbert's equations give a race fitness."""
    low, high = distance_m / 9.0, distance_m / 1.2
    for _ in range(50):
        middle = (low + high) / 2
        if race_fitness_of(distance_m, middle) > race_fitness:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def race_fitness_of(distance_m: float, time_s: float) -> float:
    """The race fitness that a race shows."""
    minutes = time_s / 60
    held = 0.8 + 0.1894393 * exp(-0.012778 * minutes) + 0.2989558 * exp(-0.1932605 * minutes)
    return _oxygen_cost(distance_m / minutes) / held


def _oxygen_cost(metres_per_minute: float) -> float:
    return -4.60 + 0.182258 * metres_per_minute + 0.000104 * metres_per_minute**2


def _between(knots: tuple[tuple[int, float], ...], days_before_today: float) -> float:
    days, values = zip(*reversed(knots), strict=True)
    return float(np.interp(days_before_today, days, values))
