"""Making one session less: shorter, fewer reps, easy, or rest. Nothing here ever adds distance or time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from coach.guardrails.content import NOT_RUNNING, WORK, is_stride
from coach.limits import EPSILON, floor_step
from coach.model import Intensity, Segment, SegmentKind, Target, Workout, WorkoutType
from coach.words import distance, duration
from coach.workouts import easier_than, rest

# A dropped set is a fifth to a third of the repeats; where they are too few for that each becomes a quarter shorter.
_SET_SHARE = 0.25
_SET_SHARE_MIN, _SET_SHARE_MAX = 0.20, 0.34
_SHORTER_REP = 0.75
_EASY_PART_MIN_M = 800.0  # less of a warm-up or cool-down is none
_EASY_GUESS_S_PER_KM = 390.0  # only where a session says nothing about its easy pace
_SHARE_OF_EASY_AT_WORK = 1.30  # easy running takes about a third longer than threshold work over the same ground
_EASY_EFFORT = "easy: you can talk in whole sentences"
_SUM_SENTENCE = re.compile(r"\s*The work adds up to [^.]*(?:\.\d[^.]*)?\.")
_NUMBER = re.compile(r"\d")
_SHORTER_LONG = 0.75
_PURPOSES = {
    WorkoutType.LONG: "Endurance: time on your feet at an easy effort.",
    WorkoutType.EASY: "Easy running builds the aerobic base and lets you recover.",
}
_NAMES = {
    WorkoutType.TEMPO: "Threshold",
    WorkoutType.INTERVALS: "Intervals",
    WorkoutType.REPETITIONS: "Repetitions",
    WorkoutType.HILLS: "Hills",
    WorkoutType.FARTLEK: "Fartlek",
    WorkoutType.RACE_PACE: "Race pace",
    WorkoutType.RUN_WALK: "Run-walk",
    WorkoutType.RECOVERY: "Recovery run",
    WorkoutType.LONG: "Long run",
}


def to_rest(workout: Workout, *, note: str = "") -> Workout:
    """The day without a run."""
    return replace(rest("", workout.workout_date, note=note), workout_id=workout.workout_id)


def to_easy(workout: Workout, *, note: str = "") -> Workout:
    """An easy run in its place: no longer in time, no longer in distance; a long run stays one without its work."""
    easy_s_per_km = easy_pace(workout)
    distance_m = float(floor_step(min(workout.distance_m, 1000 * workout.duration_s / easy_s_per_km)))
    if distance_m <= 0:
        return to_rest(workout, note=note)
    is_long = workout.workout_type is WorkoutType.LONG
    is_plain = workout.workout_type in {WorkoutType.RECOVERY, WorkoutType.RUN_WALK}
    kind = workout.workout_type if is_long or is_plain else WorkoutType.EASY
    segments = workout.segments if kind is WorkoutType.RUN_WALK else ()
    if segments:
        return replace(workout, is_quality=False, distance_max_m=workout.distance_m, note=note or workout.note)
    duration_s = float(min(round(distance_m * easy_s_per_km / 1000), workout.duration_s))
    return replace(
        workout,
        workout_type=kind,
        title=f"{_NAMES.get(kind, 'Easy run')} {distance(distance_m)}",
        purpose="Easy running keeps the habit and the blood moving while the body catches up.",
        distance_m=distance_m,
        duration_s=duration_s,
        is_quality=False,
        segments=(),
        target=_easy_target(workout),
        distance_max_m=distance_m,
        easier_option=easier_than(duration_s),
        note=note,
    )


def shortened(workout: Workout, distance_m: float, *, note: str = "") -> Workout:
    """The session at most this long: its easy parts shrink first, then repeats go, then it is an easy run."""
    distance_m = float(floor_step(min(distance_m, workout.distance_m)))
    if distance_m >= workout.distance_m - EPSILON:
        return workout
    if distance_m <= 0:
        return to_rest(workout, note=note)
    if not workout.segments:
        share = distance_m / workout.distance_m
        return _as(workout, distance_m, share * workout.duration_s, note=note)
    lighter: Workout | None = workout
    while lighter is not None:
        trimmed = _trimmed(lighter, distance_m)
        if trimmed is not None:
            return replace(trimmed, note=note or trimmed.note)
        lighter = _one_repeat_less(lighter)
    easy = replace(to_easy(workout, note=note), segments=())
    if easy.distance_m <= distance_m + EPSILON:
        return _as(easy, easy.distance_m, easy.duration_s, note=note)
    return _as(easy, distance_m, distance_m / easy.distance_m * easy.duration_s, note=note)


def fewer_reps(workout: Workout, *, note: str = "") -> Workout:
    """The same session with one set of repeats fewer: a fifth to a third less work, and no more running instead."""
    segments = tuple(_lighter(s) if is_work(s) else s for s in workout.segments)
    if segments == workout.segments:
        return to_easy(workout, note=note) if workout.is_quality else workout
    return _rounded(workout, segments, note=note)


def without_strides(workout: Workout, *, note: str = "") -> Workout:
    """The same run, easy to its end."""
    if not any(is_stride(s) for s in workout.segments):
        return workout
    plain = replace(workout, segments=tuple(s for s in workout.segments if not is_stride(s)))
    return to_easy(plain, note=note) if not workout.is_quality else _rounded(workout, plain.segments, note=note)


def easy_pace(workout: Workout) -> float:
    """Seconds per kilometre of this session's easy running."""
    easy = [s for s in workout.segments if s.intensity is Intensity.EASY and s.distance_m > 0 and s.duration_s > 0]
    if easy and workout.workout_type is not WorkoutType.RUN_WALK:
        return 1000 * sum(s.duration_s for s in easy) / sum(s.distance_m for s in easy)
    if workout.distance_m > 0 and workout.duration_s > 0:
        own = 1000 * workout.duration_s / workout.distance_m
        return own * _SHARE_OF_EASY_AT_WORK if workout.is_quality and not workout.segments else own
    return _EASY_GUESS_S_PER_KM


def is_work(segment: Segment) -> bool:
    return segment.intensity in WORK and not is_stride(segment)


def work_text(segments: Sequence[Segment]) -> str:
    """ "3 × 8 min", "6 × 400 m": the work of a session."""
    parts = []
    for segment in segments:
        if is_work(segment):
            is_by_distance = segment.distance_m % 100 == 0 and segment.duration_s % 15 != 0
            size = distance(segment.distance_m) if is_by_distance else duration(segment.duration_s)
            parts.append(f"{segment.repeats} × {size}" if segment.repeats > 1 else size)
    return " + ".join(parts)


def _lighter(segment: Segment) -> Segment:
    """One set fewer, or each repeat a quarter shorter."""
    repeats = segment.repeats
    drops = [k for k in range(1, repeats) if _SET_SHARE_MIN - EPSILON <= k / repeats <= _SET_SHARE_MAX]
    if drops:
        return replace(segment, repeats=repeats - min(drops, key=lambda k: abs(k / repeats - _SET_SHARE)))
    return replace(
        segment,
        distance_m=float(round(_SHORTER_REP * segment.distance_m)),
        duration_s=float(round(_SHORTER_REP * segment.duration_s)),
    )


def _one_repeat_less(workout: Workout) -> Workout | None:
    """One repeat fewer in the first part that has several; None when nothing is left to drop."""
    for index, segment in enumerate(workout.segments):
        if segment.repeats > 1:
            less = replace(segment, repeats=segment.repeats - 1)
            segments = (*workout.segments[:index], less, *workout.segments[index + 1 :])
            total_s = sum(s.total_duration_s for s in segments)
            return replace(_retitled(workout, segments), segments=segments, duration_s=total_s)
    return None


def _trimmed(workout: Workout, distance_m: float) -> Workout | None:
    """The session cut to this distance by shortening its easy parts; None when they are too short for it."""
    excess_m = sum(s.total_distance_m for s in workout.segments) - distance_m
    if excess_m <= EPSILON:
        return _rounded(workout, workout.segments)
    segments = list(workout.segments)
    order = sorted(
        (i for i, s in enumerate(segments) if s.intensity is Intensity.EASY and s.repeats == 1),
        key=lambda i: -segments[i].distance_m,
    )
    for index in order:
        segment = segments[index]
        keep_m = max(segment.distance_m - excess_m, min(_EASY_PART_MIN_M, segment.distance_m))
        if segment.distance_m > 0:
            share = keep_m / segment.distance_m
            segments[index] = replace(segment, distance_m=keep_m, duration_s=float(round(share * segment.duration_s)))
        excess_m -= segment.distance_m - keep_m
        if excess_m <= EPSILON:
            return _as(
                _retitled(workout, segments),
                distance_m,
                sum(s.total_duration_s for s in segments),
                segments=tuple(segments),
            )
    return None


def _rounded(workout: Workout, segments: tuple[Segment, ...], *, note: str = "") -> Workout:
    """The session of these parts, its distance floored to a step and the rest taken from its longest easy part."""
    total_m = min(sum(s.total_distance_m for s in segments), workout.distance_m)
    changed = replace(_retitled(workout, segments), segments=segments, note=note or workout.note)
    if total_m >= workout.distance_m - EPSILON:
        return replace(changed, distance_max_m=workout.distance_m)
    trimmed = _trimmed(changed, float(floor_step(total_m))) if floor_step(total_m) < total_m - EPSILON else None
    if trimmed is not None:
        return replace(trimmed, note=note or workout.note)
    return _as(changed, total_m, sum(s.total_duration_s for s in segments), note=note)


def _retitled(workout: Workout, segments: Sequence[Segment]) -> Workout:
    """Title and purpose that say the work that is left."""
    text = work_text(segments)
    if not text or text == work_text(workout.segments):
        return workout
    name = _NAMES.get(workout.workout_type, "Easy run")
    title = f"{name} with {text} of work" if workout.workout_type is WorkoutType.LONG else f"{name} {text}"
    return replace(workout, title=title, purpose=_purpose(workout, segments))


def _as(
    workout: Workout,
    distance_m: float,
    duration_s: float,
    *,
    segments: tuple[Segment, ...] | None = None,
    note: str = "",
) -> Workout:
    """The workout with this distance and time, its texts saying so."""
    segments = workout.segments if segments is None else segments
    title, easier = workout.title, workout.easier_option
    if not any(is_work(s) for s in segments) and workout.workout_type not in NOT_RUNNING:
        title = f"{_NAMES.get(workout.workout_type, 'Easy run')} {distance(distance_m)}"
        strides = sum(s.repeats for s in segments if is_stride(s))
        title = f"{title} with {strides} strides" if strides else title
    if workout.workout_type is WorkoutType.LONG:
        easier = f"Stop at {distance(floor_step(_SHORTER_LONG * distance_m))} if the second half becomes a struggle."
    elif workout.workout_type is WorkoutType.EASY:
        easier = easier_than(duration_s)
    return replace(
        workout,
        title=title,
        purpose=_purpose(workout, segments),
        easier_option=easier,
        distance_m=float(distance_m),
        duration_s=float(min(round(duration_s), workout.duration_s)),
        distance_max_m=float(distance_m),
        segments=segments,
        note=note or workout.note,
    )


def _purpose(workout: Workout, segments: Sequence[Segment]) -> str:
    """What it is for, without the numbers of the session it no longer is."""
    work_s = sum(s.repeats * s.duration_s for s in segments if is_work(s))
    kept = _SUM_SENTENCE.sub("", workout.purpose).strip()
    if _NUMBER.search(kept):
        kept = _PURPOSES.get(workout.workout_type, "Part of the plan's build-up.")
    return f"{kept} The work adds up to {duration(work_s)}." if work_s and kept != workout.purpose else kept


def _easy_target(workout: Workout) -> Target:
    """The target of the session's own easy part, else words."""
    for segment in workout.segments:
        if segment.intensity is Intensity.EASY and segment.kind is not SegmentKind.WORK:
            return segment.target
    if not workout.is_quality:
        return workout.target
    return Target(rpe=3, effort=_EASY_EFFORT)
