"""Whole lists: what a newer one leaves out is gone, and an older one never overrules it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.landing import LandResult
from connectors.snapshots import Snapshot, SnapshotResult, land_large_snapshot, land_snapshot
from tests.builders.ledger import new_store

NOW = datetime(2024, 12, 1, tzinfo=UTC)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with new_store(tmp_path).open_ledger() as ledger:
        yield ledger


def land_days(
    con: duckdb.DuckDBPyConnection,
    days: Sequence[int],
    *,
    note: str = "",
    exported_day: int | None = None,
    is_complete: bool = True,
    unreadable: frozenset[str] = frozenset(),
) -> SnapshotResult:
    snapshot = Snapshot(
        athlete_id="me",
        source="strava_archive",
        entity="activity",
        payloads={str(day): {"_started_at": f"2024-05-{day:02}T06:00:00Z", "note": note} for day in days},
        exported_at=None if exported_day is None else datetime(2024, 5, exported_day, tzinfo=UTC),
        is_complete=is_complete,
        unreadable_keys=unreadable,
    )
    return land_snapshot(con, snapshot, now=NOW)


def live(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = con.execute(
        "select source_key, payload ->> 'note' from raw.payloads where entity = 'activity' "
        "qualify row_number() over (partition by source_key order by version desc) = 1 and not is_deleted"
    ).fetchall()
    return dict(rows)


def test_a_newer_list_removes_what_it_leaves_out(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 2, 3])
    land_days(con, [1, 3, 4])

    assert set(live(con)) == {"1", "3", "4"}


def test_the_newest_activity_can_be_deleted_too(con: duckdb.DuckDBPyConnection) -> None:
    """With dates of export the lists are told apart even when the newest activity is the one that went."""
    land_days(con, [1, 2, 3], exported_day=10)
    land_days(con, [1, 2], exported_day=11)

    assert set(live(con)) == {"1", "2"}


@pytest.mark.parametrize("days", [(10, 11), (None, None)])
def test_the_order_of_importing_does_not_matter(
    con: duckdb.DuckDBPyConnection, days: tuple[int | None, int | None]
) -> None:
    land_days(con, [1, 3, 4], note="new", exported_day=days[1])
    older = land_days(con, [1, 2, 3], note="old", exported_day=days[0])

    assert live(con) == {"1": "new", "3": "new", "4": "new"}
    assert older.caution is not None


def test_another_accounts_list_deletes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 2, 3])
    other = land_days(con, [11, 12, 13])

    assert set(live(con)) == {"1", "2", "3", "11", "12", "13"}
    assert other.caution is not None


def test_a_row_that_cannot_be_read_is_not_gone(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 2, 3])
    land_days(con, [1, 3], unreadable=frozenset({"2"}))

    assert set(live(con)) == {"1", "2", "3"}


def test_an_empty_list_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 2, 3])
    land_days(con, [])

    assert set(live(con)) == {"1", "2", "3"}


def test_a_list_of_some_time_speaks_only_for_that_time(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 2, 3, 4], is_complete=False)
    land_days(con, [3, 5], is_complete=False)

    assert set(live(con)) == {"1", "2", "3", "5"}


def test_a_selection_overrules_by_age_and_leaves_all_else_alone(con: duckdb.DuckDBPyConnection) -> None:
    """Files of days: of two that have a day the one for later days knows it better, whenever it comes."""
    for age, days in (("2024-05-20", [4, 5, 6]), ("2024-05-10", [3, 4]), ("2024-05-15", [1, 5, 7])):
        rows = {str(day): {"note": age} for day in days}
        snapshot = Snapshot(
            athlete_id="me",
            source="garmin_export",
            entity="activity",
            payloads=rows,
            exported_at=None,
            is_complete=False,
            is_selection=True,
            age=age,
            started_at={key: f"2024-05-{int(key):02}T00:00:00Z" for key in rows},
        )
        land_snapshot(con, snapshot, now=NOW)

    assert live(con) == {
        "1": "2024-05-15",
        "3": "2024-05-10",
        "4": "2024-05-20",
        "5": "2024-05-20",
        "6": "2024-05-20",
        "7": "2024-05-15",
    }


def test_records_of_an_earlier_form_still_hold_back_an_older_list(con: duckdb.DuckDBPyConnection) -> None:
    land_days(con, [1, 3, 4], exported_day=11)
    con.execute(
        "update raw.payloads set source_key = 'activity', payload = json_object('exported_at', "
        "'2024-05-11T00:00:00+00:00', 'oldest_at', '2024-05-01T06:00:00Z', 'newest_at', '2024-05-04T06:00:00Z', "
        "'row_count', 3) where entity = 'snapshot'"
    )
    land_days(con, [1, 2, 3], note="old", exported_day=10)

    assert live(con) == {"1": "", "3": "", "4": ""}


@dataclass(frozen=True)
class Listed:
    """One list as an archive of an account could give it: made on a day, of what there was, perhaps of some time only."""

    made_day: int
    days: tuple[int, ...]
    is_complete: bool


@st.composite
def archives(draw: st.DrawFn) -> list[Listed]:
    made = draw(st.lists(st.integers(10, 28), min_size=2, max_size=4, unique=True))
    is_complete = draw(st.booleans())
    lists = []
    for day in made:
        there = [each for each in range(1, day + 1) if each not in draw(st.sets(st.integers(1, 28), max_size=2))]
        since = 1 if is_complete else draw(st.integers(1, 5))
        lists.append(Listed(made_day=day, days=tuple(there[since - 1 :]), is_complete=is_complete))
    return lists


@given(lists=archives(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_lists_of_one_account_in_any_order_leave_the_same(lists: list[Listed], data: st.DataObject) -> None:
    order = data.draw(st.permutations(lists))
    left = []
    for each_order in (sorted(lists, key=lambda each: each.made_day), order, [*order, *order]):
        with tempfile.TemporaryDirectory() as home, new_store(Path(home)).open_ledger() as con:
            for each in each_order:
                land_days(
                    con,
                    each.days,
                    note=str(each.made_day),
                    exported_day=each.made_day,
                    is_complete=each.is_complete,
                )
            left.append(live(con))

    assert left[0] == left[1] == left[2]


@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
def test_a_large_list_in_parts_leaves_what_it_leaves_in_one(tmp_path: Path, rows_at_once: int) -> None:
    store = new_store(tmp_path)
    finished = []
    results = []
    for days in ([1, 2, 3], [1, 3, 4, 5, 6], [1, 3, 4, 5, 6]):
        snapshot = Snapshot(
            athlete_id="me",
            source="garmin_export",
            entity="activity",
            payloads={str(day): {"_started_at": f"2024-05-{day:02}T06:00:00Z", "note": ""} for day in days},
            exported_at=None,
            is_complete=True,
        )
        results.append(
            land_large_snapshot(
                store.open_ledger, snapshot, now=NOW, rows_at_once=rows_at_once, finish=lambda _: finished.append(1)
            ).landed
        )
    with store.open_ledger() as con:
        assert set(live(con)) == {"1", "3", "4", "5", "6"}
    assert len(finished) == 3
    assert results == [LandResult(new=3), LandResult(new=3, gone=1, unchanged=2), LandResult(unchanged=5)]
