"""The hard rules. Pure functions that judge every plan alike: the planner's, a model's, the athlete's edits.

No setting, note or title loosens one: facts about the athlete come from `Facts`, never from the plan's texts.
Distances are compared in metres with an epsilon, as planned (rounded), and content decides, not titles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from coach.guardrails import body, dates, long_run, session, sound, structure, taper, volume
from coach.guardrails.facts import Facts
from coach.guardrails.reading import Reading, read
from coach.model import Plan, Violation

__all__ = ["RULES", "Facts", "Reading", "Rule", "judge", "read"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A hard rule: its title and the function that finds what breaks it."""

    title: str
    find: Callable[[Reading], Iterator[Violation]]
    applies: str = "always"


RULES: dict[str, Rule] = {
    "H01": Rule("weekly volume grows by at most 15 %", volume.weekly_volume),
    "H02": Rule("no run above 35 % of its week", long_run.long_run_share, "outside taper and race weeks"),
    "H03": Rule("no run a tenth beyond the longest of 30 days", long_run.single_run_spike, "outside races"),
    "H04": Rule("one longest-yet run in seven days", long_run.one_record_in_seven_days, "outside races"),
    "H05": Rule("a cutback after three loaded weeks", volume.cutback_cadence),
    "H06": Rule("a taper that falls", taper.taper_shape, "before races"),
    "H07": Rule("only on run days, not on too many", structure.run_days),
    "H08": Rule("the long run on its day", long_run.long_run_day, "outside race weeks and dated exceptions"),
    "H09": Rule("48 h between hard days", structure.hard_spacing),
    "H10": Rule("quality sessions per week", structure.quality_per_week),
    "H11": Rule("no quality in the first six weeks of running", structure.new_runner),
    "H12": Rule("enough time and base for the goal", volume.goal_is_within_reach, "to new race plans"),
    "H13": Rule("paces of current fitness", session.paces),
    "H14": Rule("work and time per session", session.session_caps),
    "H15": Rule("a day of rest every week", structure.rest_day),
    "H16": Rule("sums and words agree", session.sums),
    "H17": Rule("the calendar holds together", dates.calendar),
    "H18": Rule("readiness and illness are respected", body.readiness_respected),
    "H19": Rule("three quarters of the time easy", session.easy_share),
    "H20": Rule("no running while injured", body.not_while_injured),
    "H21": Rule("a readable plan", lambda reading: sound.soundness(reading.plan)),
    "H22": Rule("no medicine, doses or diagnoses", lambda reading: sound.wording(reading.plan)),
}


def judge(plan: Plan, facts: Facts) -> tuple[Violation, ...]:
    """Every hard rule the plan breaks, in a fixed order; never raises.

    A plan that is not sound (H21) is judged by nothing else: the other rules would read nonsense.
    """
    unsound = tuple(sound.soundness(plan))
    if unsound:
        return tuple(sorted(unsound, key=_order))
    reading = read(plan, facts)
    found = [v for rule_id, rule in RULES.items() if rule_id != "H21" for v in rule.find(reading)]
    return tuple(sorted(found, key=_order))


def _order(violation: Violation) -> tuple[str, int, date, str]:
    number = violation.week_number if violation.week_number is not None else -1
    return violation.rule_id, number, violation.workout_date or date.min, violation.text
