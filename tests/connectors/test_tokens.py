"""Sign-ins on disk and in the keyring, and who renews them: once, under a lock, and never with a token that is dead."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from connectors.errors import NotAllowed, SignInAgain, TryLater, Unanswered
from connectors.tokens import MARGIN_S, Grant, Keeper, TokenStore
from connectors.whoop import api_auth
from tests.builders.ledger import new_store
from tests.prove._renewing import Job, Moment, sync_here, worker
from tests.servers.base import SimulatedClock
from tests.servers.whoop import WhoopServer
from tests.servers.world import new_life

NOW = datetime(2026, 11, 21, 17, tzinfo=UTC)
GRANT = Grant(
    source="whoop",
    access_token="access-secret",
    refresh_token="refresh-secret",
    client_id="app",
    client_secret="client-secret",
    key="key-secret",
    expires_at=NOW + timedelta(hours=1),
    key_ends_at=NOW + timedelta(days=90),
    scopes=("offline", "read:sleep"),
    signed_in_at=NOW,
)
SECRETS = ("access-secret", "refresh-secret", "client-secret", "key-secret")


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "tokens", athlete_id="me")


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


class InMemoryKeyring(keyring.backend.KeyringBackend):
    """A system's keyring that lives as long as a test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the package has no types for it
        self.held: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked("nobody is there to unlock it")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked("nobody is there to unlock it")
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[InMemoryKeyring]:
    before = keyring.get_keyring()
    ring = InMemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


# The record.


def test_what_is_written_is_read_back_whole(store: TokenStore) -> None:
    store.write(GRANT)
    assert store.read("whoop") == GRANT


def test_nothing_is_there_before_the_first_sign_in(store: TokenStore) -> None:
    assert store.read("whoop") is None
    store.forget("whoop")


def test_only_its_owner_can_read_a_record(tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o755)
    store = TokenStore(folder, athlete_id="me")
    store.write(GRANT)
    with store.locked("whoop"):
        pass

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "me.whoop.json").stat().st_mode) == 0o600


def test_a_record_is_replaced_whole_or_not_at_all(
    store: TokenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(GRANT)

    def power_cut(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        store.write(replace(GRANT, access_token="another"))
    monkeypatch.undo()

    assert store.read("whoop") == GRANT
    assert [path.name for path in (tmp_path / "tokens").iterdir()] == ["me.whoop.json"]


def test_a_reader_never_sees_half_a_record(store: TokenStore) -> None:
    store.write(GRANT)
    seen: set[str] = set()
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            grant = store.read("whoop")
            seen.add("nothing" if grant is None else grant.access_token[:1])

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        store.write(replace(GRANT, access_token=("a" if number % 2 else "b") * 2000))
    is_over.set()
    reader.join()

    assert seen <= {"a", "b"}


def test_sources_and_athletes_have_records_of_their_own(tmp_path: Path) -> None:
    mine, yours = TokenStore(tmp_path, athlete_id="me"), TokenStore(tmp_path, athlete_id="you")
    mine.write(GRANT)
    yours.write(replace(GRANT, access_token="yours"))
    mine.write(replace(GRANT, source="strava", access_token="strava"))
    mine.forget("whoop")

    assert mine.read("whoop") is None
    assert [grant and grant.access_token for grant in (mine.read("strava"), yours.read("whoop"))] == ["strava", "yours"]


def test_forgetting_takes_what_a_killed_write_left_as_well(store: TokenStore, tmp_path: Path) -> None:
    store.write(GRANT)
    (tmp_path / "tokens" / "me.whoop.4711.next").write_text("access-secret")
    store.forget("whoop")

    assert list((tmp_path / "tokens").iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b'"text"',
        b"[]",
        b"\xff\xfe\x00",
        b'{"access_token": "access-secret"}',
        b'{"source": "whoop", "access_token": 5}',
        b'{"source": "whoop", "expires_at": "soon"}',
        b'{"source": "whoop", "expires_at": "2026-11-21T17:00:00"}',
        b'{"source": "whoop", "scopes": 7}',
    ],
)
def test_a_damaged_record_asks_for_a_new_sign_in_without_showing_what_it_holds(
    store: TokenStore, tmp_path: Path, clock: SimulatedClock, damage: bytes
) -> None:
    store.write(GRANT)
    (tmp_path / "tokens" / "me.whoop.json").write_bytes(damage)
    vendor = Vendor()
    with pytest.raises(SignInAgain, match="damaged") as caught:
        keeper(store, clock, vendor).access_token()

    assert "pacewright connect whoop" in caught.value.remedy
    assert "secret" not in f"{caught.value} {caught.value.__context__!r}"
    assert vendor.asked_with == []
    store.write(GRANT)
    assert store.read("whoop") == GRANT


def test_a_record_of_a_later_version_is_read_without_what_is_unknown(store: TokenStore, tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "me.whoop.json").write_text('{"source": "whoop", "access_token": "a", "from_tomorrow": 1}')
    assert store.read("whoop") == Grant(source="whoop", access_token="a")


def test_the_keyring_keeps_the_same_record_and_no_file(ring: InMemoryKeyring, tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "tokens", athlete_id="me", keeping="keyring")
    assert store.read("whoop") is None
    store.write(GRANT)
    assert store.read("whoop") == GRANT
    assert len(ring.held) == 1
    assert not any("secret" in str(key) for key in ring.held)
    assert not list(tmp_path.rglob("*.json"))
    store.forget("whoop")
    store.forget("whoop")
    assert ring.held == {}


def test_a_locked_keyring_says_so_and_what_else_there_is(ring: InMemoryKeyring, tmp_path: Path) -> None:
    ring.is_locked = True
    store = TokenStore(tmp_path, athlete_id="me", keeping="keyring")
    with pytest.raises(NotAllowed, match="token_store"):
        store.read("whoop")
    with pytest.raises(NotAllowed) as caught:
        store.write(GRANT)

    assert "secret" not in str(caught.value)


def test_a_machine_without_a_keyring_says_so(tmp_path: Path, ring: InMemoryKeyring) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]  # the same
    with pytest.raises(NotAllowed, match="keyring"):
        TokenStore(tmp_path, athlete_id="me", keeping="keyring").write(GRANT)
    assert ring.held == {}


def test_no_secret_shows_when_a_grant_is_printed() -> None:
    printed = f"{GRANT!r} {GRANT} {[GRANT]}"
    assert not any(secret in printed for secret in SECRETS)
    assert set(GRANT.secrets()) == set(SECRETS)


# The keeper.


class Vendor:
    """Renews, and counts how often; `says` is what it does instead."""

    def __init__(self, says: Exception | None = None) -> None:
        self.says = says
        self.asked_with: list[str] = []

    def __call__(self, grant: Grant) -> Grant:
        self.asked_with.append(grant.refresh_token)
        if self.says is not None:
            raise self.says
        number = len(self.asked_with)
        return replace(
            grant, access_token=f"fresh-{number}", refresh_token=f"next-{number}", expires_at=NOW + timedelta(days=1)
        )


def keeper(store: TokenStore, clock: SimulatedClock, refresh: Callable[[Grant], Grant]) -> Keeper:
    return Keeper(store, "whoop", name="WHOOP", clock=clock, refresh=refresh)


def test_a_token_with_life_left_is_handed_out_as_it_is(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(GRANT)
    vendor = Vendor()
    assert keeper(store, clock, vendor).access_token() == "access-secret"
    assert vendor.asked_with == []


def test_a_token_near_its_end_is_renewed_and_written_before_it_is_used(
    store: TokenStore, clock: SimulatedClock
) -> None:
    assert MARGIN_S == 300  # a sync of some minutes must not begin with a token that ends in the midst of it
    store.write(replace(GRANT, expires_at=NOW + timedelta(seconds=MARGIN_S - 1)))
    vendor = Vendor()
    assert keeper(store, clock, vendor).access_token() == "fresh-1"
    kept = store.read("whoop")
    assert kept is not None
    assert (kept.refresh_token, kept.refresh_begun_at) == ("next-1", None)


def test_a_token_with_just_enough_life_left_is_not_renewed(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(replace(GRANT, expires_at=NOW + timedelta(seconds=MARGIN_S + 1)))
    vendor = Vendor()
    assert keeper(store, clock, vendor).access_token() == "access-secret"
    assert vendor.asked_with == []


def test_a_token_that_the_vendor_refused_is_renewed_before_its_time(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(GRANT)
    vendor = Vendor()
    kept = keeper(store, clock, vendor)
    assert kept.access_token(refused="access-secret") == "fresh-1"
    assert kept.access_token(refused="access-secret") == "fresh-1", "another process has renewed it meanwhile"
    assert vendor.asked_with == ["refresh-secret"]


def test_the_mark_is_set_while_the_vendor_is_asked(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(replace(GRANT, expires_at=NOW))
    marks: list[datetime | None] = []

    def refresh(grant: Grant) -> Grant:
        held = store.read("whoop")
        marks.append(held.refresh_begun_at if held else None)
        return Vendor()(grant)

    keeper(store, clock, refresh).access_token()
    assert marks == [NOW]


def test_a_refused_renewal_is_never_tried_again(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(replace(GRANT, expires_at=NOW))
    vendor = Vendor(SignInAgain("WHOOP refused the refresh token.", "Sign in again: `pacewright connect whoop`."))
    for _ in range(3):
        with pytest.raises(SignInAgain, match="refused") as caught:
            keeper(store, clock, vendor).access_token()
        assert "pacewright connect whoop" in caught.value.remedy
        assert "cut off" not in caught.value.fact

    assert vendor.asked_with == ["refresh-secret"]
    store.write(GRANT)
    assert keeper(store, clock, vendor).access_token() == "access-secret", "a new sign-in makes it good"


def test_an_unanswered_renewal_is_asked_once_more_by_the_next_sync(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(replace(GRANT, expires_at=NOW))
    vendor = Vendor(Unanswered("WHOOP broke off.", "Wait."))
    with pytest.raises(Unanswered):
        keeper(store, clock, vendor).access_token()
    held = store.read("whoop")
    assert held is not None
    assert held.refresh_begun_at == NOW
    vendor.says = SignInAgain("WHOOP refused the refresh token.", "Sign in again: `pacewright connect whoop`.")
    for _ in range(3):
        with pytest.raises(SignInAgain, match="cut off before its answer"):
            keeper(store, clock, vendor).access_token()

    assert len(vendor.asked_with) == 2


def test_an_unanswered_renewal_that_was_never_carried_out_costs_nothing(
    store: TokenStore, clock: SimulatedClock
) -> None:
    store.write(replace(GRANT, expires_at=NOW))
    vendor = Vendor(Unanswered("WHOOP broke off.", "Wait."))
    with pytest.raises(Unanswered):
        keeper(store, clock, vendor).access_token()
    vendor.says = None
    assert keeper(store, clock, vendor).access_token() == "fresh-2"
    kept = store.read("whoop")
    assert kept is not None
    assert kept.refresh_begun_at is None


def test_a_vendor_that_is_down_leaves_no_mark(store: TokenStore, clock: SimulatedClock) -> None:
    before = replace(GRANT, expires_at=NOW)
    store.write(before)
    with pytest.raises(TryLater):
        keeper(store, clock, Vendor(TryLater("WHOOP cannot be reached.", "Wait."))).access_token()
    assert store.read("whoop") == before


def test_without_a_sign_in_the_remedy_is_to_sign_in(store: TokenStore, clock: SimulatedClock) -> None:
    with pytest.raises(SignInAgain, match="not connected") as caught:
        keeper(store, clock, Vendor()).access_token()
    assert "pacewright connect whoop" in caught.value.remedy


def test_many_at_once_renew_once(store: TokenStore, clock: SimulatedClock) -> None:
    store.write(replace(GRANT, expires_at=NOW))
    vendor = Vendor()
    together = threading.Barrier(8)
    handed_out: list[str] = []

    def ask() -> None:
        together.wait()
        handed_out.append(keeper(store, clock, vendor).access_token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert handed_out == ["fresh-1"] * 8
    assert vendor.asked_with == ["refresh-secret"]


# Processes of their own, against the fake WHOOP, whose refresh tokens work once.


@pytest.fixture
def whoop(clock: SimulatedClock, store: TokenStore) -> Iterator[WhoopServer]:
    with WhoopServer(new_life(1, today=date(2026, 11, 21), days=2), now=clock.now) as server:
        store.write(server.grant())
        clock.at += timedelta(hours=2)
        yield server


def job(whoop: WhoopServer, home: Path, clock: SimulatedClock, dies: Moment | None = None) -> Job:
    return Job(name="whoop", home=home, config=whoop.config(), now=clock.now(), dies=dies)


def renewals(whoop: WhoopServer) -> int:
    return sum(request.path.endswith("/token") for request in whoop.asked)


@pytest.mark.slow
def test_two_processes_at_once_never_burn_a_token(whoop: WhoopServer, tmp_path: Path, clock: SimulatedClock) -> None:
    with worker(job(whoop, tmp_path, clock)) as one, worker(job(whoop, tmp_path, clock)) as other:
        one.begin()
        other.begin()
        endings = [one.ending(), other.ending()]

    assert [ending and ending.state for ending in endings] == ["complete", "complete"]
    assert renewals(whoop) == 1
    assert whoop.used_again == 0


@pytest.mark.slow
@pytest.mark.parametrize("dies", ["before the mark", "before asking", "after keeping"])
def test_a_kill_that_loses_nothing_is_not_even_noticed(
    whoop: WhoopServer, tmp_path: Path, clock: SimulatedClock, dies: Moment
) -> None:
    with worker(job(whoop, tmp_path, clock, dies)) as victim:
        victim.begin()
        assert victim.ending() is None

    assert sync_here(job(whoop, tmp_path, clock), new_store(tmp_path)).state == "complete"
    assert renewals(whoop) == 1
    assert whoop.used_again == 0


@pytest.mark.slow
def test_a_kill_between_the_answer_and_its_writing_ends_in_a_sign_in_and_no_further_question(
    whoop: WhoopServer, tmp_path: Path, clock: SimulatedClock, store: TokenStore
) -> None:
    with worker(job(whoop, tmp_path, clock, "before keeping")) as victim:
        victim.begin()
        assert victim.ending() is None
    assert renewals(whoop) == 1
    ledger = new_store(tmp_path)
    endings = [sync_here(job(whoop, tmp_path, clock), ledger) for _ in range(3)]

    assert {ending.state for ending in endings} == {"sign_in_again"}
    assert all("pacewright connect whoop" in ending.remedy for ending in endings)
    assert "cut off" in endings[0].fact
    assert renewals(whoop) == 2, "once to find out, and never again"
    store.write(whoop.grant())
    assert sync_here(job(whoop, tmp_path, clock), ledger).state == "complete"


def test_errors_around_tokens_hold_no_secret(whoop: WhoopServer, store: TokenStore, clock: SimulatedClock) -> None:
    grant = store.read("whoop")
    assert grant is not None
    told: list[str] = []
    for fault in ("lost", "error", "page", "cut", "reset", "storm"):
        whoop.faults.commanded.append(fault)
        with pytest.raises(TryLater) as caught:
            api_auth.refresh(whoop.config(), grant, clock=clock)
        told.append(f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}")
        grant = whoop.grant()
    whoop.revoke()
    with pytest.raises(SignInAgain) as refused:
        api_auth.refresh(whoop.config(), grant, clock=clock)
    told.append(repr(refused.value))

    assert not any(secret in text for secret in whoop.secrets for text in told)
