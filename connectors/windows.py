"""Landing a window of time: what a source lists in it is so, and what it no longer lists is gone once that is confirmed.

An item can be missing from a list without having been deleted: it was edited out of the window, it slipped between two
pages, or our leave to see it was narrowed. So every missing item is asked for by itself before it becomes a tombstone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.batches import transaction
from connectors.cursors import write_cursor
from connectors.landing import Landed, LandResult, Store, land

# The item as it is now, or None if the source says that it does not exist.
Confirm = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """All of one entity that a source lists between two instants.

    `happened` is the payload's field with the item's own time, as text that DuckDB reads as a timestamp (UTC when it
    has no offset). `since` is inclusive, `until` exclusive; None is without end. An entity without a time of its own
    names the one with the same keys that has it (`timed_by`). What tells no time belongs to the window open to the past.
    """

    athlete_id: str
    source: str
    entity: str
    payloads: Mapping[str, Mapping[str, Any]]
    happened: str
    since: datetime | None
    until: datetime | None
    timed_by: str | None = None


def settle(
    store: Store,
    window: Window,
    *,
    confirm: Confirm | None,
    now: datetime,
    cursor: tuple[str, Mapping[str, Any]] | None,
) -> LandResult:
    """Land the window, tombstones and cursor (its name and value) in one transaction.

    `confirm` is asked, with the ledger closed, about every item that the ledger holds in the window and the list lacks;
    None takes the list's word, for lists that come in one piece. What `confirm` raises leaves everything as it was,
    except what was listed: that is landed first.
    """
    missing = _missing(store, window)
    things = [_thing(window, key, payload) for key, payload in window.payloads.items()]
    landed = LandResult()
    if missing and confirm is not None:
        # Asking can take many calls and end anywhere; what was listed is safe before.
        with store.open_ledger() as con:
            landed = land(con, things, now=now)
        things = [_thing(window, key, confirm(key)) for key in missing]
    else:
        things += [_thing(window, key, None) for key in missing]
    with store.open_ledger() as con, transaction(con):
        landed = landed + land(con, things, now=now)
        if cursor is not None:
            name, value = cursor
            write_cursor(con, athlete_id=window.athlete_id, source=window.source, name=name, cursor=value, now=now)
    return landed


def _missing(store: Store, window: Window) -> list[str]:
    """Keys that the ledger holds in the window and the list does not name, oldest first."""
    with store.open_ledger() as con:
        rows = con.execute(
            """
            with latest as (

                select
                    source_key,
                    arg_max(is_deleted, version) filter (where entity = $entity) as is_deleted,
                    try_cast(
                        arg_max(payload ->> $happened, version) filter (
                            where entity = $timed_by and not is_deleted
                        ) as timestamptz
                    ) as happened_at
                from raw.payloads
                where athlete_id = $athlete_id and source = $source and entity in ($entity, $timed_by)
                group by source_key

            )

            select source_key
            from latest
            where
                not is_deleted
                and coalesce(happened_at, '-infinity'::timestamptz) >= coalesce($since, '-infinity'::timestamptz)
                and coalesce(happened_at, '-infinity'::timestamptz) < coalesce($until, 'infinity'::timestamptz)
            order by happened_at, source_key
            """,
            {
                "athlete_id": window.athlete_id,
                "source": window.source,
                "entity": window.entity,
                "timed_by": window.timed_by or window.entity,
                "happened": window.happened,
                "since": window.since,
                "until": window.until,
            },
        ).fetchall()
    return [key for (key,) in rows if key not in window.payloads]


def _thing(window: Window, key: str, payload: Mapping[str, Any] | None) -> Landed:
    return Landed(
        athlete_id=window.athlete_id, source=window.source, entity=window.entity, source_key=key, payload=payload
    )
