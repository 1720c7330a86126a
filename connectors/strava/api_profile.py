"""Who the athlete is at Strava, the heart-rate zones set there, and shoes and bikes: asked once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.batches import transaction
from connectors.cursors import read_cursor, write_cursor
from connectors.errors import NotAllowed, SourceChanged
from connectors.landing import Landed, land
from connectors.strava.api_client import Strava
from connectors.strava.api_rules import CONNECTS_AS, NAME, SOURCE
from connectors.syncing import Desk, Tally
from connectors.tokens import Grant

# A morning may come a little earlier than the one before.
_EVERY = timedelta(hours=20)
PROFILE = "profile"
GEAR = "gear"


def land_profile(desk: Desk, tally: Tally, strava: Strava, grant: Grant) -> None:
    """Land athlete and zones when a day has passed or the sign-in is newer. Another athlete's sign-in lands nothing."""
    if not _is_due(desk, PROFILE, since=grant.signed_in_at):
        return
    athlete = strava.athlete()
    if not isinstance(athlete.get("id"), int):
        raise SourceChanged("Strava's athlete has no id that is a number.", "Upgrade Pacewright.")
    _check_same(desk, athlete)
    _land(desk, tally, {("athlete", "me"): athlete, ("zones", "athlete"): strava.zones()}, cursor=PROFILE)


def land_gear(desk: Desk, tally: Tally, strava: Strava) -> None:
    """Land every shoe and bike that the athlete or an activity names, when a day has passed."""
    if not _is_due(desk, GEAR, since=None):
        return
    with desk.store.open_ledger() as con:
        rows = con.execute(_NAMED, {"athlete_id": desk.athlete_id, "source": SOURCE}).fetchall()
    things = {("gear", gear_id): strava.gear(gear_id) for (gear_id,) in rows}
    _land(desk, tally, things, cursor=GEAR)


def _is_due(desk: Desk, cursor: str, *, since: datetime | None) -> bool:
    with desk.store.open_ledger() as con:
        looked_at = read_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=cursor).get("looked_at")
    if looked_at is None:
        return True
    last_at = datetime.fromisoformat(looked_at)
    return desk.clock.now() - last_at >= _EVERY or (since is not None and since > last_at)


def _check_same(desk: Desk, athlete: Mapping[str, Any]) -> None:
    """Raise when the ledger holds another Strava athlete: to this sign-in all of that one's activities are gone."""
    with desk.store.open_ledger() as con:
        row = con.execute(
            """
            select arg_max(payload ->> 'id', version) filter (where not is_deleted)
            from raw.payloads
            where athlete_id = ? and source = ? and entity = 'athlete' and source_key = 'me'
            """,
            [desk.athlete_id, SOURCE],
        ).fetchone()
    if row is not None and row[0] is not None and row[0] != str(athlete["id"]):
        raise NotAllowed(
            f"This sign-in is another {NAME} athlete's than what was fetched so far.",
            f"Sign in as before (`pacewright connect {CONNECTS_AS}`), or remove what was fetched first.",
        )


def _land(desk: Desk, tally: Tally, things: Mapping[tuple[str, str], Mapping[str, Any] | None], *, cursor: str) -> None:
    now = desk.clock.now()
    landed = [
        Landed(athlete_id=desk.athlete_id, source=SOURCE, entity=entity, source_key=key, payload=payload)
        for (entity, key), payload in things.items()
    ]
    with desk.store.open_ledger() as con, transaction(con):
        tally.add(land(con, landed, now=now))
        write_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=cursor, cursor={"looked_at": now}, now=now)


_NAMED = """
with latest as (

    select entity, source_key, arg_max(payload, version) filter (where not is_deleted) as payload,
        arg_max(is_deleted, version) as is_deleted
    from raw.payloads
    where athlete_id = $athlete_id and source = $source and entity in ('athlete', 'activity')
    group by all

),

named as (

    select payload ->> 'gear_id' as gear_id
    from latest
    where entity = 'activity' and not is_deleted

    union

    select unnest(
        list_concat(
            from_json(coalesce(payload -> 'shoes', '[]'), '["json"]'),
            from_json(coalesce(payload -> 'bikes', '[]'), '["json"]')
        )
    ) ->> 'id'
    from latest
    where entity = 'athlete' and not is_deleted

)

select gear_id
from named
where gear_id is not null
order by gear_id
"""
