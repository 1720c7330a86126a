"""Plans built by hand, day by day: sound ones that a test then breaks in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from coach.fitness import training_paces
from coach.guardrails import Facts
from coach.model import (
    DoneRun,
    Goal,
    GoalKind,
    Intensity,
    Level,
    Phase,
    Plan,
    PlanWeek,
    Profile,
    Segment,
    SegmentKind,
    Target,
    WeekKind,
    Workout,
    WorkoutType,
)
from tests.builders.coach import athlete

MONDAY = date(2026, 3, 2)
FITNESS = 45.0
PACES = training_paces(FITNESS)
EASY_S_PER_KM = (PACES.easy_fast + PACES.easy_slow) / 2
EASY_TARGET = Target(pace_fast_s_per_km=PACES.easy_fast, pace_slow_s_per_km=PACES.easy_slow, rpe=3, effort="easy")

# A half-marathon plan of twelve weeks: week in km, long run in km. Cutbacks in weeks 4 and 8, taper in 11 and 12.
HALF_WEEKS = (
    (40.0, 13.0),
    (42.0, 13.5),
    (44.0, 14.0),
    (33.0, 10.5),
    (44.0, 14.0),
    (46.0, 14.5),
    (48.0, 15.0),
    (36.0, 12.0),
    (46.0, 15.0),
    (48.0, 15.5),
    (31.0, 9.0),
    (18.6, 0.0),
)
# A marathon plan of sixteen weeks from 50 km; cutbacks in weeks 4, 8 and 12, three weeks of taper.
MARATHON_WEEKS = (
    (50.0, 17.0),
    (53.0, 18.0),
    (56.0, 19.0),
    (42.0, 14.5),
    (56.0, 19.0),
    (60.0, 20.0),
    (64.0, 21.0),
    (48.0, 16.5),
    (64.0, 21.0),
    (68.0, 22.0),
    (72.0, 24.0),
    (54.0, 18.0),
    (72.0, 24.0),
    (57.0, 18.0),
    (43.0, 14.0),
    (28.0, 0.0),
)
# General fitness, eight weeks.
GENERAL_WEEKS = HALF_WEEKS[:8]
RUN_WEEKDAYS = (1, 2, 4, 6)  # Tuesday quality, Wednesday and Friday easy, Sunday long


def profile(**facts: object) -> Profile:
    """Two years of forty kilometres a week, long run 13 km."""
    known: dict[str, object] = {
        "athlete_id": "me",
        "as_of_date": MONDAY,
        "weekly_distances_m": (40000.0,) * 8,
        "runs_per_week": 4.0,
        "longest_run_30d_m": 13000.0,
        "longest_run_90d_m": 13000.0,
        "last_run_date": MONDAY - timedelta(days=1),
        "running_months": 24.0,
        "race_fitness": FITNESS,
        "confidence": "high",
    }
    return Profile(**{**known, **facts})  # type: ignore[arg-type]  # tests set fields by name


def done_runs(until: date = MONDAY, *, weeks: int = 6, long_m: float = 13000.0) -> tuple[DoneRun, ...]:
    """Easy runs on the usual days of the weeks before `until`, a Monday."""
    return tuple(
        done(until - timedelta(days=7 * back - weekday), long_m if weekday == 6 else 9000.0)
        for back in range(weeks, 0, -1)
        for weekday in RUN_WEEKDAYS
    )


def done(day: date, distance_m: float, **facts: object) -> DoneRun:
    return DoneRun(run_date=day, distance_m=distance_m, duration_s=round(distance_m * 0.34), **facts)  # type: ignore[arg-type]  # tests set fields by name


def facts(**known: object) -> Facts:
    """What is known about that runner on the plan's first day."""
    usual: dict[str, object] = {"athlete": athlete(), "profile": profile(), "done": done_runs(), "today": MONDAY}
    return Facts(**{**usual, **known})  # type: ignore[arg-type]  # tests set fields by name


def run(day: date, km: float, kind: WorkoutType = WorkoutType.EASY, **fields: object) -> Workout:
    """An easy or long run."""
    names = {WorkoutType.LONG: "Long run", WorkoutType.RECOVERY: "Recovery run"}
    usual: dict[str, object] = {
        "workout_id": f"plan-{day}",
        "workout_date": day,
        "workout_type": kind,
        "title": f"{names.get(kind, 'Easy run')} {km:g} km",
        "purpose": "Endurance.",
        "distance_m": 1000 * km,
        "duration_s": float(round(km * EASY_S_PER_KM)),
        "is_quality": False,
        "target": EASY_TARGET,
        "distance_max_m": 1000 * km,
        "easier_option": "Cut it to 20-30 minutes, or take a brisk walk instead.",
    }
    return Workout(**{**usual, **fields})  # type: ignore[arg-type]  # tests set fields by name


def rest(day: date) -> Workout:
    return run(day, 0.0, WorkoutType.REST, title="Rest", duration_s=0.0, target=Target(effort="rest"))


def session(
    day: date,
    km: float,
    *,
    repeats: int = 3,
    work_s: float = 300.0,
    intensity: Intensity = Intensity.THRESHOLD,
    kind: WorkoutType = WorkoutType.TEMPO,
    recovery_s: float = 60.0,
    **fields: object,
) -> Workout:
    """Repeats between an easy warm-up and cool-down that fill the distance."""
    pace = {
        Intensity.EASY: EASY_S_PER_KM,
        Intensity.MARATHON: PACES.marathon,
        Intensity.THRESHOLD: PACES.threshold,
        Intensity.INTERVAL: PACES.interval,
        Intensity.REPETITION: PACES.repetition,
        Intensity.STRIDES: PACES.repetition,
    }[intensity]
    target = Target(pace_fast_s_per_km=round(pace * 0.99, 1), pace_slow_s_per_km=round(pace * 1.01, 1))
    work = Segment(
        kind=SegmentKind.WORK,
        intensity=intensity,
        distance_m=float(round(work_s / pace * 1000)),
        duration_s=work_s,
        repeats=repeats,
        recovery_s=recovery_s,
        recovery_distance_m=float(round(recovery_s / EASY_S_PER_KM * 1000)),
        target=Target() if intensity is Intensity.STRIDES else target,
    )
    easy_m = (1000 * km - work.total_distance_m) / 2
    around = Segment(
        kind=SegmentKind.WARM_UP,
        intensity=Intensity.EASY,
        distance_m=easy_m,
        duration_s=float(round(easy_m * EASY_S_PER_KM / 1000)),
        target=EASY_TARGET,
    )
    segments = (around, work, replace(around, kind=SegmentKind.COOL_DOWN))
    total_s = float(round(sum(s.total_duration_s for s in segments)))
    usual: dict[str, object] = {
        "title": f"{repeats} × {work_s / 60:g} min",
        "purpose": "Raises the pace you can hold.",
        "is_quality": kind not in {WorkoutType.EASY},
        "segments": segments,
        "duration_s": total_s,
    }
    return run(day, km, kind, **{**usual, **fields})


def race(day: date, distance_m: float = 21097.5) -> Workout:
    title = "Race: half marathon"
    return run(day, distance_m / 1000, WorkoutType.RACE, title=title, duration_s=6300.0, target=Target())


def training_week(number: int, start: date, km: float, long_km: float, **fields: object) -> PlanWeek:
    """Tuesday threshold, Wednesday and Friday easy, Sunday long; the other days rest."""
    each = (km - long_km) / 3
    repeats = 3 if km >= 35 else 2
    days: dict[int, Workout] = {
        1: session(start + timedelta(days=1), each, repeats=repeats)
        if each >= 5
        else run(start + timedelta(days=1), each),
        2: run(start + timedelta(days=2), each),
        4: run(start + timedelta(days=4), each),
    }
    if long_km:
        days[6] = run(start + timedelta(days=6), long_km, WorkoutType.LONG)
    workouts = tuple(days.get(d, rest(start + timedelta(days=d))) for d in range(7))
    usual: dict[str, object] = {"phase": Phase.GENERAL, "kind": WeekKind.LOADED, "note": ""}
    return PlanWeek(
        **{  # type: ignore[arg-type]  # tests set fields by name
            "week_number": number,
            "week_start_date": start,
            "phase_week": number,
            "workouts": workouts,
            **usual,
            **fields,
        }
    )


def plan(
    weeks: Sequence[tuple[float, float]] = GENERAL_WEEKS,
    *,
    kind: GoalKind = GoalKind.GENERAL,
    race_date: date | None = None,
    start: date = MONDAY,
) -> Plan:
    """A plan of these (week, long run) kilometres; the last week of a race plan holds the race."""
    built = [training_week(i + 1, start + timedelta(days=7 * i), km, long_km) for i, (km, long_km) in enumerate(weeks)]
    if race_date is not None:
        built[-1] = replace(built[-1], kind=WeekKind.RACE, phase=Phase.TAPER)
        built[-2] = replace(built[-2], kind=WeekKind.TAPER, phase=Phase.TAPER)
    made = Plan(
        plan_id="plan",
        athlete_id="me",
        goal=Goal(goal_id="goal", kind=kind, race_date=race_date),
        made_on=start,
        effective_date=start,
        level=Level.INTERMEDIATE,
        weeks=tuple(built),
        paces=PACES,
    )
    return with_day(made, race(race_date)) if race_date is not None else made


def half_plan() -> Plan:
    """The half-marathon plan of twelve weeks."""
    return plan(HALF_WEEKS, kind=GoalKind.HALF, race_date=MONDAY + timedelta(days=83))


def marathon_plan(weeks: Sequence[tuple[float, float]] = MARATHON_WEEKS) -> Plan:
    """A marathon plan; as many weeks as given, the last one with the race."""
    race_date = MONDAY + timedelta(days=7 * len(weeks) - 1)
    return with_day(plan(weeks, kind=GoalKind.MARATHON, race_date=race_date), race(race_date, 42195.0))


def marathon_facts() -> Facts:
    """Fifty kilometres a week with a longest run of 17 km."""
    known = profile(weekly_distances_m=(50000.0,) * 8, longest_run_30d_m=17000.0, longest_run_90d_m=17000.0)
    return facts(profile=known, done=done_runs(long_m=17000.0))


def with_day(before: Plan, workout: Workout) -> Plan:
    """The plan with this workout on its date."""
    return change(before, lambda w: workout if w.workout_date == workout.workout_date else w)


def change(before: Plan, alter: Callable[[Workout], Workout]) -> Plan:
    """The plan with every workout altered."""
    weeks = tuple(replace(week, workouts=tuple(alter(w) for w in week.workouts)) for week in before.weeks)
    return replace(before, weeks=weeks)


def with_week(before: Plan, index: int, **fields: object) -> Plan:
    """The plan with fields of one week replaced."""
    weeks = list(before.weeks)
    weeks[index] = replace(weeks[index], **fields)  # type: ignore[arg-type]  # tests set fields by name
    return replace(before, weeks=tuple(weeks))


def day(week: int, weekday: int) -> date:
    """The date of a weekday (0 = Monday) of a week (1 = first)."""
    return MONDAY + timedelta(days=7 * (week - 1) + weekday)
