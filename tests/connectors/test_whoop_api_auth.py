"""Signing in at WHOOP and out again, against its fake on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import NotAllowed, SignInAgain, SyncEnded, TryLater, Unanswered
from connectors.oauth import Answer, App, SignInFailed, address, new_state, read_answer
from connectors.tokens import Grant
from connectors.whoop import api_auth
from connectors.whoop.api_config import WhoopConfig
from tests.servers.base import Request, Response, SimulatedClock, as_json
from tests.servers.faults import Fault
from tests.servers.whoop import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, WhoopServer
from tests.servers.world import Life

NOW = datetime(2026, 11, 21, 17, tzinfo=UTC)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
def whoop(clock: SimulatedClock) -> Iterator[WhoopServer]:
    with WhoopServer(Life(seed=1, today=date(2026, 11, 21)), now=clock.now) as server:
        yield server


def app(config: WhoopConfig) -> App:
    return api_auth.app(config, client_id=CLIENT_ID, redirect_uri=REDIRECT_URI)


def exchanged(whoop: WhoopServer, code: str, clock: SimulatedClock, *, secret: str = CLIENT_SECRET) -> Grant:
    return api_auth.exchange(
        whoop.config(),
        Answer(code=code, scopes=None),
        client_id=CLIENT_ID,
        client_secret=secret,
        redirect_uri=REDIRECT_URI,
        clock=clock,
    )


def code_from(whoop: WhoopServer, state: str) -> str:
    """What the athlete's browser comes back with."""
    came_back = httpx.get(address(app(whoop.config()), state)).headers["Location"]
    return read_answer(came_back, app=app(whoop.config()), state=state).code


def test_the_address_asks_for_what_is_read_and_for_leave_to_stay_signed_in() -> None:
    url = address(app(WhoopConfig()), "a-state-of-ours")
    scopes = parse_qs(urlsplit(url).query)["scope"][0].split(" ")

    assert url.startswith("https://api.prod.whoop.com/oauth/oauth2/auth?")
    assert {"offline", "read:cycles", "read:recovery", "read:sleep", "read:workout", "read:body_measurement"} == set(
        scopes
    )


def test_a_state_is_as_long_as_whoop_wants_it() -> None:
    assert len(new_state()) >= 8


def test_the_code_is_exchanged_for_a_sign_in_that_lasts(whoop: WhoopServer, clock: SimulatedClock) -> None:
    grant = exchanged(whoop, code_from(whoop, new_state()), clock)

    assert grant.source == "whoop"
    assert whoop.accepts(grant.refresh_token)
    assert grant.expires_at == NOW + timedelta(hours=1)
    assert grant.signed_in_at == NOW
    assert "offline" in grant.scopes


def test_a_code_works_once(whoop: WhoopServer, clock: SimulatedClock) -> None:
    code = code_from(whoop, new_state())
    exchanged(whoop, code, clock)
    with pytest.raises(SignInFailed, match="code") as caught:
        exchanged(whoop, code, clock)

    assert "pacewright connect whoop" in caught.value.remedy
    assert code not in str(caught.value)


def test_a_wrong_client_secret_is_named_but_not_shown(whoop: WhoopServer, clock: SimulatedClock) -> None:
    with pytest.raises(SignInFailed, match="client id and secret") as caught:
        exchanged(whoop, code_from(whoop, new_state()), clock, secret="wrong-secret")
    assert "wrong-secret" not in str(caught.value)


class Stingy(WhoopServer):
    """Gives less than asked for."""

    lacks = ""

    def answer(self, request: Request) -> Response:
        if not request.path.endswith("/token"):
            return super().answer(request)
        scopes = " ".join(scope for scope in api_auth.SCOPES if scope != self.lacks)
        given = {"access_token": "a", "expires_in": 3600, "scope": scopes}
        return as_json(given if self.lacks == "offline" else {**given, "refresh_token": "r"})


@pytest.mark.parametrize("lacks", ["offline", "read:sleep"])
def test_less_than_asked_for_is_refused(whoop: WhoopServer, clock: SimulatedClock, lacks: str) -> None:
    whoop.__class__ = Stingy
    whoop.lacks = lacks  # type: ignore[attr-defined]  # it is a stingy one now
    with pytest.raises(SignInFailed, match=lacks):
        exchanged(whoop, "any", clock)


def test_without_a_refresh_token_nothing_is_signed_in(whoop: WhoopServer, clock: SimulatedClock) -> None:
    class Silent(WhoopServer):
        def answer(self, request: Request) -> Response:
            return as_json({"access_token": "a"})

    whoop.__class__ = Silent
    with pytest.raises(SignInFailed, match="no refresh token"):
        exchanged(whoop, "any", clock)


def test_a_refresh_brings_two_new_tokens_and_ends_the_old(whoop: WhoopServer, clock: SimulatedClock) -> None:
    old = whoop.grant()
    clock.at += timedelta(hours=3)
    new = api_auth.refresh(whoop.config(), old, clock=clock)

    assert not whoop.accepts(old.refresh_token)
    assert whoop.accepts(new.refresh_token)
    assert new.access_token != old.access_token
    assert new.expires_at == clock.now() + timedelta(hours=1)
    assert whoop.asked[-1].form["scope"] == "offline"


def test_a_used_refresh_token_means_signing_in_again(whoop: WhoopServer, clock: SimulatedClock) -> None:
    old = whoop.grant()
    api_auth.refresh(whoop.config(), old, clock=clock)
    with pytest.raises(SignInAgain, match="refused the refresh token") as caught:
        api_auth.refresh(whoop.config(), old, clock=clock)

    assert "pacewright connect whoop" in caught.value.remedy


def test_an_app_that_whoop_no_longer_knows_means_signing_in_again(whoop: WhoopServer, clock: SimulatedClock) -> None:
    with pytest.raises(SignInAgain, match="app's id and secret"):
        api_auth.refresh(whoop.config(), whoop.grant(client_secret="old"), clock=clock)


def test_without_a_refresh_token_whoop_is_not_asked(whoop: WhoopServer, clock: SimulatedClock) -> None:
    with pytest.raises(SignInAgain):
        api_auth.refresh(whoop.config(), whoop.grant(refresh_token=""), clock=clock)
    assert whoop.asked == []


@pytest.mark.parametrize("fault", ["lost", "reset", "slow", "cut", "page", "error"])
def test_a_refresh_without_a_clear_answer_is_not_repeated(
    whoop: WhoopServer, clock: SimulatedClock, fault: Fault
) -> None:
    whoop.faults.commanded.append(fault)
    with pytest.raises(TryLater):
        api_auth.refresh(whoop.config(), whoop.grant(), clock=clock)
    assert len(whoop.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, TryLater), (503, TryLater), (403, TryLater), (500, Unanswered), (502, Unanswered), (504, Unanswered)],
)
def test_only_a_refusal_that_came_before_anything_was_done_leaves_no_doubt(
    whoop: WhoopServer, clock: SimulatedClock, status: int, kind: type[SyncEnded]
) -> None:
    class Faulty(WhoopServer):
        def answer(self, request: Request) -> Response:
            return Response(status=status, body=b"{}")

    whoop.__class__ = Faulty
    with pytest.raises(TryLater) as caught:
        api_auth.refresh(whoop.config(), whoop.grant(), clock=clock)
    assert type(caught.value) is kind


def test_a_refusal_without_a_word_is_judged_by_its_status(whoop: WhoopServer, clock: SimulatedClock) -> None:
    class Terse(WhoopServer):
        def answer(self, request: Request) -> Response:
            return Response(status=401, body=b"<html>", content_type="text/html")

    whoop.__class__ = Terse
    with pytest.raises(SignInAgain):
        api_auth.refresh(whoop.config(), whoop.grant(), clock=clock)


def test_the_leave_is_taken_back(whoop: WhoopServer, clock: SimulatedClock) -> None:
    grant = whoop.grant()
    api_auth.revoke(whoop.config(), grant, clock=clock)

    assert not whoop.accepts(grant.refresh_token)
    assert (whoop.asked[-1].method, whoop.asked[-1].path) == ("DELETE", "/developer/v2/user/access")


def test_the_leave_is_taken_back_also_after_the_access_token_has_ended(
    whoop: WhoopServer, clock: SimulatedClock
) -> None:
    grant = whoop.grant()
    clock.at += timedelta(days=3)
    api_auth.revoke(whoop.config(), grant, clock=clock)
    assert whoop.asked[-1].method == "DELETE"


def test_a_leave_that_cannot_be_taken_back_says_where_the_athlete_can(
    whoop: WhoopServer, clock: SimulatedClock
) -> None:
    grant = replace(whoop.grant(), access_token="unknown")
    with pytest.raises(NotAllowed, match=r"\(401\)") as caught:
        api_auth.revoke(whoop.config(), grant, clock=clock)
    assert "WHOOP's own settings" in caught.value.remedy


def test_tokens_are_kept_whatever_is_said_about_their_life(
    whoop: WhoopServer, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {"access_token": "a-new-one", "refresh_token": "another", "expires_in": 1e300}
    monkeypatch.setattr(whoop, "answer", lambda _: as_json(odd))

    grant = api_auth.refresh(whoop.config(), whoop.grant(), clock=clock)

    assert (grant.access_token, grant.refresh_token, grant.expires_at) == ("a-new-one", "another", None)
