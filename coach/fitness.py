"""Race fitness (Daniels and Gilbert's equivalent-performance score), race equivalents and training paces.

Pure arithmetic without dependencies: DuckDB calls `race_fitness` and `race_time_s` row by row when the marts are built.
"""

from __future__ import annotations

from math import exp, isfinite, sqrt

from coach.model import TrainingPaces

FIVE_K_M = 5000.0
TEN_K_M = 10000.0
HALF_M = 21097.5
MARATHON_M = 42195.0

# Oxygen cost (ml/kg/min) of running at v m/min, and the fraction of VO2max one can hold for t minutes.
# Daniels & Gilbert, Oxygen Power, 1979; the coefficient is 0.182258 (0.182253 in the wild is a misprint).
_COST_CONSTANT = -4.60
_COST_LINEAR = 0.182258
_COST_SQUARE = 0.000104
_HOLD_FLOOR = 0.8
_HOLD_SLOW = (0.1894393, -0.012778)
_HOLD_FAST = (0.2989558, -0.1932605)

# Where the equations were fitted: efforts of 3.5-240 minutes, scores of 25-85. Outside, a number is an extrapolation.
EFFORT_MIN_S = 210.0
EFFORT_MAX_S = 14400.0
RACE_FITNESS_MIN = 25.0
RACE_FITNESS_MAX = 85.0

# Race times are searched between 1.2 and 20 minutes per kilometre.
_FASTEST_S_PER_KM = 72.0
_SLOWEST_S_PER_KM = 1200.0
_BISECTIONS = 60

# Shares of VO2max that reproduce the pace tables of Daniels' Running Formula, 3rd edition (mean error < 1.5 s/km).
_SHARES = {"easy_slow": 0.630, "easy_fast": 0.730, "threshold": 0.88, "interval": 0.975}
# A pace that is one number is met within one per cent either way: what a watch resolves (ours).
_PACE_TOLERANCE = 0.01
# Daniels' "six seconds per 400 m" from interval to repetition pace, eight below a score of 50.
_REPETITION_GAIN_S_PER_KM = 15.0
_REPETITION_GAIN_LOW_S_PER_KM = 20.0
_REPETITION_LOW_BELOW = 50.0


def race_fitness(distance_m: float, time_s: float) -> float:
    """The race-fitness score of covering `distance_m` in `time_s`."""
    if not (isfinite(distance_m) and isfinite(time_s) and distance_m > 0 and time_s > 0):
        raise ValueError(f"A race needs a positive distance and time, not {distance_m!r} m in {time_s!r} s.")
    minutes = time_s / 60
    return _oxygen_cost(distance_m / minutes) / _sustainable_fraction(minutes)


def race_time_s(race_fitness: float, distance_m: float) -> float:
    """The time in which a runner of this race fitness covers `distance_m` in a race."""
    if not (isfinite(race_fitness) and isfinite(distance_m) and race_fitness > 0 and distance_m > 0):
        raise ValueError(
            f"A race time needs a positive score and distance, not {race_fitness!r} over {distance_m!r} m."
        )
    low = _FASTEST_S_PER_KM * distance_m / 60000
    high = _SLOWEST_S_PER_KM * distance_m / 60000
    for _ in range(_BISECTIONS):
        minutes = (low + high) / 2
        if _oxygen_cost(distance_m / minutes) > race_fitness * _sustainable_fraction(minutes):
            low = minutes  # faster than this score allows
        else:
            high = minutes
    return 60 * (low + high) / 2


def is_within_range(distance_m: float, time_s: float) -> bool:
    """Whether the equations were fitted for such an effort; outside, the score is an extrapolation."""
    if not EFFORT_MIN_S <= time_s <= EFFORT_MAX_S:
        return False
    return RACE_FITNESS_MIN <= race_fitness(distance_m, time_s) <= RACE_FITNESS_MAX


def pace_at(share: float, race_fitness: float) -> float:
    """Seconds per kilometre at a share of the oxygen uptake that the score stands for."""
    return 60000 / _velocity(share * race_fitness)


def training_paces(race_fitness: float) -> TrainingPaces:
    """The training paces of a race fitness, clamped to the range for which the published tables were made."""
    score = min(max(race_fitness, RACE_FITNESS_MIN), RACE_FITNESS_MAX)
    return TrainingPaces(
        race_fitness=score,
        easy_slow=training_pace(score, "easy_slow"),
        easy_fast=training_pace(score, "easy_fast"),
        marathon=training_pace(score, "marathon"),
        threshold=training_pace(score, "threshold"),
        interval=training_pace(score, "interval"),
        repetition=training_pace(score, "repetition"),
    )


def training_pace(race_fitness: float, intensity: str) -> float:
    """One of those paces by its name. Raises ValueError for a name that is none of them."""
    score = min(max(race_fitness, RACE_FITNESS_MIN), RACE_FITNESS_MAX)
    if intensity in _SHARES:
        return pace_at(_SHARES[intensity], score)
    if intensity == "marathon":
        # A fixed share of VO2max misses by up to 17 s/km; the equivalent race pace does not.
        return race_time_s(score, MARATHON_M) / (MARATHON_M / 1000)
    if intensity == "repetition":
        gain = _REPETITION_GAIN_LOW_S_PER_KM if score < _REPETITION_LOW_BELOW else _REPETITION_GAIN_S_PER_KM
        return pace_at(_SHARES["interval"], score) - gain
    raise ValueError(f"{intensity!r} is no training pace.")


def training_pace_range(race_fitness: float, intensity: str) -> tuple[float, float]:
    """The fastest and slowest pace of an intensity: easy is wide, every other one is its pace and a tolerance."""
    if intensity == "easy":
        return training_pace(race_fitness, "easy_fast"), training_pace(race_fitness, "easy_slow")
    pace = training_pace(race_fitness, intensity)
    return pace * (1 - _PACE_TOLERANCE), pace * (1 + _PACE_TOLERANCE)


def _oxygen_cost(metres_per_minute: float) -> float:
    return _COST_CONSTANT + _COST_LINEAR * metres_per_minute + _COST_SQUARE * metres_per_minute**2


def _sustainable_fraction(minutes: float) -> float:
    slow, fast = _HOLD_SLOW, _HOLD_FAST
    return _HOLD_FLOOR + slow[0] * exp(slow[1] * minutes) + fast[0] * exp(fast[1] * minutes)


def _velocity(oxygen_cost: float) -> float:
    """Metres per minute at an oxygen cost (the positive root of the cost equation)."""
    root = sqrt(_COST_LINEAR**2 + 4 * _COST_SQUARE * (oxygen_cost - _COST_CONSTANT))
    return (root - _COST_LINEAR) / (2 * _COST_SQUARE)
