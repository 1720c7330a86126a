"""The parts of a session: whole metres and seconds that add up to the day's distance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coach.course import LONG_RUN_S, LONG_WALK_S
from coach.library import Step
from coach.model import Intensity, Segment, SegmentKind, Target
from coach.pace import PaceBook

WARM_UP_MIN_S = 600
_WARM_UP_MAX_S = 900
_STRIDE_S = 20
_STRIDE_RECOVERY_S = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The day a workout is built for."""

    plan_id: str
    date: date
    distance_m: int
    distance_max_m: int
    book: PaceBook

    @property
    def easy_s(self) -> float:
        """The time of the whole distance at easy pace."""
        return self.distance_m * self.book.middle(Intensity.EASY) / 1000

    @property
    def workout_id(self) -> str:
        return f"{self.plan_id}-{self.date.isoformat()}"


def segment(kind: SegmentKind, intensity: Intensity, distance_m: float, book: PaceBook, target: Target) -> Segment:
    """One stretch of whole metres; its time follows from its pace."""
    return Segment(
        kind=kind,
        intensity=intensity,
        distance_m=distance_m,
        duration_s=round(distance_m * book.middle(intensity) / 1000),
        target=target,
    )


def work_segment(book: PaceBook, step: Step, intensity: Intensity, target: Target) -> Segment:
    pace = book.middle(intensity)
    return Segment(
        kind=SegmentKind.WORK,
        intensity=intensity,
        distance_m=round(step.metres(pace)),
        duration_s=round(step.seconds(pace)),
        repeats=step.repeats,
        recovery_s=step.recovery_s,
        recovery_distance_m=round(step.recovery_s / book.middle(Intensity.EASY) * 1000),
        target=target,
    )


def wrapped(day: Day, work: Segment, *, warm_up_share: float) -> tuple[Segment, ...] | None:
    """Work between an easy warm-up and cool-down that fill the day's distance; None if either would be too short."""
    book = day.book
    left_m = day.distance_m - work.total_distance_m
    shortest_m = WARM_UP_MIN_S / book.middle(Intensity.EASY) * 1000
    if left_m < 2 * shortest_m:
        return None
    cool_down_m = max(
        shortest_m, min((1 - warm_up_share) * left_m, _WARM_UP_MAX_S / book.middle(Intensity.EASY) * 1000)
    )
    cool_down_m = round(cool_down_m)
    target = book.target(Intensity.EASY)
    return (
        segment(SegmentKind.WARM_UP, Intensity.EASY, left_m - cool_down_m, book, target),
        work,
        segment(SegmentKind.COOL_DOWN, Intensity.EASY, cool_down_m, book, target),
    )


def with_strides(day: Day, strides: int, target: Target) -> tuple[Segment, ...]:
    book = day.book
    stride = Segment(
        kind=SegmentKind.WORK,
        intensity=Intensity.STRIDES,
        distance_m=round(_STRIDE_S / book.middle(Intensity.STRIDES) * 1000),
        duration_s=_STRIDE_S,
        repeats=strides,
        recovery_s=_STRIDE_RECOVERY_S,
        recovery_distance_m=round(_STRIDE_RECOVERY_S / book.middle(Intensity.EASY) * 1000),
        target=book.target(Intensity.STRIDES),
    )
    before_m = day.distance_m - stride.total_distance_m
    return (segment(SegmentKind.STEADY, Intensity.EASY, before_m, book, target), stride)


def long_with_walks(day: Day, target: Target) -> tuple[Segment, ...]:
    book = day.book
    run_m = round(LONG_RUN_S / book.middle(Intensity.EASY) * 1000)
    walk_m = round(LONG_WALK_S / book.middle(Intensity.WALK) * 1000)
    repeats = day.distance_m // (run_m + walk_m)
    turns = Segment(
        kind=SegmentKind.STEADY,
        intensity=Intensity.EASY,
        distance_m=run_m,
        duration_s=LONG_RUN_S,
        repeats=repeats,
        recovery_s=LONG_WALK_S,
        recovery_distance_m=walk_m,
        target=target,
    )
    walk = Segment(
        kind=SegmentKind.COOL_DOWN,
        intensity=Intensity.EASY,
        distance_m=day.distance_m - repeats * (run_m + walk_m),
        duration_s=round((day.distance_m - repeats * (run_m + walk_m)) * book.middle(Intensity.EASY) / 1000),
        target=target,
    )
    return (turns, walk) if walk.distance_m > 0 else (turns,)
