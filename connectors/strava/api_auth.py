"""Signing in to Strava: what is asked for, the exchange of the code, the renewal of the token, and giving it back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from connectors.errors import NotAllowed, Paused, SignInAgain, SourceChanged, SyncEnded, Unanswered
from connectors.http import Api, Clock, Reply, sign_in
from connectors.oauth import Answer, App, check_scopes
from connectors.strava.api_config import StravaConfig
from connectors.strava.api_rules import CONNECTS_AS, EVERY_BOX, NAME, SCOPES, explain
from connectors.tokens import Grant

_NEXT_TIME = "Nothing to do: the next sync tries again."


def app(config: StravaConfig, *, client_id: str, redirect_uri: str) -> App:
    """The owner's app as Strava's page needs it; Strava joins scopes with commas."""
    return App(
        name=NAME,
        source=CONNECTS_AS,
        authorise_url=f"{config.oauth_url.rstrip('/')}/authorize",
        client_id=client_id,
        redirect_uri=redirect_uri,
        scopes=SCOPES,
        scope_separator=",",
    )


def exchange(
    config: StravaConfig, answer: Answer, *, client_id: str, client_secret: str, redirect_uri: str, clock: Clock
) -> Grant:
    """The sign-in that the browser's code stands for. Raises `SignInFailed` when the athlete left out a box."""
    asked = app(config, client_id=client_id, redirect_uri=redirect_uri)
    if answer.scopes is not None:
        check_scopes(answer.scopes, asked)
    said = _token(
        config,
        {
            "client_id": client_id,
            "client_secret": client_secret,
            "code": answer.code,
            "grant_type": "authorization_code",
        },
        refused="Strava does not take the code, or not from this app.",
        remedy="Look at client id and client secret in config.toml, then sign in again: "
        f"`pacewright connect {CONNECTS_AS}`.",
        clock=clock,
    )
    grant = Grant(
        source=CONNECTS_AS,
        client_id=client_id,
        client_secret=client_secret,
        # Without a word from the page we hold what was asked for; a token that may less is told apart by Strava.
        scopes=answer.scopes if answer.scopes is not None else SCOPES,
        signed_in_at=clock.now(),
    )
    return _with_tokens(grant, said, clock)


def refresh(config: StravaConfig, grant: Grant, *, clock: Clock) -> Grant:
    """The sign-in with a token that has hours to live. The refresh token may be another one afterwards."""
    said = _token(
        config,
        {
            "client_id": grant.client_id,
            "client_secret": grant.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": grant.refresh_token,
        },
        refused="Strava does not accept our sign-in any more.",
        remedy=sign_in(CONNECTS_AS),
        clock=clock,
    )
    return _with_tokens(grant, said, clock)


def revoke(config: StravaConfig, grant: Grant, *, clock: Clock) -> None:
    """Give the sign-in back; both tokens end. Raises `SyncEnded` when Strava did not say yes."""
    with _api(config, clock) as api:
        reply = api.send_once(
            "POST",
            "revoke",
            form={"token": grant.refresh_token or grant.access_token},
            auth=(grant.client_id, grant.client_secret),
        )
    if reply.status not in {200, 204}:
        raise NotAllowed(
            f"Strava did not take the sign-in back ({reply.status}).",
            "Remove the app at https://www.strava.com/settings/apps.",
        )


def check_granted(grant: Grant) -> None:
    """Raise `SignInAgain` when the sign-in may not see everything: what it cannot see would look deleted."""
    missing = [scope for scope in SCOPES if scope not in grant.scopes]
    if missing:
        raise SignInAgain(f"The sign-in lacks {', '.join(missing)}; private activities would look deleted.", EVERY_BOX)


def _api(config: StravaConfig, clock: Clock) -> Api:
    return Api(name=NAME, source=CONNECTS_AS, base_url=config.oauth_url, clock=clock, patience=config.patience)


def _token(config: StravaConfig, form: Mapping[str, str], *, refused: str, remedy: str, clock: Clock) -> dict[str, Any]:
    """What the token address says to this form."""
    with _api(config, clock) as api:
        reply = api.send_once("POST", "token", form=form)
    if reply.status != 200:
        raise _refusal(reply, refused, remedy)
    with suppress(orjson.JSONDecodeError):
        said = orjson.loads(reply.body)
        if isinstance(said, dict) and said.get("access_token"):
            return said
        raise SourceChanged("Strava's token answer has no access_token.", "Upgrade Pacewright.")
    # It may have been carried out, and its answer lost on the way.
    raise Unanswered("Strava's token answer is cut short or no JSON.", _NEXT_TIME)


def _refusal(reply: Reply, refused: str, remedy: str) -> SyncEnded:
    explained = explain(reply.status, reply.body)
    if explained is not None:
        return explained
    if reply.status == 429:
        return Paused("Strava asks for fewer calls.", _NEXT_TIME)
    if reply.status in {400, 401}:
        return SignInAgain(refused, remedy)
    # Any other word may be a gatekeeper's on the way: a sign-in that still works must not be given up for it.
    return Unanswered(f"Strava has a fault of its own ({reply.status}).", _NEXT_TIME)


def _with_tokens(grant: Grant, said: Mapping[str, Any], clock: Clock) -> Grant:
    expires_at = None
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        expires_at = datetime.fromtimestamp(int(said["expires_at"]), UTC)
    if expires_at is None:
        with suppress(KeyError, TypeError, ValueError, OverflowError):
            expires_at = clock.now() + timedelta(seconds=int(said["expires_in"]))
    return replace(
        grant,
        access_token=str(said["access_token"]),
        refresh_token=str(said.get("refresh_token") or grant.refresh_token),
        expires_at=expires_at,
    )
