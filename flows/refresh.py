"""From what arrived to a published warehouse: snapshot, build, gate, publish. One failure leaves yesterday's in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from flows import culprits, publish, quality, signals, transform
from flows.errors import BuildFailed, GateClosed
from flows.home import Home
from flows.snapshot import Snapshot, take_snapshot
from flows.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How the refresh ended: published, unchanged or failed; `note` says why readers see older data, or what was mended."""

    state: str
    as_of_at: datetime | None = None
    note: str = ""
    checks: tuple[quality.Check, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def needs_build(home: Home, snapshot: Snapshot) -> bool:
    """False when the published warehouse was built from the same ledger, on the same day, by the same code."""
    before = publish.published(home.warehouse)
    return before is None or (before.ledger_fingerprint, before.code_fingerprint) != (
        snapshot.fingerprint,
        transform.code_fingerprint(),
    )


def build_candidate(home: Home, snapshot: Snapshot, *, from_nothing: bool = False) -> Path:
    """Build and test the next warehouse, upon the published one where the same code made it."""
    is_reusable = not from_nothing and _built_by_this_code(home) is not None
    transform.build(home, snapshot, target=home.next_warehouse, start_from=home.warehouse if is_reusable else None)
    return home.next_warehouse


def build_without_culprits(home: Home, snapshot: Snapshot, *, from_nothing: bool = False) -> tuple[Path, str]:
    """The next warehouse, and what had to be set aside for it. Raises BuildFailed where that is not what it failed on."""
    try:
        return build_candidate(home, snapshot, from_nothing=from_nothing), ""
    except BuildFailed as error:
        signals.obey()  # a query that was interrupted is no failed build
        if culprits.is_of_the_machine(error):
            raise
        before = None if from_nothing else _built_by_this_code(home)
        suspects = culprits.arrivals(snapshot.path, since=before.as_of_at if before else None)

        def is_built_with(kept: Sequence[culprits.Arrival]) -> bool:
            culprits.without(snapshot.path, sorted(set(suspects) - set(kept)), path=home.trial_snapshot)
            try:
                build_candidate(home, replace(snapshot, path=home.trial_snapshot), from_nothing=from_nothing)
            except BuildFailed as failed:
                signals.obey()
                if culprits.is_of_the_machine(failed):
                    raise
                return False
            return True

        if is_built_with(suspects):
            return home.next_warehouse, ""  # what failed once and not again was nobody's fault
        guilty = culprits.culprits(suspects, is_built_with)
        if not guilty:
            raise
    told = culprits.set_aside(home, guilty, code_fingerprint=transform.code_fingerprint(), now=snapshot.as_of_at)
    culprits.take_out(snapshot.path, guilty)
    return build_candidate(home, snapshot, from_nothing=from_nothing), told


def _built_by_this_code(home: Home) -> publish.Published | None:
    """What the published warehouse says of itself, where this code made it."""
    before = publish.published(home.warehouse)
    return before if before is not None and before.code_fingerprint == transform.code_fingerprint() else None


def audit(home: Home, snapshot: Snapshot, candidate: Path, *, accept_loss: bool = False) -> tuple[quality.Check, ...]:
    """Every expectation on what arrived and on the candidate's marts, and how the others last fared."""
    before = publish.published(home.warehouse)
    last = publish.published_checks(home.warehouse) if before else ()
    arrivals = quality.judge_arrivals(snapshot, since=before.as_of_at if before else None)
    marts = quality.judge_marts(candidate, previous=None if accept_loss else home.warehouse)
    return quality.judged(arrivals + marts, at=snapshot.as_of_at, before=last)


def refresh(home: Home, *, now: datetime, today: date, from_nothing: bool = False) -> Refreshed:
    """Bring the published warehouse up to the ledger, or say why it stays as it is.

    `from_nothing` builds every model again, also with what was set aside, and accepts that history shrank (`pacewright
    rebuild`).
    """
    watch = Stopwatch()
    checks: tuple[quality.Check, ...] = ()
    mended = ""
    with home.building():
        try:
            mended = publish.set_aside_if_damaged(home)
            with watch("snapshot"):
                if from_nothing:
                    culprits.try_again(home, code_fingerprint=transform.code_fingerprint())
                snapshot = take_snapshot(home, as_of_at=now, today=today)
            if not from_nothing and not needs_build(home, snapshot):
                before = publish.published(home.warehouse)
                return Refreshed(state="unchanged", as_of_at=before.as_of_at if before else None, seconds=watch.seconds)
            with watch("dbt"):
                candidate, set_aside = build_without_culprits(home, snapshot, from_nothing=from_nothing)
                mended = " ".join(part for part in (mended, set_aside) if part)
            with watch("gate"):
                checks = audit(home, snapshot, candidate, accept_loss=from_nothing)
                quality.close_when_failed(checks)
                publish.stamp(candidate, snapshot, code_fingerprint=transform.code_fingerprint(), checks=checks)
            signals.obey()
            publish.publish(home, candidate)
        except (BuildFailed, GateClosed, duckdb.Error, OSError) as error:
            signals.obey()  # a query that was interrupted is no failed build
            if isinstance(error, GateClosed):
                publish.refuse(home, checks)
            before = publish.published(home.warehouse)
            return Refreshed(
                state="failed",
                as_of_at=before.as_of_at if before else None,
                note=" ".join(part for part in (mended, _note(error)) if part),
                checks=checks,
                seconds=watch.seconds,
            )
        finally:
            for leftover in (home.next_warehouse, home.snapshot, home.trial_snapshot):
                transform.discard(leftover)
    return Refreshed(state="published", as_of_at=now, note=mended, checks=checks, seconds=watch.seconds)


def _note(error: Exception) -> str:
    if isinstance(error, BuildFailed | GateClosed):
        return str(error)
    # The first line only: what follows may quote data.
    fact = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"The warehouse could not be built ({fact}). Free disk space or close what holds the files, and run this again."
    )
