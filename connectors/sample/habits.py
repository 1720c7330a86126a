"""What the sample athlete does on a day out of habit: four or five runs a week, races, and other sports now and then.

Each day is drawn from its own random stream (seed and date), so that a day never depends on where a take-out was cut.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np

from connectors.sample import sessions
from connectors.sample.abilities import Paces, paces, race_fitness_on, race_time_s, weekly_distance_m
from connectors.sample.life import HOME_ZONE, Life, Race
from connectors.sample.model import Laps, Outing, Sport, WorkBlock
from connectors.sample.other_sports import other_sport
from connectors.sample.setting_out import default_title, start_of

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = range(7)
_SHARE_OF_WEEK = {_TUESDAY: 0.225, _WEDNESDAY: 0.13, _THURSDAY: 0.205, _SATURDAY: 0.16, _SUNDAY: 0.365}
_LONG_RUN_MAX_M = 16000.0
_HALF_LONG_RUN_MAX_M = 18500.0
_CUTBACK = 0.78  # every fourth week
_SKIPPED_SHARE = 0.05
_RACE_SCATTER = 0.005
_INTERVALS = (
    (5, 1000.0, 150.0, "5 x 1000 m"),
    (6, 800.0, 120.0, "6 x 800 m"),
    (10, 400.0, 75.0, "10 x 400 m"),
    (4, 1200.0, 165.0, "4 x 1200 m"),
    (8, 400.0, 90.0, "8 x 400 m"),
    (3, 1600.0, 180.0, "3 x 1600 m"),
)


def outings_by_habit(life: Life, day: date) -> list[Outing]:
    """Everything the athlete would do on this day without a plan."""
    if day < life.first_date or life.is_ill(day):
        return []
    rng = np.random.default_rng([life.seed, day.toordinal(), 11])
    outings = [] if life.is_injured(day) else _runs(life, day, rng)
    other = other_sport(life, day, has_run=bool(outings))
    return [*outings, other] if other else outings


def race_outing(life: Life, day: date, race: Race, rng: np.random.Generator) -> Outing:
    """A race, finished as race fitness says, give or take half a percent."""
    fitness = race_fitness_on(life.days_before(day), seed=life.seed)
    scatter = float(np.clip(rng.normal(0, _RACE_SCATTER), -2 * _RACE_SCATTER, 2 * _RACE_SCATTER))
    finish_s = float(round(race_time_s(fitness, race.distance_m) * (1 + scatter)))
    return Outing(
        outing_date=day,
        kind="race",
        sport=Sport.RUN,
        local_start_at=datetime.combine(day, time(10, 0)) + timedelta(seconds=int(rng.integers(0, 90))),
        zone=life.zone_on(day),
        title=race.name,
        stretches=sessions.race(race.distance_m, finish_s, race_fitness=fitness),
        # Watches measure a little more than the certified distance.
        distance_m=race.distance_m * float(rng.uniform(1.001, 1.006)),
        race_time_s=finish_s,
        effort=10 if race.distance_m > 5000 else 9,
        note=race.note,
        has_second_recording=life.has_second_recording(day),
    )


def _runs(life: Life, day: date, rng: np.random.Generator) -> list[Outing]:
    race = life.races.get(day)
    if race:
        return [race_outing(life, day, race, rng)]
    distance_m = _habitual_distance(life, day, rng)
    if distance_m is None:
        return []
    start_at = start_of(day, rng, is_long=day.weekday() == _SUNDAY)
    run = Outing(
        outing_date=day,
        kind="easy",
        sport=Sport.RUN,
        local_start_at=start_at,
        zone=life.zone_on(day),
        title=default_title(start_at),
        stretches=(),
        distance_m=distance_m,
        effort=int(rng.choice([3, 4])),
        has_second_recording=life.has_second_recording(day),
    )
    return [_with_mishaps(life, _with_structure(life, run, human=float(rng.normal(1, 0.012))))]


def _habitual_distance(life: Life, day: date, rng: np.random.Generator) -> float | None:
    """How far the day's run goes by habit; None on days off."""
    is_fixed = day in (life.spike_date, life.cut_off_date, life.watch_only_date, life.broken_file_date) or day in (
        life.without_heart_rate | life.manual_dates
    )
    share = _SHARE_OF_WEEK.get(day.weekday())
    week = life.weeks_before(day)
    is_off = (
        share is None
        or life.is_flying(day)
        or (day.weekday() == _WEDNESDAY and week % 2 == 1)
        or rng.random() < _SKIPPED_SHARE
        or day - timedelta(days=1) in life.races
        or (day + timedelta(days=1) in life.races and day.weekday() == _SATURDAY)
    )
    if is_off and not is_fixed:
        return None
    if day == life.spike_date:
        return 24500.0
    week_m = weekly_distance_m(life.days_before(day), day_of_year=day.timetuple().tm_yday)
    if week % 4 == 2:
        week_m *= _CUTBACK
    if any(day < race <= day + timedelta(days=6) for race in life.races):
        week_m *= 0.8
    distance_m = week_m * (share or 0.2) * float(np.clip(rng.normal(1, 0.05), 0.9, 1.1))
    if day.weekday() == _SUNDAY:
        before_half = next((race - day).days for race, what in life.races.items() if what.distance_m > 20000)
        cap = _HALF_LONG_RUN_MAX_M if 7 < before_half < 70 else _LONG_RUN_MAX_M
        distance_m = min(distance_m * (1.18 if 7 < before_half < 70 else 1.0), cap * float(rng.uniform(0.93, 1)))
    return max(3500.0, distance_m)


def _with_structure(life: Life, run: Outing, *, human: float) -> Outing:
    """The day's kind of run: intervals on Tuesday, tempo on Thursday, easy between, long on Sunday; `human` scales paces."""
    day = run.outing_date
    fitness = race_fitness_on(life.days_before(day), seed=life.seed)
    pace = paces(fitness)
    if day == life.spike_date:
        stretches = sessions.steady(run.distance_m, pace.long * 1.08, race_fitness=fitness)
        return replace(
            run, kind="long", sport=Sport.TRAIL, title="Lakes and hills with friends", stretches=stretches, effort=7
        )
    weekday, week = day.weekday(), life.weeks_before(day)
    plain = {_SUNDAY: ("long", pace.long, 5), _WEDNESDAY: ("recovery", pace.recovery, 2)}
    kind, plain_pace, effort = plain.get(weekday, ("easy", pace.easy, run.effort))
    stretches = sessions.steady(run.distance_m, plain_pace * human, race_fitness=fitness)
    run = replace(run, kind=kind, stretches=stretches, effort=effort)
    if not _has_quality(life, day):
        return run
    if weekday == _TUESDAY:
        return _intervals(run, week=week, pace=pace, fitness=fitness, human=human)
    if weekday == _THURSDAY:
        return _thursday(run, week=week, pace=pace, fitness=fitness, human=human)
    if weekday == _SATURDAY and week % 3 == 0:
        fast = pace.repetition * 0.95
        stretches = sessions.strides_at_end(run.distance_m, pace.easy * human, fast, race_fitness=fitness)
        return replace(run, stretches=stretches, title="Easy + strides", distance_m=sessions.distance_of(stretches))
    return run


def _has_quality(life: Life, day: date) -> bool:
    """No hard running at the very beginning, after the injury, after a race and away from home."""
    ago = life.days_before(day)
    is_building_up = ago > 1030 or 585 < ago < 640
    is_after_race = any(0 < (day - race).days <= 4 for race in life.races)
    return not (is_building_up or is_after_race or life.zone_on(day) != HOME_ZONE)


def _thursday(run: Outing, *, week: int, pace: Paces, fitness: float, human: float) -> Outing:
    """Tempo every other week; else a progression or, in the dark months, the treadmill now and then."""
    if week % 2 == 0:
        return _tempo(run, week=week, pace=pace, fitness=fitness, human=human)
    if week % 7 == 3:
        stretches = sessions.progression(run.distance_m, pace.easy * 1.03, pace.steady, race_fitness=fitness)
        return replace(run, kind="progression", stretches=stretches, effort=5)
    is_dark = run.outing_date.month in (11, 12, 1, 2)
    if week % 11 == 5 or (is_dark and week % 4 == 1):
        return replace(run, sport=Sport.TREADMILL, title="Treadmill")
    return run


def _intervals(run: Outing, *, week: int, pace: Paces, fitness: float, human: float) -> Outing:
    repeats, repeat_m, recovery_s, name = _INTERVALS[week % len(_INTERVALS)]
    fast = (pace.interval if repeat_m > 400 else pace.repetition * 1.01) * (0.5 + 0.5 * human)
    if run.distance_m < 7500:
        repeats = max(3, repeats - 2)
        name = f"{repeats} x {repeat_m:.0f} m"
    work = (WorkBlock(repeats, repeat_m / 1000 * fast, recovery_s, fast),)
    stretches = sessions.with_work(run.distance_m, pace.easy, work, race_fitness=fitness)
    return replace(
        run,
        kind="intervals",
        title=name,
        stretches=stretches,
        distance_m=sessions.distance_of(stretches),
        laps=Laps.STEPS,
        effort=8,
    )


def _tempo(run: Outing, *, week: int, pace: Paces, fitness: float, human: float) -> Outing:
    fast = pace.tempo * (0.5 + 0.5 * human)
    if week % 4 == 0:
        work, name = WorkBlock(3, 480.0, 90.0, fast), "3 x 8 min threshold"
    else:
        work, name = WorkBlock(1, 1200.0 if run.distance_m > 7000 else 900.0, 0.0, fast), "Tempo"
    stretches = sessions.with_work(run.distance_m, pace.easy, (work,), race_fitness=fitness)
    return replace(
        run,
        kind="tempo",
        title=name,
        stretches=stretches,
        distance_m=sessions.distance_of(stretches),
        laps=Laps.AUTO_AND_BUTTON,
        effort=7,
    )


def _with_mishaps(life: Life, run: Outing) -> Outing:
    day = run.outing_date
    if day in life.manual_dates:
        return replace(
            run, is_manual=True, title="Forgot the watch", note="About an hour along the canal.", laps=Laps.AUTO
        )
    return replace(
        run,
        has_heart_rate=day not in life.without_heart_rate,
        is_cut_off=day == life.cut_off_date,
        is_only_in_watch_folder=day == life.watch_only_date,
    )
