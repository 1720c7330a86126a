"""A sync with Strava's API, against its fake on loopback: what it fetches, what it believes, what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import pytest

from connectors.syncing import Reach
from tests.builders.ledger import query, samples
from tests.builders.syncs import Runner, strava_runner
from tests.servers.base import Request, Response, as_json
from tests.servers.faults import Fault
from tests.servers.strava import StravaServer
from tests.servers.strava_words import streams_of


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[StravaServer]]:
    with strava_runner(tmp_path, days=20) as one:
        yield one


@pytest.fixture
def reader_of_small_pages(tmp_path: Path) -> Iterator[Runner[StravaServer]]:
    with strava_runner(tmp_path, days=60, page_size=5) as one:
        yield one


def lists(athlete: Runner[StravaServer], since: int = 0) -> list[Request]:
    return [each for each in athlete.server.asked[since:] if each.path.endswith("/athlete/activities")]


def test_the_first_sync_brings_everything_there_is(athlete: Runner[StravaServer]) -> None:
    synced = athlete.sync()

    assert (synced.state, synced.held_back) == ("complete", {})
    assert athlete.view() == athlete.server.truth()
    assert {entity for entity, _ in athlete.view()} == {"activity", "athlete", "detail", "gear", "streams", "zones"}


def test_the_second_sync_lands_nothing_and_asks_only_for_the_list(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    before = len(athlete.server.asked)
    synced = athlete.sync()

    assert synced.appended == 0
    assert set(athlete.asked(before)) == {"/athlete/activities"}
    assert len(athlete.asked(before)) <= 3


def test_a_new_day_costs_a_handful_of_calls(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    athlete.server.life.add_run(Random(3), athlete.server.life.today).is_hidden = False
    athlete.live()
    before = len(athlete.server.asked)
    athlete.sync()

    assert athlete.view() == athlete.server.truth()
    assert len(athlete.asked(before)) <= 18


def test_an_account_without_anything_syncs(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=0) as newcomer:
        assert newcomer.sync().state == "complete"
        assert newcomer.view() == newcomer.server.truth()


def test_applause_is_no_news(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    before = len(athlete.versions("activity", str(athlete.run().run_id)))
    athlete.server.life.lived += 1  # every photo link is another one
    athlete.sync(Reach.EVERYTHING)

    assert len(athlete.versions("activity", str(athlete.run().run_id))) == before
    assert len(athlete.versions("detail", str(athlete.run().run_id))) == before


# Pages.


def test_short_pages_are_not_the_end(reader_of_small_pages: Runner[StravaServer]) -> None:
    for number, run in enumerate(reader_of_small_pages.server.life.runs.values()):
        run.is_hidden = number % 3 == 0
    reader_of_small_pages.sync()

    assert reader_of_small_pages.view() == reader_of_small_pages.server.truth()


def test_runs_that_start_in_one_second_do_not_hide_each_other(reader_of_small_pages: Runner[StravaServer]) -> None:
    runs = list(reader_of_small_pages.server.life.runs.values())
    for run in runs[8:24]:
        run.start_at = runs[8].start_at
    assert reader_of_small_pages.sync().state == "complete"

    assert reader_of_small_pages.view() == reader_of_small_pages.server.truth()


def test_a_deletion_between_two_pages_lets_nothing_slip(reader_of_small_pages: Runner[StravaServer]) -> None:
    class Moving(StravaServer):
        """Deletes the newest activity after each page, so that all others move up one place."""

        def answer(self, request: Request) -> Response:
            response = super().answer(request)
            if request.path.endswith("/athlete/activities") and len(self.life.runs) > 12:
                del self.life.runs[max(self.life.runs.values(), key=lambda run: run.start_at).run_id]
            return response

    one = reader_of_small_pages
    one.server.__class__ = Moving
    one.sync()
    one.server.__class__ = StravaServer
    missing = one.server.truth().keys() - one.view().keys()

    assert not missing


def test_a_hidden_start_does_not_hide_what_started_before_it_that_day(
    reader_of_small_pages: Runner[StravaServer],
) -> None:
    one = reader_of_small_pages
    runs = sorted(one.server.life.runs.values(), key=lambda run: run.start_at)
    day = runs[-6].start_at.replace(hour=4, minute=0, second=0)
    for number, run in enumerate(runs[-12:]):
        run.start_at = day + timedelta(hours=number)
        run.is_hidden = False
        if number in {7, 9}:
            one.server.hidden_starts.add(run.run_id)
    one.sync()

    assert one.view() == one.server.truth()
    hidden = str(runs[-12:][7].run_id)
    assert one.view()["activity", hidden]["start_date"].endswith("T00:00:01Z")
    link = one.view()["streams", hidden]
    assert any("start is hidden" in fault for fault in one.recordings()[link["file_sha256"]]["faults"])
    before = len(one.server.asked)
    assert one.sync().appended == 0
    assert len(one.server.asked) - before < 20
    one.sync(Reach.EVERYTHING)
    assert one.view() == one.server.truth()


def test_a_list_that_never_ends_stops_the_sync(athlete: Runner[StravaServer]) -> None:
    class Endless(StravaServer):
        def _page(self, query: object) -> list[dict[str, object]]:
            run = next(iter(self.life.runs.values()))
            return [self._summary(run)]

    athlete.server.__class__ = Endless
    synced = athlete.sync()

    assert synced.state == "source_changed"
    assert "does not end" in synced.fact


# What changes afterwards.


def test_an_edit_within_the_fortnight_comes_with_its_details(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run(days_ago=8)
    run.title, run.edited = "Renamed", run.edited + 1
    before = len(athlete.server.asked)
    athlete.sync()

    assert athlete.view() == athlete.server.truth()
    assert f"/activities/{run.run_id}" in athlete.asked(before)
    assert f"/activities/{run.run_id}/streams" not in athlete.asked(before)


@pytest.mark.parametrize(("days_ago", "is_found"), [(12, True), (16, False)])
def test_every_sync_looks_through_the_last_fortnight(tmp_path: Path, days_ago: int, *, is_found: bool) -> None:
    """In a list of short pages, of which no more is read than must be; what is older waits for the monthly look."""
    with strava_runner(tmp_path, days=60, page_size=2) as one:
        one.sync()
        run = one.run(days_ago=days_ago)
        assert (one.clock.now() - run.start_at).days <= days_ago + 1, "a run lies close to that day"
        run.title = "Renamed"
        one.sync()

        assert (one.view() == one.server.truth()) is is_found


def test_an_old_edit_and_a_late_upload_are_found_within_a_month(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=60, page_size=5) as one:
        one.sync()
        one.live()
        old = one.run(days_ago=40)
        old.title = "Renamed"
        late = one.server.life.add_run(Random(5), one.clock.now().date() - timedelta(days=45))
        late.is_hidden = False
        one.sync()
        assert ("activity", str(late.run_id)) not in one.view()
        one.live(30)
        one.sync()

        assert one.view() == one.server.truth()


def test_a_cropped_run_gets_a_new_recording_and_the_old_one_goes(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run(days_ago=3)
    before = athlete.view()["streams", str(run.run_id)]["file_sha256"]
    run.recorded, run.moving_s = run.recorded + 1, run.moving_s - 60
    athlete.sync()
    after = athlete.view()["streams", str(run.run_id)]["file_sha256"]

    assert athlete.view() == athlete.server.truth()
    assert after in athlete.recordings()
    assert before not in athlete.recordings()


def test_a_crop_that_is_undone_brings_the_first_recording_back(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run(days_ago=3)
    before = athlete.view()["streams", str(run.run_id)]["file_sha256"]
    run.recorded, run.moving_s = run.recorded + 1, run.moving_s - 60
    athlete.sync()
    run.recorded, run.moving_s = run.recorded - 1, run.moving_s + 60
    athlete.sync()

    assert athlete.view()["streams", str(run.run_id)]["file_sha256"] == before
    assert before in athlete.recordings()
    assert before in samples(athlete.store)


def test_a_run_moved_in_time_is_found_where_it_went_with_its_samples(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run(days_ago=3)
    run.start_at -= timedelta(days=300)
    synced = athlete.sync()
    link = athlete.view()["streams", str(run.run_id)]

    assert synced.counts["gone"] == 1, "only the recording with the old times"
    assert athlete.view() == athlete.server.truth()
    assert (
        athlete.recordings()[link["file_sha256"]]["sessions"][0]["started_at"] == f"{run.start_at:%Y-%m-%dT%H:%M:%SZ}"
    )


@pytest.mark.parametrize("is_hidden", [True, False])
def test_what_is_deleted_or_hidden_goes_with_all_that_belongs_to_it(
    athlete: Runner[StravaServer], is_hidden: bool
) -> None:
    athlete.sync()
    run = athlete.run(days_ago=3)
    sha256 = athlete.view()["streams", str(run.run_id)]["file_sha256"]
    run.is_hidden = is_hidden
    if not is_hidden:
        del athlete.server.life.runs[run.run_id]
    synced = athlete.sync()

    assert synced.counts["gone"] == 4
    assert athlete.view() == athlete.server.truth()
    assert sha256 not in athlete.recordings()


def test_what_is_shown_again_comes_back_whole(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run(days_ago=3)
    run.is_hidden = True
    athlete.sync()
    run.is_hidden = False
    athlete.sync()

    assert athlete.view() == athlete.server.truth()
    assert athlete.view()["streams", str(run.run_id)]["file_sha256"] in athlete.recordings()


def test_what_a_list_leaves_out_is_asked_for_before_it_is_called_gone(athlete: Runner[StravaServer]) -> None:
    class Forgetful(StravaServer):
        def _page(self, query: object) -> list[dict[str, object]]:
            return [row for row in super()._page(query) if row["id"] != forgotten]  # type: ignore[arg-type]  # passed on

    athlete.sync()
    forgotten = athlete.run(days_ago=3).run_id
    athlete.server.__class__ = Forgetful
    before = len(athlete.server.asked)
    synced = athlete.sync()

    assert synced.counts["gone"] == 0
    assert f"/activities/{forgotten}" in athlete.asked(before)
    assert athlete.view() == athlete.server.truth()


# What is not fetched or kept.


def test_no_place_is_asked_for_or_kept(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    texts = [text for (text,) in query(athlete.store, "select payload::text from raw.payloads")]
    originals = [path.read_text() for path in athlete.store.files_dir.rglob("*.json")]
    asked = " ".join(each.query.get("keys", "") for each in athlete.server.asked)

    assert originals
    assert "latlng" not in asked
    assert not [text for text in [*texts, *originals] if "latlng" in text or "polyline" in text or "[52.5" in text]


def test_places_are_kept_when_the_owner_wants_them(athlete: Runner[StravaServer]) -> None:
    run = athlete.run()
    run.sport = "run"
    athlete.sync(keeps_locations=True)
    link = athlete.view()["streams", str(run.run_id)]

    assert athlete.view()["activity", str(run.run_id)]["start_latlng"] == [52.5, 13.4]
    assert samples(athlete.store)[link["file_sha256"]][0]["latitude_deg"] == 52.5


def test_what_started_before_the_retention_is_not_fetched(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=40) as one:
        one.sync(retention_days=7)
        limit_at = one.clock.now() - timedelta(days=7)
        kept = {key for entity, key in one.view() if entity in {"activity", "detail"}}
        expected = {str(run.run_id) for run in one.server._visible() if run.start_at >= limit_at}

        assert kept == expected
        assert one.sync(retention_days=7).appended == 0


def test_an_entry_made_by_hand_is_not_asked_for_streams(tmp_path: Path) -> None:
    with strava_runner(tmp_path, days=60) as one:
        run = one.run(is_manual=True)
        one.sync()

        assert f"/activities/{run.run_id}" in one.asked()
        assert f"/activities/{run.run_id}/streams" not in one.asked()
        assert ("streams", str(run.run_id)) not in one.view()


def test_an_activity_without_streams_is_asked_once(athlete: Runner[StravaServer]) -> None:
    class Bare(StravaServer):
        def _data(self, path: str, query: object) -> Response:
            if path.endswith(f"{bare}/streams"):
                return as_json({"message": "Record Not Found", "errors": []}, status=404)
            return super()._data(path, query)  # type: ignore[arg-type]  # passed on

    bare = athlete.run().run_id
    athlete.server.__class__ = Bare
    athlete.sync()
    athlete.sync()

    assert athlete.view()["streams", str(bare)]["file_sha256"] is None
    assert athlete.asked().count(f"/activities/{bare}/streams") == 1


def test_a_sport_nobody_knows_stays_what_it_is_called(athlete: Runner[StravaServer]) -> None:
    class Dancing(StravaServer):
        def _summary(self, run: object) -> dict[str, object]:
            return {**super()._summary(run), "sport_type": "Rumba", "type": "Rumba"}  # type: ignore[arg-type]  # passed on

    athlete.server.__class__ = Dancing
    synced = athlete.sync()
    sports = {each["sport_type"] for (entity, _), each in athlete.view().items() if entity in {"activity", "detail"}}

    assert sports == {"Rumba"}
    assert (synced.state, synced.held_back) == ("complete", {})


def test_a_shape_that_stravalib_refuses_lands_and_is_counted(athlete: Runner[StravaServer]) -> None:
    class Odd(StravaServer):
        def _summary(self, run: object) -> dict[str, object]:
            return {**super()._summary(run), "moving_time": "about an hour"}  # type: ignore[arg-type]  # passed on

    athlete.server.__class__ = Odd
    synced = athlete.sync()

    assert synced.state == "complete"
    assert synced.counts["drifted"] == 2 * len(athlete.server._visible())
    assert "shape that is new" in synced.held_back["shape"]
    assert athlete.view()["activity", str(athlete.run().run_id)]["moving_time"] == "about an hour"


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({"message": "hello", "errors": []}, "message"),
        ({"activities": []}, "no list"),
        ([{"name": "no id"}], "no id"),
        ([{"id": 5}], "no start_date"),
        ([{"id": 5, "start_date": "yesterday"}], "no start_date"),
        (["5"], "no object"),
    ],
)
def test_an_answer_we_do_not_know_stops_the_sync_and_is_named(
    athlete: Runner[StravaServer], spoilt: object, names: str
) -> None:
    class Other(StravaServer):
        def answer(self, request: Request) -> Response:
            is_list = request.path.endswith("/athlete/activities")
            return as_json(spoilt) if is_list else super().answer(request)

    athlete.server.__class__ = Other
    synced = athlete.sync()

    assert synced.state == "source_changed"
    assert names in synced.fact


def test_a_recording_holds_every_sample_at_its_time(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    run = athlete.run()
    sha256 = athlete.view()["streams", str(run.run_id)]["file_sha256"]
    streams = streams_of(run)
    rows = samples(athlete.store)[sha256]
    payload = athlete.recordings()[sha256]

    assert [row["sample_at"] for row in rows] == [run.start_at + timedelta(seconds=s) for s in streams["time"]["data"]]
    assert [row["distance_m"] for row in rows] == streams["distance"]["data"]
    assert [row["cadence_rpm"] for row in rows] == streams["cadence"]["data"]
    assert (payload["format"], payload["utc_offset_s"]) == ("strava_streams", run.offset_s)


def test_another_athletes_sign_in_deletes_nothing(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    before = athlete.view()
    athlete.clock.at += timedelta(minutes=5)
    athlete.server.athlete_id = 77
    athlete.server.life.runs.clear()
    athlete.sign_in()
    synced = athlete.sync()

    assert synced.state == "not_allowed"
    assert "another Strava athlete" in synced.fact
    assert athlete.view() == before


def test_the_newest_start_is_remembered(athlete: Runner[StravaServer]) -> None:
    athlete.sync()
    ((noted,),) = query(athlete.store, "select newest_at from raw.syncs")

    assert noted == max(run.start_at for run in athlete.server._visible())


@pytest.mark.parametrize(("fault", "field"), [("word", "Rumba"), ("extra", "wobble_index")])
def test_fields_and_words_nobody_knows_are_kept(athlete: Runner[StravaServer], fault: Fault, field: str) -> None:
    # The first two questions are for the athlete and the zones.
    athlete.server.faults.commanded.extend([None, None, fault])  # type: ignore[list-item]  # None lets one pass
    assert athlete.sync().state == "complete"

    kept = [each for (entity, _), each in athlete.view().items() if entity == "activity"]
    assert field in orjson.dumps(kept).decode()


def test_an_activity_on_two_pages_counts_once(athlete: Runner[StravaServer]) -> None:
    athlete.server.faults.commanded.extend([None, None, "repeat"])  # type: ignore[list-item]  # None lets one pass
    athlete.sync()
    twice = query(athlete.store, "select source_key from raw.payloads group by entity, source_key having count(*) > 1")

    assert twice == []
    assert athlete.view() == athlete.server.truth()


def test_an_activity_dated_in_the_future_does_not_blind_us_to_today(athlete: Runner[StravaServer]) -> None:
    run = athlete.run(days_ago=3)
    run.start_at = datetime(2031, 1, 1, 6, tzinfo=UTC)
    athlete.sync()
    assert athlete.view()["streams", str(run.run_id)]["file_sha256"] is None
    today = athlete.server.life.add_run(Random(3), athlete.clock.now().date() - timedelta(days=1))
    today.is_hidden = False
    athlete.sync()

    assert ("activity", str(today.run_id)) in athlete.view()


def test_paths_are_joined_to_whatever_base_is_configured(athlete: Runner[StravaServer]) -> None:
    class Bald(StravaServer):
        """The host of 2027: no prefix before the paths."""

        def answer(self, request: Request) -> Response:
            return super().answer(replace(request, path=f"/api/v3{request.path}"))

    athlete.server.__class__ = Bald
    assert athlete.sync(base_url=f"{athlete.server.url}/").state == "complete"

    assert athlete.view() == athlete.server.truth()
