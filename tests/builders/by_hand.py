"""A home that is set up and holds nothing yet, and a small warehouse of recorded activities beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from flows.athlete import AthleteFacts, introduce, open_home
from flows.home import Home
from flows.settings import Settings, load_settings

ZONE = "Europe/Berlin"


def new_home(root: Path, *, now: datetime) -> tuple[Home, Settings]:
    """A home of a runner in Berlin."""
    home = Home(root / "home")
    settings = open_home(home, load_settings(home))
    introduce(home, settings, AthleteFacts(name="Alex", time_zone=ZONE), now=now)
    return home, open_home(home, load_settings(home))


def publish_activities(home: Home, *activities: tuple[str, str, float, float, tuple[str, ...]]) -> None:
    """A warehouse with these activities: id, local start, metres, seconds and the ids of their recordings."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute(
            "create or replace table marts.activities (athlete_id text, activity_id text, local_date date, "
            "local_started_at timestamp, sport text, distance_m double, moving_s double)"
        )
        con.execute(
            "create or replace table marts.recordings (athlete_id text, recording_id text, activity_id text, moving_s double)"
        )
        con.execute(
            "create or replace table marts.questions (athlete_id text, question_id text, kind text, activity_id text, "
            "other_id text, local_date date, other_distance_m double)"
        )
        for activity_id, started_at, distance_m, moving_s, recordings in activities:
            con.execute(
                "insert into marts.activities values ('me', ?, ?, ?, 'run', ?, ?)",
                [activity_id, started_at[:10], started_at, distance_m, moving_s],
            )
            for recording_id in recordings:
                con.execute("insert into marts.recordings values ('me', ?, ?, null)", [recording_id, activity_id])


def publish_doubt(home: Home, activity_id: str, other_id: str) -> None:
    """Beside a published activity another one that lies at the same time, does not count and is asked about."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("insert into marts.recordings values ('me', ?, ?, 1800)", [other_id, other_id])
        con.execute(
            "insert into marts.questions select athlete_id, 'overlap', 'overlap', activity_id, ?, local_date, 5000 "
            "from marts.activities where activity_id = ?",
            [other_id, activity_id],
        )
