"""dbt's own unit tests, and the warehouse of somebody who has no data yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.warehouse import Build, run_dbt

pytestmark = pytest.mark.slow

MARTS = (
    "activities",
    "athlete_days",
    "athlete_profile",
    "athlete_weeks",
    "best_efforts",
    "laps",
    "plan_adherence",
    "questions",
    "race_equivalents",
    "recording_faults",
    "recordings",
    "rep_adherence",
    "reps",
    "source_freshness",
    "training_zones",
)


def test_a_ledger_without_data_builds_and_has_every_mart(empty_warehouse: Build) -> None:
    marts = empty_warehouse.rows(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    )

    assert tuple(row["table_name"] for row in marts) == MARTS


def test_every_unit_test_of_the_models_passes(empty_warehouse: Build, empty_snapshot: Path) -> None:
    answer = run_dbt("test", "--select", "test_type:unit", warehouse=empty_warehouse.warehouse, snapshot=empty_snapshot)

    assert answer.succeeded, "\n".join(answer.messages)
    assert len(answer.seconds) >= 20
