"""Recorded activities as the published warehouse knows them, found by day or by any name that a page or a list gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from flows.home import Home
from flows.settings import Settings
from reports import marts
from reports.format import short_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity of the marts; `recordings` are the ids of what it was merged from, its own name first."""

    activity_id: str
    recordings: tuple[str, ...]
    local_date: date
    local_started_at: datetime
    sport: str
    distance_m: float | None
    moving_s: float | None

    @property
    def short_id(self) -> str:
        """The last part of the name of its page."""
        return short_id(self.activity_id)

    def is_called(self, name: str) -> bool:
        """Whether a name means it: an id of the activity or of a recording, its short id or the name of its page."""
        page = name.removesuffix(".html").rpartition("-")[2] if name.startswith("run-") else name
        return name in self.recordings or name == self.activity_id or page == self.short_id


def activities_on(home: Home, settings: Settings, day: date) -> tuple[Activity, ...]:
    """The activities of a local day."""
    return _read(home, settings, since=day, until=day)


def recent_activities(home: Home, settings: Settings, *, until: date, days: int) -> tuple[Activity, ...]:
    """The activities of the days up to and with `until`."""
    return _read(home, settings, since=until - timedelta(days=days), until=until)


def find_activities(home: Home, settings: Settings, name: str) -> tuple[Activity, ...]:
    """Every activity that the name means: one, or none. One that does not count beside a better known is found too."""
    known = (*_read(home, settings, since=date.min, until=date.max), *_doubted(home, settings))
    return tuple(one for one in known if one.is_called(name))


def _doubted(home: Home, settings: Settings) -> tuple[Activity, ...]:
    """What lies at the same time as a better known run, and is asked about."""
    if not home.warehouse.exists():
        return ()
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        if not marts.read_questions(con, settings.athlete_id):
            return ()
        rows = con.execute(
            """
            select
                asked.other_id,
                list(members.recording_id order by members.recording_id <> asked.other_id, members.recording_id),
                asked.local_date, counted.local_started_at, counted.sport, asked.other_distance_m,
                any_value(members.moving_s)
            from marts.questions as asked
            inner join marts.activities as counted
                on asked.athlete_id = counted.athlete_id and asked.activity_id = counted.activity_id
            inner join marts.recordings as members
                on asked.athlete_id = members.athlete_id and asked.other_id = members.activity_id
            where asked.athlete_id = ? and asked.kind = 'overlap'
            group by all
            order by asked.other_id
            """,
            [settings.athlete_id],
        ).fetchall()
    return _built(rows)


def _read(home: Home, settings: Settings, *, since: date, until: date) -> tuple[Activity, ...]:
    if not home.warehouse.exists():
        return ()
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        rows = con.execute(
            """
            select
                activities.activity_id,
                list(members.recording_id order by
                    members.recording_id <> activities.activity_id, members.recording_id),
                activities.local_date, activities.local_started_at, activities.sport, activities.distance_m,
                activities.moving_s
            from marts.activities as activities
            inner join marts.recordings as members
                on activities.athlete_id = members.athlete_id and activities.activity_id = members.activity_id
            where activities.athlete_id = ? and activities.local_date between ? and ?
            group by all
            order by activities.local_started_at, activities.activity_id
            """,
            [settings.athlete_id, since, until],
        ).fetchall()
    return _built(rows)


def _built(rows: list[tuple[Any, ...]]) -> tuple[Activity, ...]:
    return tuple(
        Activity(
            activity_id=activity_id,
            recordings=tuple(recordings),
            local_date=local_date,
            local_started_at=local_started_at,
            sport=sport,
            distance_m=distance_m,
            moving_s=moving_s,
        )
        for activity_id, recordings, local_date, local_started_at, sport, distance_m, moving_s in rows
    )
