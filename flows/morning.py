"""The morning: what came in, what it means, what to run today, and the pages and mail that say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Cancelled, Completed

from flows import clock, pages, signals, tasks
from flows.athlete import settings_of
from flows.deliver import NOT_NOW
from flows.due import brief_due
from flows.errors import BuildFailed, FlowError, MailFailed
from flows.home import home_from_environment
from flows.lateness import SUPERSEDED, is_superseded
from flows.stopwatch import Stopwatch
from flows.sync import morning_sync
from flows.telling import Unexpected, ending


@flow(name="morning", persist_result=False, validate_parameters=True)
@ending
def morning(day: date | None = None) -> dict[str, Any] | State[Any]:
    """Run one day. Without `day` it is today, which publishes; a past day is replayed and changes nothing.

    The brief is mailed once: when last night is scored, at the latest at the cut-off. Until then a run decides and writes
    the pages, and so does one after the mail for which something new arrived; where nothing did, it ends at once.
    A build that fails does not stop the morning: the report is made from the last good warehouse, says so, and then the
    run fails, so that it is seen. With a source that failed it ends Degraded.
    """
    signals.heed()
    if is_superseded():
        return Cancelled(message=SUPERSEDED)
    log = get_run_logger()
    home = home_from_environment()
    settings = settings_of(home)
    now = clock.now()
    today = clock.local_date(now, settings.time_zone)
    watch = Stopwatch()
    if day is not None and day != today:
        return _replayed(now, day, watch)

    with watch("ingest"):
        sync_note, synced = morning_sync(home, settings)
        # What the syncs brought landed while they ran: the morning is as of their end.
        now = clock.now()
        log.info("Inbox: %s.", tasks.ingest_inbox(now))
        expired = tasks.let_expire(now) if settings.strava.retention_days is not None else 0
    with watch("warehouse"):
        refreshed = tasks.refresh_warehouse(now, today, expired)
    tasks.show_checks(refreshed.checks)
    if not home.warehouse.exists():
        raise BuildFailed(refreshed.note or "There is no warehouse yet. Run `pacewright import` first.")
    log.info("Warehouse: %s.", refreshed.state)
    broken = [one.source for one in synced if one.state not in tasks.WELL]
    if refreshed.state == "unchanged" and (mail := pages.brief_settled(home, settings, day=today)):
        log.info("Nothing arrived since the brief of %s (%s): nothing to do.", today, mail)
        done = {"file": str(home.site / "index.html"), "mail": mail}
        summary = _summary(today, tasks.replay_day(now, today).headline, sync_note, [done], watch)
        return _degraded(broken, summary) if broken else summary
    with watch("coach"):
        due = brief_due(home, settings, day=today, now=now)
        note = " ".join(part for part in (refreshed.note, sync_note, due.note) if part)
        decided = tasks.decide_day(now, today, note)
    with watch("reports"):
        first_page, unwritten = _pages(home.site, partial(tasks.write_pages, today))
        deliver = partial(tasks.deliver_brief, now, today, may_send=due.is_due)
        delivered, failed_mail = _delivered(home.outbox, deliver)
    if not due.is_due and delivered["mail"] == NOT_NOW:
        delivered["mail"] = due.waiting
    log.info("Mail: %s.", delivered["mail"])
    create_markdown_artifact(
        key="morning",
        markdown=f"Morning of {today}: warehouse {refreshed.state}, {decided.adjustments} adjustments, "
        f"mail: {delivered['mail']}.",
    )
    summary = _summary(today, decided.headline, note, [delivered], watch)
    summary["files"].insert(0, first_page)
    summary["seconds"].update(refreshed.seconds)
    if refreshed.state == "failed":
        raise FlowError("The report was made from older data, because the warehouse could not be renewed; it says why.")
    if failed_mail is not None:
        raise failed_mail
    if unwritten is not None:
        raise unwritten
    return _degraded(broken, summary) if broken else summary


def _replayed(now: datetime, day: date, watch: Stopwatch) -> dict[str, Any]:
    """A past day as it was decided, or from what was known then; nothing is mailed."""
    with watch("coach"):
        decided = tasks.replay_day(now, day)
    with watch("reports"):
        delivered = tasks.deliver_brief(now, day, may_send=False)
    return _summary(day, decided.headline, "", [delivered], watch)


def _degraded(broken: list[str], summary: dict[str, Any]) -> State[dict[str, Any]]:
    """The morning did its work, but not with everything: an end of its own, so that it is seen among the others."""
    return Completed(name="Degraded", message=f"Not everything could be synced: {', '.join(broken)}.", data=summary)


def _pages(site: Path, write: Callable[[], str]) -> tuple[str, Unexpected | None]:
    """The first page; a disk that takes no pages is a fact for the end of the run: the brief may still reach its reader."""
    try:
        return write(), None
    except Unexpected as error:
        if not isinstance(error.original, OSError):
            raise
        return str(site / "index.html"), error


def _delivered(outbox: Path, deliver: Callable[[], dict[str, str]]) -> tuple[dict[str, str], MailFailed | None]:
    """What was delivered; a mail server that failed is a fact for the end of the run, not the end of the morning."""
    try:
        return deliver(), None
    except MailFailed as error:
        return {"file": str(outbox), "mail": error.outcome}, error


def _summary(day: date, headline: str, note: str, delivered: list[dict[str, str]], watch: Stopwatch) -> dict[str, Any]:
    return {
        "day": day,
        "headline": headline,
        "note": note,
        "files": [one["file"] for one in delivered],
        "mail": delivered[-1]["mail"],
        "seconds": dict(watch.seconds),
    }
