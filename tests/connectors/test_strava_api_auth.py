"""Signing in to Strava's fake: the page, the exchange, the renewals, the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from connectors.errors import NotAllowed, Paused, SignInAgain, SyncEnded, Unanswered
from connectors.oauth import Answer, SignInFailed, address, new_state, read_answer
from connectors.strava import api_auth
from connectors.strava.api_rules import read_quota
from connectors.tokens import Grant
from tests.builders.syncs import Runner, strava_runner
from tests.servers.base import Response
from tests.servers.faults import Fault
from tests.servers.strava import StravaServer

REDIRECT = "http://127.0.0.1:8723/strava"


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[StravaServer]]:
    with strava_runner(tmp_path, days=4) as one:
        yield one


def answered(athlete: Runner[StravaServer]) -> Answer:
    """What the browser brings when the athlete says yes."""
    app = api_auth.app(athlete.server.config(), client_id=athlete.server.client_id, redirect_uri=REDIRECT)
    state = new_state()
    page = httpx.get(address(app, state))
    return read_answer(page.headers["location"], app=app, state=state)


def exchanged(athlete: Runner[StravaServer], answer: Answer, **changes: str) -> Grant:
    server = athlete.server
    keys = {"client_id": server.client_id, "client_secret": server.client_secret, "redirect_uri": REDIRECT, **changes}
    return api_auth.exchange(server.config(), answer, clock=athlete.clock, **keys)


def refreshed(athlete: Runner[StravaServer], grant: Grant) -> Grant:
    return api_auth.refresh(athlete.server.config(), grant, clock=athlete.clock)


def test_a_sign_in_through_the_browser_syncs(athlete: Runner[StravaServer]) -> None:
    grant = exchanged(athlete, answered(athlete))
    athlete.tokens.write(grant)

    assert grant.scopes == ("read", "activity:read_all", "profile:read_all")
    assert grant.expires_at == athlete.clock.now() + timedelta(hours=6)
    assert grant.signed_in_at == athlete.clock.now()
    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_strava_is_asked_for_scopes_with_commas_and_never_shown_the_secret(athlete: Runner[StravaServer]) -> None:
    answered(athlete)
    page = athlete.server.asked[0]

    assert page.query["scope"] == "read,activity:read_all,profile:read_all"
    assert athlete.server.client_secret not in str(page.query)


def test_a_box_left_empty_ends_the_sign_in(athlete: Runner[StravaServer]) -> None:
    athlete.server.granted = ("read", "activity:read")

    with pytest.raises(SignInFailed, match=r"activity:read_all, profile:read_all is missing"):
        answered(athlete)


def test_a_code_serves_once(athlete: Runner[StravaServer]) -> None:
    answer = answered(athlete)
    exchanged(athlete, answer)

    with pytest.raises(SignInAgain, match="does not take the code"):
        exchanged(athlete, answer)


def test_a_wrong_client_secret_is_named(athlete: Runner[StravaServer]) -> None:
    with pytest.raises(SignInAgain, match="client secret in config"):
        exchanged(athlete, answered(athlete), client_secret="wrong")


def test_an_app_that_is_full_is_explained(athlete: Runner[StravaServer]) -> None:
    athlete.server.is_full = True

    with pytest.raises(NotAllowed, match="More athletes are connected"):
        exchanged(athlete, answered(athlete))


def test_a_renewal_may_bring_another_refresh_token(athlete: Runner[StravaServer]) -> None:
    grant = athlete.server.grant()
    athlete.clock.at += timedelta(hours=6)
    fresh = refreshed(athlete, grant)

    assert fresh.refresh_token != grant.refresh_token
    assert fresh.access_token != grant.access_token
    assert (fresh.scopes, fresh.client_id) == (grant.scopes, grant.client_id)
    with pytest.raises(SignInAgain, match="does not accept our sign-in"):
        refreshed(athlete, grant)


def test_an_early_renewal_returns_what_still_lives(athlete: Runner[StravaServer]) -> None:
    grant = athlete.server.grant()

    assert refreshed(athlete, grant).access_token == grant.access_token


def test_a_sync_months_later_renews_and_keeps_the_new_token(athlete: Runner[StravaServer]) -> None:
    for _ in range(3):
        athlete.clock.at += timedelta(days=30)
        assert athlete.sync().state == "complete"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("storm", Paused), ("error", Unanswered), ("page", Unanswered), ("cut", Unanswered), ("lost", Unanswered)],
)
def test_a_renewal_that_went_wrong_is_not_repeated_blindly(
    athlete: Runner[StravaServer], fault: Fault, kind: type[SyncEnded]
) -> None:
    grant = athlete.server.grant()
    before = len(athlete.server.asked)
    athlete.server.faults.commanded.append(fault)

    with pytest.raises(kind):
        refreshed(athlete, grant)
    assert len(athlete.server.asked) == before + 1


def test_a_sign_in_is_given_back_with_the_apps_own_word(athlete: Runner[StravaServer]) -> None:
    grant = athlete.server.grant()
    api_auth.revoke(athlete.server.config(), grant, clock=athlete.clock)
    request = athlete.server.asked[-1]

    assert request.path == "/oauth/revoke"
    assert request.headers["authorization"].startswith("Basic ")
    with pytest.raises(SignInAgain):
        refreshed(athlete, grant)


def test_a_sign_in_that_cannot_be_given_back_says_what_to_do(athlete: Runner[StravaServer]) -> None:
    grant = replace(athlete.server.grant(), client_secret="wrong")

    with pytest.raises(NotAllowed, match=r"settings/apps"):
        api_auth.revoke(athlete.server.config(), grant, clock=athlete.clock)


@pytest.mark.parametrize(
    ("clock", "quarter_ends"),
    [("06:00:00", "06:15"), ("06:14:59", "06:15"), ("06:15:00", "06:30"), ("23:59:59", "00:00")],
)
def test_quotas_start_anew_every_quarter_of_an_hour_and_at_midnight(clock: str, quarter_ends: str) -> None:
    now = datetime.fromisoformat(f"2026-11-21T{clock}").replace(tzinfo=UTC)
    headers = {
        "x-ratelimit-limit": "200,2000",
        "x-ratelimit-usage": "31,500",
        "x-readratelimit-limit": "100,1000",
        "x-readratelimit-usage": "30,499",
    }
    buckets = read_quota(headers, now)

    assert [(each.limit, each.left) for each in buckets] == [(200, 169), (2000, 1500), (100, 70), (1000, 501)]
    assert {f"{each.resets_at:%H:%M}" for each in buckets[::2]} == {quarter_ends}
    assert {each.resets_at for each in buckets[1::2]} == {datetime(2026, 11, 22, tzinfo=UTC)}


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-limit": "lots", "x-ratelimit-usage": "1,2"}])
def test_quota_headers_in_another_form_say_nothing(headers: dict[str, str]) -> None:
    assert read_quota(headers, datetime(2026, 11, 21, tzinfo=UTC)) == []


@pytest.mark.parametrize("status", [403, 404, 408])
def test_a_gatekeepers_no_does_not_end_a_sign_in(
    athlete: Runner[StravaServer], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    page = Response(status=status, body=b"<html>Are you a robot?</html>")
    monkeypatch.setattr(athlete.server, "answer", lambda _: page)

    with pytest.raises(Unanswered):
        refreshed(athlete, athlete.server.grant())
