"""One correction for each hard rule that has one: shorten, ease, drop or swap; none ever adds distance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from coach.easing import fewer_reps, shortened, to_easy, to_rest, without_strides
from coach.fitness import training_paces
from coach.guardrails.content import has_walk_breaks, is_quality, is_race, stride_count
from coach.guardrails.reading import Week, is_to_do
from coach.guardrails.session import STRIDES_MAX
from coach.guardrails.taper import LONG_SHARES, read_taper
from coach.limits import (
    CUTBACK_LOADED_MAX,
    EPSILON,
    KEPT_SHARE_MIN,
    LONG_TIME_MAX_RUN_WALK_S,
    LONG_TIME_MAX_S,
    floor_step,
    next_step,
    previous_step,
)
from coach.mending import mend_day, mend_plan
from coach.model import Violation, Workout, WorkoutType
from coach.workbench import Bench

# What a taper falls to when it was not one: the planner's own two-week shape.
_TAPER_SHARES = (0.40, 0.65)


def _cap_run(bench: Bench, violation: Violation) -> None:
    """H02, H03, H04: the run as long as the rule allows (H03 may limit time instead)."""
    workout = bench.on(violation.workout_date)
    if workout is None or violation.limit is None:
        return
    limit_m = violation.limit
    if violation.value == workout.duration_s and workout.duration_s != workout.distance_m:
        limit_m = workout.distance_m * violation.limit / workout.duration_s
    if is_quality(workout) and violation.rule_id == "H03":
        bench.replace(workout, shortened(to_easy(workout), limit_m), violation)
    else:
        bench.replace(workout, shortened(workout, limit_m), violation)


def _cap_week(bench: Bench, violation: Violation) -> None:
    """H01: quality becomes easy, then the long run shrinks, then easy runs do, to what is still worth it; then runs go."""
    if violation.limit is None:
        return
    limit_m = violation.limit
    for reduce in (_ease_quality, _shorten_long, _shorten_easy, _drop_least):
        week = bench.week(violation.week_number)
        if week is None or week.volume_m <= limit_m + EPSILON:
            return
        reduce(bench, week, week.volume_m - limit_m, violation)


def _ease_quality(bench: Bench, week: Week, _excess_m: float, violation: Violation) -> None:
    for workout in week.remaining:
        if is_quality(workout):
            bench.replace(workout, to_easy(workout), violation)


def _shorten_long(bench: Bench, week: Week, excess_m: float, violation: Violation) -> None:
    for workout in week.remaining:
        if workout.workout_type is WorkoutType.LONG:
            bench.replace(workout, _kept(workout, workout.distance_m - excess_m), violation)


def _shorten_easy(bench: Bench, week: Week, excess_m: float, violation: Violation) -> None:
    easy = [w for w in week.remaining if w.workout_type is not WorkoutType.LONG]
    total_m = sum(w.distance_m for w in easy)
    for workout in easy:
        bench.replace(workout, _kept(workout, (1 - excess_m / total_m) * workout.distance_m), violation)


def _drop_least(bench: Bench, week: Week, excess_m: float, violation: Violation) -> None:
    for workout in sorted(week.remaining, key=_importance):
        if excess_m <= EPSILON:
            return
        bench.replace(workout, to_rest(workout), violation)
        excess_m -= workout.distance_m


def _kept(workout: Workout, distance_m: float) -> Workout:
    """The run at this distance, but not below the share of it that is still worth running."""
    return shortened(workout, max(distance_m, next_step(floor_step(KEPT_SHARE_MIN * workout.distance_m - EPSILON))))


def _make_cutback(bench: Bench, violation: Violation) -> None:
    """H05: the week at 80 % of the loaded week before, its longest run likewise."""
    weeks = bench.reading().weeks
    index = next((i for i, w in enumerate(weeks) if w.number == violation.week_number), 0)
    if index == 0 or violation.limit is None:
        return
    week, loaded = weeks[index], weeks[index - 1]
    longest_m = CUTBACK_LOADED_MAX * max((w.distance_m for w in loaded.approved_runs), default=0.0)
    remaining_m = sum(w.distance_m for w in week.remaining)
    fixed_m = week.approved_m - remaining_m
    share = max(violation.limit - fixed_m, 0.0) / remaining_m if remaining_m else 1.0
    for workout in week.remaining:
        bench.replace(workout, shortened(workout, min(share * workout.distance_m, longest_m)), violation)


def _shape_taper(bench: Bench, violation: Violation) -> None:
    """H06: blocks fall to the planner's shares; a taper that already cuts too much would need more running."""
    taper, race_date = read_taper(bench.reading()), bench.plan.goal.race_date
    if taper is None or race_date is None:
        return
    before_m, before_long_m = taper.peak_m, taper.peak_long_m
    for index in range(len(taper.blocks) - 1, -1, -1):
        block = taper.blocks[index]
        most_m = min(float(previous_step(floor_step(before_m))), block.distance_m)
        long_m = float(previous_step(floor_step(before_long_m)))
        if len(taper.blocks) > 1 and index < len(LONG_SHARES):
            is_relaxed = violation.value is not None and violation.limit is not None
            if is_relaxed and (violation.value or 0.0) < 1 and (violation.value or 0.0) < (violation.limit or 0.0):
                most_m = min(most_m, _TAPER_SHARES[index] * taper.peak_m)
            long_m = min(long_m, LONG_SHARES[index] * taper.peak_long_m)
        share = most_m / block.distance_m if block.distance_m else 1.0
        last = race_date - timedelta(days=7 * index)
        total_m = longest_m = 0.0
        for offset in range(7):
            workout = bench.on(last - timedelta(days=offset))
            if workout is not None:
                shorter = shortened(workout, min(share * workout.distance_m, long_m))
                bench.replace(workout, shorter, violation)
                total_m, longest_m = total_m + shorter.distance_m, max(longest_m, shorter.distance_m)
        before_m, before_long_m = total_m, longest_m


def _drop_runs(bench: Bench, violation: Violation) -> None:
    """H07, H15: the day that is not free, or the week's least important runs, become rest."""
    if violation.workout_date is not None:
        workout = bench.on(violation.workout_date)
        if workout is not None:
            bench.replace(workout, to_rest(workout), violation)
        return
    week = bench.week(violation.week_number)
    if week is None:
        return
    extra = 1 if violation.rule_id == "H15" else round((violation.value or 0) - (violation.limit or 0))
    for workout in sorted(week.remaining, key=_importance)[: max(extra, 0)]:
        bench.replace(workout, to_rest(workout), violation)


def _move_long(bench: Bench, violation: Violation) -> None:
    """H08: change places with the session of the preferred day, else stop being the long run."""
    workout, week = bench.on(violation.workout_date), bench.week(violation.week_number)
    if workout is None or week is None:
        return
    offset = (bench.facts.athlete.long_run_day - week.start_date.weekday()) % 7
    preferred = week.start_date + timedelta(days=offset)
    other = next((w for w in week.plan_week.workouts if w.workout_date == preferred and not is_race(w)), None)
    if other is not None and is_to_do(other, bench.facts) and other.workout_type is not WorkoutType.LONG:
        moved, back = replace(workout, workout_date=preferred), replace(other, workout_date=workout.workout_date)
        bench.replace(other, back, violation)
        bench.replace(workout, moved, violation)
        return
    others = [w.distance_m for w in week.runs if w is not workout]
    bench.replace(workout, _no_long(workout, max(others, default=0.0)), violation)


def _space_hard(bench: Bench, violation: Violation) -> None:
    """H09: the later of two hard days becomes easy; before a race the earlier, and a second long run an easy one."""
    if violation.workout_date is None or violation.value is None:
        return
    later = bench.on(violation.workout_date)
    earlier = bench.on(violation.workout_date - timedelta(days=round(violation.value)))
    for workout in (later, earlier):
        if workout is not None and is_quality(workout):
            bench.replace(workout, to_easy(workout), violation)
            return
    workout = later or earlier
    week = None if workout is None else next((w for w in bench.reading().weeks if workout in w.runs), None)
    if workout is not None and week is not None:
        others = [w.distance_m for w in week.runs if w is not workout and w.workout_type is not WorkoutType.LONG]
        bench.replace(workout, _no_long(workout, max(others, default=0.0)), violation)


def _less_quality(bench: Bench, violation: Violation) -> None:
    """H10, H19: the week's smallest quality session becomes easy."""
    week = bench.week(violation.week_number)
    quality = [w for w in week.remaining if is_quality(w)] if week is not None else []
    if quality:
        least = min(quality, key=lambda w: (w.workout_type is WorkoutType.LONG, w.duration_s, w.workout_date))
        bench.replace(least, to_easy(least), violation)


def _ease_day(bench: Bench, violation: Violation) -> None:
    """H11, H18: no quality, no strides, within the limit; a session that grew goes back to what was approved."""
    workout = bench.on(violation.workout_date)
    if workout is None:
        return
    approved = None if bench.facts.approved is None else bench.facts.approved.on(workout.workout_date)
    if violation.limit is not None and violation.limit < workout.distance_m - EPSILON:
        bench.replace(workout, shortened(workout, violation.limit), violation)
    elif is_quality(workout):
        bench.replace(workout, to_easy(workout), violation)
    elif stride_count(workout):
        bench.replace(workout, without_strides(workout), violation)
    elif approved is not None and approved.distance_m < workout.distance_m:
        bench.replace(workout, approved, violation)
    else:
        bench.replace(workout, to_rest(workout), violation)


def _cap_session(bench: Bench, violation: Violation) -> None:
    """H14: time on feet, strides, then work."""
    workout = bench.on(violation.workout_date)
    if workout is None:
        return
    limit_s = LONG_TIME_MAX_RUN_WALK_S if has_walk_breaks(workout) else LONG_TIME_MAX_S
    if workout.duration_s > limit_s + EPSILON:
        shorter = shortened(workout, workout.distance_m * limit_s / workout.duration_s)
    elif stride_count(workout) > STRIDES_MAX:
        shorter = without_strides(workout)
    else:
        shorter = fewer_reps(workout)
    bench.replace(workout, shorter if shorter != workout else to_easy(workout), violation)


def _mend(bench: Bench, violation: Violation) -> None:
    """H13, H16, H17, H22: paces of current fitness, sums and words that agree, one session a day."""
    facts = bench.facts
    score = facts.profile.race_fitness
    paces = None if score is None else training_paces(score)
    if facts.approved is not None and facts.approved.paces is not None:
        paces = facts.approved.paces
    if violation.workout_date is None:
        bench.plan = mend_plan(bench.plan, violation, paces)
        return
    same_day = [w for w in bench.plan.workouts if w.workout_date == violation.workout_date]
    if violation.rule_id == "H17":
        _one_a_day(bench, violation, same_day)
    for workout in same_day:
        if any(w is workout for w in bench.plan.workouts):
            bench.replace(workout, mend_day(workout, violation, paces), violation)


def _one_a_day(bench: Bench, violation: Violation, same_day: list[Workout]) -> None:
    goal, plan = bench.plan.goal, bench.plan
    day = violation.workout_date
    outside = day is None or day < plan.effective_date or (goal.race_date is not None and day > goal.race_date)
    keep = min(same_day, key=lambda w: (not is_race(w), w.distance_m == 0), default=None)
    for workout in same_day:
        if outside or workout is not keep:
            bench.remove(workout, violation)
        elif is_race(workout) and day not in {goal.race_date, *bench.facts.b_race_dates}:
            bench.replace(workout, to_rest(workout), violation)


def _rest_day(bench: Bench, violation: Violation) -> None:
    workout = bench.on(violation.workout_date)
    if workout is not None:
        bench.replace(workout, to_rest(workout), violation)


def _no_long(workout: Workout, longest_m: float) -> Workout:
    easy = to_easy(replace(workout, workout_type=WorkoutType.EASY))
    return shortened(easy, longest_m) if longest_m > 0 else to_rest(workout)


def _importance(workout: Workout) -> tuple[bool, bool, float, date]:
    return workout.workout_type is WorkoutType.LONG, is_quality(workout), workout.distance_m, workout.workout_date


FIXES: dict[str, Callable[[Bench, Violation], None]] = {
    "H01": _cap_week,
    "H02": _cap_run,
    "H03": _cap_run,
    "H04": _cap_run,
    "H05": _make_cutback,
    "H06": _shape_taper,
    "H07": _drop_runs,
    "H08": _move_long,
    "H09": _space_hard,
    "H10": _less_quality,
    "H11": _ease_day,
    "H13": _mend,
    "H14": _cap_session,
    "H15": _drop_runs,
    "H16": _mend,
    "H17": _mend,
    "H18": _ease_day,
    "H19": _less_quality,
    "H20": _rest_day,
    "H22": _mend,
}
