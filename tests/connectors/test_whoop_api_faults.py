"""WHOOP on its bad days: every fault on command, answers in another shape, and an end that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.importer import import_paths
from connectors.syncing import Reach
from tests.builders.ledger import new_store, query
from tests.builders.syncs import Runner, whoop_runner
from tests.builders.takeouts import whoop_files, write_folder
from tests.servers.base import Request, Response, as_json
from tests.servers.faults import DRIFTING, PASSING, Fault
from tests.servers.whoop import WhoopServer

pytestmark = pytest.mark.slow  # hundreds of syncs with a real server


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[WhoopServer]]:
    with whoop_runner(tmp_path, days=40) as one:
        yield one


def told(athlete: Runner[WhoopServer]) -> str:
    """Everything that a sync wrote down."""
    tables = ("raw.syncs", "raw.cursors", "raw.payloads")
    return str([query(athlete.store, f"select columns(*)::text from {table}") for table in tables])


@pytest.mark.parametrize("at", [0, 2, 5, 9])
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_not_even_noticed(athlete: Runner[WhoopServer], fault: Fault, at: int) -> None:
    athlete.server.faults.commanded.extend([*[None] * at, fault])  # type: ignore[list-item]  # None lets one pass
    synced = athlete.sync()

    assert athlete.server.faults.seen == {fault: 1}
    assert synced.state == "complete"
    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("at", [0, 3, 6])
@pytest.mark.parametrize("fault", DRIFTING)
def test_a_drifting_answer_is_landed_and_put_right_by_the_next_look(
    athlete: Runner[WhoopServer], fault: Fault, at: int
) -> None:
    athlete.server.faults.commanded.extend([*[None] * at, fault])  # type: ignore[list-item]  # None lets one pass
    assert athlete.sync().state == "complete"
    assert athlete.sync(Reach.EVERYTHING).state == "complete"
    assert athlete.view() == athlete.server.truth()


@pytest.mark.parametrize("fault", ["storm", "error", "reset", "lost", "cut", "page"])
def test_a_fault_that_stays_ends_the_sync_and_loses_nothing(athlete: Runner[WhoopServer], fault: Fault) -> None:
    athlete.sync()
    before = athlete.view()
    athlete.server.faults.commanded.extend([fault] * 4)
    synced = athlete.sync()

    assert synced.state == ("paused" if fault == "storm" else "try_later")
    assert synced.fact
    assert synced.remedy
    assert athlete.view() == before


def test_what_was_read_before_the_end_is_kept(athlete: Runner[WhoopServer]) -> None:
    # The first two questions are for the measurement and the first page of cycles.
    athlete.server.faults.commanded.extend([None, None, *["error"] * 4])  # type: ignore[list-item]  # None lets one pass
    assert athlete.sync().state == "try_later"
    assert sum(entity == "cycle" for entity, _ in athlete.view()) == 25


def test_a_grant_that_ends_asks_for_a_new_sign_in_and_asks_whoop_no_more(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    athlete.server.faults.commanded.append("revoke")
    endings = [athlete.sync() for _ in range(3)]
    refused = [path for path in athlete.asked() if path.endswith("/token")]

    assert {synced.state for synced in endings} == {"sign_in_again"}
    assert "pacewright connect whoop" in endings[0].remedy
    assert len(refused) == 1
    athlete.sign_in()
    assert athlete.sync().state == "complete"


@pytest.mark.parametrize("fault", ["lost", "reset", "slow", "cut"])
def test_a_renewal_without_an_answer_is_asked_once_more_by_the_next_sync(
    athlete: Runner[WhoopServer], fault: Fault
) -> None:
    athlete.sync()
    athlete.clock.at += timedelta(hours=2)
    athlete.server.faults.commanded.append(fault)
    states = [athlete.sync().state for _ in range(3)]
    asked = [path for path in athlete.asked() if path.endswith("/token")]

    assert states == ["try_later", "sign_in_again", "sign_in_again"]
    assert len(asked) == 2


@pytest.mark.parametrize("fault", ["storm", "error", "page"])
def test_a_renewal_that_was_never_begun_costs_nothing(athlete: Runner[WhoopServer], fault: Fault) -> None:
    athlete.sync()
    athlete.clock.at += timedelta(hours=2)
    athlete.server.faults.commanded.append(fault)

    assert [athlete.sync().state for _ in range(2)] == ["try_later", "complete"]


def test_nothing_secret_is_written_anywhere_but_in_the_token_store(
    athlete: Runner[WhoopServer], tmp_path: Path
) -> None:
    for fault in ("lost", "revoke", "error", "page"):
        athlete.server.faults.commanded.extend([fault] * 4)
        athlete.clock.at += timedelta(hours=2)
        athlete.sync()
        athlete.server.faults.calm()
        athlete.sign_in()
    athlete.sync()
    written = told(athlete)

    assert not any(secret in written for secret in athlete.server.secrets)
    assert {path.name for path in (tmp_path / "tokens").iterdir()} == {"me.whoop.json", "me.whoop.lock"}


class Rewriting(WhoopServer):
    """Says something else than it should about one path."""

    path: str = ""
    rewrite: Callable[[Any], Response] = staticmethod(as_json)

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if request.path != f"/developer{self.path}":
            return response
        return type(self).rewrite(orjson.loads(response.body))


def rewriting(athlete: Runner[WhoopServer], path: str, rewrite: Callable[[Any], Response]) -> None:
    kind = type("Rewriting", (Rewriting,), {"path": path, "rewrite": staticmethod(rewrite)})
    athlete.server.__class__ = kind


def without(field: str) -> Callable[[Any], Response]:
    def rewrite(answer: Any) -> Response:
        for record in answer["records"]:
            record.pop(field, None)
        return as_json(answer)

    return rewrite


@pytest.mark.parametrize(
    ("path", "rewrite", "fact"),
    [
        ("/v2/cycle", lambda answer: as_json(answer["records"]), "cycle answer is no object"),
        ("/v2/cycle", lambda _: as_json("no"), "cycle answer is no object"),
        ("/v2/recovery", lambda answer: as_json({"data": answer["records"]}), "recovery list has no `records`"),
        ("/v2/activity/sleep", lambda _: as_json({"records": ["x"]}), "sleep list holds something that is no object"),
        ("/v2/activity/sleep", without("id"), "sleep object has no `id`"),
        ("/v2/recovery", without("cycle_id"), "recovery object has no `cycle_id`"),
        ("/v2/activity/workout", lambda _: as_json({"error": "gone"}, status=404), "workout list is gone"),
        ("/v2/cycle", lambda _: as_json({"records": [], "next_token": 7}), "leads nowhere"),
        ("/v2/cycle", lambda _: as_json({"records": [], "next_token": "same"}), "leads nowhere"),
        ("/v2/user/measurement/body", lambda _: as_json([1.8]), "body measurement"),
        ("/v2/cycle", lambda _: as_json({"error": "bad"}, status=400), r"does not understand our question (400)"),
    ],
)
def test_another_shape_ends_the_sync_and_names_what_changed(
    athlete: Runner[WhoopServer], path: str, rewrite: Callable[[Any], Response], fact: str
) -> None:
    rewriting(athlete, path, rewrite)
    synced = athlete.sync()

    assert synced.state == "source_changed"
    assert fact in synced.fact
    assert "Upgrade Pacewright" in synced.remedy


def test_another_object_than_asked_for_is_not_taken_for_it(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    night = athlete.server.life.nights[max(athlete.server.life.nights) - 3]
    del athlete.server.life.nights[night.cycle_id]
    other = athlete.view()["cycle", str(max(athlete.server.life.nights))]
    rewriting(athlete, f"/v2/cycle/{night.cycle_id}", lambda _: as_json(other))

    assert athlete.sync().state == "source_changed"
    assert ("cycle", str(night.cycle_id)) in athlete.view()


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer_never_looks_like_a_deletion(athlete: Runner[WhoopServer], status: int) -> None:
    athlete.sync()
    night = athlete.server.life.nights[max(athlete.server.life.nights) - 3]
    del athlete.server.life.nights[night.cycle_id]
    rewriting(athlete, f"/v2/cycle/{night.cycle_id}", lambda _: Response(status=status))

    assert athlete.sync().state == "try_later"
    assert ("cycle", str(night.cycle_id)) in athlete.view()


def test_an_empty_list_deletes_nothing_that_is_still_there(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    before = athlete.view()
    rewriting(athlete, "/v2/activity/sleep", lambda _: as_json({"records": []}))

    assert athlete.sync().counts["gone"] == 0
    assert athlete.view() == before


def test_a_scope_taken_away_is_a_matter_for_the_athlete(athlete: Runner[WhoopServer]) -> None:
    athlete.sync()
    before = athlete.view()
    rewriting(athlete, "/v2/recovery", lambda _: as_json({"error": "forbidden"}, status=403))
    synced = athlete.sync()

    assert synced.state == "not_allowed"
    assert athlete.view() == before


def test_a_thing_without_a_start_is_kept_and_looked_up(athlete: Runner[WhoopServer]) -> None:
    rewriting(athlete, "/v2/activity/sleep", without("start"))
    assert athlete.sync().state == "complete"
    athlete.server.__class__ = WhoopServer
    assert athlete.sync(Reach.EVERYTHING).state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_of_one_thing_in_two_versions_the_newer_counts(athlete: Runner[WhoopServer]) -> None:
    def rewrite(answer: Any) -> Response:
        older = {**answer["records"][0], "updated_at": "2020-01-01T00:00:00.000Z", "score_state": "PENDING_SCORE"}
        return as_json({**answer, "records": [*answer["records"], older]})

    rewriting(athlete, "/v2/cycle", rewrite)
    athlete.sync()
    athlete.server.__class__ = WhoopServer

    assert athlete.view() == athlete.server.truth()


def test_the_order_of_sync_and_export_makes_no_difference(athlete: Runner[WhoopServer], tmp_path: Path) -> None:
    """The two keep histories of their own: neither overwrites, deletes or renumbers the other's."""
    export = write_folder(tmp_path / "export", whoop_files(range(30)))
    views = []
    for order in (("sync", "import"), ("import", "sync"), ("import", "sync", "import", "sync")):
        athlete.store = new_store(tmp_path / "-".join(order))
        for step in order:
            if step == "sync":
                assert athlete.sync().state == "complete"
            else:
                import_paths(
                    [export],
                    athlete_id="me",
                    store=athlete.store,
                    now=athlete.clock.now(),
                    home_zone="Europe/Berlin",
                    processes=1,
                )
        views.append(
            query(
                athlete.store,
                """
                select source, entity, source_key, version, payload::text, is_deleted
                from raw.payloads
                order by all
                """,
            )
        )

    assert {source for source, *_ in views[0]} >= {"whoop_api", "whoop_export"}
    assert views[0] == views[1] == views[2]
