"""From a goal to a saved plan: look at what is known, propose, and save only what was agreed to."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import duckdb

from coach.fitness import FIVE_K_M, HALF_M, MARATHON_M, TEN_K_M
from coach.guardrails import Facts, judge
from coach.model import Athlete, Goal, GoalKind, Plan
from coach.periodise import make_plan
from coach.profile import read_done_runs, read_profile
from coach.standing import shown_plan
from coach.store import StoredPlan, append_revision, read_athlete, save_goal
from coach.store import active_plan as stored_plan
from flows import clock
from flows.errors import FlowError, NotSetUp
from flows.home import Home
from flows.ingest import NOTHING_YET, has_arrived
from flows.ledger import open_ledger
from flows.refresh import refresh
from flows.settings import Settings
from flows.stopwatch import Stopwatch

_HISTORY_DAYS = 120
_FASTEST_S_PER_KM = 150.0  # 5K to marathon world records lie at 151 to 172 s/km (World Athletics)
RACE_DISTANCE_M = {
    GoalKind.FIVE_K: FIVE_K_M,
    GoalKind.TEN_K: TEN_K_M,
    GoalKind.HALF: HALF_M,
    GoalKind.MARATHON: MARATHON_M,
}
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})")


def parse_goal(kind: str, race_date: date | None, target: str, race_name: str, *, today: date) -> Goal:
    """A goal from what a person typed. Raises NotSetUp naming the part that cannot be meant."""
    try:
        wanted = GoalKind(kind.lower())
    except ValueError:
        known = ", ".join(one.value for one in GoalKind)
        raise NotSetUp(f"{kind!r} is no goal we know. Write one of {known}.") from None
    if wanted is not GoalKind.GENERAL and race_date is None:
        raise NotSetUp(f"A {wanted.value} needs its race day. Add --date 2027-03-14.")
    if wanted is GoalKind.GENERAL and (race_date is not None or target):
        raise NotSetUp(
            "General fitness has no race day and no target time. Leave --date and --target out, or name a race."
        )
    if race_date is not None and race_date <= today:
        raise NotSetUp(f"{race_date} is not ahead. Name a race day after {today}.")
    _check_target(wanted, target)
    goal_id = f"{wanted.value}-{race_date.isoformat() if race_date else 'open'}"
    return Goal(goal_id=goal_id, kind=wanted, race_date=race_date, race_name=race_name, target_s=_seconds(target))


def _check_target(kind: GoalKind, target: str) -> None:
    seconds, distance_m = _seconds(target), RACE_DISTANCE_M.get(kind)
    if seconds is not None and distance_m is not None and seconds / distance_m * 1000 < _FASTEST_S_PER_KM:
        raise NotSetUp(
            f"{target} is faster than anybody has run this distance. Write h:mm:ss: 1:45:00 is an hour and 45 minutes."
        )


def _seconds(text: str) -> float | None:
    if not text:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[2]) > 59 or int(match[3]) > 59:
        raise NotSetUp(f"{text!r} is no time. Write h:mm:ss, such as 1:45:00, or mm:ss, such as 48:30.")
    return int(match[1] or 0) * 3600.0 + int(match[2]) * 60.0 + int(match[3])


def command_of(goal: Goal) -> str:
    """What to type for a goal."""
    return f"pacewright goal {goal.kind.value}" + (f" --date {goal.race_date}" if goal.race_date else "")


def propose(home: Home, settings: Settings, goal: Goal, *, now: datetime) -> Plan:
    """A plan for the goal from today's knowledge, judged by every guardrail. Raises GoalRefused with the alternatives."""
    today = clock.local_date(now, settings.time_zone)
    if not has_arrived(home, settings):
        raise NotSetUp(NOTHING_YET)
    done = refresh(home, now=now, today=today)
    if not home.warehouse.exists():
        raise NotSetUp(done.note or NOTHING_YET)
    with open_ledger(home.ledger) as con:
        athlete = known_athlete(con, settings)
        number = con.execute(
            "select count(distinct plan_id) + 1 from coach.plan_revisions where athlete_id = ?", [settings.athlete_id]
        ).fetchone()
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        profile = read_profile(con, settings.athlete_id)
        runs = read_done_runs(con, settings.athlete_id, since=today - timedelta(days=_HISTORY_DAYS))
    plan_id = f"{goal.goal_id}-{number[0] if number else 1}"
    with Stopwatch()("plan"):
        plan = make_plan(athlete, profile, goal, runs, today=today, plan_id=plan_id)
        broken = judge(plan, Facts(athlete=athlete, profile=profile, done=runs, today=today))
    if broken:
        rules = "; ".join(one.text for one in broken[:3])
        raise FlowError(f"The plan broke its own rules and was not offered ({rules}). Please report this.")
    return plan


def save(home: Home, plan: Plan, *, now: datetime) -> int:
    """Append the goal and the plan's first revision to the ledger; the plan becomes the active one."""
    with open_ledger(home.ledger) as con:
        save_goal(con, plan.athlete_id, plan.goal, said_at=now)
        return append_revision(con, plan, author="athlete", reason="new goal", adjustments=(), made_at=now)


def plan_of(home: Home, settings: Settings, *, day: date) -> StoredPlan | None:
    """The plan as every report of a day shows it: what stands, and what that day's own morning made of it."""
    with open_ledger(home.ledger) as con:
        return shown_plan(con, stored_plan(con, settings.athlete_id), day=day)


def active_plan(home: Home, settings: Settings, *, day: date) -> StoredPlan:
    """The plan of a day. Raises NotSetUp where there is none."""
    stored = plan_of(home, settings, day=day)
    if stored is None:
        raise NotSetUp("There is no plan yet. Set a goal first: `pacewright goal half --date 2027-03-14`.")
    return stored


def known_athlete(con: duckdb.DuckDBPyConnection, settings: Settings) -> Athlete:
    """The athlete as they introduced themselves, or a stranger with everything unknown."""
    return read_athlete(con, settings.athlete_id) or Athlete(
        athlete_id=settings.athlete_id, time_zone=settings.time_zone
    )
