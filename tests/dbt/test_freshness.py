"""How fresh dbt calls the sources: judged as of the snapshot, without the machine's clock, a network or a warehouse."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.builders.warehouse import NEXT, LedgerBuilder, run_dbt

pytestmark = pytest.mark.slow

TODAY = date(2020, 5, 31)  # long ago: by the machine's clock everything would be stale


def freshness(folder: Path, *landed: datetime) -> dict[str, tuple[str, float]]:
    """Each watched source's state and its age in days, as `dbt source freshness` writes them down."""
    ledger = LedgerBuilder(folder)
    for number, landed_at in enumerate(landed):
        ledger.strava(number, datetime(2020, 5, 1, 6, tzinfo=UTC), landed_at=landed_at)
    as_of_at = datetime(2020, 5, 31, 20, tzinfo=UTC)
    snapshot = ledger.snapshot(folder / "snapshot.duckdb", today=TODAY, as_of_at=as_of_at)
    answer = run_dbt("source", "freshness", "--write-json", warehouse=folder / NEXT, snapshot=snapshot)
    assert answer.succeeded, "\n".join(answer.messages)
    found = json.loads((folder / "target" / "sources.json").read_text())["results"]
    return {
        one["unique_id"].rsplit(".", 1)[-1]: (one["status"], one["max_loaded_at_time_ago_in_s"] / 86400)
        for one in found
    }


def test_sources_are_as_fresh_as_they_were_when_the_snapshot_was_made(tmp_path: Path) -> None:
    found = freshness(tmp_path, datetime(2020, 5, 29, 20, tzinfo=UTC), datetime(2020, 5, 30, 20, tzinfo=UTC))

    assert found == {"payloads": ("pass", 1.0), "syncs": ("pass", 0.0)}


def test_a_ledger_that_fell_silent_is_called_so(tmp_path: Path) -> None:
    found = freshness(tmp_path, datetime(2020, 5, 27, 20, tzinfo=UTC))

    assert found["payloads"] == ("warn", 4.0)


def test_what_never_sent_anything_is_absent_and_not_stale(tmp_path: Path) -> None:
    found = freshness(tmp_path)

    assert found == {"payloads": ("pass", 0.0), "syncs": ("pass", 0.0)}
