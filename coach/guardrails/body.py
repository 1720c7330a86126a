"""The body's say: H18 readiness and illness, H20 injury."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from coach.guardrails.content import is_quality, is_run, stride_count, threshold_and_above_s
from coach.guardrails.reading import Reading, is_to_do
from coach.limits import EPSILON
from coach.model import ReadinessState, Violation, Workout, WorkoutType
from coach.words import day_and_date, distance

RED_LONG_SHARE = 0.75
REDS_TO_MOVE = 2
REDS_WITHIN_DAYS = 3
QUALITY_AFTER_REDS_DAYS = 2  # 48 hours
EASY_DAYS_AFTER_ILLNESS = 2


def readiness_respected(reading: Reading) -> Iterator[Violation]:
    """H18: red means easy and shorter, unknown and amber never more than planned, illness no running."""
    facts = reading.facts
    if facts.readiness is not None:
        workout = reading.plan.on(facts.readiness.day)
        if workout is not None and is_run(workout) and is_to_do(workout, facts):
            yield from _day(workout, facts.readiness.state, reading)
    no_quality_until = quality_free_until(facts.reds, facts.today)
    if no_quality_until is not None:
        for workout in reading.runs:
            if workout.workout_date < no_quality_until and is_quality(workout):
                yield _violation(workout, "has quality less than 48 h after the second red day in three")
    if facts.is_ill:
        yield from _illness(reading)
    elif facts.easy_until is not None:
        yield from _coming_back(reading, facts.easy_until)


def not_while_injured(reading: Reading) -> Iterator[Violation]:
    """H20: no run until the athlete says "cleared"; a plan in force is held to it day by day."""
    if not reading.facts.is_injured:
        return
    for workout in reading.runs:
        if reading.facts.approved is None or workout.workout_date == reading.facts.today:
            yield _violation(workout, "has a run, but you are not cleared to run", rule_id="H20")


def quality_free_until(reds: tuple[date, ...], today: date) -> date | None:
    """The first day on which quality may come after two red days in three; None when there were none."""
    recent = sorted(d for d in set(reds) if d <= today)
    pairs = zip(recent, recent[REDS_TO_MOVE - 1 :], strict=False)
    second = max((last for first, last in pairs if (last - first).days < REDS_WITHIN_DAYS), default=None)
    if second is None or (today - second).days >= QUALITY_AFTER_REDS_DAYS:
        return None
    return second + timedelta(days=QUALITY_AFTER_REDS_DAYS)


def _day(workout: Workout, state: ReadinessState, reading: Reading) -> Iterator[Violation]:
    approved = reading.facts.approved
    planned = None if approved is None else approved.on(workout.workout_date)
    if state is ReadinessState.RED:
        if is_quality(workout):
            yield _violation(workout, "has quality on a red day")
        elif stride_count(workout):
            yield _violation(workout, "has strides on a red day")
        if planned is not None and planned.workout_type is WorkoutType.LONG:
            limit_m = RED_LONG_SHARE * planned.distance_m
            if workout.distance_m > limit_m + EPSILON:
                yield _violation(
                    workout,
                    f"has {distance(workout.distance_m)} on a red day; three quarters are {distance(limit_m)}",
                    value=workout.distance_m,
                    limit=limit_m,
                )
    if state is not ReadinessState.GREEN and planned is not None and planned.workout_id == workout.workout_id:
        grows = workout.distance_m > planned.distance_m + EPSILON
        if grows or threshold_and_above_s(workout) > threshold_and_above_s(planned) + EPSILON:
            yield _violation(
                workout, "grew, but readiness is not green", value=workout.distance_m, limit=planned.distance_m
            )


def _illness(reading: Reading) -> Iterator[Violation]:
    today = reading.facts.today
    easy_until = today + timedelta(days=EASY_DAYS_AFTER_ILLNESS)
    for workout in reading.runs:
        if workout.workout_date == today:
            yield _violation(workout, "has a run while you are ill")
        elif workout.workout_date <= easy_until and is_quality(workout):
            yield _violation(workout, "has quality straight after illness")


def _coming_back(reading: Reading, easy_until: date) -> Iterator[Violation]:
    until = min(easy_until, reading.facts.today + timedelta(days=EASY_DAYS_AFTER_ILLNESS))
    for workout in reading.runs:
        if workout.workout_date <= until and is_quality(workout):
            yield _violation(workout, "has quality in the easy days after illness or injury")


def _violation(
    workout: Workout, text: str, *, rule_id: str = "H18", value: float | None = None, limit: float | None = None
) -> Violation:
    return Violation(
        rule_id=rule_id,
        text=f"{day_and_date(workout.workout_date)} {text}.",
        workout_date=workout.workout_date,
        value=value,
        limit=limit,
    )
