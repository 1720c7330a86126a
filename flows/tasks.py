"""The retryable units that the flows share. Each has one side effect and is safe to run twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from connectors.syncing import Synced
from flows import advise, clock, pages, recap, sources
from flows.athlete import settings_of
from flows.erase import apply_retention
from flows.errors import LedgerBusy, MailFailed
from flows.home import home_from_environment
from flows.ingest import import_files, inbox_paths
from flows.quality import Check
from flows.refresh import Refreshed, refresh


async def is_worth_waiting(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Only a held ledger, or a mail server that does not answer, gets better by waiting."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, LedgerBusy) or (isinstance(error, MailFailed) and error.is_transient)


# Nothing is cached across runs: idempotence lives in the writes. Results stay out of the server's database.
_UNIT: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [5, 15],
    "retry_condition_fn": is_worth_waiting,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}


@task(**_UNIT)
def ingest_inbox(now: datetime) -> dict[str, int]:
    """Import what lies in the inbox; count what became of it."""
    home = home_from_environment()
    settings = settings_of(home)
    paths = inbox_paths(home)
    counts = {"imported": 0, "unchanged": 0, "skipped": 0}
    if paths:
        for file in import_files(home, settings, paths, now=now).files:
            counts[file.state] += 1
    return counts


@task(**_UNIT)
def sync_source(name: str, everything: bool) -> Synced:
    """Fetch what is new at one source and land it; how it ended is the answer."""
    home = home_from_environment()
    return sources.sync_source(
        home, settings_of(home), sources.named(name), clock=clock.WallClock(), is_everything=everything
    )


@task(**_UNIT)
def let_expire(now: datetime) -> int:
    """Erase what a configured retention no longer allows; how many items went."""
    home = home_from_environment()
    erased = apply_retention(home, settings_of(home), now=now)
    return 0 if erased is None else erased.payloads


@task(**_UNIT)
def refresh_warehouse(now: datetime, today: date, expired: int = 0) -> Refreshed:
    """Snapshot, build, gate, publish; a failure is a fact for the report, not the end of the morning.

    After something expired all is built from nothing: it must not live on in the file, nor its absence close the gate.
    """
    return refresh(home_from_environment(), now=now, today=today, from_nothing=expired > 0)


@task(**_UNIT)
def decide_day(now: datetime, day: date, note: str) -> advise.Decided:
    """Decide one day and append what was decided."""
    home = home_from_environment()
    return advise.decide_day(home, settings_of(home), day=day, now=now, note=note)


@task(**_UNIT)
def replay_day(now: datetime, day: date) -> advise.Decided:
    """Find a past day's decision, or make it from what was known then."""
    home = home_from_environment()
    return advise.replay_day(home, settings_of(home), day=day, now=now)


@task(**_UNIT)
def write_pages(day: date) -> str:
    """Render the site from the day's decision."""
    home = home_from_environment()
    return str(pages.write_pages(home, settings_of(home), day=day))


@task(**_UNIT)
def deliver_brief(now: datetime, day: date, may_send: bool) -> dict[str, str]:
    """Write the day's brief to the outbox and mail it once."""
    home = home_from_environment()
    return pages.deliver_brief(home, settings_of(home), day=day, now=now, may_send=may_send)


@task(**_UNIT)
def decide_week(now: datetime, day: date, note: str) -> recap.Recapped:
    """Sum up the last week that was closed on `day`, and append it."""
    home = home_from_environment()
    return recap.decide_week(home, settings_of(home), day=day, now=now, note=note)


@task(**_UNIT)
def deliver_week(now: datetime, week_start: date, may_send: bool) -> dict[str, str]:
    """Write the weekly mail to the outbox and send it once."""
    home = home_from_environment()
    return recap.deliver_week(home, settings_of(home), week_start=week_start, now=now, may_send=may_send)


def show_syncs(synced: Sequence[Synced]) -> None:
    """Put how each source's sync ended on the run's page: counts and states, never what was synced."""
    if synced:
        rows = [
            {
                "source": one.source,
                "state": one.state,
                "why": one.fact,
                "appended": one.appended,
                "held back": len(one.held_back),
            }
            for one in synced
        ]
        create_table_artifact(table=rows, key="syncs", description="How each source's sync ended")


def show_checks(checks: tuple[Check, ...]) -> None:
    """Put the gate's outcome on the run's page: which expectations held, never the values."""
    if checks:
        order = {"failed": 0, "warned": 1, "passed": 2}
        rows = [
            {
                "suite": one.suite,
                "expectation": one.expectation,
                "outcome": one.state,
                "detail": one.detail,
                "remedy": "" if one.passed else one.remedy,
                "threshold": one.threshold,
                "why": f"{one.why} ({one.source}, {one.since})",
                "judged": one.judged_at,
            }
            for one in sorted(checks, key=lambda one: order[one.state])
        ]
        counts = ", ".join(f"{sum(one.state == state for one in checks)} {state}" for state in order)
        description = f"Expectations on arrivals and marts: {counts}. What failed keeps yesterday's warehouse in place."
        create_table_artifact(table=rows, key="data-quality", description=description)
