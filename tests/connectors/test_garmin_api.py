"""A sync with Garmin, against its fake on loopback: what it fetches, how far back it looks, and what it makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from connectors.garmin import api
from connectors.syncing import Reach
from tests.builders.syncs import TODAY, Runner, garmin_runner
from tests.servers import garmin_payloads as tell
from tests.servers.base import Request, Response
from tests.servers.garmin import GarminServer
from tests.servers.world import AWAY_ZONE, Night

pytestmark = pytest.mark.slow  # hundreds of syncs with a real server

LIST = "/activitylist-service/activities/search/activities"


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    with garmin_runner(tmp_path, days=45) as one:
        yield one


@pytest.fixture
def veteran(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    with garmin_runner(tmp_path, days=100) as one:
        yield one


def night(athlete: Runner[GarminServer], days_ago: int, *, state: str = "SCORED") -> Night:
    """A night of about that many days ago or before."""
    return next(
        one for one in list(athlete.server.life.nights.values())[-1 - days_ago :: -1] if one.score_state == state
    )


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Let the server's answers pass through `answer(request, response)`."""
    plain = GarminServer.answer
    monkeypatch.setattr(GarminServer, "answer", lambda self, request: answer(request, plain(self, request)))


def test_another_account_takes_nothing_away(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    before = athlete.view()
    athlete.server.owner = 4712
    for run in list(athlete.server.life.runs):
        if run % 2:
            del athlete.server.life.runs[run]

    synced = athlete.sync(Reach.EVERYTHING)

    assert synced.state == "not_allowed"
    assert "purge garmin_api" in synced.remedy
    assert athlete.view().keys() == before.keys()


# The first load.


def test_the_first_sync_brings_everything_there_is(veteran: Runner[GarminServer]) -> None:
    synced = veteran.sync()

    assert synced.state == "complete"
    assert synced.held_back == {}
    assert veteran.view() == veteran.server.truth()
    assert veteran.recordings().keys() == {
        link["file_sha256"] for (kind, _), link in veteran.view().items() if kind == "file"
    } - {None}


def test_ranges_and_pages_stay_within_what_garmin_takes(veteran: Runner[GarminServer]) -> None:
    veteran.sync()

    assert not veteran.server.faults.seen
    assert all(int(request.query["limit"]) <= 45 for request in veteran.requests(LIST))
    assert all(request.query["excludeChildren"] == "false" for request in veteran.requests(LIST))
    hrv = [request.path.split("/")[-2:] for request in veteran.requests("/hrv-service/hrv/daily/")]
    assert max((datetime.fromisoformat(last) - datetime.fromisoformat(first)).days for first, last in hrv) == 364


def test_calls_keep_their_distance(athlete: Runner[GarminServer]) -> None:
    began_at = athlete.clock.now()
    athlete.sync()

    data_calls = len(athlete.server.asked)
    assert (athlete.clock.now() - began_at).total_seconds() >= 0.25 * (data_calls - 1)
    assert athlete.server.is_strict


def test_calls_faster_than_garmin_likes_are_told_to_wait_and_do(athlete: Runner[GarminServer]) -> None:
    before = athlete.clock.slept_s

    assert athlete.sync(spacing_s=0.0).state == "complete"
    assert athlete.clock.slept_s - before >= 14
    assert athlete.view() == athlete.server.truth()


def test_recent_runs_come_with_their_recordings_before_the_past_is_walked(veteran: Runner[GarminServer]) -> None:
    veteran.sync()
    asked = veteran.server.asked

    first_file = next(index for index, each in enumerate(asked) if "/download-service/" in each.path)
    second_sleep = [index for index, each in enumerate(asked) if "dailySleepSummaries" in each.path][1]
    assert first_file < second_sleep


def test_a_long_history_arrives_over_several_syncs_newest_first(veteran: Runner[GarminServer]) -> None:
    synced = veteran.sync(details_per_sync=20, files_per_sync=10)
    total = len(veteran.server.life.runs)

    assert synced.state == "complete"
    assert synced.held_back["details"] == f"{total - 20} of {total} activities without details"
    assert "not yet asked for their recording" in synced.held_back["files"]
    with_details = {key for kind, key in veteran.view() if kind == "detail"}
    newest = sorted(veteran.server.life.runs.values(), key=tell.local_start, reverse=True)[:20]
    assert with_details == {str(run.run_id) for run in newest}

    for _ in range(6):
        synced = veteran.sync(details_per_sync=20, files_per_sync=20)
    assert synced.held_back == {}
    assert veteran.view() == veteran.server.truth()


def test_a_year_without_a_watch_does_not_end_the_way_back(tmp_path: Path) -> None:
    with garmin_runner(tmp_path, days=420) as one:
        early = [key for key, each in one.server.life.nights.items() if each.wake_date > TODAY - timedelta(days=400)]
        for key in early:
            if one.server.life.nights[key].wake_date < TODAY - timedelta(days=40):
                del one.server.life.nights[key]

        assert one.sync(details_per_sync=0, files_per_sync=0).state == "complete"
        days = [key for kind, key in one.view() if kind == "sleep"]
        assert min(days) == (TODAY - timedelta(days=419)).isoformat()


def test_days_before_the_first_watch_come_as_nulls_and_end_the_way_back(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_empty_days(request: Request, response: Response) -> Response:
        if "dailySleepSummariesByDate" not in request.path or response.status != 200:
            return response
        items = orjson.loads(response.body)
        if not items:
            items = [{"calendarDate": request.query["endDate"], "sleepTimeSeconds": None, "sleepScores": None}]
        return Response(body=orjson.dumps(items))

    answering(monkeypatch, with_empty_days)
    athlete.sync()

    assert len(athlete.requests("dailySleepSummariesByDate")) == 1 + 1 + 12


# Every later sync.


def test_a_later_sync_looks_two_weeks_back_and_lands_only_news(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    before = len(athlete.server.asked)
    synced = athlete.sync()

    assert (synced.appended, synced.state) == (0, "complete")
    ranges = [each for each in athlete.requests(since=before) if "/hrv-service/" in each.path]
    assert [each.path.split("/")[-2:] for each in ranges] == [["2026-11-08", "2026-11-21"]]
    assert len(athlete.requests("/download-service/", since=before)) == 0
    assert len(athlete.server.asked) - before < 10


def test_a_late_score_of_ten_days_ago_is_noticed(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    late = night(athlete, 10)
    late.hrv_ms += 10
    athlete.sync()

    assert athlete.view()["hrv", late.wake_date.isoformat()]["lastNightAvg"] == round(late.hrv_ms)


def test_weeks_without_a_sync_are_made_up_for(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    athlete.live(50)

    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_a_changed_summary_fetches_its_detail_anew_and_no_other(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    edited = athlete.run(12)
    edited.title, edited.edited = "Renamed", edited.edited + 1
    before = len(athlete.server.asked)
    athlete.sync(detail_again_days=-5)

    asked = [each.path.rpartition("/")[2] for each in athlete.requests("/activity-service/", since=before)]
    assert asked == [str(edited.run_id)]
    assert athlete.view()["detail", str(edited.run_id)]["activityName"] == "Renamed"


def test_effort_entered_the_day_after_is_seen_though_the_list_does_not_show_it(athlete: Runner[GarminServer]) -> None:
    run = athlete.server.life.add_run(Random(1), TODAY - timedelta(days=1))
    athlete.sync()
    run.updated_at = athlete.clock.now()
    athlete.sync()

    assert len(athlete.versions("activity", str(run.run_id))) == 1
    assert len(athlete.versions("detail", str(run.run_id))) == 2


def test_a_run_deleted_at_garmin_goes_with_its_detail_its_link_and_its_recording(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    gone = athlete.run(5)
    sha256 = athlete.view()["file", str(gone.run_id)]["file_sha256"]
    del athlete.server.life.runs[gone.run_id]
    athlete.sync()

    assert athlete.view() == athlete.server.truth()
    assert sha256 not in athlete.recordings()
    assert athlete.versions("activity", str(gone.run_id))[-1] is None


def test_a_run_moved_out_of_the_window_is_taken_from_its_new_day(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    moved = athlete.run(5)
    moved.start_at -= timedelta(days=100)
    athlete.sync()

    assert athlete.view()["activity", str(moved.run_id)] == tell.summary(moved)
    assert None not in athlete.versions("activity", str(moved.run_id))


def test_a_run_that_a_list_forgets_but_that_exists_stays(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    athlete.sync()
    run = athlete.run(5)

    def forgetting(request: Request, response: Response) -> Response:
        if request.path != LIST:
            return response
        return Response(
            body=orjson.dumps([each for each in orjson.loads(response.body) if each["activityId"] != run.run_id])
        )

    answering(monkeypatch, forgetting)
    assert athlete.sync(Reach.EVERYTHING).state == "complete"
    assert athlete.versions("activity", str(run.run_id)) == [tell.summary(run)]


def test_old_edits_and_deletions_are_found_by_the_monthly_sweep(veteran: Runner[GarminServer]) -> None:
    veteran.sync()
    gone, edited = veteran.run(60), veteran.run(75)
    del veteran.server.life.runs[gone.run_id]
    edited.title = "Renamed"
    veteran.live(3)
    veteran.sync()
    assert ("activity", str(gone.run_id)) in veteran.view()

    veteran.live(28)
    veteran.sync()
    assert ("activity", str(gone.run_id)) not in veteran.view()
    assert veteran.view()["activity", str(edited.run_id)]["activityName"] == "Renamed"


def test_everything_finds_what_only_a_detail_tells(veteran: Runner[GarminServer]) -> None:
    veteran.sync()
    old = veteran.run(75)
    old.updated_at = veteran.clock.now()
    veteran.sync()
    assert veteran.view() != veteran.server.truth()

    veteran.sync(Reach.EVERYTHING)
    assert veteran.view() == veteran.server.truth()


def test_settings_and_zones_are_asked_once_a_day(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    athlete.clock.at += timedelta(hours=6)
    athlete.sync()
    assert len(athlete.requests("heartRateZones")) == 1

    athlete.live()
    athlete.sync()
    assert len(athlete.requests("heartRateZones")) == 2


# Days without data.


def test_no_hrv_at_all_is_no_data_and_no_fault(athlete: Runner[GarminServer]) -> None:
    for each in athlete.server.life.nights.values():
        each.score_state = "UNSCORABLE"
    synced = athlete.sync()

    assert synced.state == "complete"
    assert not [key for kind, key in athlete.view() if kind == "hrv"]
    empty = athlete.view()["sleep", night(athlete, 3, state="UNSCORABLE").wake_date.isoformat()]
    assert empty["sleepTimeSeconds"] is None


def test_a_night_whose_hrv_garmin_takes_back_is_asked_for_by_itself_and_goes(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    taken = night(athlete, 4)
    taken.score_state = "UNSCORABLE"
    athlete.sync()

    day = taken.wake_date.isoformat()
    assert athlete.versions("hrv", day)[-1] is None
    assert athlete.requests(f"/hrv-service/hrv/daily/{day}/{day}")
    assert athlete.view() == athlete.server.truth()


def test_a_range_that_is_suddenly_empty_deletes_nothing(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    athlete.sync()
    before = athlete.view()

    def blank(request: Request, response: Response) -> Response:
        return Response(status=204) if "hrv-service" in request.path else response

    answering(monkeypatch, blank)
    synced = athlete.sync()

    assert (synced.state, synced.counts["gone"]) == ("complete", 0)
    assert athlete.view() == before


def test_a_run_is_listed_by_the_clock_where_it_was_run(tmp_path: Path) -> None:
    """In Denver the last evening of the window is already the next day in Greenwich."""
    with garmin_runner(tmp_path, days=3) as one:
        run = one.server.life.add_run(Random(5), TODAY - timedelta(days=1), AWAY_ZONE)
        run.start_at = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
        one.sync()

        payload = one.view()["activity", str(run.run_id)]
        assert payload["startTimeLocal"] == "2026-11-20 21:00:00"
        del one.server.life.runs[run.run_id]
        one.sync()
        assert ("activity", str(run.run_id)) not in one.view()


def test_a_multisport_activity_is_landed_whole_and_in_legs(athlete: Runner[GarminServer]) -> None:
    whole, leg = (athlete.server.life.add_run(Random(seed), TODAY - timedelta(days=2)) for seed in (1, 2))
    whole.is_manual = leg.is_manual = False
    athlete.server.parents[leg.run_id] = whole.run_id
    athlete.sync()

    view = athlete.view()
    assert view["activity", str(leg.run_id)]["parentId"] == whole.run_id
    assert view["activity", str(whole.run_id)]["isParent"] is True
    assert view["file", str(whole.run_id)]["file_sha256"]
    assert view["file", str(leg.run_id)]["file_sha256"] is None
    assert not athlete.requests(f"/download-service/files/activity/{leg.run_id}")


def test_the_newest_thing_seen_is_told(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    with athlete.store.open_ledger() as con:
        row = con.execute("select newest_at from raw.syncs").fetchone()

    assert row is not None
    assert row[0] > athlete.clock.now() - timedelta(days=2)
    assert api.NAME == "Garmin"


# Kills.


@pytest.mark.parametrize("deadly_after", [2, 7, 20, 45, 70, 110])
def test_a_first_load_killed_anywhere_goes_on_where_it_stopped(tmp_path: Path, deadly_after: int) -> None:
    with garmin_runner(tmp_path, days=80) as one:
        one.server.is_strict = False  # its clock stands still while the deadly one runs
        one.sync_killed_after(deadly_after)
        one.live()
        before = len(one.server.asked)

        assert one.sync().state == "complete"
        assert one.view() == one.server.truth()
        files = [each.path for each in one.requests("/download-service/", since=before)]
        assert len(files) <= len(one.server.life.runs) - max(0, deadly_after - 60) // 3, (
            "what had landed is not fetched again"
        )
