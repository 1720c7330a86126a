"""The copy that a build sees: what was known by then, and a fingerprint of all that the models read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.ledger import open_ledger
from flows.snapshot import Snapshot, take_snapshot
from tests.builders.by_hand import new_home

ROOT = Path(__file__).resolve().parents[2]
SAID_AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
AS_OF = SAID_AT + timedelta(hours=1)
TODAY = date(2026, 5, 20)
# Made for the copy itself: the build's clock, and the samples of the files that `raw.streams` names.
_MADE = {"raw.clock": None, "raw.stream_samples": "raw.streams"}
_VALUES = {
    "VARCHAR": "'x'",
    "INTEGER": "1",
    "BIGINT": "1",
    "DOUBLE": "1.0",
    "BOOLEAN": "false",
    "JSON": "'{}'",
    "DATE": "date '2026-05-19'",
}


def tables_of_the_models() -> list[str]:
    """The ledger's tables that any model reads."""
    found = set()
    for path in (ROOT / "dbt_project").rglob("*.sql"):
        for schema, table in re.findall(r"source\('ledger_(\w+)', '(\w+)'\)", path.read_text(encoding="utf-8")):
            name = f"{schema}.{table}"
            found.add(_MADE.get(name, name))
    return sorted(name for name in found if name is not None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made, _ = new_home(tmp_path, now=SAID_AT - timedelta(days=1))
    return made


def insert(home: Home, table: str, at: datetime) -> None:
    """A row of anything, known from an instant on."""
    with open_ledger(home.ledger) as con:
        columns = con.execute(f"describe {table}").fetchall()
        values = [
            f"timestamptz '{at.isoformat()}'" if kind.startswith("TIMESTAMP") else _VALUES.get(kind, "null")
            for _, kind, *_ in columns
        ]
        con.execute(f"insert into {table} values ({', '.join(values)})")


def snapshot(home: Home) -> Snapshot:
    return take_snapshot(home, as_of_at=AS_OF, today=TODAY)


def test_the_models_read_nothing_that_this_test_does_not_look_at() -> None:
    assert {"coach.logbook", "coach.planned_workouts", "raw.payloads", "raw.syncs"} <= set(tables_of_the_models())


@pytest.mark.parametrize("table", [name for name in tables_of_the_models() if name != "raw.streams"])
def test_whatever_a_model_reads_is_a_reason_to_build_and_is_known_from_its_instant_on(home: Home, table: str) -> None:
    before = snapshot(home)

    insert(home, table, AS_OF + timedelta(seconds=1))
    later = snapshot(home)
    with duckdb.connect(str(later.path)) as con:
        held = con.execute(f"select count(*) from {table}").fetchone()
    with open_ledger(home.ledger) as con:
        con.execute(f"delete from {table}")
    insert(home, table, AS_OF)
    now = snapshot(home)

    assert later.fingerprint == before.fingerprint, "what is said later is not known yet"
    assert held is not None
    assert held[0] == (1 if table == "coach.athletes" else 0)
    assert now.fingerprint != before.fingerprint


def test_another_day_is_a_reason_to_build(home: Home) -> None:
    tomorrow = take_snapshot(home, as_of_at=AS_OF, today=TODAY + timedelta(days=1))

    assert snapshot(home).fingerprint != tomorrow.fingerprint
    assert snapshot(home).fingerprint == snapshot(home).fingerprint


def test_a_sync_is_a_reason_to_build_where_it_ended_otherwise_than_the_one_before(home: Home) -> None:
    """One that failed leaves a day unknown; the next one that brings nothing makes it a day without a run."""

    def synced(minutes: int, state: str) -> str:
        with open_ledger(home.ledger) as con:
            at = SAID_AT + timedelta(minutes=minutes)
            con.execute(
                "insert into raw.syncs (athlete_id, source, sync_id, started_at, ended_at, state, counts, quota, held_back) "
                "values ('me', 'strava_api', ?, ?, ?, ?, '{}', '{}', '{}')",
                [f"{minutes:03}", at, at, state],
            )
        return snapshot(home).fingerprint

    failed, again, complete, nothing_new = (
        synced(0, "try_later"),
        synced(10, "try_later"),
        synced(20, "complete"),
        synced(30, "complete"),
    )

    assert failed == again
    assert complete != failed
    assert nothing_new == complete
