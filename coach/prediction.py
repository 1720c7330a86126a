"""What a race time may be: several published models, their median as the likely time, their spread as the range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median

from coach.fitness import HALF_M, MARATHON_M, race_time_s
from coach.model import Prediction, Profile
from coach.race_models import (
    critical_speed_marathon_s,
    fatigue_exponent,
    fit_endurance,
    is_within_tanda,
    riegel_s,
    tanda_s,
    vickers_one_race_s,
    vickers_two_races_s,
)

# Runners below this volume slow more than race equivalents say; Riegel is >= 10 minutes too fast for half of them.
_LOW_VOLUME_KM = 40.0
# No range is narrower than what the models themselves miss by (marathon: 6.5 % of the best large-sample model).
_SPREAD = 0.015
_MARATHON_SLOWER = 0.065
# Two races say how a runner slows only if they are of different lengths and both were run in earnest.
_TWO_RACES_APART = 1.5
_FATIGUE_EXPONENTS = (1.0, 1.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What the models ask of a runner. What is None is unknown and leaves out the model that needs it."""

    race_fitness: float
    race_distance_m: float = HALF_M  # of the race that the fitness rests on
    races: tuple[tuple[float, float], ...] = ()  # up to two real races, each (distance_m, time_s)
    weekly_km: float = 0.0  # mean of the last eight weeks
    training_pace_s_per_km: float | None = None  # mean of the last eight weeks
    critical_speed_m_per_s: float | None = None


def predict(profile: Profile, distance_m: float) -> Prediction | None:
    """The race time to expect today in whole seconds; None without a race or time trial to go by."""
    if profile.race_fitness is None:
        return None
    weeks = profile.weekly_distances_m
    races = (
        (profile.race_fitness_distance_m, profile.race_fitness_time_s),
        (profile.other_race_distance_m, profile.other_race_time_s),
    )
    runner = Runner(
        race_fitness=profile.race_fitness,
        race_distance_m=profile.race_fitness_distance_m or HALF_M,
        races=tuple((race_m, race_s) for race_m, race_s in races if race_m is not None and race_s is not None),
        weekly_km=fmean(weeks) / 1000 if weeks else 0.0,
        training_pace_s_per_km=profile.training_pace_s_per_km,
        critical_speed_m_per_s=profile.critical_speed_m_per_s,
    )
    found = race_equivalent(runner, distance_m)
    return replace(found, likely_s=round(found.likely_s), fast_s=round(found.fast_s), slow_s=round(found.slow_s))


def race_equivalent(runner: Runner, distance_m: float) -> Prediction:
    """The race time to expect today with its honest range, to the fraction of a second."""
    return _marathon(runner) if distance_m >= MARATHON_M - 1 else _shorter(runner, distance_m)


def _shorter(runner: Runner, distance_m: float) -> Prediction:
    """The published equivalent; the power law and, after two races, the runner's own endurance widen its range."""
    likely = race_time_s(runner.race_fitness, distance_m)
    race_m = runner.race_distance_m
    times = {
        "race fitness": likely,
        "power law": riegel_s(race_m, race_time_s(runner.race_fitness, race_m), distance_m),
        **_endurance(runner, distance_m),
    }
    return Prediction(
        distance_m=distance_m,
        likely_s=likely,
        fast_s=min(*times.values(), likely * (1 - _SPREAD)),
        slow_s=max(*times.values(), likely * (1 + 2 * _SPREAD)),
        methods=tuple(times),
    )


def _marathon(runner: Runner) -> Prediction:
    """The median of the models, never faster than race fitness itself says, nor at low volume than Vickers does."""
    equivalent, vickers = race_time_s(runner.race_fitness, MARATHON_M), _vickers(runner)
    times = {"race fitness": equivalent, "Vickers and Vertosick": vickers}
    if runner.critical_speed_m_per_s is not None:
        times["critical speed"] = critical_speed_marathon_s(runner.critical_speed_m_per_s)
    pace = runner.training_pace_s_per_km
    if pace is not None and is_within_tanda(runner.weekly_km, pace):
        times["Tanda"] = tanda_s(runner.weekly_km, pace)
    likely, fast = max(median(times.values()), equivalent), min(times.values())
    if runner.weekly_km < _LOW_VOLUME_KM:
        likely, fast = max(likely, vickers), max(fast, vickers)
    return Prediction(
        distance_m=MARATHON_M,
        likely_s=likely,
        fast_s=min(fast, likely),
        slow_s=max(*times.values(), likely * (1 + _MARATHON_SLOWER)),
        methods=tuple(times),
    )


def _vickers(runner: Runner) -> float:
    """Their model of two races where two tell how the runner slows, else of the one that fitness rests on, as of today."""
    two = _two_races(runner)
    if two is not None:
        return vickers_two_races_s(*two, runner.weekly_km)
    race_m = runner.race_distance_m
    return vickers_one_race_s(race_m, race_time_s(runner.race_fitness, race_m), runner.weekly_km)


def _endurance(runner: Runner, distance_m: float) -> dict[str, float]:
    two = _two_races(runner)
    endurance = None if two is None else fit_endurance(*two)
    # Of races within six minutes the model says nothing.
    if endurance is None or distance_m / endurance.top_speed_m_per_s < 360:
        return {}
    return {"own endurance": endurance.time_s(distance_m)}


def _two_races(runner: Runner) -> tuple[tuple[float, float], tuple[float, float]] | None:
    for short, long in pairwise(sorted(runner.races)):
        low, high = _FATIGUE_EXPONENTS
        if long[0] >= _TWO_RACES_APART * short[0] and low < fatigue_exponent(short, long) <= high:
            return short, long
    return None
