"""Inside a session: H13 paces, H14 caps, H16 sums and words, H19 enough easy running."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from coach.fitness import training_paces
from coach.guardrails.content import has_walk_breaks, is_quality, is_stride, stride_count, work
from coach.guardrails.reading import Reading, Week
from coach.limits import EPSILON, LONG_TIME_MAX_RUN_WALK_S, LONG_TIME_MAX_S, SLOWER_THAN_EASY
from coach.model import Intensity, SegmentKind, Target, TrainingPaces, Violation, Workout, WorkoutType
from coach.words import day_and_date, distance, duration, pace, percent

PACE_TOLERANCE = 0.03
SUM_TOLERANCE_M = 100.0
SUM_TOLERANCE_S = 60.0
EASY_SHARE_MIN = 0.75

# Daniels' shares of the week and absolute caps per session; below 35 km a week minutes of work instead (ours).
_LOW_VOLUME_M = 35000
_SHARE_CAPS = {Intensity.THRESHOLD: 0.10, Intensity.INTERVAL: 0.08, Intensity.REPETITION: 0.05}
_DISTANCE_CAPS_M = {Intensity.INTERVAL: 10000.0, Intensity.REPETITION: 8000.0, Intensity.MARATHON: 29000.0}
_LOW_VOLUME_CAPS_S = {Intensity.THRESHOLD: 12 * 60.0, Intensity.INTERVAL: 8 * 60.0, Intensity.REPETITION: 4 * 60.0}
_MARATHON_CAP_S = 110 * 60.0
STRIDES_MAX = 10
_KIND = {Intensity.MARATHON: "marathon", Intensity.THRESHOLD: "threshold", Intensity.INTERVAL: "interval"}
_PLAIN = frozenset({WorkoutType.EASY, WorkoutType.LONG, WorkoutType.RECOVERY})

_KM = r"(\d+(?:\.\d+)?)\s?km\b"
_WARM_UP_KM = re.compile(rf"{_KM}[^.;,]{{0,20}}\bwarm|\bwarm[^.;,]{{0,30}}?{_KM}", re.IGNORECASE)
_TITLE_KM = re.compile(rf"(?<![×x]\s)(?<![×x]){_KM}(?!\s?(?:race|pace|effort))", re.IGNORECASE)
_TOTAL_KM = re.compile(
    rf"\btotal\w*\s(?:of\s|is\s|:\s)?{_KM}|{_KM}\s(?:in total|this week|for the week)", re.IGNORECASE
)


def paces(reading: Reading) -> Iterator[Violation]:
    """H13: paces of today's race fitness within 3 %, in their order; without a race only effort words."""
    table = _reference(reading)
    own = reading.plan.paces
    if own is not None:
        yield from _table(own, table)
    for week in reading.weeks:
        for workout in week.remaining:
            for intensity, target in _targets(workout):
                yield from _target(workout, week, intensity, target, table)


def session_caps(reading: Reading) -> Iterator[Violation]:
    """H14: work per session within its share of the week, strides and time on feet within theirs."""
    for week in reading.weeks:
        for workout in week.remaining:
            for intensity, part in work(workout).items():
                yield from _work(workout, week, intensity, part.duration_s, part.distance_m)
            strides = stride_count(workout)
            if strides > STRIDES_MAX:
                yield _violation(
                    "H14", workout, week, f"{strides} strides; at most {STRIDES_MAX}.", value=strides, limit=STRIDES_MAX
                )
            limit_s = LONG_TIME_MAX_RUN_WALK_S if has_walk_breaks(workout) else LONG_TIME_MAX_S
            if workout.duration_s > limit_s + EPSILON:
                text = f"{duration(workout.duration_s)} on your feet; at most {duration(limit_s)}."
                yield _violation("H14", workout, week, text, value=workout.duration_s, limit=limit_s)


def sums(reading: Reading) -> Iterator[Violation]:
    """H16: segments add up to the session, distance is time by pace, and no words say another number."""
    for week in reading.weeks:
        for workout in week.runs:
            if workout.workout_date >= reading.facts.today:
                yield from _session_sums(workout, week)
                yield from _session_pace(workout, week, reading.plan.paces)
                yield from _session_words(workout, week)
        if not week.is_past:
            yield from _week_words(week)


def easy_share(reading: Reading) -> Iterator[Violation]:
    """H19: at least 75 % of a week's time is easy."""
    for week in reading.weeks:
        total_s = sum(w.duration_s for w in week.approved_runs) + sum(r.duration_s for r in week.done_before)
        work_s = sum(part.duration_s for w in week.approved_runs for part in work(w).values())
        if week.is_past or not total_s or not any(is_quality(w) for w in week.remaining):
            continue
        share = 1 - work_s / total_s
        if share < EASY_SHARE_MIN - EPSILON:
            yield Violation(
                rule_id="H19",
                text=f"Week {week.number} is {percent(share)} easy running by time; at least {percent(EASY_SHARE_MIN)}.",
                week_number=week.number,
                value=share,
                limit=EASY_SHARE_MIN,
            )


def _reference(reading: Reading) -> TrainingPaces | None:
    """Paces of current fitness; a plan in force is held to the paces it was approved with."""
    approved = reading.facts.approved
    if approved is not None and approved.paces is not None:
        return approved.paces
    score = reading.facts.profile.race_fitness
    return None if score is None else training_paces(score)


def _table(own: TrainingPaces, table: TrainingPaces | None) -> Iterator[Violation]:
    names = ("easy_slow", "easy_fast", "marathon", "threshold", "interval", "repetition")
    ladder = [getattr(own, name) for name in names]
    if any(slower <= faster for slower, faster in itertools.pairwise(ladder)):
        yield Violation(
            rule_id="H13", text="Training paces are out of order: easy must be slowest, repetition fastest."
        )
    for name, value in zip(names, ladder, strict=True):
        right = None if table is None else getattr(table, name)
        if right is not None and abs(value - right) > PACE_TOLERANCE * right + EPSILON:
            text = f"The {name.replace('_', ' ')} pace is {pace(value)}; your current fitness gives {pace(right)}."
            yield Violation(rule_id="H13", text=text, value=value, limit=right)


def _targets(workout: Workout) -> Iterator[tuple[Intensity, Target]]:
    for segment in workout.segments:
        if not is_stride(segment):
            yield segment.intensity, segment.target
    if not workout.segments and workout.workout_type in _PLAIN:
        yield Intensity.EASY, workout.target


def _target(
    workout: Workout, week: Week, intensity: Intensity, target: Target, table: TrainingPaces | None
) -> Iterator[Violation]:
    fast, slow = target.pace_fast_s_per_km, target.pace_slow_s_per_km
    if intensity in {Intensity.WALK, Intensity.STRIDES} or (fast is None and slow is None):
        return
    if table is None:
        if intensity is not Intensity.EASY:
            text = "has a pace target, but no race says how fast you are: effort words only."
            yield _violation("H13", workout, week, text, value=fast, limit=None)
        return
    fastest, slowest = _zone(table, intensity)
    for value in (fast, slow):
        if value is None:
            continue
        limit = (1 - PACE_TOLERANCE) * fastest if value < fastest else (1 + PACE_TOLERANCE) * slowest
        if value < limit - EPSILON if value < fastest else value > limit + EPSILON:
            text = f"{pace(value)} is outside {pace(fastest)} to {pace(slowest)} of your current fitness."
            yield _violation("H13", workout, week, text, value=value, limit=limit)


def _zone(table: TrainingPaces, intensity: Intensity) -> tuple[float, float]:
    """The fastest and slowest pace of an intensity; half-marathon pace lies between marathon and threshold."""
    return {
        Intensity.EASY: (table.easy_fast, table.easy_slow * SLOWER_THAN_EASY),
        Intensity.MARATHON: (table.threshold, table.marathon),
        Intensity.THRESHOLD: (table.threshold, table.threshold),
        Intensity.INTERVAL: (table.interval, table.interval),
        Intensity.REPETITION: (table.repetition, table.repetition),
    }[intensity]


def _work(workout: Workout, week: Week, kind: Intensity, work_s: float, work_m: float) -> Iterator[Violation]:
    name = _KIND.get(kind, "repetition")
    if kind is Intensity.MARATHON:
        if work_s > _MARATHON_CAP_S + EPSILON:
            text = f"{duration(work_s)} at marathon pace; at most {duration(_MARATHON_CAP_S)}."
            yield _violation("H14", workout, week, text, value=work_s, limit=_MARATHON_CAP_S)
        limit_m = _DISTANCE_CAPS_M[kind]
    elif week.approved_m < _LOW_VOLUME_M - EPSILON:
        limit_s = _LOW_VOLUME_CAPS_S[kind]
        if work_s > limit_s + EPSILON:
            text = f"{duration(work_s)} of {name} work; below 35 km a week at most {duration(limit_s)}."
            yield _violation("H14", workout, week, text, value=work_s, limit=limit_s)
        return
    else:
        limit_m = min(_SHARE_CAPS[kind] * week.approved_m, _DISTANCE_CAPS_M.get(kind, float("inf")))
    if work_m > limit_m + EPSILON:
        text = f"{distance(work_m)} of {name} work; at most {distance(limit_m)}."
        yield _violation("H14", workout, week, text, value=work_m, limit=limit_m)


def _session_sums(workout: Workout, week: Week) -> Iterator[Violation]:
    if not workout.segments:
        return
    total_m = sum(s.total_distance_m for s in workout.segments)
    if abs(total_m - workout.distance_m) > SUM_TOLERANCE_M + EPSILON:
        text = f"its parts add up to {distance(total_m)}, not to {distance(workout.distance_m)}."
        yield _violation("H16", workout, week, text, value=total_m, limit=workout.distance_m)
    total_s = sum(s.total_duration_s for s in workout.segments)
    if abs(total_s - workout.duration_s) > max(SUM_TOLERANCE_S, PACE_TOLERANCE * workout.duration_s) + EPSILON:
        text = f"its parts last {duration(total_s)}, not {duration(workout.duration_s)}."
        yield _violation("H16", workout, week, text, value=total_s, limit=workout.duration_s)


def _session_pace(workout: Workout, week: Week, own: TrainingPaces | None) -> Iterator[Violation]:
    parts = [(s.distance_m, s.duration_s, s.target) for s in workout.segments if not is_stride(s)]
    if not workout.segments:
        parts = [(workout.distance_m, workout.duration_s, workout.target)]
    for part_m, part_s, target in parts:
        if not part_m or not part_s:
            continue
        fast, slow = target.pace_fast_s_per_km, target.pace_slow_s_per_km
        if (
            own is not None
            and fast is None
            and slow is None
            and not workout.segments
            and workout.workout_type in _PLAIN
        ):
            fast, slow = own.easy_fast, own.easy_slow * SLOWER_THAN_EASY
        value = 1000 * part_s / part_m
        low = None if fast is None else (1 - PACE_TOLERANCE) * fast
        high = None if slow is None else (1 + PACE_TOLERANCE) * slow
        if (low is not None and value < low - EPSILON) or (high is not None and value > high + EPSILON):
            text = f"{distance(part_m)} in {duration(part_s)} is {pace(value)}, not the target pace."
            yield _violation("H16", workout, week, text, value=value, limit=low if low and value < low else high)


def _session_words(workout: Workout, week: Week) -> Iterator[Violation]:
    warm_up_m = sum(s.total_distance_m for s in workout.segments if s.kind is SegmentKind.WARM_UP)
    for text in (workout.title, workout.purpose, workout.note):
        for match in _WARM_UP_KM.finditer(text):
            said_m = 1000 * float(match[1] or match[2])
            if said_m > warm_up_m + SUM_TOLERANCE_M + EPSILON:
                words = f"the text asks for a warm-up of {distance(said_m)} that its distance does not hold."
                yield _violation("H16", workout, week, words, value=said_m, limit=warm_up_m)
    for match in _TITLE_KM.finditer(workout.title):
        said_m = 1000 * float(match[1])
        if said_m > workout.distance_m + SUM_TOLERANCE_M + EPSILON:
            words = f"the title says {distance(said_m)}, the session {distance(workout.distance_m)}."
            yield _violation("H16", workout, week, words, value=said_m, limit=workout.distance_m)


def _week_words(week: Week) -> Iterator[Violation]:
    for match in _TOTAL_KM.finditer(week.plan_week.note):
        said = match[1] or match[2]
        tolerance_m = SUM_TOLERANCE_M if "." in said else 5 * SUM_TOLERANCE_M  # "48 km" may be said of 47.5 km
        totals = (week.approved_m, week.volume_m, week.plan_week.distance_m)
        if all(abs(1000 * float(said) - total_m) > tolerance_m + EPSILON for total_m in totals):
            yield Violation(
                rule_id="H16",
                text=f"The note of week {week.number} says {said} km; its sessions add up to {distance(totals[2])}.",
                week_number=week.number,
                value=totals[2],
                limit=1000 * float(said),
            )


def _violation(
    rule_id: str, workout: Workout, week: Week, text: str, *, value: float | None, limit: float | None
) -> Violation:
    return Violation(
        rule_id=rule_id,
        text=f"{day_and_date(workout.workout_date)}: {text}",
        week_number=week.number,
        workout_date=workout.workout_date,
        value=value,
        limit=limit,
    )
