"""The morning: what came in, what it means, what to run today, and the pages and mail that say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import clock, signals, tasks
from flows.athlete import settings_of
from flows.errors import FlowError, MailFailed
from flows.home import home_from_environment
from flows.stopwatch import Stopwatch
from flows.sync import morning_sync


@flow(name="morning", persist_result=False, validate_parameters=True)
def morning(day: date | None = None) -> dict[str, Any]:
    """Run one day. Without `day` it is today, which publishes; a past day is replayed and changes nothing.

    A build that fails does not stop the morning: the report is made from the last good warehouse, says so, and then the
    run fails, so that it is seen.
    """
    signals.heed()
    home = home_from_environment()
    settings = settings_of(home)
    now = clock.now()
    today = clock.local_date(now, settings.time_zone)
    watch = Stopwatch()
    if day is not None and day != today:
        with watch("coach"):
            decided = tasks.replay_day(now, day)
        with watch("reports"):
            delivered = tasks.deliver_brief(now, day, may_send=False)
        return _summary(day, decided.headline, "", [delivered], watch)

    with watch("ingest"):
        sync_note, _ = morning_sync(home, settings)
        # What the syncs brought landed while they ran: the morning is as of their end.
        now = clock.now()
        tasks.ingest_inbox(now)
        expired = tasks.let_expire(now) if settings.strava.retention_days is not None else 0
    with watch("warehouse"):
        refreshed = tasks.refresh_warehouse(now, today, expired)
    tasks.show_checks(refreshed.checks)
    if not home.warehouse.exists():
        raise FlowError(refreshed.note or "There is no warehouse yet. Run `pacewright import` first.")
    with watch("coach"):
        note = " ".join(part for part in (refreshed.note, sync_note) if part)
        decided = tasks.decide_day(now, today, note)
    with watch("reports"):
        pages, unwritten = _pages(home.site, lambda: tasks.write_pages(today))
        delivered, failed_mail = _delivered(home.outbox, lambda: tasks.deliver_brief(now, today, may_send=True))
    create_markdown_artifact(
        key="morning",
        markdown=f"Morning of {today}: warehouse {refreshed.state}, {decided.adjustments} adjustments, "
        f"mail: {delivered['mail']}.",
    )
    summary = _summary(today, decided.headline, note, [delivered], watch)
    summary["files"].insert(0, pages)
    summary["seconds"].update(refreshed.seconds)
    if refreshed.state == "failed":
        raise FlowError("The report was made from older data, because the warehouse could not be renewed; it says why.")
    if failed_mail is not None:
        raise failed_mail
    if unwritten is not None:
        raise unwritten
    return summary


def _pages(site: Path, write: Callable[[], str]) -> tuple[str, OSError | None]:
    """The first page; a disk that takes no pages is a fact for the end of the run: the brief may still reach its reader."""
    try:
        return write(), None
    except OSError as error:
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
