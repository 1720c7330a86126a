"""A sync's end is always on record: complete, paused with the time it goes on, or why not and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import NotAllowed, Paused, SignInAgain, SourceChanged, SyncEnded, TryLater, Unanswered
from connectors.http import Bucket
from connectors.landing import LandResult
from connectors.syncing import Desk, Tally, last_quota, run_sync
from connectors.tokens import TokenStore
from tests.builders.ledger import new_store_on_disk, query
from tests.servers.base import SimulatedClock

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(
        athlete_id="me",
        store=new_store_on_disk(tmp_path),
        tokens=TokenStore(tmp_path / "tokens", athlete_id="me"),
        clock=SimulatedClock(NOW),
        home_zone="Europe/Berlin",
    )


def on_record(desk: Desk) -> list[tuple[str, str | None, str | None]]:
    return [(row[0], row[1], row[2]) for row in query(desk.store, "select state, fact, remedy from raw.syncs")]


def test_a_sync_that_gets_through_says_what_it_landed(desk: Desk) -> None:
    def sync(_: Desk, tally: Tally) -> None:
        tally.add(LandResult(new=3, unchanged=2))
        tally.saw(NOW - timedelta(days=1))
        tally.saw(NOW - timedelta(days=2))
        tally.held_back["details"] = "2 of 5 activities without details"

    synced = run_sync(desk, "strava_api", sync)
    assert synced.state == "complete"
    assert synced.appended == 3
    assert dict(synced.held_back) == {"details": "2 of 5 activities without details"}
    assert query(desk.store, "select counts ->> 'new', newest_at from raw.syncs") == [("3", NOW - timedelta(days=1))]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Paused("Used up.", "Wait.", resumes_at=NOW + timedelta(minutes=9)), "paused"),
        (TryLater("Down.", "Wait."), "try_later"),
        (Unanswered("Slow.", "Wait."), "try_later"),
        (SignInAgain("Refused.", "Sign in."), "sign_in_again"),
        (SourceChanged("Odd.", "Upgrade."), "source_changed"),
        (NotAllowed("No.", "Pay."), "not_allowed"),
    ],
)
def test_every_ending_a_vendor_can_cause_is_an_answer_and_on_record(desk: Desk, error: SyncEnded, state: str) -> None:
    def sync(_: Desk, tally: Tally) -> None:
        tally.add(LandResult(new=1))
        raise error

    synced = run_sync(desk, "strava_api", sync)
    assert (synced.state, synced.fact, synced.remedy) == (state, error.fact, error.remedy)
    assert synced.appended == 1
    assert on_record(desk) == [(state, error.fact, error.remedy)]


def test_a_fault_of_our_own_is_on_record_without_its_words_and_raised(desk: Desk) -> None:
    def sync(_: Desk, tally: Tally) -> None:
        raise KeyError("secret-token")

    with pytest.raises(KeyError):
        run_sync(desk, "strava_api", sync)
    assert on_record(desk) == [("failed", "Pacewright itself failed (KeyError).", None)]


def test_the_next_sync_knows_what_the_last_one_left_of_the_quota(desk: Desk) -> None:
    day = Bucket(name="day", limit=1000, used=990, resets_at=NOW + timedelta(hours=18))
    quarter = Bucket(name="15 min", limit=100, used=90, resets_at=NOW + timedelta(minutes=5))
    run_sync(desk, "strava_api", lambda _, tally: tally.budget.learn([day, quarter]))
    assert set(last_quota(desk, "strava_api")) == {day, quarter}
    desk.clock.sleep(600)
    assert last_quota(desk, "strava_api") == (day,)
    assert last_quota(desk, "whoop_api") == ()
