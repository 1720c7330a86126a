"""What an athlete must know about a plan that is possible all the same: under-prepared, beyond reach, without quality."""

from __future__ import annotations

from coach.course import Course
from coach.limits import GoalRules
from coach.model import Evidence, Goal, GoalKind, Prediction
from coach.outline import Outline
from coach.words import distance, race_time

# Fokkema 2020 (441 marathoners): below 40 km a week 6.3 minutes slower, longest run below 25 km 13.4 minutes slower.
_MARATHON_VOLUME_M = 40000
_MARATHON_LONG_M = 25000


def labels_of(
    goal: Goal, rules: GoalRules | None, course: Course, laid: Outline, prediction: Prediction | None
) -> tuple[Evidence, ...]:
    """The labels of a feasible plan."""
    labels: list[Evidence] = []
    if rules is not None:
        labels += _preparation_labels(goal.kind, rules, laid)
        labels += _target_labels(goal, rules, prediction)
    if laid.quality_without_room:
        labels.append(
            Evidence(
                metric="H09",
                text=f"Your run days leave no day {course.gap_days * 24} hours away from the long run on both sides, "
                "so the plan has no quality sessions; one more day would change that.",
                value=float(course.gap_days),
                unit="days",
            )
        )
    return tuple(labels)


def _preparation_labels(kind: GoalKind, rules: GoalRules, laid: Outline) -> list[Evidence]:
    labels = []
    if laid.peak_long_m < rules.long_ideal_m:
        text = (
            f"Under-prepared: the longest run before race day reaches {distance(laid.peak_long_m)}; "
            f"{distance(rules.long_ideal_m)} would be ideal for a {rules.name}."
        )
        if kind is GoalKind.MARATHON and laid.peak_long_m < _MARATHON_LONG_M:
            text += " In a study of 441 marathoners a longest run below 25 km went with 13 minutes more."
            text += " A half marathon would suit this volume better."
        labels.append(Evidence(metric="peak_long_run_m", text=text, value=float(laid.peak_long_m), unit="m"))
    if kind is GoalKind.MARATHON and laid.peak_m < _MARATHON_VOLUME_M:
        text = f"Under-prepared: the largest week is {distance(laid.peak_m)}; below 40 km went with 6 minutes more."
        labels.append(Evidence(metric="peak_week_m", text=text, value=float(laid.peak_m), unit="m"))
    ratio = rules.distance_m / laid.peak_long_m if laid.peak_long_m else 0.0
    if ratio > rules.race_ratio_warn:
        text = f"The race is {ratio:.1f} times your longest planned run."
        labels.append(Evidence(metric="race_over_longest_run", text=text, value=round(ratio, 2)))
    return labels


def _target_labels(goal: Goal, rules: GoalRules, prediction: Prediction | None) -> list[Evidence]:
    if goal.target_s is None:
        return []
    wish = race_time(goal.target_s)
    if prediction is None:
        text = (
            f"Without a recent race or time trial nothing can be said about {wish}; "
            "the plan goes by effort until there is one."
        )
        return [Evidence(metric="race_fitness", text=text)]
    if goal.target_s >= prediction.fast_s:
        return []
    text = (
        f"Your target of {wish} for the {rules.name} is beyond what today's fitness predicts "
        f"({race_time(prediction.fast_s)} to {race_time(prediction.slow_s)}). "
        "Training paces stay those of today's fitness and follow it as it grows."
    )
    return [Evidence(metric="target_s", text=text, value=goal.target_s, unit="s")]
