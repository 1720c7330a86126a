"""The law of the planner: whoever asks, the plan keeps every hard rule, or the goal is refused with a number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coach.errors import GoalRefused
from coach.feasibility import Feasible, assess
from coach.guardrails import Facts, judge
from coach.model import Plan
from coach.periodise import make_plan
from coach.store import decode_plan, encode_plan
from tests.builders.athletes import Case, cases

SEED = 20261121
MANY = list(cases(240, SEED))


def plan_of(case: Case) -> Plan | GoalRefused:
    try:
        return make_plan(case.athlete, case.profile, case.goal, case.done, today=case.today, plan_id="plan")
    except GoalRefused as refusal:
        return refusal


@pytest.mark.parametrize("start", range(0, len(MANY), 40))
def test_no_plan_of_any_runner_breaks_a_hard_rule(start: int) -> None:
    broken = []
    for index, case in enumerate(MANY[start : start + 40], start):
        made = plan_of(case)
        if isinstance(made, Plan):
            facts = Facts(athlete=case.athlete, profile=case.profile, done=case.done, today=case.today)
            broken += [(index, v.rule_id, v.text) for v in judge(made, facts)]

    assert broken == []


def test_a_refusal_names_its_number_and_what_is_possible_instead() -> None:
    refusals = [(case, made.refused) for case in MANY[:120] if isinstance(made := plan_of(case), GoalRefused)]

    assert refusals
    for case, refused in refusals:
        assert refused.binding.text in refused.text
        for alternative in refused.alternatives:
            verdict = assess(case.athlete, case.profile, alternative.goal, today=case.today, done=case.done)
            assert isinstance(verdict, Feasible), alternative


def test_every_plan_is_the_same_twice_and_survives_the_ledger() -> None:
    for case in MANY[:60]:
        first, second = plan_of(case), plan_of(case)
        if isinstance(first, Plan):
            assert first == second == decode_plan(encode_plan(first))


def test_a_wish_never_makes_training_harder() -> None:
    """A target time changes words, not work."""
    for case in MANY[:60]:
        wishful = replace(case, goal=replace(case.goal, target_s=60.0))
        plain = replace(case, goal=replace(case.goal, target_s=None))
        made, unmade = plan_of(wishful), plan_of(plain)
        if isinstance(made, Plan) and isinstance(unmade, Plan):
            assert made.weeks == unmade.weeks
            assert made.paces == unmade.paces
