"""Which instants a recording may carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# A FIT clock that was never set says 1989-12-31; a GPS receiver whose week counter rolled over lands 19.6 years back.
# No consumer device recorded runs before this.
EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)
# Local times read as UTC are up to 14 hours ahead, and a watch may be set a day wrong.
LATEST_AFTER_NOW = timedelta(days=2)


def is_plausible(instant: datetime, *, now: datetime) -> bool:
    """Whether a run can have happened then."""
    return EARLIEST_AT <= instant <= now + LATEST_AFTER_NOW
