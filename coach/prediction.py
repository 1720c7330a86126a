"""What a race time may be: several published models, their median as the likely time, their spread as the range."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import fmean, median

from coach.fitness import HALF_M, MARATHON_M, TEN_K_M, race_time_s
from coach.model import Prediction, Profile

_MILE_KM = 1.609344
_RIEGEL_EXPONENT = 1.06  # Riegel 1981
_VICKERS_EXPONENT = 1.07

# Vickers & Vertosick, BMC Sports Sci Med Rehabil 2016;8:26. The mileage term is 0.06423826 per ten miles a week;
# several public copies carry it ten times too large.
_VICKERS_ONE = (0.16018617, 0.83076202, 0.06423826)
_VICKERS_TWO = (1.4510756, -0.23797948, -0.01410023)

# Tanda 2011: weekly volume and mean training pace of eight weeks; the ranges are those of his sample.
_TANDA = (17.1, 140.0, -0.0053, 0.55)
_TANDA_WEEKLY_KM = (40.4, 110.7)
_TANDA_PACE_S_PER_KM = (253.3, 330.6)

# Critical speed: what we accept as a fit, and the share of it held in a marathon (Smyth & Muniz-Pumares 2020:
# 93.0 % by 150-minute, 78.9 % by 360-minute finishers; the line between is ours).
_CRITICAL_EFFORTS_MIN = 3
_CRITICAL_R2_MIN = 0.99
_CRITICAL_RESERVE_M = (40.0, 400.0)

# Runners below this volume slow more than race equivalents say; Riegel is >= 10 minutes too fast for half of them.
_LOW_VOLUME_M = 40000.0
# No range is narrower than what the models themselves miss by (marathon: 6.5 % of the best large-sample model).
_SPREAD = 0.015
_MARATHON_SLOWER = 0.065


def riegel_s(distance_m: float, time_s: float, to_distance_m: float, *, exponent: float = _RIEGEL_EXPONENT) -> float:
    """The equivalent time at another distance by Riegel's power law."""
    return time_s * float((to_distance_m / distance_m) ** exponent)


def vickers_one_race_s(distance_m: float, time_s: float, weekly_km: float) -> float:
    """The marathon time of Vickers and Vertosick from one race and the weekly volume."""
    constant, speed, volume = _VICKERS_ONE
    equivalent = MARATHON_M / riegel_s(distance_m, time_s, MARATHON_M, exponent=_VICKERS_EXPONENT)
    return MARATHON_M / (constant + speed * equivalent + volume * weekly_km / _MILE_KM / 10)


def vickers_two_races_s(short: tuple[float, float], long: tuple[float, float], weekly_km: float) -> float:
    """The marathon time of Vickers and Vertosick from a shorter and a longer race, each (distance_m, time_s)."""
    constant, own, volume = _VICKERS_TWO
    exponent = log(long[1] / short[1]) / log(long[0] / short[0])
    return riegel_s(
        long[0], long[1], MARATHON_M, exponent=constant + own * exponent + volume * weekly_km / _MILE_KM / 10
    )


def tanda_s(weekly_km: float, pace_s_per_km: float) -> float:
    """The marathon time of Tanda's training-only model, whatever the range."""
    constant, scale, decay, share = _TANDA
    return (constant + scale * exp(decay * weekly_km) + share * pace_s_per_km) * MARATHON_M / 1000


def fit_critical_speed(efforts: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Critical speed (m/s), the reserve above it (m) and R squared of a line through (distance_m, time_s) efforts."""
    mean_m, mean_s = fmean(d for d, _ in efforts), fmean(t for _, t in efforts)
    spread = sum((t - mean_s) ** 2 for _, t in efforts)
    speed = sum((t - mean_s) * (d - mean_m) for d, t in efforts) / spread
    reserve_m = mean_m - speed * mean_s
    missed = sum((d - reserve_m - speed * t) ** 2 for d, t in efforts)
    return speed, reserve_m, 1 - missed / sum((d - mean_m) ** 2 for d, _ in efforts)


def critical_speed(efforts: Sequence[tuple[float, float]]) -> float | None:
    """Critical speed (m/s) from best efforts (distance_m, time_s); None where they are too few or do not fit."""
    if len(efforts) < _CRITICAL_EFFORTS_MIN or len({t for _, t in efforts}) == 1:
        return None
    speed, reserve_m, r_squared = fit_critical_speed(efforts)
    low, high = _CRITICAL_RESERVE_M
    return speed if r_squared >= _CRITICAL_R2_MIN and low <= reserve_m <= high else None


def critical_speed_marathon_s(speed_m_per_s: float) -> float:
    """The marathon time of a runner who holds the share of critical speed usual for that finishing time."""
    minutes = 240.0
    for _ in range(60):
        share = 0.930 - 0.141 * (min(max(minutes, 150.0), 360.0) - 150.0) / 210.0
        minutes = (minutes + MARATHON_M / (share * speed_m_per_s) / 60) / 2
    return minutes * 60


def predict(profile: Profile, distance_m: float) -> Prediction | None:
    """The race time to expect today with its honest range; None without a race or time trial to go by."""
    if profile.race_fitness is None:
        return None
    equivalent = race_time_s(profile.race_fitness, distance_m)
    if distance_m < MARATHON_M - 1:
        return _shorter(profile.race_fitness, distance_m, equivalent)
    return _marathon(profile, profile.race_fitness, equivalent)


def _shorter(score: float, distance_m: float, equivalent: float) -> Prediction:
    """Equations and power law side by side; the power law starts from the 10 km equivalent."""
    power_law = riegel_s(TEN_K_M, race_time_s(score, TEN_K_M), distance_m)
    times = (equivalent, power_law)
    likely = median(times)
    return Prediction(
        distance_m=distance_m,
        likely_s=round(likely),
        fast_s=round(min(*times, likely * (1 - _SPREAD))),
        slow_s=round(max(*times, likely * (1 + 2 * _SPREAD))),
        methods=("race equivalent", "power law"),
    )


def _marathon(profile: Profile, score: float, equivalent: float) -> Prediction:
    weeks = profile.weekly_distances_m
    weekly_m = fmean(weeks) if weeks else 0.0
    # The profile keeps the score, not the race; the half-marathon equivalent is the nearest race to ask the model with.
    vickers = vickers_one_race_s(HALF_M, race_time_s(score, HALF_M), weekly_m / 1000)
    times = {"race equivalent": equivalent, "Vickers and Vertosick": vickers}
    pace = profile.easy_pace_s_per_km
    if pace is not None and _is_within(weekly_m / 1000, _TANDA_WEEKLY_KM) and _is_within(pace, _TANDA_PACE_S_PER_KM):
        times["Tanda"] = tanda_s(weekly_m / 1000, pace)
    likely, fast = median(times.values()), min(times.values())
    if weekly_m < _LOW_VOLUME_M:
        likely, fast = max(likely, vickers), max(fast, vickers)
    return Prediction(
        distance_m=MARATHON_M,
        likely_s=round(likely),
        fast_s=round(min(fast, likely)),
        slow_s=round(max(*times.values(), likely * (1 + _MARATHON_SLOWER))),
        methods=tuple(times),
    )


def _is_within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
