"""H21: is this a plan at all? Types, finite numbers in plausible units, unique ids. H22: words that are not a coach's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from itertools import chain

from coach.model import (
    Goal,
    GoalKind,
    Intensity,
    Level,
    Phase,
    Plan,
    PlanWeek,
    Segment,
    SegmentKind,
    Target,
    TrainingPaces,
    Violation,
    WeekKind,
    Workout,
    WorkoutType,
)
from coach.words import distance, duration

RUN_MAX_M = 100_000.0
RUN_MAX_S = 24 * 3600.0
# Nobody runs faster than 2:00/km for a whole session or slower than 20:00/km; outside, a unit is wrong.
PACE_MIN_S_PER_KM = 120.0
PACE_MAX_S_PER_KM = 1200.0
REPEATS_MAX = 60
WEEKS_MAX = 120
WORKOUTS_MAX = 14  # in a week

_NUMBER = float  # stands for any real number, never a truth value
_OPTIONAL = "?"
_Expected = type | tuple[type | str, ...]

# What every value must be before any rule may read it; a tuple names the type of a list's items, "?" may be unknown.
_EXPECTED: dict[type, dict[str, _Expected]] = {
    Plan: {
        "plan_id": str,
        "goal": Goal,
        "made_on": date,
        "effective_date": date,
        "level": Level,
        "weeks": (tuple, PlanWeek),
        "paces": (TrainingPaces, _OPTIONAL),
    },
    Goal: {"kind": GoalKind, "race_date": (date, _OPTIONAL), "target_s": (_NUMBER, _OPTIONAL)},
    TrainingPaces: {f.name: _NUMBER for f in fields(TrainingPaces)},
    PlanWeek: {
        "week_number": int,
        "week_start_date": date,
        "phase": Phase,
        "phase_week": int,
        "kind": WeekKind,
        "note": str,
        "workouts": (tuple, Workout),
    },
    Workout: {
        "workout_id": str,
        "workout_date": date,
        "workout_type": WorkoutType,
        "title": str,
        "purpose": str,
        "distance_m": _NUMBER,
        "duration_s": _NUMBER,
        "is_quality": bool,
        "segments": (tuple, Segment),
        "target": Target,
        "distance_max_m": _NUMBER,
        "easier_option": str,
        "note": str,
    },
    Segment: {
        "kind": SegmentKind,
        "intensity": Intensity,
        "distance_m": _NUMBER,
        "duration_s": _NUMBER,
        "repeats": int,
        "recovery_s": _NUMBER,
        "recovery_distance_m": _NUMBER,
        "target": Target,
    },
    Target: {
        "pace_fast_s_per_km": (_NUMBER, _OPTIONAL),
        "pace_slow_s_per_km": (_NUMBER, _OPTIONAL),
        "heart_rate_low_bpm": (_NUMBER, _OPTIONAL),
        "heart_rate_high_bpm": (_NUMBER, _OPTIONAL),
        "effort": str,
    },
}
_NUMBER_MAX = 1e12
_YEARS = range(1990, 2200)
_BAD_PACE = re.compile(r"\d:[6-9]\d\s?(?:/|min|per)")
_COMMA_DECIMAL = re.compile(r"\d,\d{1,2}\s?(?:km|mi|min|h)\b")
_MEDICAL = re.compile(
    r"\b(?:ibuprofen|naproxen|aspirin|diclofenac|paracetamol|acetaminophen|nsaids?|painkillers?|cortisone|"
    r"creatine|beta[- ]alanine|ephedrine|diagnos\w+|cures?|heals?)\b"
    r"|\b\d+(?:\.\d+)?\s?(?:mg|mcg|µg|grams? of caffeine|g of caffeine)\b"
    r"|\b(?:eat|stay) (?:below|under) \d+ ?k?cal",
    re.IGNORECASE,
)


def soundness(plan: Plan) -> Iterator[Violation]:
    """H21: everything that makes a plan unreadable to the other rules."""
    wrong = list(_types(plan)) if type(plan) is Plan else [_violation("This is not a plan.")]
    yield from wrong
    if wrong:
        return
    workouts = list(plan.workouts)
    if not workouts or not any(w.distance_m > 0 or w.duration_s > 0 for w in workouts):
        yield _violation("The plan holds no session.")
    if len(plan.weeks) > WEEKS_MAX or any(len(week.workouts) > WORKOUTS_MAX for week in plan.weeks):
        yield _violation("The plan holds more weeks or sessions than a plan can.")
    for workout in workouts:
        yield from _numbers(workout)
        yield from _text(workout)
    for workout_id, number in Counter(w.workout_id for w in workouts).items():
        if number > 1 or not workout_id:
            yield _violation(f"The id {workout_id!r} stands for {number} sessions.")


def wording(plan: Plan) -> Iterator[Violation]:
    """H22: no medicines, doses, diets or diagnoses in any text of the plan."""
    for workout in plan.workouts:
        for text in (workout.title, workout.purpose, workout.note, workout.easier_option, workout.target.effort):
            if found := _MEDICAL.search(text):
                yield _medical(found[0], day=workout.workout_date)
    for week in plan.weeks:
        if found := _MEDICAL.search(week.note):
            yield _medical(found[0], number=week.week_number)


def _types(value: object, where: str = "plan") -> Iterator[Violation]:
    """Values of the wrong type and numbers that are not finite, at any depth."""
    for name, expected in _EXPECTED[type(value)].items():
        inner = getattr(value, name)
        kinds = expected if isinstance(expected, tuple) else (expected,)
        if kinds[0] is tuple:
            if not isinstance(inner, tuple) or any(type(item) is not kinds[1] for item in inner):
                yield _violation(f"{where}.{name} is not a list of what belongs there.")
                continue
            for item in inner:
                yield from _types(item, name)
        elif inner is None and _OPTIONAL in kinds:
            continue
        elif not _is(inner, kinds[0]):
            yield _violation(
                f"{where}.{name} is {str(inner)[:40]}, not a usable {getattr(kinds[0], '__name__', 'value')}."
            )
        elif kinds[0] in _EXPECTED:
            yield from _types(inner, name)


def _is(value: object, kind: object) -> bool:
    if kind is _NUMBER or kind is int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return -_NUMBER_MAX <= value <= _NUMBER_MAX and (kind is _NUMBER or isinstance(value, int))
    if kind is date:
        return type(value) is date and value.year in _YEARS
    return type(value) is kind


def _numbers(workout: Workout) -> Iterator[Violation]:
    day, is_race = workout.workout_date, workout.workout_type is WorkoutType.RACE
    parts = [(s.distance_m, s.duration_s, s.recovery_distance_m, s.recovery_s) for s in workout.segments]
    if any(n < 0 for n in chain((workout.distance_m, workout.duration_s, workout.distance_max_m), *parts)):
        yield _violation("A distance or a time is negative.", day)
    if workout.distance_m > RUN_MAX_M or workout.duration_s > RUN_MAX_S:
        yield _violation(f"{workout.distance_m:.0f} m in {workout.duration_s:.0f} s is no training session.", day)
    elif workout.distance_m > 0 and not is_race and workout.workout_type is not WorkoutType.CROSS:
        value = 1000 * workout.duration_s / workout.distance_m
        if not PACE_MIN_S_PER_KM <= value <= PACE_MAX_S_PER_KM:
            how = f"{distance(workout.distance_m)} in {duration(workout.duration_s)}"
            yield _violation(f"{how} cannot be run: is a unit wrong?", day)
    if workout.workout_type is WorkoutType.REST and (workout.distance_m > 0 or workout.duration_s > 0):
        yield _violation("A rest day has a distance.", day)
    if any(not 1 <= s.repeats <= REPEATS_MAX for s in workout.segments):
        yield _violation("A part is repeated an impossible number of times.", day)
    for target in chain((workout.target,), (s.target for s in workout.segments)):
        yield from _target(target, day)


def _target(target: Target, day: date) -> Iterator[Violation]:
    fast, slow = target.pace_fast_s_per_km, target.pace_slow_s_per_km
    for value in (fast, slow):
        if value is not None and not PACE_MIN_S_PER_KM <= value <= PACE_MAX_S_PER_KM:
            yield _violation("A target pace is outside 2:00 to 20:00 per kilometre.", day)
    if fast is not None and slow is not None and fast > slow:
        yield _violation("The fast end of a target pace is slower than its slow end.", day)


def _text(workout: Workout) -> Iterator[Violation]:
    for text in (workout.title, workout.purpose, workout.note, workout.easier_option):
        if _BAD_PACE.search(text):
            yield _violation("A text names a pace with more than 59 seconds.", workout.workout_date)
        if _COMMA_DECIMAL.search(text):
            yield _violation("A text writes a decimal with a comma.", workout.workout_date)
        if _has_foreign_digits(text):
            yield _violation("A text holds digits that only look like digits.", workout.workout_date)


def _has_foreign_digits(text: str) -> bool:
    return not text.isascii() and any(not c.isascii() and unicodedata.category(c) == "Nd" for c in text)


def _violation(text: str, day: date | None = None) -> Violation:
    return Violation(rule_id="H21", text=text, workout_date=day)


def _medical(found: str, *, day: date | None = None, number: int | None = None) -> Violation:
    text = f"The text says “{found}”: medicine, doses and diagnoses are not a coach's to give."
    return Violation(rule_id="H22", text=text, workout_date=day, week_number=number)
