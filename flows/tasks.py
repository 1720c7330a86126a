"""The retryable units that the flows share. Each has one side effect and is safe to run twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Failed

from connectors.syncing import Synced
from flows import advise, clock, pages, recap, sources
from flows.athlete import settings_of
from flows.erase import apply_retention
from flows.errors import LedgerBusy, MailFailed
from flows.home import home_from_environment
from flows.ingest import import_files, inbox_paths
from flows.quality import Check
from flows.refresh import Refreshed, refresh
from flows.telling import step


async def is_worth_waiting(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Only a held ledger, or a mail server that does not answer, gets better by waiting."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, LedgerBusy) or (isinstance(error, MailFailed) and error.is_transient)


# How a sync may end without anybody having to look at it.
WELL = frozenset({"complete", "paused"})

# Nothing is cached across runs: idempotence lives in the writes. Results stay out of the server's database.
_UNIT: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [5, 15],
    "retry_condition_fn": is_worth_waiting,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}


@task(**_UNIT)
@step
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


@task(task_run_name="sync_source-{name}", **_UNIT)
@step
def sync_source(name: str, everything: bool) -> Synced | State[Synced]:
    """Fetch what is new at one source and land it; how it ended is the answer, and a source that failed a failed task."""
    home = home_from_environment()
    synced = sources.sync_source(
        home, settings_of(home), sources.named(name), clock=clock.WallClock(), is_everything=everything
    )
    if synced.state in WELL:
        return synced
    return Failed(message=f"{synced.source}: {synced.state}. {synced.fact} {synced.remedy}".strip(), data=synced)


@task(**_UNIT)
@step
def let_expire(now: datetime) -> int:
    """Erase what a configured retention no longer allows; how many items went."""
    home = home_from_environment()
    erased = apply_retention(home, settings_of(home), now=now)
    return 0 if erased is None else erased.payloads


@task(name="refresh_warehouse", **_UNIT)
@step
def _refresh_warehouse(now: datetime, today: date, expired: int) -> Refreshed | State[Refreshed]:
    """Snapshot, build, gate, publish. What it came to is the answer even where the task failed."""
    refreshed = refresh(home_from_environment(), now=now, today=today, from_nothing=expired > 0)
    if refreshed.state != "failed":
        return refreshed
    closed = ", ".join(sorted({check.suite for check in refreshed.checks if check.state == "failed"}))
    why = f"The gate stayed closed ({closed})." if closed else "The warehouse could not be built."
    return Failed(
        message=f"{why} Yesterday's is still in place; the report and `pacewright rebuild` say why.", data=refreshed
    )


@task(**_UNIT)
@step
def decide_day(now: datetime, day: date, note: str) -> advise.Decided:
    """Decide one day and append what was decided."""
    home = home_from_environment()
    return advise.decide_day(home, settings_of(home), day=day, now=now, note=note)


@task(**_UNIT)
@step
def replay_day(now: datetime, day: date) -> advise.Decided:
    """Find a past day's decision, or make it from what was known then."""
    home = home_from_environment()
    return advise.replay_day(home, settings_of(home), day=day, now=now)


@task(**_UNIT)
@step
def write_pages(day: date) -> str:
    """Render the site from the day's decision."""
    home = home_from_environment()
    return str(pages.write_pages(home, settings_of(home), day=day))


@task(**_UNIT)
@step
def deliver_brief(now: datetime, day: date, may_send: bool) -> dict[str, str]:
    """Write the day's brief to the outbox and mail it once."""
    home = home_from_environment()
    return pages.deliver_brief(home, settings_of(home), day=day, now=now, may_send=may_send)


@task(**_UNIT)
@step
def decide_week(now: datetime, day: date, note: str) -> recap.Recapped:
    """Sum up the last week that was closed on `day`, and append it."""
    home = home_from_environment()
    return recap.decide_week(home, settings_of(home), day=day, now=now, note=note)


@task(**_UNIT)
@step
def deliver_week(now: datetime, week_start: date, may_send: bool) -> dict[str, str]:
    """Write the weekly mail to the outbox and send it once."""
    home = home_from_environment()
    return recap.deliver_week(home, settings_of(home), week_start=week_start, now=now, may_send=may_send)


def refresh_warehouse(now: datetime, today: date, expired: int = 0) -> Refreshed:
    """Bring the warehouse up to the ledger; a failure is a failed task and a fact for the report, not the flow's end.

    After something expired all is built from nothing: it must not live on in the file, nor its absence close the gate.
    """
    state = _refresh_warehouse(now, today, expired, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, Refreshed):
        return outcome
    assert isinstance(outcome, BaseException)
    raise outcome


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
