"""How good a plan is beyond being safe: nine parts from 0 to 1, weighted to 100."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean, pstdev

from coach.guardrails.content import work
from coach.limits import GOALS
from coach.model import GoalKind, Intensity, Phase, Plan, PlanWeek, Profile, WeekKind, WorkoutType

WEIGHTS = {
    "easy_share": 15,
    "smooth_growth": 10,
    "specificity": 15,
    "long_run": 10,
    "variety": 5,
    "monotony": 5,
    "taper": 10,
    "realism": 10,
    "explained": 10,
}
_SPECIFIC = {
    GoalKind.FIVE_K: {WorkoutType.INTERVALS, WorkoutType.REPETITIONS},
    GoalKind.TEN_K: {WorkoutType.TEMPO, WorkoutType.INTERVALS},
    GoalKind.HALF: {WorkoutType.RACE_PACE, WorkoutType.TEMPO},
    GoalKind.MARATHON: {WorkoutType.LONG, WorkoutType.TEMPO},
}
_TAPER_SHAPE = {
    1: (0.55,),
    2: (0.674, 0.326),
    3: (0.759, 0.461, 0.280),
}  # exponential, half of the volume cut on the mean


def score(plan: Plan, profile: Profile) -> float:
    """0-100; parts that do not apply to the plan are left out of the weights."""
    parts = {name: value for name, value in scores(plan, profile).items() if value is not None}
    return 100 * sum(WEIGHTS[n] * v for n, v in parts.items()) / sum(WEIGHTS[n] for n in parts)


def scores(plan: Plan, profile: Profile) -> dict[str, float | None]:
    """Each part from 0 to 1, None where it does not apply."""
    loaded = [week for week in plan.weeks if week.kind is WeekKind.LOADED]
    return {
        "easy_share": _easy_share(loaded),
        "smooth_growth": _smooth_growth(loaded),
        "specificity": _specificity(plan),
        "long_run": _long_run(plan),
        "variety": _variety(plan),
        "monotony": _monotony(loaded),
        "taper": _taper(plan, loaded),
        "realism": _realism(loaded, profile),
        "explained": _explained(plan),
    }


def _easy_share(loaded: list[PlanWeek]) -> float | None:
    """Full marks between 80 and 97 % easy: pyramidal, and honest about beginners."""
    shares = []
    for week in loaded:
        hard_s = sum(part.duration_s for w in week.workouts for part in work(w).values())
        if week.duration_s:
            shares.append(1 - hard_s / week.duration_s)
    return fmean(min(1.0, max(0.0, (s - 0.70) / 0.10)) for s in shares) if shares else None


def _smooth_growth(loaded: list[PlanWeek]) -> float | None:
    ratios = [b.distance_m / a.distance_m for a, b in pairwise(loaded) if a.distance_m]
    return max(0.0, 1 - pstdev(ratios) / fmean(ratios)) if len(ratios) > 1 else None


def _specificity(plan: Plan) -> float | None:
    wanted = _SPECIFIC.get(plan.goal.kind)
    done = [w.workout_type for week in plan.weeks if week.phase is Phase.PEAK for w in week.workouts if w.is_quality]
    return fmean(kind in wanted for kind in done) if wanted and done else None


def _long_run(plan: Plan) -> float | None:
    rules = GOALS.get(plan.goal.kind)
    longest_m = max((w.distance_m for w in plan.workouts if w.workout_type is not WorkoutType.RACE), default=0.0)
    return min(1.0, longest_m / rules.long_ideal_m) if rules else None


def _variety(plan: Plan) -> float | None:
    kinds = {w.workout_type for w in plan.workouts if w.is_quality}
    return min(1.0, len(kinds) / 3) if kinds else None


def _monotony(loaded: list[PlanWeek]) -> float | None:
    """Daily minutes: mean over standard deviation, wanted below 1.6."""
    values = []
    for week in loaded:
        daily = [w.duration_s for w in week.workouts]
        if len(daily) == 7 and pstdev(daily):
            values.append(fmean(daily) / pstdev(daily))
    return fmean(1.0 if v <= 1.6 else max(0.0, 2.2 - v) / 0.6 for v in values) if values else None


def _taper(plan: Plan, loaded: list[PlanWeek]) -> float | None:
    rules, race_date = GOALS.get(plan.goal.kind), plan.goal.race_date
    if rules is None or race_date is None or not loaded:
        return None
    peak_m = max(week.distance_m for week in loaded)
    misses = []
    for index, wanted in enumerate(reversed(_TAPER_SHAPE[rules.taper_weeks])):
        days = [w for w in plan.workouts if 7 * index <= (race_date - w.workout_date).days < 7 * (index + 1)]
        found = sum(w.distance_m for w in days if w.workout_type is not WorkoutType.RACE) / peak_m
        misses.append(abs(found - wanted))
    return max(0.0, 1 - 2 * fmean(misses))


def _realism(loaded: list[PlanWeek], profile: Profile) -> float | None:
    """The median run takes little longer than the runs the athlete is used to."""
    usual_s = profile.median_daily_moving_s
    planned = sorted(w.duration_s for week in loaded for w in week.workouts if w.duration_s)
    if not usual_s or not planned:
        return None
    return min(1.0, 1.10 * usual_s / planned[len(planned) // 2])


def _explained(plan: Plan) -> float | None:
    runs = [w for w in plan.workouts if w.distance_m]
    told = [
        bool(w.purpose and w.target.effort and (w.easier_option or w.workout_type is WorkoutType.RACE)) for w in runs
    ]
    strides = {Intensity.STRIDES}
    for workout in runs:
        if {s.intensity for s in workout.segments} & strides:
            told.append("strides" in workout.title)
    return fmean(told) if told else None
