"""A planned session in words and as a shape: its steps, how hard each is, how long each takes."""

from __future__ import annotations

from dataclasses import dataclass

from coach.model import Intensity, Segment, SegmentKind, Target, Workout, WorkoutType
from reports import format as say

_KINDS = {SegmentKind.WARM_UP: "Warm up", SegmentKind.COOL_DOWN: "Cool down", SegmentKind.STEADY: "Run"}
_INTENSITIES = {
    Intensity.EASY: "easy",
    Intensity.MARATHON: "marathon effort",
    Intensity.THRESHOLD: "threshold",
    Intensity.INTERVAL: "interval effort",
    Intensity.REPETITION: "fast and relaxed",
    Intensity.STRIDES: "strides",
    Intensity.WALK: "walk",
}
# Heights of the drawn shape, in percent: an ordering of effort, not a measurement.
_HEIGHTS = {
    Intensity.WALK: 16,
    Intensity.EASY: 34,
    Intensity.MARATHON: 56,
    Intensity.THRESHOLD: 72,
    Intensity.INTERVAL: 88,
    Intensity.STRIDES: 94,
    Intensity.REPETITION: 100,
}
_DISTANCE_STEP_M = 100
_DURATION_STEP_S = 30
_EASY_INTENSITIES = (Intensity.EASY, Intensity.WALK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a session: what to do and how hard."""

    text: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One rectangle of a session's shape: place and width as shares of the whole in percent, height by effort."""

    left: float
    width: float
    height: int
    is_hard: bool


def steps(workout: Workout) -> tuple[Step, ...]:
    """The session's steps in order; empty for a run without structure."""
    return tuple(Step(text=_step(segment), target=target_text(segment.target)) for segment in workout.segments)


def shape(workout: Workout) -> tuple[Block, ...]:
    """The session drawn as blocks over time; empty where there is too little structure to draw."""
    total_s = sum(segment.total_duration_s for segment in workout.segments)
    if len(workout.segments) < 2 or total_s <= 0:
        return ()
    blocks: list[Block] = []
    left = 0.0
    for segment in workout.segments:
        for _ in range(segment.repeats):
            for duration_s, intensity in (
                (segment.duration_s, segment.intensity),
                (segment.recovery_s, Intensity.EASY),
            ):
                if duration_s <= 0:
                    continue
                width = 100 * duration_s / total_s
                is_hard = intensity not in _EASY_INTENSITIES
                blocks.append(Block(left=left, width=width, height=_HEIGHTS[intensity], is_hard=is_hard))
                left += width
    return tuple(blocks)


def target_text(target: Target) -> str:
    """4:52–5:00 /km · RPE 7 of 10 · comfortably hard; empty where nothing is aimed at."""
    parts = []
    if target.pace_fast_s_per_km is not None or target.pace_slow_s_per_km is not None:
        parts.append(say.pace_range(target.pace_fast_s_per_km, target.pace_slow_s_per_km))
    if target.heart_rate_low_bpm is not None or target.heart_rate_high_bpm is not None:
        parts.append(say.heart_rate_range(target.heart_rate_low_bpm, target.heart_rate_high_bpm))
    if target.rpe is not None:
        parts.append(f"effort {target.rpe} of 10")
    if target.effort:
        parts.append(target.effort)
    return " · ".join(parts)


def size(workout: Workout) -> str:
    """8.9 km · 54 min; nothing for a rest day, and no distance that the title already says."""
    if workout.workout_type is WorkoutType.REST:
        return ""
    parts = []
    if workout.distance_m > 0 and f" {say.km(workout.distance_m)}" not in f" {workout.title}":
        parts.append(say.km(workout.distance_m))
    if workout.duration_s > 0:
        parts.append(say.duration(workout.duration_s))
    return " · ".join(parts)


def _step(segment: Segment) -> str:
    effort = _INTENSITIES[segment.intensity]
    length_words = length(segment.distance_m, segment.duration_s)
    if segment.kind is SegmentKind.WORK or segment.repeats > 1:
        repeats = f"{segment.repeats} × " if segment.repeats > 1 else ""
        between = f", {say.step_length(segment.recovery_s)} easy between" if segment.recovery_s > 0 else ""
        return f"{repeats}{length_words} {effort}{between}"
    return f"{_KINDS[segment.kind]} {length_words} {effort}"


def length(distance_m: float, duration_s: float) -> str:
    """By distance where the distance is the round number, else by time."""
    is_round_distance = distance_m > 0 and distance_m % _DISTANCE_STEP_M == 0
    is_round_duration = duration_s > 0 and duration_s % _DURATION_STEP_S == 0
    if duration_s <= 0 or (is_round_distance and not is_round_duration):
        return say.km(distance_m)
    return say.step_length(duration_s)
