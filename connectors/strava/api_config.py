"""What the owner can set about Strava's API: where it is, what may be kept, how much to ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.http import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class StravaConfig:
    """The addresses change in 2027, so they are configuration, and paths are joined to whatever stands here.

    `keeps_locations`: without it no coordinate is asked for or kept. `retention_days`: what started longer ago is
    neither fetched nor kept; None keeps all. `details_per_sync`: None goes on for as long as the quota lasts.
    """

    base_url: str = "https://www.strava.com/api/v3"
    oauth_url: str = "https://www.strava.com/oauth"
    keeps_locations: bool = False
    retention_days: int | None = None
    page_size: int = 200
    details_per_sync: int | None = None
    patience: Patience = field(default_factory=Patience)
