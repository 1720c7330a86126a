"""Published models of race times: Riegel's power law, Vickers and Vertosick, Tanda, critical speed, minimal power."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

MILE_KM = 1.609344
_MARATHON_M = 42195.0

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

# Share of critical speed held in a marathon (Smyth & Muniz-Pumares 2020): 93.0 % by 150-minute, 78.9 % by 360-minute
# finishers; the line between is ours, and beyond its ends the share stays.
_FAST_FINISH = (150.0, 0.930)
_SLOW_FINISH = (360.0, 0.789)

# Emig & Peltonen 2020, Mulligan 2018: speed falls with the logarithm of time beyond what six minutes of running allow.
_AEROBIC_S = 360.0
_DECLINE_MAX = 0.15  # no runner of their data slows nearly as much; beyond it a half marathon has no solution
_ENDURANCE_AT = 0.1  # the endurance index is how long, in multiples of six minutes, 90 % of the top speed lasts


def riegel_s(distance_m: float, time_s: float, to_distance_m: float, *, exponent: float = _RIEGEL_EXPONENT) -> float:
    """The equivalent time at another distance by Riegel's power law."""
    return time_s * float((to_distance_m / distance_m) ** exponent)


def vickers_one_race_s(distance_m: float, time_s: float, weekly_km: float) -> float:
    """The marathon time of Vickers and Vertosick from one race and the weekly volume."""
    constant, speed, volume = _VICKERS_ONE
    equivalent = _MARATHON_M / riegel_s(distance_m, time_s, _MARATHON_M, exponent=_VICKERS_EXPONENT)
    return _MARATHON_M / (constant + speed * equivalent + volume * weekly_km / MILE_KM / 10)


def vickers_two_races_s(short: tuple[float, float], long: tuple[float, float], weekly_km: float) -> float:
    """The marathon time of Vickers and Vertosick from a shorter and a longer race, each (distance_m, time_s)."""
    constant, own, volume = _VICKERS_TWO
    exponent = constant + own * fatigue_exponent(short, long) + volume * weekly_km / MILE_KM / 10
    return riegel_s(long[0], long[1], _MARATHON_M, exponent=exponent)


def fatigue_exponent(short: tuple[float, float], long: tuple[float, float]) -> float:
    """The power law's exponent through two races, each (distance_m, time_s); 1 is no slowing at all."""
    return log(long[1] / short[1]) / log(long[0] / short[0])


def tanda_s(weekly_km: float, pace_s_per_km: float) -> float:
    """The marathon time of Tanda's training-only model, whatever the range."""
    constant, scale, decay, share = _TANDA
    return (constant + scale * exp(decay * weekly_km) + share * pace_s_per_km) * _MARATHON_M / 1000


def is_within_tanda(weekly_km: float, pace_s_per_km: float) -> bool:
    """Whether Tanda's sample held such training; outside, his model only guesses."""
    low_km, high_km = _TANDA_WEEKLY_KM
    fast, slow = _TANDA_PACE_S_PER_KM
    return low_km <= weekly_km <= high_km and fast <= pace_s_per_km <= slow


def critical_speed_marathon_s(speed_m_per_s: float) -> float:
    """The marathon time of a runner who holds the share of critical speed usual for that finishing time."""
    (fast, fast_share), (slow, slow_share) = _FAST_FINISH, _SLOW_FINISH
    minutes = (fast + slow) / 2
    for _ in range(60):
        late = (min(max(minutes, fast), slow) - fast) / (slow - fast)
        share = fast_share + (slow_share - fast_share) * late
        minutes = (minutes + _MARATHON_M / (share * speed_m_per_s) / 60) / 2
    return minutes * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Endurance:
    """The minimal power model of one runner: the speed held for six minutes, and how fast it falls with time."""

    top_speed_m_per_s: float
    decline: float

    @property
    def index(self) -> float:
        """How many times six minutes the runner holds 90 % of the top speed."""
        return exp(_ENDURANCE_AT / self.decline)

    def time_s(self, distance_m: float) -> float:
        """The race time over a distance that takes longer than six minutes."""
        # d = vm·T·(1 - g·ln(T/tc)) is solved by T = -d / (g·vm·W(x)) with Lambert's W below -1.
        scale = self.decline * self.top_speed_m_per_s
        x = -distance_m / (_AEROBIC_S * scale) * exp(-1 / self.decline)
        return -distance_m / (scale * _lambert_below(x))


def fit_endurance(short: tuple[float, float], long: tuple[float, float]) -> Endurance | None:
    """The minimal power model through two races, each (distance_m, time_s); None where the longer was no slower."""
    ratio = (short[0] / short[1]) / (long[0] / long[1])
    x_short, x_long = log(short[1] / _AEROBIC_S), log(long[1] / _AEROBIC_S)
    decline = (1 - ratio) / (x_short - ratio * x_long)
    if x_short < 0 or ratio <= 1 or not 0 < decline < _DECLINE_MAX:
        return None
    return Endurance(top_speed_m_per_s=short[0] / short[1] / (1 - decline * x_short), decline=decline)


def _lambert_below(x: float) -> float:
    """The branch of Lambert's W at or below -1 for x in (-1/e, 0), by Newton's method on w + ln(-w) = ln(-x)."""
    if not -exp(-1) < x < 0:
        raise ValueError(f"No speed of this runner lasts that long ({x!r}).")
    target = log(-x)
    w = target - log(-target)
    for _ in range(30):
        step = (w + log(-w) - target) / (1 + 1 / w)
        w -= step
        if abs(step) < 1e-13 * abs(w):
            break
    return w
