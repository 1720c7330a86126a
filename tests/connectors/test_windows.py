"""Windows of time: what is listed is so, what is missing is gone only once that is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.cursors import read_cursor
from connectors.errors import TryLater
from connectors.landing import LandResult, Store
from connectors.windows import Confirm, Window, settle
from tests.builders.ledger import new_store_on_disk, query

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
SINCE = datetime(2026, 11, 7, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Any) -> Store:
    return new_store_on_disk(tmp_path)


def item(day: int, **more: object) -> dict[str, object]:
    return {"start": f"2026-11-{day:02}T06:00:00Z", **more}


def settled(
    store: Store,
    listed: Mapping[str, Mapping[str, Any]],
    *,
    confirm: Confirm | None = None,
    since: datetime | None = SINCE,
    until: datetime | None = None,
) -> LandResult:
    window = Window(
        athlete_id="me",
        source="whoop_api",
        entity="workout",
        payloads=listed,
        happened="$.start",
        since=since,
        until=until,
    )
    return settle(store, window, confirm=confirm, now=NOW, cursor=("workout", {"until": "2026-11-21"}))


def held(store: Store) -> dict[str, bool]:
    rows = query(store, "select source_key, arg_max(is_deleted, version) from raw.payloads group by 1 order by 1")
    return dict(rows)


def test_what_is_missing_and_confirmed_gone_becomes_a_tombstone(store: Store) -> None:
    settled(store, {"a": item(10), "b": item(12)})
    landed = settled(store, {"b": item(12)}, confirm=lambda _: None)
    assert landed == LandResult(gone=1, unchanged=1)
    assert held(store) == {"a": True, "b": False}


def test_what_is_missing_but_still_exists_lands_as_it_is_now(store: Store) -> None:
    settled(store, {"a": item(10)})
    landed = settled(store, {}, confirm=lambda _: item(1, moved=True))
    assert landed.changed == 1
    assert held(store) == {"a": False}


def test_outside_the_window_nothing_is_judged(store: Store) -> None:
    settled(store, {"old": item(1), "a": item(10)}, since=None)
    settled(store, {"a": item(10)}, confirm=lambda _: pytest.fail("asked about what lies outside"))
    assert held(store) == {"a": False, "old": False}


def test_a_window_holds_its_first_instant_and_not_its_end(store: Store) -> None:
    """What begins at the very end belongs to the next window, which lists it."""
    first, end = datetime(2026, 11, 10, 6, tzinfo=UTC), datetime(2026, 11, 12, 6, tzinfo=UTC)
    settled(store, {"before": item(9), "first": item(10), "last": item(11), "end": item(12)}, since=None)
    asked: list[str] = []

    def confirm(key: str) -> None:
        asked.append(key)

    settled(store, {}, confirm=confirm, since=first, until=end)

    assert asked == ["first", "last"]
    assert held(store) == {"before": False, "end": False, "first": True, "last": True}


def test_a_tombstone_is_not_asked_about_again_and_can_come_back_to_life(store: Store) -> None:
    settled(store, {"a": item(10)})
    settled(store, {}, confirm=lambda _: None)
    settled(store, {}, confirm=lambda _: pytest.fail("asked about what is known to be gone"))
    settled(store, {"a": item(10)})
    assert held(store) == {"a": False}


def test_a_confirmation_that_fails_loses_neither_the_list_nor_the_doubt(store: Store) -> None:
    settled(store, {"a": item(10)})

    def unreachable(_: str) -> None:
        raise TryLater("It is down.", "Wait.")

    with pytest.raises(TryLater):
        settled(store, {"b": item(12)}, confirm=unreachable)
    assert held(store) == {"a": False, "b": False}


def test_the_cursor_is_written_with_what_it_stands_for(store: Store) -> None:
    settled(store, {"a": item(10)})
    with store.open_ledger() as con:
        cursor = read_cursor(con, athlete_id="me", source="whoop_api", name="workout")
        beginning = read_cursor(con, athlete_id="me", source="whoop_api", name="sleep")
    assert cursor == {"until": "2026-11-21"}
    assert beginning == {}


def test_a_list_in_one_piece_is_taken_at_its_word(store: Store) -> None:
    settled(store, {"a": item(10)})
    assert settled(store, {}).gone == 1


def test_what_has_no_time_of_its_own_is_judged_by_the_thing_that_has_it(store: Store) -> None:
    settled(store, {"1": item(10), "2": item(2)}, since=None)
    recoveries = {"1": {"score": 60}, "2": {"score": 70}, "3": {"score": 80}}
    asked: list[str] = []

    def look(listed: Mapping[str, Mapping[str, Any]], since: datetime | None, until: datetime | None) -> LandResult:
        window = Window(
            athlete_id="me",
            source="whoop_api",
            entity="recovery",
            payloads=listed,
            happened="$.start",
            since=since,
            until=until,
            timed_by="workout",
        )
        return settle(store, window, confirm=asked.append, now=NOW, cursor=None)

    look(recoveries, SINCE, None)
    look({}, SINCE, None)
    assert asked == ["1"]
    look({}, None, SINCE)
    assert sorted(asked[1:]) == ["2", "3"], "what nobody can date belongs to the window open to the past"
