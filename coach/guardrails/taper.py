"""H06: the taper, in seven-day blocks counted back from and including race day; the race is not volume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from coach.guardrails.reading import Reading
from coach.limits import EPSILON, GOALS
from coach.model import GoalKind, Violation, Workout
from coach.words import distance, percent

# Bosquet 2007: two weeks, volume down 41-60 %; Smyth & Lawlor 2021: a strictly falling taper beats a relaxed one.
MEAN_CUT_MIN = 0.41
MEAN_CUT_MAX = 0.60
LONG_SHARES = (0.40, 0.60)  # of the peak long run, in the last and the last but one block
_MEASURED = frozenset({GoalKind.HALF, GoalKind.MARATHON})
_FEW_RUN_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Seven days; the last one ends on race day."""

    weeks_out: int
    distance_m: float
    longest_m: float
    week_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """The blocks, the last one first, and the peak they fall from."""

    blocks: tuple[Block, ...]
    peak_m: float
    peak_long_m: float
    run_days: int


def read_taper(reading: Reading) -> Taper | None:
    """The taper of a race plan as approved; None without a race or before there is a week to taper from."""
    rules, race_date = GOALS.get(reading.plan.goal.kind), reading.race_date
    if rules is None or race_date is None:
        return None
    runs = [(w, week.number) for week in reading.weeks for w in week.approved_runs]
    blocks = tuple(_block(runs, reading, back) for back in range(rules.taper_weeks))
    starts = race_date - timedelta(days=7 * rules.taper_weeks - 1)
    before = [week for week in reading.weeks if week.end_date < starts]
    if not before:
        return None
    # What was run in a half-finished first week before the plan began is no peak of the plan's.
    full = [week for week in before if not week.is_partial] or before
    early = [w.distance_m for w, _ in runs if w.workout_date < starts]
    return Taper(
        blocks=blocks,
        peak_m=max(sum(w.distance_m for w in week.approved_runs) for week in full),
        peak_long_m=max(early, default=0.0),
        run_days=max(len(week.approved_runs) for week in full),
    )


def taper_shape(reading: Reading) -> Iterator[Violation]:
    """H06: volume and long run fall strictly; for half and marathon the last two weeks' mean cut is 41-60 %."""
    taper, race_date = read_taper(reading), reading.race_date
    if race_date is None or reading.facts.today > race_date:
        return
    if taper is None:
        if reading.facts.approved is None and GOALS.get(reading.plan.goal.kind) is not None:
            yield Violation(rule_id="H06", text="There is no week of training before the taper.")
        return
    measured = reading.plan.goal.kind in _MEASURED
    yield from _falls(taper, measured=measured)
    if measured:
        cut = 1 - sum(b.distance_m for b in taper.blocks[:2]) / (2 * taper.peak_m) if taper.peak_m else 0.0
        if not MEAN_CUT_MIN - EPSILON <= cut <= MEAN_CUT_MAX + EPSILON:
            yield Violation(
                rule_id="H06",
                text=(
                    f"The last two weeks run {percent(cut)} less than the peak week of {distance(taper.peak_m)}; "
                    f"a taper cuts {percent(MEAN_CUT_MIN)} to {percent(MEAN_CUT_MAX)}."
                ),
                week_number=taper.blocks[0].week_number,
                value=cut,
                limit=MEAN_CUT_MAX if cut > MEAN_CUT_MAX else MEAN_CUT_MIN,
            )


def _falls(taper: Taper, *, measured: bool) -> Iterator[Violation]:
    has_few_days = taper.run_days <= _FEW_RUN_DAYS
    for index, block in enumerate(taper.blocks):
        earlier = taper.blocks[index + 1] if index + 1 < len(taper.blocks) else None
        before_m = earlier.distance_m if earlier else taper.peak_m
        if block.distance_m >= before_m - EPSILON:
            yield _violation(block, block.distance_m, before_m, "volume must fall every week")
        if measured and index < len(LONG_SHARES) and not has_few_days:
            limit_m = LONG_SHARES[index] * taper.peak_long_m
            if block.longest_m > limit_m + EPSILON:
                yield _violation(block, block.longest_m, limit_m, f"longest run at most {percent(LONG_SHARES[index])}")
        else:
            long_before_m = earlier.longest_m if earlier else taper.peak_long_m
            if block.longest_m >= long_before_m - EPSILON:
                yield _violation(block, block.longest_m, long_before_m, "the long run must fall every week")


def _block(runs: list[tuple[Workout, int]], reading: Reading, weeks_out: int) -> Block:
    race_date = reading.race_date or reading.plan.effective_date
    last = race_date - timedelta(days=7 * weeks_out)
    first = last - timedelta(days=6)
    inside = [(w.distance_m, number) for w, number in runs if first <= w.workout_date <= last]
    return Block(
        weeks_out=weeks_out,
        distance_m=sum(m for m, _ in inside),
        longest_m=max((m for m, _ in inside), default=0.0),
        week_number=max((number for _, number in inside), default=None),
    )


def _violation(block: Block, value: float, limit: float, rule: str) -> Violation:
    which = "race week" if block.weeks_out == 0 else f"block {block.weeks_out + 1} before the race"
    return Violation(
        rule_id="H06",
        text=f"Taper, {which}: {rule}; {distance(value)} against {distance(limit)}.",
        week_number=block.week_number,
        value=value,
        limit=limit,
    )
