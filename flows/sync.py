"""The sync: every connected source side by side, each able to fail alone."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger

from connectors.syncing import Synced
from flows import clock, signals, sources, tasks
from flows.athlete import settings_of
from flows.errors import FlowError, SyncFailed
from flows.home import Home, home_from_environment
from flows.settings import Settings
from flows.telling import ending


@flow(name="sync", persist_result=False, validate_parameters=True)
@ending
def sync(names: list[str] | None = None, everything: bool = False) -> dict[str, Any]:
    """Fetch what is new at the named sources (all connected ones when left out); `everything` looks at all of history.

    A source that fails does not stop the others; the run fails at its end, so that it is seen.
    """
    signals.heed()
    home = home_from_environment()
    settings = settings_of(home)
    known = sources.connected(home, settings)
    wanted = [sources.named(name) for name in names] if names else list(known)
    missing = [name for name in wanted if name not in known]
    if missing:
        raise FlowError(f"{missing[0]} is not connected. Sign in first: `pacewright connect {missing[0]}`.")
    synced = sync_side_by_side(wanted, everything=everything)
    tasks.show_syncs(synced)
    say_syncs(synced)
    if any(one.state not in tasks.WELL for one in synced):
        raise SyncFailed(sources.notes(synced, {}, now=clock.now()), synced)
    return {"synced": synced}


def sync_side_by_side(names: list[sources.Name], *, everything: bool = False) -> list[Synced]:
    """One task per source, at once. A task that breaks becomes a source that failed."""
    futures = {name: tasks.sync_source.submit(name, everything) for name in names}
    synced = []
    for name, future in futures.items():
        future.wait()
        outcome = future.result(raise_on_failure=False)
        synced.append(
            outcome
            if isinstance(outcome, Synced)
            else Synced(
                source=f"{name}_api",
                state="failed",
                fact=f"Pacewright itself failed ({type(outcome).__name__}).",
                remedy="Upgrade it, or report it with this word.",
            )
        )
    return synced


def morning_sync(home: Home, settings: Settings) -> tuple[str, list[Synced]]:
    """Sync everything that is connected and say in a sentence what readers must know of it."""
    grants = sources.connected(home, settings)
    synced = sync_side_by_side(list(grants))
    tasks.show_syncs(synced)
    say_syncs(synced)
    return sources.notes(synced, grants, now=clock.now()), synced


def say_syncs(synced: list[Synced]) -> None:
    """Put how each source's sync ended into the run's log: states, counts and remedies, never what was synced."""
    log = get_run_logger()
    for one in synced:
        if one.state in tasks.WELL:
            log.info("%s: %s, %d new versions.", one.source, one.state, one.appended)
        else:
            log.error("%s: %s. %s %s", one.source, one.state, one.fact, one.remedy)
