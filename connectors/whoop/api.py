"""One sync with WHOOP: the last days every time, a quarter every week, and everything every month and at first.

WHOOP scores late, scores again, and finds workouts anew under new ids, so nothing is ever asked for by what changed
last: every window is read again whole, by when things happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from connectors.cursors import read_cursor
from connectors.errors import NotAllowed, SyncEnded
from connectors.http import Api
from connectors.landing import Landed, land
from connectors.syncing import Desk, Reach, Tally
from connectors.tokens import Keeper
from connectors.whoop.api_auth import CONNECTED_AS, NAME, refresh
from connectors.whoop.api_config import WhoopConfig
from connectors.whoop.api_lists import COLLECTIONS, Payload, body, merge, pages, single, started_at
from connectors.whoop.api_quota import read_quota
from connectors.windows import Window, settle

SOURCE = "whoop_api"

_TRAILING = timedelta(days=14)
_SLICE = timedelta(days=90)
# A little less than a week and a month, so that a sync some minutes earlier than the last one does not wait a day more.
_QUARTER_EVERY = timedelta(days=6, hours=12)
_HISTORY_EVERY = timedelta(days=29, hours=12)
# WHOOP is younger than that. It ends the walk also when a server takes no notice of the dates.
_BEGINNING = datetime(2012, 1, 1, tzinfo=UTC)

Lists = dict[str, dict[str, Payload]]


def sync(desk: Desk, tally: Tally, config: WhoopConfig) -> None:
    """Bring the ledger up to what WHOOP has, as far as is due. What was read before an early end is kept."""
    keeper = Keeper(
        desk.tokens, CONNECTED_AS, name=NAME, clock=desk.clock, refresh=partial(refresh, config, clock=desk.clock)
    )
    with Api(
        name=NAME,
        source=CONNECTED_AS,
        base_url=config.base_url,
        clock=desk.clock,
        bearer=keeper,
        budget=tally.budget,
        read_quota=read_quota,
        patience=config.patience,
    ) as api:
        _Sync(desk, tally, config, api).run()


class _Sync:
    """One sync under way."""

    def __init__(self, desk: Desk, tally: Tally, config: WhoopConfig, api: Api) -> None:
        self._desk = desk
        self._tally = tally
        self._api = api
        self._now = desk.clock.now().replace(microsecond=0)
        first = config.first_date
        self._user_id = self._known_user()
        self._first_at = None if first is None else datetime.combine(first, time(), ZoneInfo(desk.home_zone))

    def run(self) -> None:
        history, quarter = self._cursor("history"), self._cursor("quarter")
        is_unfinished = bool(history) and "ended_at" not in history
        if self._desk.reach is Reach.EVERYTHING or (not is_unfinished and self._is_due(history, _HISTORY_EVERY)):
            is_first = not history or (is_unfinished and history["is_first"])
            history = {"begun_at": self._now.isoformat(), "reached": None, "is_first": is_first}
        else:
            newest = max((history, quarter), key=lambda cursor: str(cursor.get("begun_at", "")))
            is_quarter = self._is_due(newest, _QUARTER_EVERY)
            since = self._now - (_SLICE if is_quarter else _TRAILING)
            cursor = {"begun_at": self._now.isoformat()} if is_quarter else None
            self._settle(self._read(since, None), since, None, ("quarter", cursor) if cursor else None)
        self._land("body", {"me": body(self._api)})
        if "ended_at" not in history:
            self._walk(history)

    def _walk(self, history: Mapping[str, Any]) -> None:
        """Everything there is, newest first, a quarter at a time; each one ends with a cursor to go on from.

        A quarter without anything is followed by the newest thing before it, however long ago. When there is none,
        the last window is open to the past. So the windows leave no gap in which something deleted could stay.
        """
        begun_at = datetime.fromisoformat(history["begun_at"])
        until = datetime.fromisoformat(history["reached"]) if history["reached"] else None
        while True:
            what = "everything" if history["is_first"] else "the monthly look at everything"
            self._tally.held_back["history"] = f"{what} before {(until or begun_at).date()} is still to come"
            since = self._quarter_before(until or begun_at)
            lists = self._read(since, until)
            if since is not None and not any(lists.values()):
                newest_at = self._newest_before(since)
                since = None if newest_at is None else self._quarter_before(newest_at)
                lists = self._read(since, until)
            reached = {"ended_at": self._now.isoformat()} if since is None else {"reached": since.isoformat()}
            self._settle(lists, since, until, ("history", {**history, **reached}))
            if since is None:
                break
            until = since
        del self._tally.held_back["history"]

    def _quarter_before(self, at: datetime) -> datetime | None:
        """Where the window before an instant begins; None is open to the past, or to the athlete's own first date."""
        since = at - _SLICE
        return since if since > (self._first_at or _BEGINNING) else None

    def _read(self, since: datetime | None, until: datetime | None) -> Lists:
        """The four lists of a window, whole. When one breaks off, what was read so far is landed first."""
        lists: Lists = {}
        try:
            for collection in COLLECTIONS:
                listed = lists[collection.entity] = {}
                for page in pages(self._api, collection, since=self._bounded(since), until=until):
                    self._check_same(page)
                    merge(listed, page)
        except SyncEnded:
            for entity, listed in lists.items():
                self._land(entity, listed)
            raise
        return lists

    def _settle(
        self,
        lists: Lists,
        since: datetime | None,
        until: datetime | None,
        cursor: tuple[str, Mapping[str, Any]] | None,
    ) -> None:
        for collection in COLLECTIONS:
            listed = lists[collection.entity]
            landed = settle(
                self._desk.store,
                Window(
                    athlete_id=self._desk.athlete_id,
                    source=SOURCE,
                    entity=collection.entity,
                    payloads=listed,
                    happened="$.start",
                    since=self._bounded(since),
                    until=until,
                    timed_by=collection.timed_by,
                ),
                confirm=partial(single, self._api, collection),
                now=self._desk.clock.now(),
                cursor=cursor if collection is COLLECTIONS[-1] else None,
            )
            self._tally.add(landed)
            self._saw(listed)

    def _known_user(self) -> str | None:
        """Whose data the ledger holds; None before there is any."""
        with self._desk.store.open_ledger() as con:
            row = con.execute(
                """
                select arg_max(payload ->> 'user_id', landed_at)
                from raw.payloads
                where athlete_id = ? and source = ? and not is_deleted
                """,
                [self._desk.athlete_id, SOURCE],
            ).fetchone()
        return None if row is None else row[0]

    def _check_same(self, page: Mapping[str, Payload]) -> None:
        """Raise when the sign-in is another person's: to it all that was fetched so far is gone."""
        for payload in page.values():
            user_id = payload.get("user_id")
            if user_id is None:
                continue
            self._user_id = self._user_id or str(user_id)
            if str(user_id) != self._user_id:
                raise NotAllowed(
                    f"This sign-in is another {NAME} member's than what was fetched so far.",
                    f"Sign in as before (`pacewright connect {CONNECTED_AS}`), or remove what was fetched first: "
                    f"`pacewright purge {SOURCE}`.",
                )

    def _newest_before(self, until: datetime) -> datetime | None:
        """When the newest thing before that instant happened; None when there is none."""
        found: list[datetime] = []
        for collection in COLLECTIONS:
            if collection.timed_by is None:
                first_page = next(pages(self._api, collection, since=self._first_at, until=until, size=1))
                found += [at for at in map(started_at, first_page.values()) if at is not None]
        return max(found, default=None)

    def _land(self, entity: str, payloads: Mapping[str, Payload | None]) -> None:
        things = [
            Landed(athlete_id=self._desk.athlete_id, source=SOURCE, entity=entity, source_key=key, payload=payload)
            for key, payload in payloads.items()
        ]
        if things:
            with self._desk.store.open_ledger() as con:
                self._tally.add(land(con, things, now=self._desk.clock.now()))

    def _saw(self, listed: Mapping[str, Payload]) -> None:
        for payload in listed.values():
            self._tally.saw(started_at(payload))

    def _bounded(self, since: datetime | None) -> datetime | None:
        """Not before the athlete's own first date."""
        if self._first_at is None or (since is not None and since > self._first_at):
            return since
        return self._first_at

    def _is_due(self, cursor: Mapping[str, Any], every: timedelta) -> bool:
        return not cursor or self._now - datetime.fromisoformat(cursor["begun_at"]) >= every

    def _cursor(self, name: str) -> dict[str, Any]:
        with self._desk.store.open_ledger() as con:
            return read_cursor(con, athlete_id=self._desk.athlete_id, source=SOURCE, name=name)
