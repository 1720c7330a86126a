"""What a session is by its content: a title or a label cannot make eight fast 800s an easy run."""

from __future__ import annotations

from dataclasses import dataclass

from coach.model import Intensity, Segment, Workout, WorkoutType

NOT_RUNNING = frozenset({WorkoutType.REST, WorkoutType.CROSS})
WORK = frozenset({Intensity.MARATHON, Intensity.THRESHOLD, Intensity.INTERVAL, Intensity.REPETITION})

# A session of these types without segments is all work: unknown structure is judged as the hardest it can be.
_WORK_OF_TYPE = {
    WorkoutType.TEMPO: Intensity.THRESHOLD,
    WorkoutType.INTERVALS: Intensity.INTERVAL,
    WorkoutType.REPETITIONS: Intensity.REPETITION,
    WorkoutType.HILLS: Intensity.INTERVAL,
    WorkoutType.FARTLEK: Intensity.INTERVAL,
    WorkoutType.RACE_PACE: Intensity.MARATHON,
}
QUALITY_TYPES = frozenset(_WORK_OF_TYPE)

_STRIDE_MAX_S = 30.0  # longer than this is a repetition, whatever it is called
_STRIDE_REST_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class Work:
    """How much of one intensity a session holds."""

    duration_s: float = 0.0
    distance_m: float = 0.0


def is_run(workout: Workout) -> bool:
    """A training run: neither rest, cross-training nor a race."""
    return workout.workout_type not in NOT_RUNNING and not is_race(workout) and _is_something(workout)


def is_race(workout: Workout) -> bool:
    return workout.workout_type is WorkoutType.RACE


def is_active(workout: Workout) -> bool:
    """Anything but a full rest day."""
    return workout.workout_type is not WorkoutType.REST and _is_something(workout)


def is_stride(segment: Segment) -> bool:
    """Short, relaxed and with long rests: not work."""
    if segment.intensity is Intensity.STRIDES:
        return segment.duration_s <= _STRIDE_MAX_S
    is_short = 0 < segment.duration_s <= _STRIDE_MAX_S
    return (
        segment.intensity is Intensity.REPETITION
        and is_short
        and segment.recovery_s >= _STRIDE_REST_RATIO * segment.duration_s
    )


def work(workout: Workout) -> dict[Intensity, Work]:
    """Minutes and metres at marathon pace and above, by intensity; strides apart."""
    found: dict[Intensity, Work] = {}
    for segment in workout.segments:
        intensity = segment.intensity
        if intensity is Intensity.STRIDES and not is_stride(segment):
            intensity = Intensity.REPETITION
        if intensity not in WORK or is_stride(segment):
            continue
        _add(found, intensity, segment.repeats * segment.duration_s, segment.repeats * segment.distance_m)
    if not workout.segments and workout.workout_type in _WORK_OF_TYPE:
        _add(found, _WORK_OF_TYPE[workout.workout_type], workout.duration_s, workout.distance_m)
    return found


def work_s(workout: Workout) -> float:
    return sum(part.duration_s for part in work(workout).values())


def threshold_and_above_s(workout: Workout) -> float:
    """Planned seconds at threshold pace or faster."""
    return sum(part.duration_s for kind, part in work(workout).items() if kind is not Intensity.MARATHON)


def stride_count(workout: Workout) -> int:
    return sum(segment.repeats for segment in workout.segments if is_stride(segment))


def has_walk_breaks(workout: Workout) -> bool:
    """Running and walking in turns: walked parts, or easy repeats with a pause after each."""
    return any(
        s.intensity is Intensity.WALK or (s.intensity is Intensity.EASY and s.repeats > 1 and s.recovery_s > 0)
        for s in workout.segments
    )


def is_quality(workout: Workout) -> bool:
    """Counts as a quality session: said to be one, or holding any work."""
    if not is_run(workout):
        return False
    return workout.is_quality or workout.workout_type in QUALITY_TYPES or bool(work(workout))


def _add(found: dict[Intensity, Work], intensity: Intensity, duration_s: float, distance_m: float) -> None:
    before = found.get(intensity, Work())
    found[intensity] = Work(before.duration_s + duration_s, before.distance_m + distance_m)


def _is_something(workout: Workout) -> bool:
    return workout.distance_m > 0 or workout.duration_s > 0
