"""When the brief may leave: as soon as last night is scored, at the latest at the cut-off, at once where no night is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from flows import clock
from flows.home import Home
from flows.settings import Settings

# A tracker that has been in a drawer for a fortnight is not waited for (ours: longer than any charging or a lost week).
_EXPECTED_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Whether the brief may be mailed now; `note` is what its reader must know, `waiting` why it is not mailed yet."""

    is_due: bool
    note: str = ""
    waiting: str = ""


def brief_due(home: Home, settings: Settings, *, day: date, now: datetime) -> Due:
    """What the published warehouse says of last night decides; a score that came after the cut-off changes no mail."""
    cutoff = f"{settings.cutoff:%H:%M}"
    if not _is_night_awaited(home, settings.athlete_id, day):
        return Due(is_due=True)
    if now >= clock.at_local(day, settings.cutoff, settings.time_zone):
        return Due(is_due=True, note=f"Sync pending: last night's recovery had not arrived by {cutoff}.")
    return Due(
        is_due=False,
        note=f"Last night's recovery has not arrived yet. The mail waits for it until {cutoff}.",
        waiting=f"waiting for last night's recovery until {cutoff}",
    )


def _is_night_awaited(home: Home, athlete_id: str, day: date) -> bool:
    """True when nights of this athlete have been arriving lately, and last night's has not."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        newest = con.execute(
            "select max(newest_local_date) from marts.source_freshness where athlete_id = ? and kind = 'recovery'",
            [athlete_id],
        ).fetchone()
        arrived = con.execute(
            "select 1 from marts.athlete_days where athlete_id = ? and local_date = ? and has_recovery",
            [athlete_id, day],
        ).fetchone()
    is_expected = newest is not None and newest[0] is not None and day - newest[0] <= _EXPECTED_WITHIN
    return is_expected and arrived is None
