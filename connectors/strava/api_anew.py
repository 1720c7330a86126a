"""A look at everything Strava has, begun at the top of all lists; where it is cut off, the next syncs go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.batches import transaction
from connectors.cursors import read_cursor, write_cursor
from connectors.strava.api_activities import ACTIVITIES
from connectors.strava.api_details import RECHECK
from connectors.strava.api_profile import GEAR, PROFILE
from connectors.strava.api_rules import SOURCE
from connectors.syncing import Desk


def begin_anew(desk: Desk) -> None:
    """Make everything due: profile, gear, the whole list, and all details and recordings that are held by now."""
    now = desk.clock.now()
    with desk.store.open_ledger() as con, transaction(con):
        activities = read_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=ACTIVITIES)
        cursors: Mapping[str, Mapping[str, Any]] = {
            PROFILE: {},
            GEAR: {},
            ACTIVITIES: {**activities, "sweep_before": None, "swept_at": None},
            RECHECK: {"begun_at": now, "before": None},
        }
        for name, cursor in cursors.items():
            write_cursor(con, athlete_id=desk.athlete_id, source=SOURCE, name=name, cursor=cursor, now=now)
