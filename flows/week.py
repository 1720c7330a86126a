"""The week: planned and done side by side, what it means, and what comes next."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Cancelled

from flows import clock, signals, tasks
from flows.athlete import settings_of
from flows.errors import BuildFailed, FlowError
from flows.home import home_from_environment
from flows.lateness import SUPERSEDED, is_superseded
from flows.stopwatch import Stopwatch
from flows.telling import ending


@flow(name="week", persist_result=False, validate_parameters=True)
@ending
def week(day: date | None = None) -> dict[str, Any] | State[Any]:
    """Mail the last week that was closed on `day` (today when left out). A week is mailed once."""
    signals.heed()
    if is_superseded():
        return Cancelled(message=SUPERSEDED)
    log = get_run_logger()
    home = home_from_environment()
    settings = settings_of(home)
    now = clock.now()
    today = clock.local_date(now, settings.time_zone)
    is_today = day is None or day == today
    watch = Stopwatch()
    note, refreshed_badly = "", False
    if is_today:
        with watch("warehouse"):
            refreshed = tasks.refresh_warehouse(now, today)
        tasks.show_checks(refreshed.checks)
        log.info("Warehouse: %s.", refreshed.state)
        note, refreshed_badly = refreshed.note, refreshed.state == "failed"
        if not home.warehouse.exists():
            raise BuildFailed(note or "There is no warehouse yet. Run `pacewright import` first.")
    with watch("coach"):
        recapped = tasks.decide_week(now, day or today, note)
    with watch("reports"):
        delivered = tasks.deliver_week(now, recapped.week_start, may_send=is_today)
    log.info("Week from %s, mail: %s.", recapped.week_start, delivered["mail"])
    create_markdown_artifact(key="week", markdown=f"Week from {recapped.week_start}, mail: {delivered['mail']}.")
    if refreshed_badly:
        raise FlowError(
            "The weekly mail was made from older data, because the warehouse could not be renewed; it says why."
        )
    return {
        "day": day or today,
        "headline": recapped.headline,
        "note": note,
        "files": [delivered["file"]],
        "mail": delivered["mail"],
        "seconds": dict(watch.seconds),
    }
