"""Any runner's plan keeps every hard rule, or the goal is refused: `make prove WHAT=plans N=10000 SEED=1`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from unittest.mock import patch

from coach import course, feasibility, outline
from coach.errors import GoalRefused
from coach.guardrails import Facts, judge
from coach.model import Evidence, GoalKind
from coach.periodise import make_plan
from tests.builders.athletes import cases
from tests.prove._scorecard import score, scores

SOFT_MEDIAN_MIN = 80.0
# Of the generated runners half ask for what they cannot prepare; whoever refuses more than this refuses sound wishes.
REFUSED_SHARE_MAX = 0.65


def run(n: int, seed: int, sabotage: str = "") -> dict[str, object]:
    """Plan for `n` generated runners and judge every plan; holds without a violation and with a good median plan.

    Every race distance must be planned for somebody. Sabotage lets the planner refuse all races, or grow by a third a week.
    """
    with _planted(sabotage):
        return _run(n, seed)


@contextmanager
def _planted(sabotage: str) -> Iterator[None]:
    with ExitStack() as planted:
        if sabotage == "races-are-refused":
            planted.enter_context(patch.object(feasibility, "_obstacle", _refuse))
        if sabotage == "weeks-grow-by-a-third":
            planted.enter_context(patch.object(course, "WEEKLY_GROWTH", 0.33))
            planted.enter_context(patch.object(outline, "WEEKLY_GROWTH", 0.33))
        yield


def _refuse(case: object) -> Evidence:
    return Evidence(metric="weeks_to_race", text="No race is planned.")


def _run(n: int, seed: int) -> dict[str, object]:
    violations: Counter[str] = Counter()
    planned: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    soft: list[float] = []
    parts: dict[str, list[float]] = {}
    took_s: list[float] = []
    first_broken: str | None = None
    for index, case in enumerate(cases(n, seed)):
        began = time.perf_counter()
        try:
            plan = make_plan(case.athlete, case.profile, case.goal, case.done, today=case.today, plan_id="plan")
        except GoalRefused as refusal:
            refusals[f"{case.goal.kind}: {refusal.refused.binding.metric}"] += 1
            continue
        took_s.append(time.perf_counter() - began)
        planned[case.goal.kind.value] += 1
        facts = Facts(athlete=case.athlete, profile=case.profile, done=case.done, today=case.today)
        for violation in judge(plan, facts):
            violations[violation.rule_id] += 1
            first_broken = first_broken or f"runner {index}: {violation.rule_id} {violation.text}"
        soft.append(score(plan, case.profile))
        for name, value in scores(plan, case.profile).items():
            if value is not None:
                parts.setdefault(name, []).append(value)
    median_soft = round(median(soft), 1) if soft else 0.0
    return {
        "holds": not violations
        and set(planned) == set(GoalKind)
        and sum(refusals.values()) <= REFUSED_SHARE_MAX * n
        and median_soft >= SOFT_MEDIAN_MIN,
        "plans": len(soft),
        "refused_share": round(sum(refusals.values()) / n, 3),
        "refusals": dict(sorted(refusals.items())),
        "violations": dict(sorted(violations.items())),
        "first_broken": first_broken,
        "soft_median": median_soft,
        "soft_lowest_decile": round(sorted(soft)[len(soft) // 10], 1) if soft else 0.0,
        "soft_parts": {name: round(median(values), 2) for name, values in sorted(parts.items())},
        "median_ms": round(1000 * median(took_s), 1) if took_s else 0.0,
        "slowest_ms": round(1000 * max(took_s), 1) if took_s else 0.0,
    }
