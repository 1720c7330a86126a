"""What the day's decision becomes for people: the site's pages and the brief."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

import duckdb

from coach.model import Adjustment
from coach.standing import shown_plan
from coach.store import ERASED, StoredDecision, active_plan, read_decision, read_decisions, recent_adjustments
from coach.words import number
from flows import publish, quality, transform
from flows.advise import KIND
from flows.deliver import deliver, message_id_of, outbox_file, sent_sha256, settled
from flows.errors import Erased, NotSetUp
from flows.home import Home
from flows.ledger import open_ledger
from flows.planning import known_athlete
from flows.settings import Settings
from reports.mail import compose_daily
from reports.site import shows, write_site
from reports.site_view import site_view
from reports.view import Check, DailyView, FileNote, SiteView

_CHANGES_SHOWN = 30


def write_pages(home: Home, settings: Settings, *, day: date) -> Path:
    """Render the whole site from the day's latest decision and the published warehouse; return its first page."""
    write_site(site_of(home, settings, day=day), folder=home.site, made_of=_named(_decided(home, settings, day)))
    return home.site / "index.html"


def brief_settled(home: Home, settings: Settings, *, day: date) -> str:
    """What became of the day's brief where nothing is left to do for it; else nothing.

    Its file and the pages of its latest decision must be where they belong: a full disk may have kept them away.
    """
    report_key = report_key_of(KIND, day)
    is_here = outbox_file(home, settings, report_key).exists()
    is_shown = is_here and shows(home.site) == _named(_decided(home, settings, day))
    return settled(home, settings, report_key) if is_shown else ""


def _decided(home: Home, settings: Settings, day: date) -> StoredDecision | None:
    with open_ledger(home.ledger) as con:
        return read_decision(con, settings.athlete_id, KIND, day)


def _named(decision: StoredDecision | None) -> str:
    return "" if decision is None else f"{decision.kind} {decision.day}, decision {decision.revision}"


def site_of(home: Home, settings: Settings, *, day: date) -> SiteView:
    """What the site shows, from the day's latest decision and the published warehouse."""
    with open_ledger(home.ledger) as con:
        decision = read_decision(con, settings.athlete_id, KIND, day)
        if decision is None or decision.is_erased:
            raise NotSetUp(f"Nothing was decided for {day}. Run `pacewright morning`.")
        athlete = known_athlete(con, settings)
        stored = shown_plan(con, active_plan(con, settings.athlete_id), day=day)
        changes: tuple[Adjustment, ...] = recent_adjustments(con, settings.athlete_id, limit=_CHANGES_SHOWN)
        files = _file_notes(con, settings.athlete_id)
    daily = DailyView.from_json(decision.snapshot["view"])
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return site_view(
            con,
            athlete=athlete,
            plan=stored.plan if stored else None,
            daily=daily,
            checks=_checks(con),
            refused=_shown(publish.refused_checks(home)),
            files=files,
            changes=changes,
            revision=stored.revision if stored else None,
        )


def deliver_brief(home: Home, settings: Settings, *, day: date, now: datetime, may_send: bool) -> dict[str, str]:
    """The brief of a day: its latest decision until one was mailed, and from then on the one that was."""
    report_key = report_key_of(KIND, day)

    def compose(decision: StoredDecision) -> EmailMessage:
        return compose_daily(
            DailyView.from_json(decision.snapshot["view"]),
            sender=settings.mail.sender,
            recipient=settings.mail.recipient,
            sent_at=decision.decided_at.replace(microsecond=0),
            message_id=message_id_of(settings.athlete_id, report_key),
        )

    message = message_for(home, settings, kind=KIND, day=day, report_key=report_key, compose=compose)
    done = deliver(home, settings, report_key=report_key, message=message, now=now, may_send=may_send)
    return {"file": str(done.file), "mail": done.mail}


def report_key_of(kind: str, day: date) -> str:
    """What a report is known by: the day of a brief, the ISO week that `day` begins of a weekly mail."""
    if kind == KIND:
        return f"{day}/brief"
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}/week"


def message_for(
    home: Home,
    settings: Settings,
    *,
    kind: str,
    day: date,
    report_key: str,
    compose: Callable[[StoredDecision], EmailMessage],
) -> EmailMessage:
    """The report as it was mailed, rendered again from its decision; the latest decision where nothing was mailed."""
    with open_ledger(home.ledger) as con:
        decisions = read_decisions(con, settings.athlete_id, kind, day)
    if not decisions:
        raise NotSetUp(f"Nothing was decided for {day}. Run `pacewright {kind}`.")
    readable = [decision for decision in decisions if not decision.is_erased]
    if not readable:
        raise Erased(decisions[0].snapshot[ERASED])
    sent = sent_sha256(home, settings.athlete_id, report_key)
    for decision in readable if sent else ():
        message = compose(decision)
        if hashlib.sha256(message.as_bytes()).hexdigest() == sent:
            return message
    return compose(readable[0])


def _file_notes(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[FileNote, ...]:
    """What became of files that were not simply taken, newest first; many with one reason are one line."""
    rows = con.execute(
        """
        with noted as (
            select name, state, reason, landed_at from raw.files
            where athlete_id = $athlete_id and (state = 'skipped' or reason is not null)
            union all
            select
                coalesce(files.name, concat_ws(' ', aside.source, aside.entity, aside.source_key)),
                'set aside',
                'No warehouse can be built with it. It is kept; `pacewright rebuild` and a newer Pacewright try it again.',
                aside.set_aside_at
            from raw.set_aside as aside
            left join raw.files as files on aside.athlete_id = files.athlete_id and aside.source_key = files.file_sha256
            where aside.athlete_id = $athlete_id and aside.code_fingerprint = $code
        )
        select min(name), count(*), state, coalesce(reason, ''), max(landed_at) from noted
        group by state, coalesce(reason, ''), case when reason is null then name end
        order by max(landed_at) desc, min(name)
        """,
        {"athlete_id": athlete_id, "code": transform.code_fingerprint()},
    ).fetchall()
    return tuple(
        FileNote(
            name=name if count == 1 else f"{name} and {number(count - 1)} more",
            state=state,
            reason=reason,
            landed_at=at,
        )
        for name, count, state, reason, at in rows
    )


def _checks(con: duckdb.DuckDBPyConnection) -> tuple[Check, ...]:
    """The expectations that the published warehouse was judged by."""
    row = con.execute("select checks from meta.build").fetchone()
    return _shown(quality.read(row[0]) if row else ())


def _shown(checks: Iterable[quality.Check]) -> tuple[Check, ...]:
    return tuple(
        Check(
            suite=one.suite.replace("_", " "),
            name=one.expectation,
            state=one.state,
            detail=one.detail,
            remedy="" if one.passed else one.remedy,
            threshold=one.threshold,
            since=one.since,
            source=one.source,
            why=one.why,
            judged_at=datetime.fromisoformat(one.judged_at) if one.judged_at else None,
        )
        for one in checks
    )
