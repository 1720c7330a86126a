"""What happened to the sample athlete beside training: where they were, what went wrong, which races they ran.

Every date hangs on today, snapped to the weekday on which such a thing happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HOME_ZONE: Final = "Europe/Berlin"
HISTORY_DAYS: Final = 1095
STRAP_DAYS: Final = 760  # the strap was bought after the first watch

_THURSDAY, _SATURDAY, _SUNDAY = 3, 5, 6
_SECOND_RECORDINGS_DAYS = 84
_SECOND_RECORDING_WEEKDAYS = (1, 6)
_NEW_WATCH_DAYS = 430


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    name: str
    distance_m: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The fixed points of three years that end today; what was before `since` is in no take-out."""

    seed: int
    today: date
    since: date = date.min

    def days_before(self, day: date) -> int:
        return (self.today - day).days

    def weeks_before(self, day: date) -> int:
        """How many Mondays lie between the day's week and today's."""
        monday, this_monday = (each - timedelta(days=each.weekday()) for each in (day, self.today))
        return (this_monday - monday).days // 7

    @property
    def first_date(self) -> date:
        return max(self.today - timedelta(days=HISTORY_DAYS), self.since)

    @property
    def first_strap_date(self) -> date:
        return self.today - timedelta(days=STRAP_DAYS)

    @property
    def injury(self) -> tuple[date, date]:
        """First and last day of three weeks without running."""
        return self._ago(640), self._ago(620)

    @property
    def illness(self) -> tuple[date, date]:
        """First and last day of an illness without running."""
        return self._ago(236), self._ago(231)

    @property
    def travels(self) -> tuple[tuple[date, date, str], ...]:
        """First day, last day and zone of each time away: ten days over the Atlantic, a long weekend on UTC."""
        return (
            (self._ago(285), self._ago(276), "America/New_York"),
            (self._ago(451), self._ago(448), "Atlantic/Reykjavik"),
        )

    @property
    def races(self) -> dict[date, Race]:
        """A 10K each year, a half marathon last year and two short ones between."""
        return {
            self._last(_SUNDAY, 905): Race(
                name="Canal 10K", distance_m=10000.0, note="First race ever. Started far too fast."
            ),
            self._last(_SUNDAY, 545): Race(name="Canal 10K", distance_m=10000.0),
            self._last(_SUNDAY, 330): Race(
                name="City Half Marathon", distance_m=21097.5, note="Even splits, proud of it."
            ),
            self._last(_SATURDAY, 190): Race(name="Park 5K", distance_m=5000.0),
            self._last(_SATURDAY, 118): Race(
                name="Park 5K", distance_m=5000.0, note='Windy, but "PB" 🎉,\nlegs felt fine.'
            ),
            self._last(_SUNDAY, 63): Race(name="Canal 10K", distance_m=10000.0, note="Negative split."),
        }

    @property
    def spike_date(self) -> date:
        """A trail run far beyond anything in the month before it; nothing bad follows."""
        return self._last(_SUNDAY, 146)

    @property
    def without_heart_rate(self) -> frozenset[date]:
        return frozenset({self._last(_THURSDAY, 77), self._last(_THURSDAY, 412)})

    @property
    def manual_dates(self) -> frozenset[date]:
        """Runs typed into Strava by hand, without a file."""
        return frozenset({self._last(_SATURDAY, 90), self._last(_SATURDAY, 500)})

    @property
    def cut_off_date(self) -> date:
        """A run whose file ends in the middle: the watch's battery gave up."""
        return self._last(_THURSDAY, 133)

    @property
    def watch_only_date(self) -> date:
        """A run that never reached Strava; its file lies in the watch folder only."""
        return self._last(_SATURDAY, 139)

    @property
    def broken_file_date(self) -> date:
        """A file of which nothing can be saved."""
        return self._last(_THURSDAY, 98)

    @property
    def settings_date(self) -> date:
        """When the second watch was set up and wrote its settings beside the activities."""
        return self._ago(_SECOND_RECORDINGS_DAYS + 2)

    def is_injured(self, day: date) -> bool:
        return self.injury[0] <= day <= self.injury[1]

    def is_ill(self, day: date) -> bool:
        return self.illness[0] <= day <= self.illness[1]

    def has_new_watch(self, day: date) -> bool:
        return self.days_before(day) <= _NEW_WATCH_DAYS

    def has_second_recording(self, day: date) -> bool:
        return self.days_before(day) <= _SECOND_RECORDINGS_DAYS and day.weekday() in _SECOND_RECORDING_WEEKDAYS

    def has_strap(self, day: date) -> bool:
        """Whether the strap was worn in the night that ended on `day`: a few nights it lay in the charger or at home."""
        return self.days_before(day) not in (700, 612, 513, 512, 511, 395, 260, 171, 96, 33)

    def is_flying(self, day: date) -> bool:
        return any(day in (first, last) for first, last, _ in self.travels)

    def zone_on(self, day: date) -> str:
        return next((zone for first, last, zone in self.travels if first <= day <= last), HOME_ZONE)

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def _last(self, weekday: int, days: int) -> date:
        """The last such weekday on or before so many days ago."""
        day = self._ago(days)
        return day - timedelta(days=(day.weekday() - weekday) % 7)


def unix_s(local_at: datetime, zone: str) -> int:
    """The instant of a wall-clock time in a zone, in Unix seconds."""
    return round(local_at.replace(tzinfo=ZoneInfo(zone)).timestamp())


def utc_offset_s(at: int, zone: str) -> int:
    """How far the zone's wall clock is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0
