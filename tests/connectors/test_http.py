"""The one client: what it asks again, what it gives up on, and what it never does. Against a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.errors import NotAllowed, Paused, SignInAgain, SourceChanged, SyncEnded, TryLater, Unanswered
from connectors.http import Api, Bucket, Budget, Patience
from tests.servers.base import Request, Response, SimulatedClock, Vendor, as_json
from tests.servers.faults import Fault
from tests.servers.world import Life

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
QUICK = Patience(connect_s=1, read_s=0.3, answer_s=2, answer_bytes=100_000)
Answer = Callable[[Request], Response]


class Echo(Vendor):
    """Answers what the test says, and anything else with {"ok": true}."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__(Life(seed=1, today=date(2026, 11, 21)), now=clock.now)
        self.script: list[Answer] = []

    def answer(self, request: Request) -> Response:
        return self.script.pop(0)(request) if self.script else as_json({"ok": True})


@dataclass
class Tokens:
    """Hands out one token after the other."""

    handed_out: list[str] = field(default_factory=lambda: ["secret-1"])

    def access_token(self, refused: str | None = None) -> str:
        if refused == self.handed_out[-1]:
            self.handed_out.append(f"secret-{len(self.handed_out) + 1}")
        return self.handed_out[-1]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
def echo(clock: SimulatedClock) -> Iterator[Echo]:
    with Echo(clock) as vendor:
        yield vendor


def api(echo: Echo, clock: SimulatedClock, **more: object) -> Api:
    return Api(name="Echo", source="echo", base_url=echo.url, clock=clock, patience=QUICK, **more)  # type: ignore[arg-type]  # each test names the one it is about


def status(code: int, **headers: str) -> Answer:
    return lambda _: Response(status=code, body=b"{}", headers={k.replace("_", "-"): v for k, v in headers.items()})


def quota(headers: Mapping[str, str], now: datetime) -> list[Bucket]:
    used = headers.get("x-used")
    return (
        [] if used is None else [Bucket(name="15 min", limit=100, used=int(used), resets_at=now + timedelta(minutes=9))]
    )


@pytest.mark.parametrize("fault", ["error", "reset", "lost", "slow", "cut", "page", "storm"])
def test_what_passes_by_itself_is_asked_again_after_a_wait(echo: Echo, clock: SimulatedClock, fault: Fault) -> None:
    echo.faults.commanded.append(fault)
    with api(echo, clock) as client:
        assert client.get_json("/thing") == {"ok": True}
    assert len(echo.asked) == 2
    assert clock.slept_s > 0


def test_a_vendor_that_stays_down_ends_the_sync_after_a_few_tries(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(503)] * 10
    with api(echo, clock) as client, pytest.raises(TryLater, match=r"Echo has a fault of its own \(503\)"):
        client.get_json("/thing")
    assert len(echo.asked) == QUICK.tries
    assert clock.slept_s < 60


def test_retry_after_is_honoured(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(429, Retry_After="14")]
    with api(echo, clock) as client:
        client.get_json("/thing")
    assert 14 <= clock.slept_s < 20


def test_a_retry_after_longer_than_a_sync_waits_pauses_it_until_then(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(429, Retry_After="Sat, 21 Nov 2026 07:00:00 GMT")]
    with api(echo, clock) as client, pytest.raises(Paused) as caught:
        client.get_json("/thing")
    assert caught.value.resumes_at == NOW + timedelta(hours=1)
    assert clock.slept_s == 0


def test_a_quota_that_is_nearly_used_up_pauses_before_the_next_call(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(200, X_Used="98")]
    with api(echo, clock, read_quota=quota) as client:
        client.get_json("/thing")
        with pytest.raises(Paused, match="quota of 100 calls"):
            client.get_json("/thing")
        assert len(echo.asked) == 1
        clock.at += timedelta(minutes=10)
        client.get_json("/thing")
    assert len(echo.asked) == 2


def test_a_quota_left_by_the_last_sync_is_respected(echo: Echo, clock: SimulatedClock) -> None:
    used_up = Bucket(name="day", limit=1000, used=1000, resets_at=NOW + timedelta(hours=5))
    with api(echo, clock, budget=Budget({"day": used_up})) as client, pytest.raises(Paused) as caught:
        client.get_json("/thing")
    assert echo.asked == []
    assert caught.value.resumes_at == used_up.resets_at


def test_a_refused_token_is_replaced_once_and_then_a_person_must_act(echo: Echo, clock: SimulatedClock) -> None:
    tokens = Tokens()
    echo.script = [status(401)]
    with api(echo, clock, bearer=tokens) as client:
        assert client.get_json("/thing") == {"ok": True}
        assert [each.bearer for each in echo.asked] == ["secret-1", "secret-2"]
        echo.script = [status(401), status(401)]
        with pytest.raises(SignInAgain, match="pacewright connect echo"):
            client.get_json("/thing")


@pytest.mark.parametrize(
    ("code", "kind"), [(400, SourceChanged), (403, NotAllowed), (406, SourceChanged), (418, SourceChanged)]
)
def test_what_asking_again_cannot_change_is_asked_once(
    echo: Echo, clock: SimulatedClock, code: int, kind: type[SyncEnded]
) -> None:
    echo.script = [status(code)] * 3
    with api(echo, clock) as client, pytest.raises(kind):
        client.get_json("/thing")
    assert len(echo.asked) == 1


@pytest.mark.parametrize("code", [204, 404])
def test_no_data_is_none(echo: Echo, clock: SimulatedClock, code: int) -> None:
    echo.script = [lambda _: Response(status=code)]
    with api(echo, clock) as client:
        assert client.get_json("/thing") is None


def test_a_token_is_never_carried_to_another_host(echo: Echo, clock: SimulatedClock) -> None:
    with Echo(clock) as stranger:
        echo.script = [status(302, Location=f"{stranger.url}/thing")]
        with api(echo, clock, bearer=Tokens()) as client, pytest.raises(SourceChanged, match="another address"):
            client.get_json("/thing")
        assert stranger.asked == []


def test_a_redirect_on_the_same_host_is_followed_a_few_times(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(302, Location="/elsewhere")]
    with api(echo, clock) as client:
        assert client.get_json("/thing") == {"ok": True}
        echo.script = [status(302, Location="/thing")] * 9
        with pytest.raises(SourceChanged, match="in circles"):
            client.get_json("/thing")


def test_what_must_not_be_repeated_is_sent_once(echo: Echo, clock: SimulatedClock) -> None:
    with api(echo, clock) as client:
        echo.faults.commanded.append("lost")
        with pytest.raises(Unanswered):
            client.send_once("POST", "/token", form={"refresh_token": "secret-9"})
    assert len(echo.asked) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_what_must_not_be_repeated_follows_no_redirect_even_on_the_same_host(
    echo: Echo, clock: SimulatedClock, code: int
) -> None:
    """A form with a refresh token in it is sent to the address that was meant, once, and nowhere else."""
    echo.script = [status(code, Location="/elsewhere")]
    with api(echo, clock) as client, pytest.raises(SourceChanged, match="another address"):
        client.send_once("POST", "/token", form={"refresh_token": "secret-9"})
    assert [request.path for request in echo.asked] == ["/token"]


def test_nothing_listening_is_told_apart_from_an_answer_that_never_came(clock: SimulatedClock) -> None:
    with Echo(clock) as gone:
        address = gone.url
    client = Api(name="Echo", source="echo", base_url=address, clock=clock, patience=QUICK)
    with client, pytest.raises(TryLater, match="cannot be reached") as caught:
        client.send_once("POST", "/token")
    assert not isinstance(caught.value, Unanswered)


def test_an_endless_answer_is_refused(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [lambda _: Response(body=b'"' + b"x" * 200_000 + b'"')]
    with api(echo, clock) as client, pytest.raises(SourceChanged, match="in one answer"):
        client.get_json("/thing")


def test_calls_keep_their_distance(echo: Echo, clock: SimulatedClock) -> None:
    with api(echo, clock, spacing_s=0.25) as client:
        for _ in range(5):
            client.get_json("/thing")
    assert clock.slept_s == pytest.approx(4 * 0.25)


@pytest.mark.parametrize("address", ["http://example.org", "ftp://example.org", "http://10.0.0.7"])
def test_an_address_that_is_not_encrypted_is_refused(clock: SimulatedClock, address: str) -> None:
    with pytest.raises(NotAllowed, match="not encrypted"):
        Api(name="Echo", source="echo", base_url=address, clock=clock)


@pytest.mark.parametrize("fault", ["lost", "reset", "slow", "cut", "error", "page"])
def test_no_error_carries_the_token(echo: Echo, clock: SimulatedClock, fault: Fault) -> None:
    echo.faults.commanded.extend([fault] * 9)
    with api(echo, clock, bearer=Tokens()) as client, pytest.raises(SyncEnded) as caught:
        client.get_json("/thing")
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "secret" not in f"{seen} {seen!r} {seen.args}"
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def minute(headers: Mapping[str, str], now: datetime) -> list[Bucket]:
    used = headers.get("x-used")
    return [] if used is None else [Bucket(name="a minute", limit=100, used=int(used), resets_at=now + MINUTE)]


MINUTE = timedelta(seconds=41)


def test_a_quota_that_starts_anew_soon_is_waited_for(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(200, X_Used="98")]
    with api(echo, clock, read_quota=minute) as client:
        client.get_json("/thing")
        client.get_json("/thing")
    assert len(echo.asked) == 2
    assert clock.slept_s == 41


def test_a_refusal_over_a_quota_that_starts_anew_soon_is_waited_out(echo: Echo, clock: SimulatedClock) -> None:
    echo.script = [status(429, X_Used="100")]
    with api(echo, clock, read_quota=minute) as client:
        assert client.get_json("/thing") == {"ok": True}
    assert clock.slept_s == 41


@pytest.mark.parametrize("asked", ["1e300", "inf", "9" * 40])
def test_a_retry_after_beyond_any_calendar_breaks_nothing(echo: Echo, clock: SimulatedClock, asked: str) -> None:
    echo.script = [status(503, retry_after=asked)]

    with api(echo, clock) as one, pytest.raises(TryLater) as caught:
        one.get_json("/x")

    assert caught.value.resumes_at == NOW + timedelta(days=1)
