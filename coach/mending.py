"""Putting right what a session says of itself: targets, sums, titles and texts. Distances only ever shrink."""

from __future__ import annotations

from dataclasses import replace

from coach.easing import is_work, to_easy, work_text
from coach.limits import floor_step
from coach.model import Plan, Segment, Target, TrainingPaces, Violation, Workout, WorkoutType
from coach.words import distance

_NEUTRAL_TITLES = {
    WorkoutType.TEMPO: "Threshold session",
    WorkoutType.INTERVALS: "Interval session",
    WorkoutType.REPETITIONS: "Repetitions",
    WorkoutType.HILLS: "Hills",
    WorkoutType.FARTLEK: "Fartlek",
    WorkoutType.RACE_PACE: "Race pace",
    WorkoutType.RUN_WALK: "Run-walk",
    WorkoutType.RECOVERY: "Recovery run",
    WorkoutType.LONG: "Long run",
    WorkoutType.REST: "Rest",
    WorkoutType.CROSS: "Cross-training",
    WorkoutType.RACE: "Race",
}
_NEUTRAL_PURPOSE = "Part of the plan's build-up."


def mend_day(workout: Workout, violation: Violation, paces: TrainingPaces | None) -> Workout:
    """The session with what the violation is about put right."""
    if violation.rule_id == "H13":
        return _by_effort(workout)
    if violation.rule_id in {"H17", "H22"}:
        return _plain_words(workout) if violation.rule_id == "H22" or workout.title else workout
    return _plain_words(_adding_up(_in_pace(workout, paces)))


def mend_plan(plan: Plan, violation: Violation, paces: TrainingPaces | None) -> Plan:
    """Paces of current fitness, weeks numbered in order, and no week's note that says another sum."""
    if violation.rule_id == "H13":
        return replace(plan, paces=paces)
    if violation.rule_id == "H17":
        first = plan.weeks[0].week_number
        return replace(plan, weeks=tuple(replace(w, week_number=first + i) for i, w in enumerate(plan.weeks)))
    weeks = tuple(replace(w, note="") if w.week_number == violation.week_number else w for w in plan.weeks)
    return replace(plan, weeks=weeks)


def _by_effort(workout: Workout) -> Workout:
    """Effort words instead of paces."""
    segments = tuple(replace(s, target=_without_pace(s.target)) for s in workout.segments)
    return replace(workout, target=_without_pace(workout.target), segments=segments)


def _without_pace(target: Target) -> Target:
    return replace(target, pace_fast_s_per_km=None, pace_slow_s_per_km=None)


def _in_pace(workout: Workout, paces: TrainingPaces | None) -> Workout:
    """Times that follow from distance and target pace."""
    segments = tuple(_timed(s) for s in workout.segments)
    fast, slow = workout.target.pace_fast_s_per_km, workout.target.pace_slow_s_per_km
    if not segments and fast is None and slow is None and paces is not None and not workout.is_quality:
        fast, slow = paces.easy_fast, paces.easy_slow
    if segments or fast is None or slow is None:
        return replace(workout, segments=segments)
    return replace(workout, duration_s=float(round(workout.distance_m * (fast + slow) / 2000)))


def _timed(segment: Segment) -> Segment:
    fast, slow = segment.target.pace_fast_s_per_km, segment.target.pace_slow_s_per_km
    if fast is None or slow is None or not segment.distance_m:
        return segment
    low, high = fast * segment.distance_m / 1000, slow * segment.distance_m / 1000
    if low <= segment.duration_s <= high:
        return segment
    return replace(segment, duration_s=float(round((low + high) / 2)))


def _adding_up(workout: Workout) -> Workout:
    """Distance and time of the parts, where they are less than the session's; else an easy run of the session's."""
    if not workout.segments:
        return workout
    total_m = sum(s.total_distance_m for s in workout.segments)
    total_s = sum(s.total_duration_s for s in workout.segments)
    if total_m <= workout.distance_m:
        floored_m = float(floor_step(total_m)) if total_m - floor_step(total_m) <= 100 else total_m
        return replace(workout, distance_m=floored_m, duration_s=float(round(total_s)), distance_max_m=floored_m)
    return replace(to_easy(workout), segments=())


def _plain_words(workout: Workout) -> Workout:
    """A title and purpose of our own in place of texts that cannot stand."""
    text = work_text(workout.segments) if any(is_work(s) for s in workout.segments) else distance(workout.distance_m)
    name = _NEUTRAL_TITLES.get(workout.workout_type, "Easy run")
    title = f"{name} {text}" if workout.distance_m > 0 else name
    target = replace(workout.target, effort="")
    return replace(workout, title=title, purpose=_NEUTRAL_PURPOSE, note="", easier_option="", target=target)
