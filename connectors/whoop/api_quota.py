"""WHOOP's quota headers, read into buckets: 100 calls a minute and 10,000 a day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.http import Bucket

_POLICY = re.compile(r"(?P<limit>\d+)\s*;\s*window=(?P<window_s>\d+)")
_NAMES = {60: "a minute", 3600: "an hour", 86_400: "a day"}


def read_quota(headers: Mapping[str, str], now: datetime) -> Sequence[Bucket]:
    """The quota that is nearest to its end, which is the one the headers count; nothing when they do not say.

    `X-RateLimit-Limit` names that one's limit first and then every quota with its window:
    `100, 100;window=60, 10000;window=86400`.
    """
    told = headers.get("x-ratelimit-limit", "")
    nearest = re.match(r"\s*(\d+)", told)
    remaining = _number(headers.get("x-ratelimit-remaining"))
    reset_s = _number(headers.get("x-ratelimit-reset"))
    if nearest is None or remaining is None or reset_s is None:
        return ()
    limit = int(nearest[1])
    windows_s = [int(each["window_s"]) for each in _POLICY.finditer(told) if int(each["limit"]) == limit]
    # Two quotas of one size: the window that the time to its end fits into.
    fitting_s = sorted(each for each in windows_s if each >= reset_s) or windows_s
    name = _NAMES.get(fitting_s[0], f"{fitting_s[0]} s") if fitting_s else "unnamed"
    used = max(0, limit - remaining)
    return (Bucket(name=name, limit=limit, used=used, resets_at=now + timedelta(seconds=reset_s)),)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isdecimal() else None
