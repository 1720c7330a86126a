"""Versions in the ledger: what is news, what is not, and that nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.landing import Landed, LandResult, land, payload_sha256
from tests.builders.ledger import new_store, query

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def con() -> Any:
    con = duckdb.connect()
    con.execute("create schema raw")
    con.execute(
        "create table raw.payloads (athlete_id text, source text, entity text, source_key text, version integer, "
        "payload json, payload_sha256 text, is_deleted boolean, landed_at timestamptz, "
        "primary key (athlete_id, source, entity, source_key, version))"
    )
    yield con
    con.close()


def thing(key: str, payload: dict[str, Any] | None, *, source: str = "file", entity: str = "recording") -> Landed:
    return Landed(athlete_id="me", source=source, entity=entity, source_key=key, payload=payload)


def versions(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute(
        "select source_key, version, payload::text, is_deleted from raw.payloads order by all"
    ).fetchall()


_PAYLOADS = st.one_of(st.none(), st.dictionaries(st.sampled_from("ab"), st.integers(0, 2) | st.text(max_size=3)))
_LOOKS = st.lists(st.tuples(st.sampled_from(["k1", "k2", "k3"]), _PAYLOADS), max_size=6)


@given(looks=st.lists(_LOOKS, max_size=4))
@settings(max_examples=60, deadline=None)
def test_landing_twice_is_landing_once(con: duckdb.DuckDBPyConnection, looks: list[list[tuple[str, Any]]]) -> None:
    con.execute("delete from raw.payloads")
    for look in looks:
        things = [thing(key, payload) for key, payload in look]
        land(con, things, now=NOW)
        once = versions(con)
        again = land(con, things, now=NOW + timedelta(days=1))

        assert versions(con) == once
        assert again.appended == 0


@given(looks=st.lists(_LOOKS, max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_latest_version_is_what_was_last_said_and_older_ones_stay(
    con: duckdb.DuckDBPyConnection, looks: list[list[tuple[str, Any]]]
) -> None:
    con.execute("delete from raw.payloads")
    said: dict[str, Any] = {}
    for look in looks:
        before = versions(con)
        land(con, [thing(key, payload) for key, payload in look], now=NOW)
        for key, payload in dict(look).items():
            if payload is not None or key in said:
                said[key] = payload

        assert set(before) <= set(versions(con))
    latest = con.execute(
        "select source_key, payload from raw.payloads qualify row_number() over "
        "(partition by source_key order by version desc) = 1"
    ).fetchall()

    assert {key: None if text is None else text for key, text in latest}.keys() == said.keys()
    for key, text in latest:
        assert (text is None) == (said[key] is None)


def test_a_change_and_its_undoing_are_three_versions(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from raw.payloads")
    for value in (1, 2, 1, 1):
        land(con, [thing("k", {"value": value})], now=NOW)

    assert [row[:3] for row in versions(con)] == [
        ("k", 1, '{"value":1}'),
        ("k", 2, '{"value":2}'),
        ("k", 3, '{"value":1}'),
    ]


def test_a_deleted_thing_can_come_back(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from raw.payloads")
    results = [land(con, [thing("k", payload)], now=NOW) for payload in (None, {"a": 1}, None, None, {"a": 1})]

    assert results == [
        LandResult(unchanged=1),
        LandResult(new=1),
        LandResult(gone=1),
        LandResult(unchanged=1),
        LandResult(changed=1),
    ]


def test_kudos_make_no_new_version() -> None:
    before = thing("1", {"name": "Run", "kudos_count": 1}, source="strava_api", entity="activity")
    after = thing("1", {"kudos_count": 9, "name": "Run"}, source="strava_api", entity="activity")

    assert payload_sha256(before) == payload_sha256(after)


def test_landing_is_part_of_the_callers_transaction(tmp_path: Any) -> None:
    store = new_store(tmp_path)
    with store.open_ledger() as ledger:
        ledger.begin()
        land(ledger, [thing("k", {"a": 1})], now=NOW)
        ledger.rollback()

    assert query(store, "select count(*) from raw.payloads") == [(0,)]
