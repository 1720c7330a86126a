"""Signing in and out, against the vendors' protocols on loopback: a browser that follows, an address that is pasted."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.errors import SignInAgain
from connectors.oauth import SignInFailed
from flows import sources
from flows.athlete import open_home
from flows.connect import Person, _ending, connect, disconnect
from flows.errors import FlowError
from flows.home import Home
from flows.settings import GarminSettings, Settings, StravaSettings, WhoopSettings
from tests.servers.base import SimulatedClock
from tests.servers.garmin import GarminServer
from tests.servers.strava import StravaServer
from tests.servers.whoop import WhoopServer
from tests.servers.world import Life, new_life

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def redirected(url: str) -> str:
    """Where the vendor's page sends the browser after the athlete has agreed."""
    try:
        urllib.request.build_opener(_NoRedirect).open(url, timeout=5)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("the page did not redirect")


@dataclass
class Typist:
    """Somebody at the terminal, with or without a browser that follows redirects."""

    has_browser: bool = True
    answers: dict[str, str] = field(default_factory=dict)
    is_willing: bool = True
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    page: str = ""

    def person(self) -> Person:
        return Person(
            tell=self.told.append,
            ask=self._answer,
            ask_secret=self._answer,
            agrees=lambda _: self.is_willing,
            show_page=self._show,
        )

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        if question.startswith("Paste"):
            return self.answers.get("Paste") or redirected(self.page)
        return next((answer for begin, answer in self.answers.items() if question.startswith(begin)), "")

    def _show(self, url: str) -> bool:
        self.page = url
        if self.has_browser:
            threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=5).read(), daemon=True).start()
        return self.has_browser


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    open_home(home, Settings())
    return home


@pytest.fixture
def life() -> Life:
    return new_life(3, today=date(2026, 11, 21), days=5)


@pytest.fixture
def strava(life: Life, clock: SimulatedClock) -> Iterator[StravaServer]:
    with StravaServer(life, now=clock.now) as server:
        yield server


@pytest.fixture
def whoop(life: Life, clock: SimulatedClock) -> Iterator[WhoopServer]:
    with WhoopServer(life, now=clock.now) as server:
        yield server


@pytest.fixture
def garmin(life: Life, clock: SimulatedClock) -> Iterator[GarminServer]:
    with GarminServer(life, now=clock.now) as server:
        yield server


def strava_settings(server: StravaServer, **more: Any) -> Settings:
    known = server.grant()
    config = server.config()
    return Settings(
        strava=StravaSettings(
            client_id=known.client_id,
            client_secret=SecretStr(known.client_secret),
            base_url=config.base_url,
            oauth_url=config.oauth_url,
            redirect_uri="http://127.0.0.1:18799/callback",
            **more,
        )
    )


def whoop_settings(server: WhoopServer) -> Settings:
    config = server.config()
    return Settings(whoop=WhoopSettings(base_url=config.base_url, oauth_url=config.oauth_url))


def test_strava_is_off_until_its_terms_are_agreed_to(home: Home, strava: StravaServer, clock: SimulatedClock) -> None:
    settings = strava_settings(strava)
    typist = Typist(is_willing=False)
    with pytest.raises(FlowError, match="Nothing was changed"):
        connect(home, settings, "strava", typist.person(), clock=clock)
    assert "may not be loaded into an AI model" in typist.told[0]
    assert sources.connected(home, settings) == {}


def test_a_browser_on_this_machine_signs_in_without_pasting(
    home: Home, strava: StravaServer, clock: SimulatedClock
) -> None:
    settings = strava_settings(strava)
    typist = Typist()
    connect(home, settings, "strava", typist.person(), clock=clock)
    grant = sources.connected(home, settings)["strava"]
    assert grant.expires_at == NOW + timedelta(hours=6)
    assert typist.asked == []
    record = home.tokens / "me.strava.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert home.tokens.stat().st_mode & 0o777 == 0o700


def test_without_a_browser_the_address_is_pasted(home: Home, strava: StravaServer, clock: SimulatedClock) -> None:
    settings = strava_settings(strava)
    typist = Typist(has_browser=False)
    connect(home, settings, "strava", typist.person(), clock=clock, is_pasted=True)
    assert "strava" in sources.connected(home, settings)


def test_whoop_asks_for_the_app_once_and_for_the_pasted_address(
    home: Home, whoop: WhoopServer, clock: SimulatedClock
) -> None:
    settings = whoop_settings(whoop)
    known = whoop.grant()
    typist = Typist(has_browser=False, answers={"Client id": known.client_id, "Client secret": known.client_secret})
    connect(home, settings, "whoop", typist.person(), clock=clock)
    again = Typist(has_browser=False)
    connect(home, settings, "whoop", again.person(), clock=clock)
    assert [question.split()[0] for question in typist.asked] == ["Client", "Client", "Paste"]
    assert [question.split()[0] for question in again.asked] == ["Paste"]


def test_a_pasted_address_of_another_sign_in_changes_nothing(
    home: Home, strava: StravaServer, clock: SimulatedClock
) -> None:
    settings = strava_settings(strava)
    connect(home, settings, "strava", Typist().person(), clock=clock)
    before = sources.connected(home, settings)
    forged = "http://127.0.0.1:18799/callback?state=forged&code=1&scope=read,activity:read_all,profile:read_all"
    typist = Typist(has_browser=False, answers={"Paste": forged})
    with pytest.raises(SignInFailed, match="does not belong"):
        connect(home, settings, "strava", typist.person(), clock=clock, is_pasted=True)
    assert sources.connected(home, settings) == before


def test_a_garmin_key_is_tried_before_it_is_kept(home: Home, garmin: GarminServer, clock: SimulatedClock) -> None:
    settings = Settings(garmin=GarminSettings(base_url=garmin.config().base_url))
    wrong = Typist(answers={"Key": "not-a-key-at-all"})
    with pytest.raises(SignInAgain, match="does not accept the key"):
        connect(home, settings, "garmin", wrong.person(), clock=clock)
    assert sources.connected(home, settings) == {}

    right = Typist(answers={"Key": garmin.grant().key, "When": "90"})
    connect(home, settings, "garmin", right.person(), clock=clock)
    assert sources.connected(home, settings)["garmin"].key_ends_at == NOW + timedelta(days=90)


@pytest.mark.parametrize(("days", "is_said"), [(15, False), (14, True), (1, True), (-1, True)])
def test_the_end_of_a_key_is_announced_a_fortnight_ahead(garmin: GarminServer, days: int, is_said: bool) -> None:
    grant = garmin.grant(key_ends_at=NOW + timedelta(days=days))
    note = sources.notes([], {"garmin": grant}, now=NOW)
    assert bool(note) is is_said
    assert not is_said or "`pacewright connect garmin`" in note


def test_disconnecting_ends_the_leave_at_the_vendor_and_forgets_it(
    home: Home, strava: StravaServer, clock: SimulatedClock
) -> None:
    settings = strava_settings(strava)
    connect(home, settings, "strava", Typist().person(), clock=clock)
    refresh_token = sources.connected(home, settings)["strava"].refresh_token
    said = disconnect(home, settings, "strava", clock=clock)
    assert "purge strava_api" in said
    assert sources.connected(home, settings) == {}
    assert not strava.accepts(refresh_token)
    assert refresh_token.encode() not in b"".join(path.read_bytes() for path in home.tokens.iterdir())


def test_a_vendor_that_is_down_does_not_keep_us_signed_in(
    home: Home, strava: StravaServer, clock: SimulatedClock
) -> None:
    settings = strava_settings(strava)
    connect(home, settings, "strava", Typist().person(), clock=clock)
    strava.faults.commanded.extend(["lost"] * 9)
    said = disconnect(home, settings, "strava", clock=clock)
    assert "not ended there" in said
    assert sources.connected(home, settings) == {}


def test_disconnecting_what_is_not_connected_says_so(home: Home, clock: SimulatedClock) -> None:
    assert disconnect(home, Settings(), "garmin", clock=clock) == "Garmin was not connected."


def test_a_sign_in_that_cannot_be_read_does_not_hide_the_others(
    home: Home, strava: StravaServer, clock: SimulatedClock
) -> None:
    settings = Settings()
    tokens = sources.tokens_of(home, settings)
    tokens.write(strava.grant())
    damaged = home.tokens / "me.whoop.json"
    damaged.mkdir()

    found = sources.connected(home, settings)

    assert set(found) == {"strava", "whoop"}
    assert "cannot be read" in found["whoop"].dead_because
    synced = sources.sync_source(home, settings, "whoop", clock=clock)
    assert synced.state == "not_allowed"
    assert "permission" in synced.remedy


@pytest.mark.parametrize("answer", ["99999999999", "²", "soon"])
def test_an_end_of_a_key_that_cannot_be_is_refused(answer: str, garmin: GarminServer) -> None:
    with pytest.raises(FlowError, match="neither a date nor a number of days"):
        _ending(garmin.grant(), answer, NOW)
