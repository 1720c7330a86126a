"""Garmin's key and the tokens it buys: pasted with blanks, ending, revoked, exchanged once too early."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from connectors.errors import NotAllowed, SignInAgain, SourceChanged, TryLater
from connectors.garmin import api_auth
from connectors.garmin.api_config import GarminConfig
from tests.builders.syncs import Runner, garmin_runner
from tests.servers.base import Request, Response
from tests.servers.faults import Fault
from tests.servers.garmin import GarminServer


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    with garmin_runner(tmp_path, days=2) as one:
        yield one


def test_a_key_pasted_with_blanks_and_quotes_buys_a_token(athlete: Runner[GarminServer]) -> None:
    key = athlete.server.new_key()
    grant = api_auth.sign_in(athlete.server.config(), f' "{key}"\n', clock=athlete.clock)

    assert grant.key == key
    assert grant.access_token in athlete.server.tokens
    assert grant.expires_at == athlete.clock.now() + timedelta(hours=24)
    assert grant.key_ends_at is None, "a full day says nothing about the key"
    assert key not in repr(grant)


def test_a_token_shorter_than_a_day_says_when_the_key_ends(athlete: Runner[GarminServer]) -> None:
    key = athlete.server.new_key(days=0.5)
    grant = api_auth.sign_in(athlete.server.config(), key, clock=athlete.clock)

    assert grant.key_ends_at == athlete.clock.now() + timedelta(hours=12)


def test_what_the_owner_said_about_the_keys_end_is_kept(athlete: Runner[GarminServer]) -> None:
    config, said = athlete.server.config(), athlete.clock.now() + timedelta(days=90)
    grant = replace(athlete.server.grant(), key_ends_at=said)

    assert api_auth.refresh(config, grant, clock=athlete.clock).key_ends_at == said


@pytest.mark.parametrize("key", ["", "short", "two words in it", "schlüssel-schlüssel", "x" * 5000, "a\nb" * 9])
def test_what_cannot_be_a_key_is_not_sent(athlete: Runner[GarminServer], key: str) -> None:
    with pytest.raises(SignInAgain, match="pacewright connect garmin"):
        api_auth.sign_in(athlete.server.config(), key, clock=athlete.clock)
    assert not athlete.requests()


def test_a_key_garmin_does_not_know_asks_for_a_new_one(athlete: Runner[GarminServer]) -> None:
    with pytest.raises(SignInAgain, match=r"personalApiToken.*pacewright connect garmin") as caught:
        api_auth.sign_in(athlete.server.config(), "gk-unknown-to-them", clock=athlete.clock)
    assert "gk-unknown" not in str(caught.value)


def test_a_key_that_has_ended_is_told_by_its_day(athlete: Runner[GarminServer]) -> None:
    athlete.sign_in()
    athlete.live(370)
    synced = athlete.sync()

    assert synced.state == "sign_in_again"
    assert synced.fact.startswith("The Garmin key ended on 2027-11-21.")
    assert "Make a new key" in synced.remedy


def test_the_token_is_bought_anew_when_its_day_is_over(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    athlete.live()
    assert athlete.sync().state == "complete"

    assert len(athlete.requests("/personal-api-key/token")) == 1
    grant = athlete.tokens.read("garmin")
    assert grant is not None
    assert grant.key_ends_at is not None
    assert grant.refresh_begun_at is None


def test_without_a_sign_in_nothing_is_asked(athlete: Runner[GarminServer]) -> None:
    athlete.tokens.forget("garmin")
    synced = athlete.sync()

    assert (synced.state, athlete.requests()) == ("sign_in_again", [])


@pytest.mark.parametrize("fault", ["lost", "error", "reset", "page", "storm", "cut"])
def test_an_exchange_that_goes_wrong_is_made_again(athlete: Runner[GarminServer], fault: Fault) -> None:
    athlete.server.faults.commanded.append(fault)
    key = athlete.server.new_key()

    assert api_auth.sign_in(athlete.server.config(), key, clock=athlete.clock).access_token in athlete.server.tokens


def test_an_outage_at_the_exchange_leaves_the_sign_in_alone(athlete: Runner[GarminServer]) -> None:
    athlete.server.expire_access()
    athlete.server.faults.commanded.extend(["error", "lost", "lost", "lost", "lost", "lost", "lost", "lost"])
    synced = athlete.sync()

    assert synced.state == "try_later"
    athlete.server.faults.calm()
    assert athlete.sync().state == "complete"


@pytest.mark.parametrize("body", [b"{}", b"", b"not a token", b"a.b.c", b'{"access_token": "x"}'])
def test_an_answer_that_is_no_token_is_told_as_such(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(GarminServer, "answer", lambda *_: Response(body=body))

    with pytest.raises(SourceChanged, match="not a token"):
        api_auth.sign_in(athlete.server.config(), athlete.server.new_key(), clock=athlete.clock)


def test_a_token_without_an_end_is_taken_for_a_days(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = base64.urlsafe_b64encode(orjson.dumps({"exp": "soon"})).decode().rstrip("=")
    monkeypatch.setattr(GarminServer, "answer", lambda *_: Response(body=f"e30.{claims}.x".encode()))
    grant = api_auth.sign_in(athlete.server.config(), athlete.server.new_key(), clock=athlete.clock)

    assert grant.expires_at == athlete.clock.now() + timedelta(hours=24)


def test_a_wait_too_long_is_left_for_later(athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: GarminServer, request: Request) -> Response:
        return Response(status=429, body=b"{}", headers={"Retry-After": "3600"})

    monkeypatch.setattr(GarminServer, "answer", busy)
    with pytest.raises(TryLater) as caught:
        api_auth.sign_in(athlete.server.config(), athlete.server.new_key(), clock=athlete.clock)
    assert caught.value.resumes_at == athlete.clock.now() + timedelta(hours=1)


def test_china_is_refused_before_the_key_is_sent(athlete: Runner[GarminServer]) -> None:
    config = GarminConfig(base_url="https://personal.connectapi.garmin.cn")

    with pytest.raises(NotAllowed, match="pacewright import"):
        api_auth.sign_in(config, athlete.server.new_key(), clock=athlete.clock)


def test_the_key_goes_nowhere_unencrypted(athlete: Runner[GarminServer]) -> None:
    config = GarminConfig(base_url="http://garmin.example")

    with pytest.raises(NotAllowed, match="not encrypted"):
        api_auth.sign_in(config, athlete.server.new_key(), clock=athlete.clock)


def test_no_secret_reaches_the_ledger(athlete: Runner[GarminServer]) -> None:
    athlete.server.expire_access()
    athlete.sync()
    with athlete.store.open_ledger() as con:
        tables = ("payloads", "syncs", "cursors", "files")
        text = "".join(str(con.execute(f"select * from raw.{table}").fetchall()) for table in tables)

    assert len(athlete.server.secrets) > 2
    assert not [secret for secret in athlete.server.secrets if secret in text]


@pytest.mark.parametrize(
    "changes", [{"page": 46}, {"page": 1}, {"ranges": {"sleep": 32, "hrv": 1, "day": 1, "stress": 1}}]
)
def test_a_configuration_garmin_would_answer_with_500_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"page|range"):
        GarminConfig(**changes)  # type: ignore[arg-type]  # what a person may write
