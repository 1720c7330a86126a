"""Correcting a plan that breaks a hard rule: shorten, ease, drop or swap, never add. What cannot be corrected is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from coach.corrections import FIXES
from coach.guardrails import Facts, judge
from coach.model import Adjustment, Plan, Violation
from coach.workbench import Bench

_ROUNDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The corrected plan, what was changed and what could not be corrected (empty when the plan is now safe)."""

    plan: Plan
    adjustments: tuple[Adjustment, ...]
    unrepaired: tuple[Violation, ...]


def repair(plan: Plan, facts: Facts, *, until: date | None = None, ignore: frozenset[str] = frozenset()) -> Repaired:
    """The plan with every correctable violation corrected; no session and no week ever becomes longer.

    With `until` only what lies in the days through it is corrected or reported: the rest waits for the weekly look.
    Rules to `ignore` are neither corrected nor reported.
    """
    bench = Bench(plan, facts)

    def broken(judged: Plan) -> tuple[Violation, ...]:
        return tuple(v for v in _within(judge(judged, facts), judged, until) if v.rule_id not in ignore)

    violations = broken(plan)
    if any(v.rule_id == "H21" for v in violations):
        return Repaired(plan=plan, adjustments=(), unrepaired=violations)
    for _ in range(_ROUNDS):
        before = bench.plan
        for _rule_id, of_one_rule in groupby(violations, key=lambda v: v.rule_id):
            for violation in of_one_rule:
                if (fix := FIXES.get(violation.rule_id)) is not None:
                    fix(bench, violation)
            if bench.plan != before:
                break  # look again: one rule's correction often satisfies the next rule
        else:
            break
        violations = broken(bench.plan)
        if not violations:
            break
    return Repaired(plan=bench.plan, adjustments=bench.adjustments(), unrepaired=violations)


def _within(violations: tuple[Violation, ...], plan: Plan, until: date | None) -> tuple[Violation, ...]:
    """Those that concern days or weeks begun by `until`."""
    if until is None:
        return violations
    starts = {week.week_number: week.week_start_date for week in plan.weeks}
    return tuple(v for v in violations if (v.workout_date or starts.get(v.week_number or 0) or until) <= until)
