"""Where WHOOP's API is, how long to wait for it, and how far back the account goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from connectors.http import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoopConfig:
    """WHOOP's addresses, which tests and a change of host replace. Nothing from before `first_date` is fetched."""

    base_url: str = "https://api.prod.whoop.com/developer"
    oauth_url: str = "https://api.prod.whoop.com/oauth/oauth2"
    first_date: date | None = None
    patience: Patience = field(default_factory=Patience)
