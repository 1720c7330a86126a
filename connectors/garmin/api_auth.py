"""Garmin's sign-in: a long-lived key made by the athlete on the web buys access tokens of a day."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.errors import NotAllowed, SignInAgain, SourceChanged, TryLater
from connectors.garmin.api_config import KEY_PAGE, GarminConfig
from connectors.http import Api, Clock, Reply
from connectors.tokens import Grant

NAME = "Garmin"
CONNECT_NAME = "garmin"
NEW_KEY = f"Make a new key at {KEY_PAGE}, then run `pacewright connect {CONNECT_NAME}`."

_TOKEN_PATH = "/personalapitoken-service/personal-api/personal-api-key/token"  # noqa: S105  an address, no secret
# A token lives a day, or until its key ends. One that lives noticeably less than a day says when that is.
_TOKEN_LIFE = timedelta(hours=24)
_TOKEN_LIFE_MARGIN = timedelta(hours=1)
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_KEY_LENGTH = range(8, 4097)


def sign_in(config: GarminConfig, key: str, *, clock: Clock) -> Grant:
    """A grant made of the key the athlete pasted. Raises SignInAgain when Garmin does not know the key."""
    key = key.strip().strip("\"'").strip()
    if len(key) not in _KEY_LENGTH or not key.isascii() or not key.isprintable() or " " in key:
        raise SignInAgain("That is not a Garmin key.", NEW_KEY)
    grant = Grant(source=CONNECT_NAME, key=key, signed_in_at=clock.now())
    return refresh(config, grant, clock=clock)


def refresh(config: GarminConfig, grant: Grant, *, clock: Clock) -> Grant:
    """The grant with a new access token, bought with its key. Buying twice does no harm, so it is tried again."""
    _refuse_china(config.base_url)
    if not grant.key:
        raise SignInAgain("There is no Garmin key.", NEW_KEY)
    with Api(name=NAME, source=CONNECT_NAME, base_url=config.base_url, clock=clock, patience=config.patience) as api:
        reply = _exchanged(api, config, grant, clock)
    token = reply.body.decode("ascii", "replace").strip().strip("\"'").strip()
    claims = claims_of(token)
    if claims is None:
        raise SourceChanged(
            "Garmin's answer to the key is not a token as we know it.", "Upgrade Pacewright, or report it."
        )
    now = clock.now()
    expires_at = _instant(claims.get("exp")) or now + _TOKEN_LIFE
    key_ends_at = grant.key_ends_at
    if expires_at - now < _TOKEN_LIFE - _TOKEN_LIFE_MARGIN and key_ends_at is None:
        key_ends_at = expires_at
    return replace(grant, access_token=token, expires_at=expires_at, key_ends_at=key_ends_at)


def revoke(config: GarminConfig, grant: Grant, *, clock: Clock) -> None:
    """Garmin has no call that ends a key: forgetting it is all there is, and the athlete deletes it on the key page."""


def claims_of(token: str) -> dict[str, Any] | None:
    """What a JWT says of itself, its signature unchecked; None for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts[:2]):
        return None
    with suppress(binascii.Error, ValueError):
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return claims if isinstance(claims, dict) else None
    return None


def _exchanged(api: Api, config: GarminConfig, grant: Grant, clock: Clock) -> Reply:
    failure = TryLater("Garmin gives no access token at the moment.", "Nothing to do: the next sync tries again.")
    wait_s = config.patience.first_wait_s
    for attempt in range(config.patience.tries):
        if attempt:
            clock.sleep(wait_s)
            wait_s = min(2 * wait_s, config.patience.longest_wait_s)
        try:
            reply = api.send_once("POST", _TOKEN_PATH, headers={"Authorization": f"ApiKey {grant.key}"})
        except TryLater as error:
            # Not `Unanswered`: a purchase that may have been made costs nothing, so no trace of it need be kept.
            failure = TryLater(error.fact, error.remedy)
            continue
        if reply.status == 200 and claims_of(reply.body.decode("ascii", "replace").strip().strip("\"'")) is not None:
            return reply
        if reply.status == 401:
            raise SignInAgain(_why_refused(grant, clock.now()), NEW_KEY)
        if reply.status == 403:
            # A gatekeeper says so, too; the key may be good, and a good key is not given up for that.
            raise NotAllowed("Garmin refuses to hand out an access token (403).", NEW_KEY)
        if reply.status == 200 and not reply.body.lstrip().startswith(b"<"):
            # Cut short, perhaps; a token that stays unreadable is told apart by the caller.
            if attempt == config.patience.tries - 1:
                return reply
        elif reply.status != 200 and reply.status not in _PASSING:
            raise SourceChanged(
                f"Garmin does not understand how we hand in the key ({reply.status}).",
                "Upgrade Pacewright; if that does not help, report it with this number.",
            )
        retry_after = reply.headers.get("retry-after", "")
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9:
            if int(retry_after) > config.patience.longest_wait_s:
                raise TryLater(
                    failure.fact, failure.remedy, resumes_at=clock.now() + timedelta(seconds=int(retry_after))
                )
            wait_s = max(wait_s, float(retry_after))
    raise failure


def _why_refused(grant: Grant, now: datetime) -> str:
    if grant.key_ends_at is not None and grant.key_ends_at <= now:
        return f"The Garmin key ended on {grant.key_ends_at:%Y-%m-%d}."
    return "Garmin does not accept the key: it has ended, was deleted or was copied incompletely."


def _refuse_china(base_url: str) -> None:
    host = urlsplit(base_url).hostname or ""
    if host.endswith(".cn"):
        raise NotAllowed(
            "Garmin China's Personal API does not hand out access tokens, so it cannot be used.",
            "Import the account export instead: `pacewright import FILE.zip`.",
        )


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(seconds, UTC)
    return None
