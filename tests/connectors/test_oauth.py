"""Signing in through a browser: strangers' answers, missing scopes, and the address caught or pasted."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.oauth import App, SignInFailed, address, caught_within, listening, new_state, read_answer

APP = App(
    name="Strava",
    source="strava",
    authorise_url="https://www.strava.com/oauth/authorize",
    client_id="4711",
    redirect_uri="http://127.0.0.1:18788/callback",
    scopes=("read", "activity:read_all"),
    scope_separator=",",
)
STATE = "a-state-of-ours"
GOOD = f"http://127.0.0.1:18788/callback?state={STATE}&code=abc&scope=read,activity:read_all"


def test_the_address_asks_for_every_scope_and_carries_the_state() -> None:
    asked = parse_qs(urlsplit(address(APP, STATE)).query)
    assert asked["scope"] == ["read,activity:read_all"]
    assert asked["state"] == [STATE]
    assert asked["redirect_uri"] == [APP.redirect_uri]


def test_a_state_cannot_be_guessed() -> None:
    states = {new_state() for _ in range(50)}
    assert len(states) == 50
    assert min(map(len, states)) >= 32


def test_a_good_answer_gives_the_code() -> None:
    assert read_answer(f"  {GOOD}\n", app=APP, state=STATE).code == "abc"


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        (GOOD.replace(STATE, "forged"), "does not belong to this sign-in"),
        ("http://127.0.0.1:18788/callback?code=abc", "does not belong to this sign-in"),
        (f"http://127.0.0.1:18788/callback?state={STATE}&error=access_denied", "access was not given"),
        (f"http://127.0.0.1:18788/callback?state={STATE}", "holds no code"),
        (GOOD.replace(",activity:read_all", ""), "activity:read_all is missing"),
        ("not an address at all", "does not belong to this sign-in"),
    ],
)
def test_any_other_answer_is_refused_with_what_to_do(url: str, fact: str) -> None:
    with pytest.raises(SignInFailed, match=fact) as caught:
        read_answer(url, app=APP, state=STATE)
    assert "pacewright connect strava" in caught.value.remedy


def test_the_browser_is_caught_on_loopback_and_strangers_are_not() -> None:
    with listening(APP, STATE) as caught:

        def browse() -> None:
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen("http://127.0.0.1:18788/favicon.ico", timeout=5)
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(GOOD.replace(STATE, "forged"), timeout=5)
            with urllib.request.urlopen(GOOD, timeout=5) as page:
                assert b"close this page" in page.read()

        thread = threading.Thread(target=browse)
        thread.start()
        came_back = caught_within(caught, 5)
        thread.join()
    assert came_back is not None
    assert read_answer(came_back, app=APP, state=STATE).code == "abc"


def test_a_browser_that_does_not_come_back_is_not_waited_for_for_ever() -> None:
    with listening(APP, STATE) as caught:
        assert caught_within(caught, 0.05) is None


def test_a_port_in_use_is_named_with_the_way_round_it() -> None:
    with listening(APP, STATE), pytest.raises(SignInFailed, match="--paste"), listening(APP, STATE):
        pass


@pytest.mark.parametrize(
    ("uri", "is_answered_here"),
    [("http://127.0.0.1:1/x", True), ("http://localhost:1/x", True), ("https://localhost:1/x", False)],
)
def test_only_plain_http_on_this_machine_can_be_caught(uri: str, is_answered_here: bool) -> None:
    app = App(name="W", source="whoop", authorise_url="https://w", client_id="1", redirect_uri=uri, scopes=("offline",))
    assert app.is_answered_here is is_answered_here
