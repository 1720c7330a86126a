"""The coach's step of the morning: gather facts, decide, append. What was decided can be shown again at any time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import orjson

from coach.adjust import adjust_day, apply
from coach.breaks import find_break
from coach.explain import brief
from coach.guardrails import Facts
from coach.health import Health, feelings, health_on
from coach.logbook import Entry, read_logbook
from coach.model import Adjustment, Athlete, Call, Plan, Readiness
from coach.profile import read_done_runs, read_profile
from coach.readiness import read_readiness, read_reds
from coach.recent import read_done_elsewhere, read_recently
from coach.silence import assumed_run_days, read_silence
from coach.standing import MORNING, approved_plan, reason_of, shown_plan, standing_plan
from coach.store import (
    ERASED,
    StoredPlan,
    active_plan,
    append_decision,
    append_revision,
    read_decision,
)
from flows import clock, transform
from flows.errors import Erased, NotSetUp
from flows.home import Home
from flows.ledger import open_ledger
from flows.planning import known_athlete
from flows.publish import published
from flows.settings import Settings
from flows.snapshot import take_snapshot
from flows.versions import VERSIONS
from reports.daily import daily_view
from reports.view import DailyView, Edition

KIND = MORNING
_HISTORY_DAYS = 210  # windows of days and weeks reach over what is unknown
BREAK_HISTORY_DAYS = 730  # what was usual before a break of a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What the morning decided; `headline` is for the athlete's own terminal, never for logs or artifacts."""

    headline: str
    adjustments: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """One day thought through: the plan before and after, and everything a report of it shows."""

    base: StoredPlan | None
    plan: Plan | None
    adjustments: tuple[Adjustment, ...]
    health: Health
    view: DailyView

    @property
    def snapshot(self) -> dict[str, Any]:
        """What is stored: enough to render the report again, byte for byte, and to see what it rested on."""
        return {
            "versions": dict(VERSIONS),
            "plan_id": self.base.plan.plan_id if self.base else None,
            "base_revision": self.base.revision if self.base else None,
            "logbook": list(self.health.entry_ids),
            "view": self.view.to_json(),
        }

    @property
    def fingerprint(self) -> str:
        """Changes when the decision or its evidence does, not when the same is decided a minute later."""
        said = self.snapshot
        edition = {"freshness_note": self.view.edition.freshness_note}
        said["view"] = {**said["view"], "edition": edition}
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def decide_day(home: Home, settings: Settings, *, day: date, now: datetime, note: str) -> Decided:
    """Decide today and append it: a new plan revision where the plan changes, a new decision where anything does."""
    with open_ledger(home.ledger) as con:
        athlete = known_athlete(con, settings)
        latest = active_plan(con, settings.athlete_id)
        base = standing_plan(con, latest, day=day)
        approved = approved_plan(con, latest)
        entries = read_logbook(con, settings.athlete_id)
    thought = _think(home.warehouse, athlete, base, approved, entries, day=day, edition=_edition(home, settings, note))
    with open_ledger(home.ledger) as con:
        # An older morning's advice that would be given again is said again: it is of that morning and not of this one.
        shown = shown_plan(con, latest, day=day)
        if latest and shown and thought.plan is not None and not thought.plan == latest.plan == shown.plan:
            append_revision(
                con,
                thought.plan,
                author=KIND,
                reason=reason_of(day),
                adjustments=thought.adjustments,
                made_at=now,
            )
        is_new = _append(con, settings, thought, day=day, now=now)
    return Decided(headline=thought.view.brief.headline, adjustments=len(thought.adjustments), is_new=is_new)


def replay_day(home: Home, settings: Settings, *, day: date, now: datetime) -> Decided:
    """A past day from its own decision; where there is none, from what was known at that day's cut-off.

    Such a day is built in a scratch warehouse. It publishes nothing and changes no plan.
    """
    with open_ledger(home.ledger) as con:
        stored = read_decision(con, settings.athlete_id, KIND, day)
    if stored is not None and stored.is_erased:
        raise Erased(stored.snapshot[ERASED])
    if stored is not None:
        view = DailyView.from_json(stored.snapshot["view"])
        return Decided(headline=view.brief.headline, adjustments=len(view.adjustments), is_new=False)
    cutoff = clock.at_local(day, settings.cutoff, settings.time_zone)
    scratch, copy = home.past_warehouse, home.past_warehouse.with_name("snapshot.duckdb")
    scratch.parent.mkdir(parents=True, exist_ok=True)
    with home.building():
        try:
            snapshot = take_snapshot(home, as_of_at=cutoff, today=day, path=copy)
            if snapshot.is_empty:
                raise NotSetUp(
                    f"Nothing was known on {day} at {settings.cutoff:%H:%M}: the first import came later. Name a later day."
                )
            transform.build(home, snapshot, target=scratch, start_from=None)
            with duckdb.connect(str(copy)) as con:
                athlete = known_athlete(con, settings)
                latest = active_plan(con, settings.athlete_id)
                base = standing_plan(con, latest, day=day)
                approved = approved_plan(con, latest)
                entries = read_logbook(con, settings.athlete_id, as_of=cutoff)
            edition = Edition(
                freshness_note=f"Made later, from what was known on {day} at {settings.cutoff:%H:%M}.",
                data_as_of_at=cutoff,
                time_zone=settings.time_zone,
                versions=VERSIONS,
            )
            thought = _think(scratch, athlete, base, approved, entries, day=day, edition=edition)
        finally:
            transform.discard(scratch)
            transform.discard(copy)
    with open_ledger(home.ledger) as con:
        is_new = _append(con, settings, thought, day=day, now=now)
    return Decided(headline=thought.view.brief.headline, adjustments=len(thought.adjustments), is_new=is_new)


def _think(
    warehouse: Any,
    athlete: Athlete,
    base: StoredPlan | None,
    approved: Plan | None,
    entries: tuple[Entry, ...],
    *,
    day: date,
    edition: Edition,
) -> _Day:
    health = health_on(entries, day)
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        readiness = read_readiness(
            con,
            athlete.athlete_id,
            day=day,
            is_ill=health.is_ill or health.is_mildly_ill,
            ill_since=health.ill_since,
            feeling_pct=health.feeling_pct,
        )
        profile = read_profile(con, athlete.athlete_id)
        runs = read_done_runs(con, athlete.athlete_id, since=day - timedelta(days=BREAK_HISTORY_DAYS))
        done = tuple(run for run in runs if run.run_date >= day - timedelta(days=_HISTORY_DAYS))
        silence = read_silence(con, athlete.athlete_id, day=day)
        plan_id = base.plan.plan_id if base else ""
        facts = Facts(
            athlete=athlete,
            profile=profile,
            done=done,
            today=day,
            readiness=readiness,
            reds=read_reds(con, athlete.athlete_id, day=day, feelings=feelings(entries)),
            is_ill=health.is_ill,
            is_injured=health.is_injured,
            easy_until=health.easy_until,
            said=health.said,
            approved=approved,
            silence=silence,
            pause=find_break(runs, silence, today=day, assumed=assumed_run_days(approved, silence)),
            done_elsewhere=read_done_elsewhere(con, athlete.athlete_id, plan_id, day=day),
        )
        call, adjustments = _adjust(base, readiness, facts)
        plan = apply(base.plan, adjustments) if base else None
        recently = read_recently(con, athlete.athlete_id, day=day, plan=plan)
        view = daily_view(
            con,
            athlete=athlete,
            plan=plan,
            readiness=readiness,
            call=call,
            adjustments=adjustments,
            brief=brief(
                day=day,
                plan=base.plan if base else None,
                readiness=readiness,
                call=call,
                adjustments=adjustments,
                yesterday=recently.yesterday,
                is_yesterday_known=recently.is_yesterday_known,
                yesterdays_session=recently.yesterdays_session,
                week=recently.week,
                recovery_source=recently.recovery_source,
                newest_night=recently.newest_night,
                flags=recently.flags,
                silence=silence,
                pause=facts.pause,
                units=athlete.units,
                health=health,
            ),
            day=day,
            revision=base.revision if base else None,
            edition=edition,
        )
    return _Day(base=base, plan=plan, adjustments=adjustments, health=health, view=view)


def _adjust(base: StoredPlan | None, readiness: Readiness, facts: Facts) -> tuple[Call, tuple[Adjustment, ...]]:
    if base is None:
        return Call.REST if facts.is_ill or facts.is_injured else Call.GO, ()
    return adjust_day(base.plan, readiness=readiness, today=facts.today, facts=facts)


def _edition(home: Home, settings: Settings, note: str) -> Edition:
    before = published(home.warehouse)
    return Edition(
        freshness_note=note,
        data_as_of_at=before.as_of_at if before else None,
        time_zone=settings.time_zone,
        versions=VERSIONS,
    )


def _append(con: duckdb.DuckDBPyConnection, settings: Settings, thought: _Day, *, day: date, now: datetime) -> bool:
    number = append_decision(
        con,
        athlete_id=settings.athlete_id,
        kind=KIND,
        day=day,
        fingerprint=thought.fingerprint,
        snapshot=thought.snapshot,
        decided_at=now,
    )
    return number is not None
