"""Signing in at WHOOP: the code's exchange, refresh tokens that work once, and taking the leave back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from connectors.errors import NotAllowed, SignInAgain, TryLater, Unanswered
from connectors.http import Api, Clock, Reply, sign_in
from connectors.oauth import Answer, App, SignInFailed, check_scopes
from connectors.tokens import Grant
from connectors.whoop.api_config import WhoopConfig

NAME = "WHOOP"
CONNECTED_AS = "whoop"
# The profile is not among them: nothing here needs a name or an address. Without `offline` there is no refresh token.
SCOPES = ("read:recovery", "read:cycles", "read:sleep", "read:workout", "read:body_measurement", "offline")

_AGAIN = "Run `pacewright connect whoop` again"
_NEXT_TIME = "Nothing to do: the next sync tries again."
# Refused before anything was done with the token; every other fault may have come after it was used up.
_NEVER_BEGUN = frozenset({403, 408, 425, 429, 503})


def app(config: WhoopConfig, *, client_id: str, redirect_uri: str) -> App:
    """The owner's app as registered with WHOOP, for the page on which the athlete says yes."""
    return App(
        name=NAME,
        source=CONNECTED_AS,
        authorise_url=f"{config.oauth_url}/auth",
        client_id=client_id,
        redirect_uri=redirect_uri,
        scopes=SCOPES,
    )


def exchange(
    config: WhoopConfig, answer: Answer, *, client_id: str, client_secret: str, redirect_uri: str, clock: Clock
) -> Grant:
    """The sign-in that the browser's code stands for. Raises `SignInFailed` when it is refused or grants too little."""
    reply = _ask_for_tokens(
        config,
        clock,
        grant_type="authorization_code",
        code=answer.code,
        redirect_uri=redirect_uri,
        client_id=client_id,
        client_secret=client_secret,
    )
    if 400 <= reply.status < 500:
        if _error(reply) == "invalid_client":
            raise SignInFailed("WHOOP does not know this client id and secret.", f"Check both, then {_AGAIN.lower()}.")
        raise SignInFailed("WHOOP did not accept the code.", f"{_AGAIN}: a code works once, and not for long.")
    tokens = _tokens(reply)
    scopes = tuple(str(tokens.get("scope") or "").split())
    if scopes:
        check_scopes(scopes, app(config, client_id=client_id, redirect_uri=redirect_uri))
    if not tokens.get("refresh_token"):
        raise SignInFailed("WHOOP gave no refresh token.", f"{_AGAIN} and leave every box ticked.")
    bare = Grant(source=CONNECTED_AS, client_id=client_id, client_secret=client_secret, scopes=scopes)
    return replace(_renewed(bare, tokens, clock), signed_in_at=clock.now())


def refresh(config: WhoopConfig, grant: Grant, *, clock: Clock) -> Grant:
    """The sign-in with new tokens; the old refresh token is dead from here on.

    Raises `SignInAgain` when WHOOP turns it down, `Unanswered` when it may have been used up all the same.
    """
    if not grant.refresh_token:
        raise SignInAgain("There is no refresh token for WHOOP.", sign_in(CONNECTED_AS))
    reply = _ask_for_tokens(
        config,
        clock,
        grant_type="refresh_token",
        refresh_token=grant.refresh_token,
        client_id=grant.client_id,
        client_secret=grant.client_secret,
        scope="offline",
    )
    # What the bodies of refusals hold is not published: the status decides, the word only chooses the sentence.
    if reply.status in {400, 401}:
        if _error(reply) == "invalid_client":
            raise SignInAgain("WHOOP no longer knows the app's id and secret.", sign_in(CONNECTED_AS))
        raise SignInAgain("WHOOP refused the refresh token.", sign_in(CONNECTED_AS))
    return _renewed(grant, _tokens(reply), clock)


def revoke(config: WhoopConfig, grant: Grant, *, clock: Clock) -> None:
    """Take the leave back at WHOOP. Raises a `SyncEnded` that says what the athlete can do when that did not work."""
    if grant.expires_at is not None and grant.expires_at <= clock.now():
        grant = refresh(config, grant, clock=clock)
    with _api(config, clock) as api:
        bearer = {"Authorization": f"Bearer {grant.access_token}"}
        reply = api.send_once("DELETE", "/v2/user/access", headers=bearer)
    if not 200 <= reply.status < 300:
        raise NotAllowed(
            f"WHOOP did not take the leave back ({reply.status}).",
            "Remove the app in WHOOP's own settings, under the apps that are connected.",
        )


def _ask_for_tokens(config: WhoopConfig, clock: Clock, **form: str) -> Reply:
    """One question at the token endpoint, never repeated: what it carries works once."""
    with _api(config, clock) as api:
        reply = api.send_once("POST", f"{config.oauth_url}/token", form=form, headers={"Accept": "application/json"})
    if reply.status in _NEVER_BEGUN:
        raise TryLater(f"WHOOP is busy ({reply.status}).", _NEXT_TIME)
    if not 200 <= reply.status < 300 and reply.status not in {400, 401}:
        raise Unanswered(f"WHOOP has a fault of its own ({reply.status}).", _NEXT_TIME)
    return reply


def _api(config: WhoopConfig, clock: Clock) -> Api:
    return Api(name=NAME, source=CONNECTED_AS, base_url=config.base_url, clock=clock, patience=config.patience)


def _tokens(reply: Reply) -> Mapping[str, Any]:
    """The answer of the token endpoint, if it is one. What cannot be read may hold tokens: that is no clear answer."""
    with suppress(orjson.JSONDecodeError):
        answer = reply.json()
        if isinstance(answer, dict) and isinstance(answer.get("access_token"), str) and answer["access_token"]:
            return answer
    raise Unanswered("WHOOP's answer about the tokens cannot be read.", _NEXT_TIME)


def _renewed(grant: Grant, tokens: Mapping[str, Any], clock: Clock) -> Grant:
    expires_at = None
    # The old refresh token is used up: whatever else is odd about the answer, its tokens must be kept.
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        expires_at = clock.now() + timedelta(seconds=tokens["expires_in"])
    new_refresh = tokens.get("refresh_token")
    return replace(
        grant,
        access_token=tokens["access_token"],
        refresh_token=new_refresh if isinstance(new_refresh, str) and new_refresh else grant.refresh_token,
        expires_at=expires_at,
    )


def _error(reply: Reply) -> str:
    """OAuth's word for a refusal; empty when there is none."""
    with suppress(orjson.JSONDecodeError):
        answer = reply.json()
        if isinstance(answer, dict):
            return str(answer.get("error") or "")
    return ""
