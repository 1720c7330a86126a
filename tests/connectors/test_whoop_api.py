"""A sync with WHOOP, against its fake on loopback: what it fetches, how far back it looks, and what it makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.syncing import Reach
from tests.builders.ledger import query
from tests.builders.syncs import Runner, whoop_runner
from tests.servers.base import Request, Response
from tests.servers.faults import Fault
from tests.servers.whoop import WhoopServer
from tests.servers.world import Night


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[WhoopServer]]:
    with whoop_runner(tmp_path, days=40) as one:
        yield one


@pytest.fixture
def veteran(tmp_path: Path) -> Iterator[Runner[WhoopServer]]:
    with whoop_runner(tmp_path, days=260) as one:
        yield one


def scored(athlete: Runner[WhoopServer], days_ago: int) -> Night:
    """A scored night with a recovery about that many days ago."""
    nights = list(athlete.server.life.nights.values())[-days_ago::-1]
    return next(night for night in nights if night.score_state == "SCORED" and night.has_recovery)


def rescore(athlete: Runner[WhoopServer], night: Night) -> None:
    with athlete.server.lock:
        night.recovery_pct = 1 if night.recovery_pct != 1 else 2
        night.updated_at = athlete.clock.now()


def recovery_pct(athlete: Runner[WhoopServer], night: Night) -> float:
    return float(athlete.view()["recovery", str(night.cycle_id)]["score"]["recovery_score"])


def test_the_first_sync_brings_everything_there_is(veteran: Runner[WhoopServer]) -> None:
    synced = veteran.sync()

    assert synced.state == "complete"
    assert synced.held_back == {}
    assert veteran.view() == veteran.server.truth()
    assert {entity for entity, _ in veteran.view()} == {"cycle", "recovery", "sleep", "workout", "body"}


def test_the_second_sync_lands_nothing_and_asks_only_for_the_last_days(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    before = len(athlete.server.asked)
    synced = athlete.sync()

    assert synced.appended == 0
    assert len(athlete.server.asked) - before == 5


def test_an_account_without_anything_syncs(tmp_path: Path) -> None:
    with whoop_runner(tmp_path, days=0) as newcomer:
        newcomer.server.body = None
        assert newcomer.sync().state == "complete"
        assert newcomer.view() == {}


def test_pages_are_as_large_as_whoop_allows_and_keep_their_dates(veteran: Runner[WhoopServer]) -> None:
    veteran.sync()
    lists = [each.query for each in veteran.server.asked if "limit" in each.query]
    later_pages = [query for query in lists if "nextToken" in query]

    assert later_pages
    assert {query["limit"] for query in lists} == {"25", "1"}
    assert all("start" in query for query in later_pages)


def test_the_running_cycle_lands_without_an_end_and_gets_it_the_next_day(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    running = str(max(athlete.server.life.nights))
    assert "end" not in athlete.view()["cycle", running]
    athlete.live()
    athlete.sync()

    assert [("end" in version) for version in athlete.versions("cycle", running) if version] == [False, True]


def test_a_pending_score_arrives_later(athlete: Runner[WhoopServer]) -> None:
    newest = athlete.server.life.nights[max(athlete.server.life.nights)]
    newest.score_state, newest.has_recovery = "PENDING_SCORE", True
    athlete.sync()
    assert "score" not in athlete.view()["recovery", str(newest.cycle_id)]
    athlete.live()
    athlete.sync()

    states = [version["score_state"] for version in athlete.versions("recovery", str(newest.cycle_id)) if version]
    assert states == ["PENDING_SCORE", "SCORED"]


def test_what_cannot_be_scored_stays_as_it_is(athlete: Runner[WhoopServer]) -> None:
    night = scored(athlete, 3)
    night.score_state = "UNSCORABLE"
    athlete.sync()

    told = athlete.view()["sleep", night.sleep_uuid]
    assert told["score_state"] == "UNSCORABLE"
    assert "score" not in told


def test_a_cycle_without_a_recovery_is_no_fault(athlete: Runner[WhoopServer]) -> None:
    night = scored(athlete, 3)
    night.has_recovery = False
    assert athlete.sync().state == "complete"
    assert ("cycle", str(night.cycle_id)) in athlete.view()
    assert ("recovery", str(night.cycle_id)) not in athlete.view()


def test_a_score_of_ten_days_ago_is_corrected_by_the_next_sync(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    night = scored(athlete, 10)
    rescore(athlete, night)
    athlete.sync()

    assert recovery_pct(athlete, night) == night.recovery_pct


def test_a_score_of_two_months_ago_is_corrected_within_a_week(veteran: Runner[WhoopServer]) -> None:
    veteran.sync()
    night = scored(veteran, 60)
    rescore(veteran, night)
    veteran.live()
    veteran.sync()
    assert recovery_pct(veteran, night) != night.recovery_pct
    for _ in range(6):
        veteran.live()
        veteran.sync()

    assert recovery_pct(veteran, night) == night.recovery_pct


def test_a_score_of_half_a_year_ago_is_corrected_within_a_month(veteran: Runner[WhoopServer]) -> None:
    veteran.sync()
    night = scored(veteran, 190)
    rescore(veteran, night)
    for _ in range(4):
        veteran.live(7)
        veteran.sync()
    assert recovery_pct(veteran, night) != night.recovery_pct
    veteran.live(2)
    veteran.sync()

    assert recovery_pct(veteran, night) == night.recovery_pct


def test_everything_is_looked_at_again_on_request(veteran: Runner[WhoopServer]) -> None:
    veteran.sync()
    rescore(veteran, scored(veteran, 190))
    del veteran.server.life.nights[min(veteran.server.life.nights)]
    veteran.sync(Reach.EVERYTHING)

    assert veteran.view() == veteran.server.truth()


def test_a_deleted_cycle_goes_with_its_recovery_and_its_sleep(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    night = scored(athlete, 5)
    del athlete.server.life.nights[night.cycle_id]
    synced = athlete.sync()

    assert synced.counts["gone"] >= 3
    assert athlete.versions("recovery", str(night.cycle_id))[-1] is None
    assert athlete.view() == athlete.server.truth()


def test_a_recovery_that_is_taken_back_alone_goes_alone(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    night = scored(athlete, 5)
    night.has_recovery = False
    synced = athlete.sync()

    assert synced.counts["gone"] == 1
    assert ("cycle", str(night.cycle_id)) in athlete.view()


def test_what_is_found_anew_under_a_new_id_replaces_the_old(athlete: Runner[WhoopServer]) -> None:
    run = next(run for run in athlete.server.life.runs.values() if not run.is_manual)
    with athlete.server.lock:
        run.start_at = athlete.clock.now() - timedelta(days=4)
    athlete.sync()
    before = run.uuid
    run.detection += 1
    athlete.sync()

    assert ("workout", before) not in athlete.view()
    assert ("workout", run.uuid) in athlete.view()


def test_a_workout_moved_out_of_the_window_is_found_where_it_went(athlete: Runner[WhoopServer]) -> None:
    run = next(run for run in athlete.server.life.runs.values() if not run.is_manual)
    run.start_at = athlete.clock.now() - timedelta(days=4)
    athlete.sync()
    run.start_at -= timedelta(days=300)
    synced = athlete.sync()

    assert synced.counts["gone"] == 0
    assert athlete.view()["workout", run.uuid]["start"].startswith(f"{run.start_at:%Y-%m-%dT%H:%M}")


def test_missing_things_are_asked_for_by_their_own_address(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    night = scored(athlete, 5)
    night.nap_s = 0
    del athlete.server.life.nights[night.cycle_id]
    before = len(athlete.server.asked)
    athlete.sync()

    assert {
        f"/v2/cycle/{night.cycle_id}",
        f"/v2/cycle/{night.cycle_id}/recovery",
        f"/v2/activity/sleep/{night.sleep_uuid}",
    } <= set(athlete.asked(before))


@pytest.mark.parametrize(("fault", "field"), [("word", "sport_name"), ("extra", "mood_of_the_strap")])
def test_fields_and_words_nobody_knows_are_kept(athlete: Runner[WhoopServer], fault: Fault, field: str) -> None:
    run = next(run for run in athlete.server.life.runs.values() if not run.is_manual)
    run.start_at = athlete.clock.now() - timedelta(days=2)
    athlete.sync()
    # The first three questions are for cycles, recoveries and sleeps.
    athlete.server.faults.commanded.extend([None, None, None, fault])  # type: ignore[list-item]  # None lets one pass
    assert athlete.sync().state == "complete"

    kept = {str(payload.get(field)) for (entity, _), payload in athlete.view().items() if entity == "workout"}
    assert kept & {"SOMETHING_NEW", "{'is_good': True}"}


def test_a_thing_on_two_pages_counts_once(athlete: Runner[WhoopServer]) -> None:
    athlete.server.faults.commanded.append("repeat")
    athlete.sync()
    twice = query(athlete.store, "select source_key from raw.payloads group by entity, source_key having count(*) > 1")

    assert twice == []
    assert athlete.view() == athlete.server.truth()


def test_nothing_before_the_first_date_is_fetched(veteran: Runner[WhoopServer]) -> None:
    first = date(2026, 9, 1)
    assert veteran.sync(first_date=first).state == "complete"
    starts = [payload["start"] for payload in veteran.view().values() if "start" in payload]

    assert min(starts) >= "2026-09-01"
    assert min(starts) < "2026-09-04"


def test_a_gap_of_years_is_crossed_in_a_few_calls(tmp_path: Path) -> None:
    with whoop_runner(tmp_path, days=30) as returned:
        with returned.server.lock:
            returned.live(1)
            for night in list(returned.server.life.nights.values())[:10]:
                night.onset_at -= timedelta(days=1500)
                night.wake_at -= timedelta(days=1500)
        returned.sync()

        assert returned.view() == returned.server.truth()
        assert len(returned.server.asked) < 60


def test_a_server_that_takes_no_notice_of_dates_does_not_keep_us_for_ever(athlete: Runner[WhoopServer]) -> None:
    class Deaf(WhoopServer):
        def answer(self, request: Request) -> Response:
            query = {name: value for name, value in request.query.items() if name not in {"start", "end"}}
            return super().answer(replace(request, query=query))

    athlete.server.__class__ = Deaf
    for night in list(athlete.server.life.nights.values())[5:]:
        del athlete.server.life.nights[night.cycle_id]
    athlete.server.life.runs.clear()

    assert athlete.sync().state == "complete"


def test_the_newest_start_is_remembered(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    newest = max(payload["start"] for payload in athlete.view().values() if "start" in payload)
    ((noted,),) = query(athlete.store, "select strftime(newest_at, '%Y-%m-%dT%H:%M:%S.000Z') from raw.syncs")

    assert noted == newest


def test_a_measurement_that_changes_lands_and_one_that_goes_is_gone(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    assert athlete.server.body is not None
    athlete.server.body = {**athlete.server.body, "max_heart_rate": 186}
    athlete.sync()
    athlete.server.body = None
    athlete.sync()

    versions = athlete.versions("body", "me")
    assert [version and version["max_heart_rate"] for version in versions] == [191, 186, None]


def test_the_minutes_quota_is_waited_for(veteran: Runner[WhoopServer]) -> None:
    veteran.server.minute_limit = 20
    synced = veteran.sync()

    assert synced.state == "complete"
    assert 60 <= veteran.clock.slept_s <= 300


def test_the_days_quota_pauses_the_sync_which_goes_on_the_next_day(veteran: Runner[WhoopServer]) -> None:
    veteran.server.day_limit = 24
    synced = veteran.sync()
    assert synced.state == "paused"
    assert synced.resumes_at is not None
    assert "is still to come" in synced.held_back["history"]
    assert veteran.view(), "what was read is kept"
    before = len(veteran.server.asked)
    assert veteran.sync().state == "paused"
    assert len(veteran.server.asked) == before, "a used-up quota is not asked again"

    for _ in range(6):
        veteran.clock.at += timedelta(days=1)
        synced = veteran.sync()
    assert synced.state == "complete"
    assert veteran.view() == veteran.server.truth()


def test_the_quota_is_read_from_the_headers(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    ((quota,),) = query(athlete.store, "select quota::text from raw.syncs")

    assert '"a minute"' in quota
    assert '"limit":100' in quota.replace(" ", "")


@pytest.mark.parametrize("deadly_after", [2, 9, 21, 33, 48])
def test_a_first_load_killed_anywhere_goes_on_where_it_stopped(tmp_path: Path, deadly_after: int) -> None:
    with whoop_runner(tmp_path, days=300) as one:
        one.sync_killed_after(deadly_after)
        one.live()
        before = len(one.server.asked)

        assert one.sync().state == "complete"
        assert one.view() == one.server.truth()
        assert len(one.server.asked) - before < 75 - deadly_after / 2, "what had landed is not fetched again"


def test_years_are_walked_in_quarters_each_with_a_cursor(veteran: Runner[WhoopServer]) -> None:
    veteran.server.day_limit = 24
    veteran.sync()
    ((cursor,),) = query(veteran.store, "select cursor::text from raw.cursors where name = 'history'")

    assert '"reached":"2026-' in cursor.replace(" ", "")


def test_another_members_sign_in_lands_nothing_and_takes_nothing_away(
    athlete: Runner[WhoopServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    athlete.sync()
    before = athlete.view()
    monkeypatch.setattr("tests.servers.whoop_payloads.USER_ID", 77)
    athlete.server.life.nights.pop(next(iter(athlete.server.life.nights)))

    synced = athlete.sync(reach=Reach.EVERYTHING)

    assert synced.state == "not_allowed"
    assert "another WHOOP member" in synced.fact
    assert athlete.view() == before
