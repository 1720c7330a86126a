"""Where Garmin's Personal API is and how much of it one sync asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from connectors.http import Patience

KEY_PAGE = "connect.garmin.com/app/settings/personalApiToken"

# The longest range, in days, that one call may span; longer ones are answered with 400 or 500.
# Days are documented as a year, but more than some 90 fail.
LONGEST_RANGES: Mapping[str, int] = MappingProxyType({"sleep": 31, "hrv": 365, "day": 31, "stress": 28})
# More on one page is answered with 500, as is the server's own default.
LARGEST_PAGE = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class GarminConfig:
    """One athlete's way to the Personal API.

    spacing_s: Garmin names no quota; a dozen calls at once were answered with 429.
    recent_days, recent_activity_days: looked at again by every sync, because late uploads change the past.
    detail_again_days: details of activities this young are fetched by every sync: effort and feeling are often
        entered afterwards, and the list does not show them.
    slice_days: one step of the way back through all activities.
    sweep_days: how often all activities, and the daily values of the last `sweep_back_days`, are looked at again.
    empty_windows_to_stop: so many ranges without any value end the way back through the daily values. With 31 days
        each this forgives a year without a watch.
    details_per_sync, files_per_sync: a long history arrives over several syncs, newest first.
    file_bytes: one recording, packed or unpacked.
    """

    base_url: str = "https://personal.connectapi.garmin.com"
    spacing_s: float = 0.25
    page: int = 40
    ranges: Mapping[str, int] = field(default_factory=lambda: LONGEST_RANGES)
    recent_days: int = 14
    recent_activity_days: int = 30
    detail_again_days: int = 2
    slice_days: int = 90
    sweep_days: int = 30
    sweep_back_days: int = 92
    empty_windows_to_stop: int = 12
    details_per_sync: int = 400
    files_per_sync: int = 400
    file_bytes: int = 64 * 1024**2
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        if not 2 <= self.page <= LARGEST_PAGE:
            raise ValueError(f"a page of activities has 2 to {LARGEST_PAGE} of them")
        for entity, longest in LONGEST_RANGES.items():
            if not 1 <= self.ranges.get(entity, 0) <= longest:
                raise ValueError(f"a range of {entity} spans 1 to {longest} days")
