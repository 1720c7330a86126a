"""A sync with Strava's API on a bad day: quotas, outages, kills, and what it says about them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.syncing import Reach
from tests.builders.ledger import query
from tests.builders.syncs import Runner, strava_runner
from tests.servers.faults import DRIFTING, EVERY, PASSING, Fault
from tests.servers.strava import Quota, StravaServer

pytestmark = pytest.mark.slow  # hundreds of syncs with a real server


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[StravaServer]]:
    with strava_runner(tmp_path, days=20) as one:
        yield one


def goes_wrong(athlete: Runner[StravaServer], after: int, *faults: Fault) -> None:
    """After that many requests these faults befall the next ones."""
    athlete.server.faults.commanded.extend([*[None] * after, *faults])  # type: ignore[list-item]  # None lets one pass


@pytest.mark.parametrize("after", [0, 2, 9])
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_for(athlete: Runner[StravaServer], fault: Fault, after: int) -> None:
    goes_wrong(athlete, after, fault)

    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("after", [2, 9, 10])
@pytest.mark.parametrize("fault", DRIFTING)
def test_what_drifts_lands_and_is_put_right_by_a_look_at_everything(
    athlete: Runner[StravaServer], fault: Fault, after: int
) -> None:
    goes_wrong(athlete, after, fault)
    assert athlete.sync().state == "complete"
    assert athlete.sync(Reach.EVERYTHING).state == "complete"

    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("after", [9, 10])
@pytest.mark.parametrize("fault", DRIFTING)
def test_what_drifted_before_its_recording_came_is_put_right_by_a_look_at_everything(
    athlete: Runner[StravaServer], fault: Fault, after: int
) -> None:
    """The detail stands and its streams are missing: the look at everything must not take it for seen."""
    outage: list[Fault] = ["error"] * 8
    goes_wrong(athlete, after, fault, *outage)
    assert athlete.sync().state == "try_later"
    athlete.server.faults.calm()
    assert athlete.sync(Reach.EVERYTHING).state == "complete"

    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("fault", [fault for fault in PASSING if fault != "expire"])
def test_what_does_not_pass_leaves_the_rest_to_the_next_sync(athlete: Runner[StravaServer], fault: Fault) -> None:
    goes_wrong(athlete, 12, *[fault] * 8)
    synced = athlete.sync()
    assert synced.state == ("paused" if fault == "storm" else "try_later")
    assert synced.remedy
    landed = len(athlete.view())
    assert landed > 10, "what was read is kept"
    athlete.server.faults.calm()
    athlete.sync()

    assert athlete.view() == athlete.server.truth()


def test_a_grant_that_ended_asks_for_a_sign_in_and_then_goes_on(athlete: Runner[StravaServer]) -> None:
    goes_wrong(athlete, 5, "revoke")
    synced = athlete.sync()
    assert synced.state == "sign_in_again"
    assert "pacewright connect strava" in synced.remedy
    before = len(athlete.server.asked)
    assert athlete.sync().state == "sign_in_again"
    assert len(athlete.server.asked) == before, "a dead sign-in is not tried again"
    athlete.sign_in()

    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize(
    ("switch", "state", "words"),
    [
        ({"is_inactive": True}, "not_allowed", ("no paid subscription", "reactivate")),
        ({"lacks": {"activity:read_all"}}, "sign_in_again", ("lacks a permission", "every box")),
    ],
)
def test_refusals_are_explained(
    athlete: Runner[StravaServer], switch: dict[str, object], state: str, words: tuple[str, str]
) -> None:
    for name, value in switch.items():
        setattr(athlete.server, name, value)
    synced = athlete.sync()

    assert synced.state == state
    assert words[0] in synced.fact
    assert words[1] in synced.remedy


def test_a_sign_in_that_may_not_see_everything_is_not_used(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    athlete.sign_in(scopes=("read", "activity:read", "profile:read_all"))
    before = len(athlete.server.asked)
    synced = athlete.sync()

    assert synced.state == "sign_in_again"
    assert "activity:read_all" in synced.fact
    assert len(athlete.server.asked) == before


def test_nobody_is_asked_without_a_sign_in(athlete: Runner[StravaServer]) -> None:
    athlete.tokens.forget("strava")

    assert athlete.sync().state == "sign_in_again"
    assert athlete.server.asked == []


# Quotas.


def test_the_quarter_hours_quota_pauses_the_sync_which_goes_on_in_the_next(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=40, reads=Quota(30, 10**6)) as one:
        synced = one.sync()
        assert synced.state == "paused"
        assert synced.resumes_at == datetime(2026, 11, 21, 17, 15, tzinfo=UTC)
        assert "activities without their newest details" in synced.held_back["details"]
        assert "activities without their recording" in synced.held_back["recordings"]
        before = len(one.server.asked)
        assert one.sync().state == "paused"
        assert len(one.server.asked) == before, "a used-up quota is not asked again"

        for _ in range(6):
            one.clock.at += timedelta(minutes=15)
            synced = one.sync()
        assert (synced.state, synced.held_back) == ("complete", {})
        assert one.view() == one.server.truth()
        assert one.server.reads.used_quarter <= 30


def test_the_days_quota_lasts_until_midnight_utc(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=40, reads=Quota(10**6, 50)) as one:
        synced = one.sync()

        assert synced.state == "paused"
        assert synced.resumes_at == datetime(2026, 11, 22, tzinfo=UTC)
        assert "50 calls" in synced.fact


def test_a_quota_that_others_used_up_is_believed(athlete: Runner[StravaServer]) -> None:
    athlete.server.overall = Quota(200, 2_000, used_quarter=205, used_day=205)
    athlete.server.overall.began = tuple(int(athlete.clock.now().timestamp()) // each for each in (900, 86_400))  # type: ignore[assignment]  # two numbers
    synced = athlete.sync()

    assert synced.state == "paused"
    assert synced.resumes_at == datetime(2026, 11, 21, 17, 15, tzinfo=UTC)
    assert athlete.clock.slept_s == 0
    assert len(athlete.server.asked) == 1


def test_the_newest_runs_get_their_details_first(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=40, reads=Quota(30, 10**6)) as one:
        one.sync()
        starts = {key: each["start_date"] for (entity, key), each in one.view().items() if entity == "activity"}
        detailed = {key for entity, key in one.view() if entity == "detail"}

        assert detailed
        assert min(starts[key] for key in detailed) > max(starts[key] for key in starts.keys() - detailed)


def test_a_sync_fetches_as_many_details_as_the_owner_allows(athlete: Runner[StravaServer]) -> None:
    synced = athlete.sync(details_per_sync=4)
    total = sum(entity == "activity" for entity, _ in athlete.view())

    assert synced.state == "complete"
    assert sum(entity == "detail" for entity, _ in athlete.view()) == 4
    assert synced.held_back["details"] == f"{total - 4} of {total} activities without their newest details"


@pytest.mark.slow
def test_many_deletions_at_once_are_confirmed_over_several_quotas(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=120) as one:
        one.sync()
        kept = sorted(one.server.life.runs)[:5]
        one.server.life.runs = {key: one.server.life.runs[key] for key in kept}
        one.server.reads = Quota(20, 10**6)
        gone = []
        for _ in range(20):
            one.clock.at += timedelta(minutes=15)
            gone.append(one.sync(Reach.EVERYTHING).counts.get("gone", 0))

        assert one.view() == one.server.truth()
        assert sum(count > 0 for count in gone) > 4, "each quota brought some of them"


def test_a_look_at_everything_that_ran_out_of_quota_is_finished_by_the_next_syncs(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=40) as one:
        goes_wrong(one, 20, "missing", "missing", "extra", "extra")
        one.sync()
        one.clock.at += timedelta(days=1)
        one.server.reads = Quota(25, 10**6)
        synced = one.sync(Reach.EVERYTHING)
        assert synced.state == "paused"
        assert "checked again" in synced.held_back["recheck"]
        for _ in range(6):
            one.clock.at += timedelta(minutes=15)
            synced = one.sync()

        assert (synced.state, synced.held_back) == ("complete", {})
        assert one.view() == one.server.truth()
        before = len(one.server.asked)
        one.sync()
        assert len(one.server.asked) - before <= 3, "checked once, not for ever"


# Kills.


@pytest.mark.parametrize("deadly_after", [1, 2, 4, 7, 14, 30, 55])
def test_a_first_load_killed_anywhere_goes_on_where_it_stopped(tmp_path: Path, deadly_after: int) -> None:
    with strava_runner(tmp_path, days=40, page_size=5) as one:
        one.sync_killed_after(deadly_after)
        one.live()
        before = len(one.server.asked)

        assert one.sync().state == "complete"
        assert one.view() == one.server.truth()
        whole = len(one.asked(before))
        assert whole < 110 - deadly_after / 2, "what had landed is not fetched again"


@pytest.mark.slow
def test_a_first_load_killed_between_pages_does_not_list_the_newest_pages_again_and_again(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=120, page_size=5) as one:
        one.sync_killed_after(12)
        ((cursor,),) = query(one.store, "select cursor::text from raw.cursors where name = 'activities'")
        before = len(one.server.asked)
        one.sync()
        bounds = [each.query.get("before") for each in one.server.asked[before:] if "per_page" in each.query]

        assert '"sweep_before":' in cursor.replace(" ", "")
        assert bounds.count(None) == 1
        assert one.view() == one.server.truth()


# Secrets.


@pytest.mark.parametrize("fault", EVERY)
def test_no_secret_is_in_the_ledger_the_log_or_what_people_read(
    athlete: Runner[StravaServer], fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    goes_wrong(athlete, 3, fault, fault, fault, fault, fault)
    synced = athlete.sync()
    athlete.clock.at += timedelta(hours=7)
    athlete.sync()
    tables = ("payloads", "syncs", "cursors", "files")
    texts = [str(row) for table in tables for row in query(athlete.store, f"select * from raw.{table}")]
    texts += [synced.fact, synced.remedy, str(synced), repr(athlete.tokens.read("strava"))]
    texts += [record.getMessage() for record in caplog.records if record.name.startswith(("stravalib", "connectors"))]

    assert athlete.server.secrets
    assert not [secret for secret in athlete.server.secrets if any(secret in text for text in texts)]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 6])
def test_a_look_at_everything_that_was_cut_off_early_is_finished_by_the_next_sync(
    athlete: Runner[StravaServer], after: int
) -> None:
    athlete.sync()
    with athlete.server.lock:
        shoe = athlete.run(days_ago=9)
        shoe.gear = "g1234567"
        shoe.distance_m += 1000
    goes_wrong(athlete, after, "error", "error", "error", "error")
    assert athlete.sync(Reach.EVERYTHING).state == "try_later"
    assert athlete.sync().state == "complete"

    assert athlete.view() == athlete.server.truth()
