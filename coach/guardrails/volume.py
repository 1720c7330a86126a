"""Weekly volume and its rhythm: H01 growth, H05 cutback weeks, H12 enough time and base for the goal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from coach.guardrails.reading import Reading, Week
from coach.limits import (
    CUTBACK_LOADED_MAX,
    EPSILON,
    GOALS,
    WEEKLY_GROWTH,
    growth_steps,
    loaded_in_a_row,
)
from coach.model import Violation, WeekKind
from coach.words import distance, percent

# Above the planner's own step of 10 %; a convention kept for safety, no trial shows a threshold.
WEEKLY_GROWTH_MAX = 0.15
_RETURN_WEEKS = 2
_ORDINALS = {3: "third", 4: "fourth"}


def weekly_volume(reading: Reading) -> Iterator[Violation]:
    """H01: no week above the largest of the four before by more than 15 %, the first not above the usual by 10 %."""
    for index, week in enumerate(reading.weeks):
        if not week.remaining:
            continue
        reference_m = reading.reference_m(week.start_date)
        limit_m = (1 + WEEKLY_GROWTH_MAX) * reference_m
        is_first = index == 0 or (index == 1 and reading.weeks[0].is_partial)
        if is_first and reading.facts.approved is None:
            limit_m = min(limit_m, reading.start_cap_m(WEEKLY_GROWTH))
        if week.volume_m > limit_m + EPSILON:
            yield Violation(
                rule_id="H01",
                text=(
                    f"Week {week.number} holds {distance(week.volume_m)}; "
                    f"after weeks of at most {distance(reference_m)} the most is {distance(limit_m)}."
                ),
                week_number=week.number,
                value=week.volume_m,
                limit=limit_m,
            )


def cutback_cadence(reading: Reading) -> Iterator[Violation]:
    """H05: after three loaded weeks (two for beginners and from age 50) one at 80 % or less, long run likewise."""
    most = loaded_in_a_row(reading.level, masters=reading.masters)
    in_a_row, loaded = 0, None
    for index, week in enumerate(reading.weeks):
        if week.kind is WeekKind.RETURN and index < _RETURN_WEEKS:
            in_a_row, loaded = 0, week
            continue
        if loaded is not None and _is_cutback(week, loaded, reading):
            in_a_row = 0
            continue
        in_a_row += 1
        if in_a_row > most and not week.is_past and loaded is not None:
            limit_m, nth = CUTBACK_LOADED_MAX * loaded.approved_m, _ORDINALS.get(in_a_row, f"{in_a_row}th")
            yield Violation(
                rule_id="H05",
                text=(
                    f"Week {week.number} is the {nth} loaded week in a row; after {most} the week and its "
                    f"long run must fall to {percent(CUTBACK_LOADED_MAX)} or less of the week before "
                    f"({distance(limit_m)}, long run {distance(CUTBACK_LOADED_MAX * _longest_m(loaded))})."
                ),
                week_number=week.number,
                value=week.approved_m,
                limit=limit_m,
            )
            in_a_row = 0  # one violation for one missing cutback
        loaded = None if week.is_partial else week


def goal_is_within_reach(reading: Reading) -> Iterator[Violation]:
    """H12: enough weeks and enough base for the race, whatever anybody's text asks for."""
    goal, profile = reading.plan.goal, reading.facts.profile
    rules = GOALS.get(goal.kind)
    if rules is None or goal.race_date is None or not reading.weeks or reading.facts.approved is not None:
        return
    days = (goal.race_date - reading.weeks[0].start_date).days + 1
    if days < 7 * rules.min_weeks:
        yield Violation(
            rule_id="H12",
            text=f"A {rules.name} needs {rules.min_weeks} weeks of preparation; this plan has {days // 7}.",
            value=float(days // 7),
            limit=float(rules.min_weeks),
        )
    weekly_m = median(profile.weekly_distances_m[-4:]) if profile.weekly_distances_m else 0.0
    if weekly_m < rules.base_weekly_m - EPSILON:
        yield Violation(
            rule_id="H12",
            text=(
                f"A {rules.name} needs a base of {distance(rules.base_weekly_m)} a week; "
                f"the last four weeks' median is {distance(weekly_m)}."
            ),
            value=weekly_m,
            limit=rules.base_weekly_m,
        )
    weeks = max(days // 7 - rules.taper_weeks, 1)
    longest_m = max(profile.longest_run_30d_m or 0.0, reading.longest_before(reading.facts.today) or 0.0)
    needed_m = rules.base_long_target_m / (1 + WEEKLY_GROWTH) ** growth_steps(weeks)
    if longest_m < needed_m - EPSILON:
        yield Violation(
            rule_id="H12",
            text=(
                f"Growing by a tenth at most, a {rules.name} in {days // 7} weeks needs a longest run of "
                f"{distance(needed_m)} to start from; yours of the last 30 days is {distance(longest_m)}."
            ),
            value=longest_m,
            limit=needed_m,
        )


def _is_cutback(week: Week, loaded: Week, reading: Reading) -> bool:
    if week.has_race or _is_taper(week, reading):
        return True
    share = CUTBACK_LOADED_MAX
    return (
        week.approved_m <= share * loaded.approved_m + EPSILON
        and _longest_m(week) <= share * _longest_m(loaded) + EPSILON
    )


def _is_taper(week: Week, reading: Reading) -> bool:
    """By the calendar, not by the label: most of the week lies in the goal's taper."""
    rules, race_date = GOALS.get(reading.plan.goal.kind), reading.race_date
    if rules is None or race_date is None:
        return False
    return week.end_date - timedelta(days=3) > race_date - timedelta(days=7 * rules.taper_weeks)


def _longest_m(week: Week) -> float:
    return max((w.distance_m for w in week.approved_runs), default=0.0)
