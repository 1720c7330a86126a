"""One sync's round at Garmin: what every step of it works with, and what the ledger already holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.batches import transaction
from connectors.cursors import read_cursor, write_cursor
from connectors.errors import Paused, TryLater
from connectors.garmin.api_calls import Garmin, Payload
from connectors.garmin.api_config import GarminConfig
from connectors.landing import Landed, land
from connectors.syncing import Desk, Reach, Tally
from connectors.windows import Window, settle

SOURCE = "garmin_api"
CURSORS = ("settings", "activities", "sleep", "hrv", "day", "stress", "files")


@dataclass(slots=True)
class Round:
    """What a sync works with. `today` is the athlete's day at home; `setbacks` what failed and was left for later."""

    desk: Desk
    tally: Tally
    config: GarminConfig
    garmin: Garmin
    today: date = field(init=False)
    setbacks: dict[str, TryLater] = field(default_factory=dict)
    _is_down: bool = field(default=False, init=False)
    _cursors: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.today = self.desk.clock.now().astimezone(ZoneInfo(self.desk.home_zone)).date()
        with self.desk.store.open_ledger() as con:
            self._cursors = {
                name: read_cursor(con, athlete_id=self.desk.athlete_id, source=SOURCE, name=name) for name in CURSORS
            }

    @property
    def is_everything(self) -> bool:
        return self.desk.reach is Reach.EVERYTHING

    def is_due(self, cursor: Mapping[str, Any], name: str, days: int) -> bool:
        """Whether what the cursor says was last done on that day is to be done again."""
        last = day_in(cursor, name)
        return self.is_everything or last is None or self.today >= last + timedelta(days=days)

    def cursor(self, name: str) -> dict[str, Any]:
        """Where one step stands, as a copy to change; empty at the very beginning."""
        return dict(self._cursors.get(name, {}))

    def land(
        self,
        entity: str,
        payloads: Mapping[str, Payload | None],
        *,
        cursor: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Land payloads (None: gone) and a cursor in one transaction."""
        things = [
            Landed(athlete_id=self.desk.athlete_id, source=SOURCE, entity=entity, source_key=key, payload=payload)
            for key, payload in payloads.items()
        ]
        if not things and (cursor is None or self._cursors.get(cursor[0]) == cursor[1]):
            return
        now = self.desk.clock.now()
        with self.desk.store.open_ledger() as con, transaction(con):
            self.tally.add(land(con, things, now=now))
            if cursor is not None:
                name, value = cursor
                write_cursor(con, athlete_id=self.desk.athlete_id, source=SOURCE, name=name, cursor=value, now=now)
        self._remember(cursor)

    def settle(
        self,
        entity: str,
        payloads: Mapping[str, Payload],
        *,
        happened: str,
        since: date | None,
        until: date | None,
        confirm: Callable[[str], Payload | None],
        cursor: tuple[str, Mapping[str, Any]] | None,
    ) -> None:
        """Land all of an entity between two local days, `until` exclusive; what is missing is gone once confirmed."""
        window = Window(
            athlete_id=self.desk.athlete_id,
            source=SOURCE,
            entity=entity,
            payloads=payloads,
            happened=happened,
            since=_midnight(since),
            until=_midnight(until),
        )
        self.tally.add(settle(self.desk.store, window, confirm=confirm, now=self.desk.clock.now(), cursor=cursor))
        self._remember(cursor)

    def ask(self, entities: Sequence[str], sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows about what the ledger holds now: `latest` has every live key of these entities with its payload."""
        given = {"athlete_id": self.desk.athlete_id, "source": SOURCE, "entities": list(entities), **values}
        with self.desk.store.open_ledger() as con:
            return con.execute(_LATEST + sql, given).fetchall()

    def held(self, entity: str, key: str) -> Payload | None:
        """One thing as the ledger holds it."""
        rows = self.ask([entity], "select payload from latest where source_key = $key", key=key)
        return dict(orjson.loads(rows[0][0])) if rows else None

    def owner(self) -> str | None:
        """Whose activities the ledger holds, as Garmin numbers its accounts; None while nothing says."""
        rows = self.ask(
            ["activity"],
            "select payload ->> 'ownerId' as owner from latest where payload ->> 'ownerId' is not null limit 1",
        )
        return str(rows[0][0]) if rows else None

    def _remember(self, cursor: tuple[str, Mapping[str, Any]] | None) -> None:
        if cursor is not None:
            self._cursors[cursor[0]] = dict(cursor[1])

    @contextmanager
    def forgiving(self, what: str) -> Iterator[None]:
        """Leave one thing that fails for later, so that it does not keep the others waiting; end with the second in a row."""
        try:
            yield
        except Paused:
            raise
        except TryLater as error:
            if self._is_down:
                raise
            self._is_down = True
            self.setbacks[what] = error
        else:
            self._is_down = False
            self.setbacks.pop(what, None)


_LATEST = """
with latest as (

    select
        entity,
        source_key,
        arg_max(payload::text, version) filter (where entity <> 'recording') as payload,
        arg_max(payload_sha256, version) as payload_sha256
    from raw.payloads
    where athlete_id = $athlete_id and source = $source and list_contains($entities, entity)
    group by entity, source_key
    having not arg_max(is_deleted, version)

)
"""


def day_in(cursor: Mapping[str, Any], name: str) -> date | None:
    """A day that a cursor remembers."""
    text = cursor.get(name)
    return date.fromisoformat(text) if text else None


def _midnight(day: date | None) -> datetime | None:
    """Local days as the ledger compares them: texts without a zone are read as UTC there, and so are these."""
    return None if day is None else datetime.combine(day, time(), UTC)
