"""What Strava says beside its data: how much of the quotas is used, and why it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.errors import NotAllowed, SignInAgain, SyncEnded
from connectors.http import Bucket

NAME = "Strava"
SOURCE = "strava_api"
CONNECTS_AS = "strava"
SCOPES = ("read", "activity:read_all", "profile:read_all")

EVERY_BOX = f"Run `pacewright connect {CONNECTS_AS}` and leave every box ticked."
_QUOTAS = (("x-ratelimit", "calls"), ("x-readratelimit", "reads"))
_QUARTER = timedelta(minutes=15)


def read_quota(headers: Mapping[str, str], now: datetime) -> list[Bucket]:
    """The quotas as an answer's headers count them; each value is "quarter hour,day". A header in another form says nothing."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    quarter_ends_at = midnight + ((now - midnight) // _QUARTER + 1) * _QUARTER
    ends = (("in a quarter of an hour", quarter_ends_at), ("in a day", midnight + timedelta(days=1)))
    buckets = []
    for header, what in _QUOTAS:
        with suppress(ValueError):
            limits = [int(each) for each in headers.get(f"{header}-limit", "").split(",")]
            used = [int(each) for each in headers.get(f"{header}-usage", "").split(",")]
            buckets += [
                Bucket(name=f"{what} {span}", limit=limits[i], used=used[i], resets_at=ends_at)
                for i, (span, ends_at) in enumerate(ends[: min(len(limits), len(used))])
            ]
    return buckets


def explain(status: int, body: bytes) -> SyncEnded | None:
    """Strava's own refusals as what to do about them; None for what every vendor says."""
    message, errors = _parsed(body)
    if status == 401 and any(_is(error, code="missing") for error in errors):
        return SignInAgain("Strava's token lacks a permission that we need.", EVERY_BOX)
    if status == 403 and any(_is(error, resource="application", field="status", code="inactive") for error in errors):
        return NotAllowed(
            "Strava has set the app inactive, because its owner has no paid subscription.",
            "Subscribe with the account that owns the app and reactivate it at https://www.strava.com/settings/api, "
            "or import Strava's bulk export instead: it costs nothing.",
        )
    if status == 403 and "limit of connected athletes" in message.lower():
        return NotAllowed(
            "More athletes are connected to the app than Strava allows it.",
            "Disconnect one, or ask for more at https://www.strava.com/settings/api.",
        )
    return None


def _parsed(body: bytes) -> tuple[str, list[Any]]:
    with suppress(orjson.JSONDecodeError):
        said = orjson.loads(body)
        if isinstance(said, dict):
            errors = said.get("errors") or []
            return str(said.get("message") or ""), errors if isinstance(errors, list) else [errors]
    return "", []


def _is(error: Any, **words: str) -> bool:
    return isinstance(error, dict) and all(str(error.get(name)).lower() == word for name, word in words.items())
