"""The list of activities: newest first, landed page by page, and nothing called gone before Strava has confirmed it.

A page begins where the one before ended in time, not in number: what is added or deleted meanwhile moves nobody past us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.cursors import read_cursor
from connectors.landing import Landed, land
from connectors.strava.api_client import Strava, has_hidden_start, start_of
from connectors.strava.api_rules import SOURCE
from connectors.syncing import Desk, Tally
from connectors.windows import Window, settle

# Edits and late uploads of the last fortnight are found by every sync, older ones by the sweep.
TRAILING = timedelta(days=14)
SWEEP_EVERY = timedelta(days=30)
ACTIVITIES = "activities"
# In a detail and in no summary.
_ONLY_IN_DETAIL = frozenset(
    {
        "available_zones",
        "best_efforts",
        "calories",
        "description",
        "embed_token",
        "gear",
        "laps",
        "perceived_exertion",
        "photos",
        "prefer_perceived_exertion",
        "private_note",
        "segment_efforts",
        "similar_activities",
        "splits_metric",
        "splits_standard",
        "stats_visibility",
    }
)

Mark = Callable[[int | None], Mapping[str, Any] | None]


def land_activities(desk: Desk, tally: Tally, strava: Strava, *, keep_since: datetime | None) -> None:
    """Land what the list holds: the last fortnight always, everything when that is due or was begun.

    `keep_since` is the start before which nothing is kept.
    """
    with desk.store.open_ledger() as con:
        cursor = read_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=ACTIVITIES)
    walk = _Walk(desk=desk, tally=tally, strava=strava, keep_since=keep_since)
    now = desk.clock.now()
    watermark = datetime.fromisoformat(cursor["watermark"]) if cursor.get("watermark") else None
    position = cursor.get("sweep_before")
    swept_at = cursor.get("swept_at")
    is_due = swept_at is None or now - datetime.fromisoformat(swept_at) >= SWEEP_EVERY
    if position is None and is_due:
        # From the top: that is the last fortnight too.
        position = None
    elif watermark is not None:
        # A start in the future would move the fortnight away from today.
        floor = min(watermark, now) - TRAILING
        walk.down(None, floor=floor, mark=lambda at: walk.marked(cursor) if at is None else None)
        if position is None:
            return
        cursor = dict(walk.marked(cursor))

    def swept(at: int | None) -> Mapping[str, Any]:
        if at is not None:
            return {**walk.marked(cursor), "sweep_before": at}
        return {**walk.marked(cursor), "sweep_before": None, "swept_at": desk.clock.now()}

    walk.down(position, floor=keep_since, mark=swept)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Going down the list. `seen` is every summary listed on the way."""

    desk: Desk
    tally: Tally
    strava: Strava
    keep_since: datetime | None
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def down(self, before: int | None, *, floor: datetime | None, mark: Mark) -> None:
        """Land everything that started before that second, down to the floor; `mark` is the cursor at each stage.

        Whatever started in the second where a page ends is asked for again with the next page.
        """
        number, stretch = 1, dict[str, dict[str, Any]]()
        if floor is None or (self.keep_since is not None and self.keep_since > floor):
            floor = self.keep_since
        while True:
            rows = self.strava.page(before=before, number=number)
            stretch |= rows
            self.seen |= rows
            # A hidden start is listed by the true one, so it does not say how far down we are.
            starts = [start for each in stretch.values() if not has_hidden_start(start := start_of(each))]
            oldest = min(starts, default=None)
            if not rows or (floor is not None and oldest is not None and oldest < floor):
                self._settle(stretch, since=floor, before=before, cursor=mark(None))
                return
            position = None if oldest is None else int(oldest.timestamp()) + 1
            if position is None or (before is not None and position >= before):
                number += 1
                continue
            self._settle(stretch, since=_instant(position), before=before, cursor=mark(position))
            before, number, stretch = position, 1, {}

    def marked(self, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        """The cursor with the newest start that was seen."""
        starts = [start_of(each).isoformat() for each in self.seen.values()]
        return {**cursor, "watermark": max([*starts, cursor.get("watermark") or ""]) or None}

    def _settle(
        self,
        rows: Mapping[str, dict[str, Any]],
        *,
        since: datetime | None,
        before: int | None,
        cursor: Mapping[str, Any] | None,
    ) -> None:
        kept = {key: row for key, row in rows.items() if self._is_kept(row)}
        for row in kept.values():
            self.tally.saw(start_of(row))
        window = Window(
            athlete_id=self.desk.athlete_id,
            source=SOURCE,
            entity="activity",
            payloads=kept,
            happened="start_date",
            since=since,
            until=None if before is None else _instant(before),
        )
        named = None if cursor is None else (ACTIVITIES, cursor)
        self.tally.add(settle(self.desk.store, window, confirm=self._confirm, now=self.desk.clock.now(), cursor=named))

    def _confirm(self, activity_id: str) -> Mapping[str, Any] | None:
        """The activity's summary, or None if it is gone; landed at once, so that no quota makes us ask twice."""
        summary = self.seen.get(activity_id) or self._asked_for(activity_id)
        if summary is not None and not self._is_kept(summary):
            summary = None
        thing = Landed(
            athlete_id=self.desk.athlete_id,
            source=SOURCE,
            entity="activity",
            source_key=activity_id,
            payload=summary,
        )
        with self.desk.store.open_ledger() as con:
            landed = land(con, [thing], now=self.desk.clock.now())
        if landed.appended:
            self.tally.add(landed)
        return summary

    def _asked_for(self, activity_id: str) -> dict[str, Any] | None:
        detail = self.strava.detail(activity_id)
        if detail is None:
            return None
        summary = self.strava.summary_around(activity_id, start_of(detail, "detail"))
        if summary is not None:
            return summary
        # Strava may know it and yet list it nowhere; the detail holds all that a summary does.
        return {name: value for name, value in detail.items() if name not in _ONLY_IN_DETAIL} | {"resource_state": 2}

    def _is_kept(self, summary: Mapping[str, Any]) -> bool:
        return self.keep_since is None or start_of(summary) >= self.keep_since


def _instant(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
