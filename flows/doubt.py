"""Whether the clock can be believed: against the newest instant that the ledger knows of from before today."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flows import clock
from flows.home import Home
from flows.ledger import open_ledger

# 2026-11-30: longer than people are away from a machine that runs every morning, and far shorter than the years by which
# a clock without its battery is wrong. Who comes back later than that gets the first brief as a page and the second by
# mail: a day before today that the ledger knows of is all the confirmation that is needed.
_LONGEST_GAP = timedelta(days=60)
# A clock that was set back by travel or by the time service is no fault.
_BACKWARDS = timedelta(days=1, hours=2)

_KNOWN_SINCE = """
    select max(known_at) filter (where known_at < $today_at), max(known_at)
    from (
        select landed_at as known_at from raw.payloads
        union all
        select decided_at from coach.decisions
    )
"""
# The ledger only ever appends decisions, so their order in it is that in which they were made, whatever the clock said.
_LAST_OF_ANOTHER_DAY = """
    select decided_at from coach.decisions
    where decided_at < $today_at or decided_at >= $today_at + interval 1 day
    order by rowid desc limit 1
"""


def clock_doubt(home: Home, *, now: datetime, zone: str) -> str:
    """Why nothing may be mailed by this clock, or nothing. A jump ahead or back is believed once it was seen on two days."""
    today: date = clock.local_date(now, zone)
    today_at = {"today_at": clock.at_local(today, time(), zone)}
    with open_ledger(home.ledger) as con:
        row = con.execute(_KNOWN_SINCE, today_at).fetchone()
        last = con.execute(_LAST_OF_ANOTHER_DAY, today_at).fetchone()
    before, newest = row if row else (None, None)
    if last is not None:
        newest = last[0]
    if newest is not None and newest - now > _BACKWARDS:
        return (
            f"the clock says {today}, but something was recorded on {newest:%Y-%m-%d}. If the clock is right now, mail goes "
            "out again tomorrow; if not, set it and run this again"
        )
    if before is not None and now - before > _LONGEST_GAP:
        return (
            f"the clock says {today}, {(now - before).days} days after anything known before. If that is right, mail goes out "
            "again tomorrow; if not, set the clock"
        )
    return ""
