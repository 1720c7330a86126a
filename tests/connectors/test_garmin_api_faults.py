"""A sync with Garmin on its bad days: what is waited out, what ends a sync and in which words, what is never believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from connectors.syncing import Reach
from tests.builders.syncs import TODAY, Runner, garmin_runner
from tests.servers.base import Request, Response
from tests.servers.faults import DRIFTING, PASSING, Fault
from tests.servers.garmin import GarminServer

pytestmark = pytest.mark.slow  # hundreds of syncs with a real server

LIST = "/activitylist-service/activities/search/activities"


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    with garmin_runner(tmp_path, days=12) as one:
        yield one


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Request, Response], Response]) -> None:
    """Let the server's answers pass through `answer`."""
    plain = GarminServer.answer
    monkeypatch.setattr(GarminServer, "answer", lambda self, request: answer(request, plain(self, request)))


def instead(monkeypatch: pytest.MonkeyPatch, part: str, response: Response) -> None:
    """Answer every request whose path holds `part` with this."""
    answering(monkeypatch, lambda request, plain: response if part in request.path else plain)


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("position", [0, 3, 6, 12])
def test_a_passing_fault_is_waited_out(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch, fault: Fault, position: int
) -> None:
    def befall_the_next(_: Request, response: Response) -> Response:
        if len(athlete.server.asked) == position:
            athlete.server.faults.commanded.append(fault)
        return response

    answering(monkeypatch, befall_the_next)
    athlete.server.faults.commanded.extend([fault] * (position == 0))
    synced = athlete.sync()

    assert athlete.server.faults.seen == {fault: 1}
    assert synced.state == "complete"
    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("fault", DRIFTING)
def test_drifting_answers_are_landed_as_they_come_and_right_themselves(
    athlete: Runner[GarminServer], fault: Fault
) -> None:
    athlete.server.faults.rate = 0.5
    athlete.server.faults.kinds = (fault,)
    assert athlete.sync().state == "complete"
    assert athlete.server.faults.seen[fault] > 3

    athlete.server.faults.calm()
    assert athlete.sync(Reach.EVERYTHING).state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_a_revoked_key_asks_for_a_new_one_and_then_goes_on(athlete: Runner[GarminServer]) -> None:
    athlete.server.faults.commanded.extend(["revoke"])
    synced = athlete.sync()

    assert synced.state == "sign_in_again"
    assert "pacewright connect garmin" in synced.remedy
    athlete.sign_in()
    assert athlete.sync().state == "complete"


def test_a_token_that_ends_early_costs_one_exchange(athlete: Runner[GarminServer]) -> None:
    athlete.server.expire_access()

    assert athlete.sync().state == "complete"
    assert len(athlete.requests("/personal-api-key/token")) == 1


def test_a_long_storm_pauses_the_sync_and_the_next_goes_on(athlete: Runner[GarminServer]) -> None:
    athlete.server.faults.storm_left = 9
    synced = athlete.sync()

    assert (synced.state, synced.resumes_at is not None) == ("paused", True)
    athlete.server.faults.calm()
    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_more_than_a_minute_is_not_waited(athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch) -> None:
    before = athlete.clock.slept_s
    instead(monkeypatch, "/sleep-service/", Response(status=429, body=b"{}", headers={"Retry-After": "61"}))
    synced = athlete.sync()

    assert synced.state == "paused"
    assert synced.resumes_at is not None
    assert synced.resumes_at - athlete.clock.now() >= timedelta(seconds=60)
    assert athlete.clock.slept_s - before < 10


def test_a_500_is_not_asked_for_ever(athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "/v2/dailysummaries", Response(status=500, body=b"{}"))
    synced = athlete.sync()

    assert synced.state == "try_later"
    assert len(athlete.requests("/v2/dailysummaries")) == 4
    assert [key for kind, key in athlete.view() if kind == "sleep"], "what came before it stays"


@pytest.mark.parametrize(
    ("part", "status", "told"),
    [
        ("/v2/dailysummaries", 400, ("source_changed", "day by day")),
        ("/hrv-service/", 400, ("source_changed", "hrv by day")),
        (LIST, 400, ("source_changed", "activities")),
        ("/download-service/", 406, ("source_changed", "recording")),
        ("/stats/stress/", 403, ("not_allowed", "stress by day")),
        ("/activity-service/", 418, ("source_changed", "activity")),
        ("/sleep-service/", 401, ("sign_in_again", "key")),
    ],
)
def test_a_refusal_names_what_was_asked_for(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch, part: str, status: int, told: tuple[str, str]
) -> None:
    instead(monkeypatch, part, Response(status=status, body=b"{}"))
    synced = athlete.sync()

    state, word = told
    assert synced.state == state
    assert word in synced.fact
    assert synced.remedy
    assert not any(secret in synced.fact + synced.remedy for secret in athlete.server.secrets)


@pytest.mark.parametrize(
    ("part", "body", "word"),
    [
        (LIST, {"activities": []}, "no list"),
        (LIST, [{"activityName": "x"}], "activityId"),
        (LIST, [{"activityId": None}], "activityId"),
        (LIST, [{"activityId": "../1"}], "activityId"),
        (LIST, ["text"], "no object"),
        ("/sleep-service/", {}, "no list"),
        ("/sleep-service/", [{"sleepTimeSeconds": 1}], "calendarDate"),
        ("/sleep-service/", [{"calendarDate": "yesterday"}], "calendarDate"),
        ("/sleep-service/", [{"calendarDate": "20261120"}], "calendarDate"),
        ("/hrv-service/", {"summaries": []}, "no list"),
        ("/v2/dailysummaries", {"data": {}}, "no list"),
        ("/stats/stress/", {"error": "x"}, "no list"),
        ("/activity-service/", [], "no object"),
        ("/activity-service/", {"activityId": 1}, "another activity"),
        ("heartRateZones", [{"zone1Floor": 1}], "sport"),
        ("/settings", ["x"], "no object"),
    ],
)
def test_an_answer_in_another_shape_names_what_is_wrong(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch, part: str, body: Any, word: str
) -> None:
    instead(monkeypatch, part, Response(body=orjson.dumps(body)))
    synced = athlete.sync()

    assert synced.state == "source_changed"
    assert word in synced.fact


def test_one_detail_that_fails_does_not_keep_the_others_waiting(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = athlete.run(2)
    instead(monkeypatch, f"/activity-service/activity/{bad.run_id}", Response(status=500, body=b"{}"))
    synced = athlete.sync()

    assert synced.state == "try_later"
    details = {key for kind, key in athlete.view() if kind == "detail"}
    assert details == {str(key) for key in athlete.server.life.runs} - {str(bad.run_id)}


# Paging.


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    """Many runs in one month: several pages of the list."""
    with garmin_runner(tmp_path, days=20) as one:
        random = Random(3)
        for _ in range(90):
            one.server.life.add_run(random, TODAY - timedelta(days=random.randint(2, 25)))
        yield one


@pytest.mark.parametrize("change", ["delete", "add"])
def test_a_list_that_shifts_between_two_pages_is_listed_anew(
    busy: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    pages = 0
    oldest = min(busy.server.life.runs.values(), key=lambda run: run.start_at)

    def shift(request: Request, response: Response) -> Response:
        nonlocal pages
        if request.path == LIST:
            pages += 1
            if pages == 1 and change == "delete":
                del busy.server.life.runs[oldest.run_id]
            if pages == 1 and change == "add":
                busy.server.life.add_run(Random(8), TODAY - timedelta(days=28))
        return response

    answering(monkeypatch, shift)
    synced = busy.sync(details_per_sync=0, files_per_sync=0)

    assert synced.state == "complete"
    listed = {key for kind, key in busy.view() if kind == "activity"}
    assert listed == {str(key) for key in busy.server.life.runs}
    assert [each.query["start"] for each in busy.requests(LIST)][:3] == ["0", "39", "0"]


def test_a_list_that_never_holds_still_is_left_for_later(
    busy: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shift(request: Request, response: Response) -> Response:
        if request.path == LIST:
            busy.server.life.add_run(Random(8), TODAY - timedelta(days=28))
        return response

    answering(monkeypatch, shift)
    synced = busy.sync()

    assert synced.state == "try_later"
    assert len(busy.requests(LIST)) == 12


def test_an_activity_on_two_pages_counts_once(busy: Runner[GarminServer]) -> None:
    busy.sync(details_per_sync=0, files_per_sync=0)

    assert all(len(busy.versions("activity", str(key))) == 1 for key in busy.server.life.runs)
