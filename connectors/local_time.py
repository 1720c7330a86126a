"""A clock on the wall as an instant, also in the hour that is skipped and the hour that comes twice."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which clocks in the zone showed this naive time.

    An hour that comes twice in autumn means the first time; a time skipped in spring is moved forward by what was
    skipped (02:30 means 03:30), as by someone who had not yet put the clock forward.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def utc_offset_s(at: datetime, zone: ZoneInfo) -> int:
    """How far the zone's clocks are ahead of UTC at this instant."""
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "zones know their offset"
    return int(offset.total_seconds())


def utc_text(at: datetime) -> str:
    """The instant as the ledger writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_named(name: str) -> ZoneInfo | None:
    """The zone with this IANA name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A name such as `../etc` or that of a folder of zones is refused in different ways.
        return None
