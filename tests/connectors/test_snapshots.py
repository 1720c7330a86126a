"""Whole lists: what a newer one leaves out is gone, and an older one never overrules it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from connectors.snapshots import Snapshot, SnapshotResult, land_snapshot
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
