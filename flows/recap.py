"""The coach's step of the week: sum up the last closed week, append it, and mail it once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage

import duckdb
import orjson

from coach.breaks import find_break
from coach.explain_week import weekly
from coach.guardrails.volume import WEEKLY_GROWTH_MAX
from coach.health import Health, health_on
from coach.limits import SPIKE_RATIO
from coach.logbook import read_logbook
from coach.model import Adjustment, Plan, PlanWeek, WorkoutType
from coach.profile import read_done_runs
from coach.recent import read_week
from coach.silence import Silence, read_silence
from coach.standing import shown_plan
from coach.store import StoredDecision, active_plan, append_decision, read_decision, recent_adjustments
from coach.words import count, percent
from flows import clock
from flows.advise import BREAK_HISTORY_DAYS
from flows.deliver import deliver, message_id_of, sent_sha256
from flows.errors import NotSetUp
from flows.home import Home
from flows.ledger import open_ledger
from flows.pages import message_for, report_key_of
from flows.planning import known_athlete
from flows.publish import published
from flows.settings import Settings
from flows.versions import VERSIONS
from reports.mail import compose_weekly
from reports.view import Edition, Limit, WeeklyView, WeeklyWords
from reports.weekly import weekly_view

KIND = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recapped:
    """Which week was summed up; `headline` is for the athlete's own terminal, never for logs or artifacts."""

    week_start: date
    headline: str
    is_new: bool


def last_closed_week(day: date) -> date:
    """Monday of the last week that was over when `day` began."""
    return clock.monday_of(day) - timedelta(weeks=1)


def decide_week(home: Home, settings: Settings, *, day: date, now: datetime, note: str) -> Recapped:
    """Sum up the last closed week. What was mailed stays; until then a later look replaces an earlier one."""
    week_start = last_closed_week(day)
    with open_ledger(home.ledger) as con:
        before = read_decision(con, settings.athlete_id, KIND, week_start)
        athlete = known_athlete(con, settings)
        stored = shown_plan(con, active_plan(con, settings.athlete_id), day=day)
        since = clock.at_local(week_start, settings.cutoff, settings.time_zone)
        changes = recent_adjustments(con, settings.athlete_id, since=since)
        is_past = clock.local_date(now, settings.time_zone) != day
        known_at = clock.at_local(day, settings.cutoff, settings.time_zone) if is_past else None
        health = health_on(read_logbook(con, settings.athlete_id, as_of=known_at), day)
    was_sent = sent_sha256(home, settings.athlete_id, report_key_of(KIND, week_start)) is not None
    if before is not None and (was_sent or is_past):
        view = WeeklyView.from_json(before.snapshot["view"])
        return Recapped(week_start=week_start, headline=view.words.verdict, is_new=False)
    if not home.warehouse.exists():
        raise NotSetUp("There is no warehouse yet. Run `pacewright import`, then `pacewright morning`.")
    stamp = published(home.warehouse)
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        plan = stored.plan if stored else None
        silence = read_silence(con, settings.athlete_id, day=day)
        limits = _limits(con, settings.athlete_id, week_start, silence)
        view = weekly_view(
            con,
            athlete=athlete,
            plan=plan,
            week_start_date=week_start,
            day=day,
            adjustments=changes,
            limits=limits,
            words=_words(
                con, plan, changes, health, limits, athlete_id=settings.athlete_id, week_start=week_start, day=day
            ),
            flags=(*([silence.flag] if silence.flag else []), *(one.text for one in health.said), *health.flags),
            revision=stored.revision if stored else None,
            edition=Edition(
                freshness_note=note,
                data_as_of_at=stamp.as_of_at if stamp else None,
                time_zone=settings.time_zone,
                versions=VERSIONS,
            ),
        )
    snapshot = {"versions": dict(VERSIONS), "view": view.to_json()}
    # When the data was read is not part of what was said.
    said = {**snapshot, "view": {**view.to_json(), "edition": {"freshness_note": note}}}
    with open_ledger(home.ledger) as con:
        number = append_decision(
            con,
            athlete_id=settings.athlete_id,
            kind=KIND,
            day=week_start,
            fingerprint=hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest(),
            snapshot=snapshot,
            decided_at=now,
        )
    return Recapped(week_start=week_start, headline=view.words.verdict, is_new=number is not None)


def deliver_week(home: Home, settings: Settings, *, week_start: date, now: datetime, may_send: bool) -> dict[str, str]:
    """The weekly mail from its stored words; sent at most once."""
    report_key = report_key_of(KIND, week_start)

    def compose(decision: StoredDecision) -> EmailMessage:
        return compose_weekly(
            WeeklyView.from_json(decision.snapshot["view"]),
            sender=settings.mail.sender,
            recipient=settings.mail.recipient,
            sent_at=decision.decided_at.replace(microsecond=0),
            message_id=message_id_of(settings.athlete_id, report_key),
        )

    message = message_for(home, settings, kind=KIND, day=week_start, report_key=report_key, compose=compose)
    done = deliver(home, settings, report_key=report_key, message=message, now=now, may_send=may_send)
    return {"file": str(done.file), "mail": done.mail}


def _words(
    con: duckdb.DuckDBPyConnection,
    plan: Plan | None,
    changes: tuple[Adjustment, ...],
    health: Health,
    limits: tuple[Limit, ...],
    *,
    athlete_id: str,
    week_start: date,
    day: date,
) -> WeeklyWords:
    week = read_week(con, athlete_id, week_start_date=week_start)
    if week is None:
        return WeeklyWords(
            verdict="Nothing recorded last week",
            sentence="No recording of that week has arrived.",
            action="Import your recordings, and the week will be summed up.",
        )
    caps = {limit.metric: limit.value for limit in limits}
    week = replace(week, cap_m=caps.get("distance_m"), longest_cap_m=caps.get("longest_run_m"))
    said = weekly(week=week, next_week=_ahead(plan, day), adjustments=changes)
    number = week_start.isocalendar().week
    # Who is ill or injured is not asked for the week's key session.
    action = f"{health.headline}; the days ahead are decided each morning." if health.headline else said.action
    return WeeklyWords(verdict=f"Week {number}: {said.verdict}", sentence=said.sentence, action=action)


def _ahead(plan: Plan | None, day: date) -> PlanWeek | None:
    """What is left of the first week that still holds a run: a mail written late must not ask for what is past."""
    for week in plan.weeks if plan is not None else ():
        left = tuple(w for w in week.workouts if w.workout_date >= day)
        if any(w.workout_type is not WorkoutType.REST for w in left):
            return replace(week, workouts=left)
    return None


def _limits(con: duckdb.DuckDBPyConnection, athlete_id: str, week_start: date, silence: Silence) -> tuple[Limit, ...]:
    """The caps that were in force when the week began, where enough was known to have any; after a break those of coming back."""
    week = con.execute(
        "select distance_4w_max_m from marts.athlete_weeks where athlete_id = ? and week_start_date = ?",
        [athlete_id, week_start],
    ).fetchone()
    day = con.execute(
        "select longest_run_30d_m from marts.athlete_days where athlete_id = ? and local_date = ?",
        [athlete_id, week_start],
    ).fetchone()
    sunday = week_start + timedelta(days=6)
    runs = read_done_runs(con, athlete_id, since=week_start - timedelta(days=BREAK_HISTORY_DAYS))
    pause = find_break(runs, silence, today=sunday)
    week_back_m, run_back_m = (0.0, 0.0) if pause is None else (pause.week_m(sunday), pause.run_m())
    after_break = "" if pause is None else f"what {count(pause.days, 'day')} off leave of the usual"
    limits = (
        _limit(
            "distance_m",
            "H01",
            1 + WEEKLY_GROWTH_MAX,
            (week[0] if week else None, "the largest of the four weeks before"),
            (week_back_m, after_break),
        ),
        _limit(
            "longest_run_m",
            "H03",
            SPIKE_RATIO,
            (day[0] if day else None, "the longest run of the 30 days before"),
            (run_back_m, after_break),
        ),
    )
    return tuple(limit for limit in limits if limit is not None)


def _limit(metric: str, rule_id: str, ratio: float, *bases: tuple[float | None, str]) -> Limit | None:
    """The cap that rests on the larger basis; None where neither is known."""
    base_m, what = max(((metres or 0.0, what) for metres, what in bases), key=lambda basis: basis[0])
    if not base_m:
        return None
    text = f"{percent(round(ratio - 1, 2))} more than {what}, races apart"
    return Limit(metric=metric, value=ratio * base_m, rule_id=rule_id, text=text)
