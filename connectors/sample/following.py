"""How the sample athlete follows a plan: mostly, like a person.

Who does what is decided walking forward through the plan, so that later changes of the plan leave done days as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from connectors.sample import sessions
from connectors.sample.abilities import Paces, paces, race_fitness_on
from connectors.sample.habits import race_outing
from connectors.sample.life import Life, Race
from connectors.sample.model import Laps, Outing, PlannedDay, Sport, Stretch, WorkBlock
from connectors.sample.setting_out import default_title, start_of

# Which run of the plan, counted from its first, is the first candidate for each human failing.
_TOO_FAST_FROM = 2
_SKIPPED_FROM = 4
_MOVED_FROM = 6
_CUT_SHORT_FROM = 8

_TOO_FAST = 0.885  # of the planned pace
_CUT_SHORT = 0.62
_DISTANCE_SCATTER = 0.022
_DISTANCE_SCATTER_MAX = 0.05
_PACE_SCATTER = 0.012
_NO_RUN = ("rest", "cross")
_PLAIN = ("recovery", "easy", "long", "run_walk")
_TITLES = {"long": "Long run", "tempo": "Tempo", "intervals": "Intervals", "hills": "Hills", "fartlek": "Fartlek"}


@dataclass(frozen=True, slots=True)
class _Failings:
    """Which planned day suffers what; None where the plan is too short for it."""

    too_fast: date | None
    skipped: date | None
    moved: date | None
    cut_short: date | None


def outings_by_plan(life: Life, planned: Sequence[PlannedDay]) -> dict[date, Outing]:
    """The run of each day on which the athlete ran because the plan said so, up to yesterday."""
    runs = sorted(
        (day for day in planned if day.workout_type not in _NO_RUN and day.distance_m > 0),
        key=lambda day: day.planned_date,
    )
    failings = _failings(runs)
    outings = {}
    for day in runs:
        if day.planned_date == failings.skipped:
            continue
        run_date = day.planned_date + timedelta(days=1) if day.planned_date == failings.moved else day.planned_date
        if run_date < life.today:
            outings[run_date] = _outing(life, day, run_date, failings)
    return outings


def _failings(runs: Sequence[PlannedDay]) -> _Failings:
    busy = {day.planned_date for day in runs}
    free: list[date] = []  # days already given to another failing

    def first(since: int, *types: str, is_next_free: bool = False) -> date | None:
        for day in runs[since:]:
            fits = day.workout_type in types and day.planned_date not in free
            if fits and not (is_next_free and day.planned_date + timedelta(days=1) in busy):
                free.append(day.planned_date)
                return day.planned_date
        return None

    return _Failings(
        too_fast=first(_TOO_FAST_FROM, "easy"),
        skipped=first(_SKIPPED_FROM, "easy", "recovery"),
        moved=first(_MOVED_FROM, "easy", "recovery", "tempo", "intervals", "fartlek", "hills", is_next_free=True),
        cut_short=first(_CUT_SHORT_FROM, "long", "tempo"),
    )


def _outing(life: Life, day: PlannedDay, run_date: date, failings: _Failings) -> Outing:
    rng = np.random.default_rng([life.seed, run_date.toordinal(), 13])
    if day.workout_type == "race":
        return race_outing(
            life, run_date, Race(name=f"Race {day.distance_m / 1000:.3g}K", distance_m=day.distance_m), rng
        )
    fitness = race_fitness_on(life.days_before(run_date), seed=life.seed)
    pace = paces(fitness)
    easy = _easy_pace(day, pace) * float(rng.normal(1, _PACE_SCATTER))
    distance_m = day.distance_m * (1 + _scatter(rng))
    work = day.work or _usual_work(day, pace)
    kind = "easy" if day.workout_type in _PLAIN and not day.work else day.workout_type
    effort = 4
    if day.planned_date == failings.too_fast:
        easy *= _TOO_FAST
        effort = 6
    if day.planned_date == failings.cut_short:
        distance_m = day.distance_m * _CUT_SHORT
        work = work[:1] if len(work) > 1 else tuple(block._replace(work_s=block.work_s * 0.7) for block in work)
    start_at = start_of(run_date, rng, is_long=day.workout_type == "long")
    outing = Outing(
        outing_date=run_date,
        kind=kind,
        sport=Sport.RUN,
        local_start_at=start_at,
        zone=life.zone_on(run_date),
        title=_TITLES.get(day.workout_type, default_title(start_at)),
        stretches=sessions.steady(distance_m, easy, race_fitness=fitness),
        distance_m=distance_m,
        effort=effort + (1 if day.workout_type == "long" else 0),
        note="Had to get home early." if day.planned_date == failings.cut_short else "",
        has_second_recording=life.has_second_recording(run_date),
    )
    return _with_work(outing, work, easy=easy, fitness=fitness, rng=rng) if work else outing


def _with_work(
    outing: Outing, work: tuple[WorkBlock, ...], *, easy: float, fitness: float, rng: np.random.Generator
) -> Outing:
    human = float(rng.normal(1, _PACE_SCATTER / 2))
    felt = tuple(block._replace(pace_s_per_km=block.pace_s_per_km * human) for block in work)
    stretches: tuple[Stretch, ...] = sessions.with_work(outing.distance_m, easy, felt, race_fitness=fitness)
    is_strides = all(block.work_s < 45 for block in work)
    has_steps = not is_strides and sum(block.repeats for block in work) > 1
    return replace(
        outing,
        stretches=stretches,
        distance_m=sessions.distance_of(stretches),
        laps=Laps.STEPS if has_steps else Laps.AUTO if is_strides else Laps.AUTO_AND_BUTTON,
        effort=4 if is_strides else 8 if has_steps else 7,
    )


def _easy_pace(day: PlannedDay, pace: Paces) -> float:
    """The plan's own pace for plain running where it is one that this athlete would run, else their own."""
    if day.workout_type in _PLAIN and not day.work and day.duration_s > 0:
        wanted = day.duration_s / day.distance_m * 1000
        return float(np.clip(wanted, pace.steady, pace.recovery * 1.12))
    return pace.recovery if day.workout_type == "recovery" else pace.easy


def _usual_work(day: PlannedDay, pace: Paces) -> tuple[WorkBlock, ...]:
    """What the athlete makes of a session that came without its parts."""
    usual = {
        "tempo": WorkBlock(1, 1200.0, 0.0, pace.tempo),
        "race_pace": WorkBlock(2, 900.0, 180.0, pace.tempo * 1.03),
        "intervals": WorkBlock(5, 3.6 * pace.interval / 4, 150.0, pace.interval),
        "repetitions": WorkBlock(8, 0.4 * pace.repetition, 90.0, pace.repetition),
        "hills": WorkBlock(8, 60.0, 120.0, pace.interval * 1.05),
        "fartlek": WorkBlock(8, 90.0, 90.0, pace.interval * 1.03),
    }.get(day.workout_type)
    return (usual,) if usual else ()


def _scatter(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, _DISTANCE_SCATTER), -_DISTANCE_SCATTER_MAX, _DISTANCE_SCATTER_MAX))
