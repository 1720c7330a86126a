"""The vendors' services we can sync with: how each is reached with this home's settings, and how its last syncs went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import orjson

from connectors.errors import NotAllowed, TryLater
from connectors.http import Bucket, Clock
from connectors.locks import held
from connectors.syncing import Desk, Reach, Synced, Tally, run_sync
from connectors.tokens import Grant, Keeping, TokenStore
from flows.errors import FlowError
from flows.home import Home
from flows.ingest import store_of
from flows.ledger import open_ledger
from flows.settings import Settings

Name = Literal["strava", "whoop", "garmin"]
NAMES: tuple[Name, ...] = ("garmin", "strava", "whoop")
TITLES: Mapping[Name, str] = {"strava": "Strava", "whoop": "WHOOP", "garmin": "Garmin"}
# Garmin mails a week before a key ends; who is away for a week still has one to make a new key.
ANNOUNCED = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSyncs:
    """What the ledger says of one source's syncs. `quota` is what its last sync left."""

    succeeded_at: datetime | None
    newest_at: datetime | None
    state: str
    fact: str
    remedy: str
    resumes_at: datetime | None
    held_back: Mapping[str, str]
    quota: tuple[Bucket, ...]


def named(name: str) -> Name:
    """The source as `connect` and `sync` call it. Raises FlowError for anything else."""
    if name not in NAMES:
        raise FlowError(f"{name!r} is no source to sign in to. Write one of {', '.join(NAMES)}.")
    return cast(Name, name)


def tokens_of(home: Home, settings: Settings) -> TokenStore:
    """Where this home keeps its sign-ins."""
    return TokenStore(home.tokens, athlete_id=settings.athlete_id, keeping=cast(Keeping, settings.token_store))


def connected(home: Home, settings: Settings) -> dict[Name, Grant]:
    """The sources that were signed in to, whether or not the vendor still accepts it.

    One whose sign-in cannot be read just now is among them: its own sync says why, and the others go on.
    """
    tokens = tokens_of(home, settings)
    found: dict[Name, Grant] = {}
    for name in NAMES:
        try:
            grant = tokens.read(name)
        except NotAllowed as trouble:
            grant = Grant(source=name, dead_because=trouble.fact) if tokens.was_used(name) else None
        if grant is not None:
            found[name] = grant
    return found


def sync_source(home: Home, settings: Settings, name: Name, *, clock: Clock, is_everything: bool = False) -> Synced:
    """Sync one source to whatever end it comes to; how it ended is the answer and on record."""
    desk = Desk(
        athlete_id=settings.athlete_id,
        store=store_of(home),
        tokens=tokens_of(home, settings),
        clock=clock,
        home_zone=settings.time_zone,
        reach=Reach.EVERYTHING if is_everything else Reach.DUE,
    )
    source = f"{name}_api"
    is_busy = TryLater(
        f"Another sync of {TITLES[name]} is under way.", "Nothing to do: what it brings is there when it ends."
    )
    try:
        with alone(home, settings, name, otherwise=is_busy):
            return run_sync(desk, source, lambda desk, tally: _sync(desk, tally, settings, name))
    except TryLater as busy:
        return Synced(source=source, state="try_later", fact=busy.fact, remedy=busy.remedy)


@contextmanager
def alone(home: Home, settings: Settings, name: Name, *, otherwise: Exception) -> Iterator[None]:
    """Keep every other sync of an athlete's source away: a second one asks the same again, or lands what is being erased."""
    home.work.mkdir(parents=True, exist_ok=True)
    with held(home.work / f"sync-{settings.athlete_id}-{name}.lock", wait_s=0.0, otherwise=otherwise):
        yield


def last_syncs(home: Home, settings: Settings, name: Name) -> LastSyncs | None:
    """How the source's syncs went; None before the first."""
    with open_ledger(home.ledger) as con:
        rows = con.execute(
            """
            select
                state,
                coalesce(fact, '') as fact,
                coalesce(remedy, '') as remedy,
                resumes_at,
                held_back,
                quota,
                max(ended_at) filter (where state = 'complete') over () as succeeded_at,
                max(newest_at) over () as newest_at
            from raw.syncs
            where athlete_id = ? and source = ?
            order by ended_at desc
            limit 1
            """,
            [settings.athlete_id, f"{name}_api"],
        ).fetchall()
    if not rows:
        return None
    state, fact, remedy, resumes_at, held_back, quota, succeeded_at, newest_at = rows[0]
    return LastSyncs(
        succeeded_at=succeeded_at,
        newest_at=newest_at,
        state=state,
        fact=fact,
        remedy=remedy,
        resumes_at=resumes_at,
        held_back=orjson.loads(held_back),
        quota=tuple(
            Bucket(
                name=each["name"],
                limit=each["limit"],
                used=each["used"],
                resets_at=datetime.fromisoformat(each["resets_at"]),
            )
            for each in orjson.loads(quota)
        ),
    )


def notes(synced: Sequence[Synced], grants: Mapping[Name, Grant], *, now: datetime) -> str:
    """What a report must say of the syncs: which source failed and what to do, and which key will soon end."""
    said = []
    for one in sorted(synced, key=lambda each: each.source):
        title = TITLES[named(one.source.removesuffix("_api"))]
        if one.state == "paused":
            said.append(f"{title} is not complete yet: {one.fact}")
        elif one.state != "complete":
            said.append(f"{title} could not be synced: {one.fact} {one.remedy}")
    said += [text for name, grant in sorted(grants.items()) if (text := key_note(name, grant, now=now))]
    return " ".join(said)


def key_note(name: Name, grant: Grant, *, now: datetime) -> str:
    """That the key will end within a fortnight, or has ended; empty while it has longer to live."""
    if grant.key_ends_at is None or grant.key_ends_at - now > ANNOUNCED:
        return ""
    verb = "ends" if grant.key_ends_at > now else "ended"
    return f"{TITLES[name]}'s key {verb} on {grant.key_ends_at:%d %B %Y}. Make a new one: `pacewright connect {name}`."


def _sync(desk: Desk, tally: Tally, settings: Settings, name: Name) -> None:
    from connectors.garmin import api as garmin
    from connectors.strava import api as strava
    from connectors.whoop import api as whoop
    from flows.connect import garmin_config, strava_config, whoop_config

    match name:
        case "strava":
            strava.sync(desk, tally, strava_config(settings))
        case "whoop":
            whoop.sync(desk, tally, whoop_config(settings))
        case "garmin":
            garmin.sync(desk, tally, garmin_config(settings))
