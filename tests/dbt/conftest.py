"""Warehouses that several tests read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.builders.warehouse import Build, LedgerBuilder, build


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """The computed test vectors of the science reference."""
    found: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())
    return found


@pytest.fixture(scope="session")
def empty_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of somebody who has just begun."""
    folder = tmp_path_factory.mktemp("empty")
    return LedgerBuilder(folder).snapshot(folder / "snapshot.duckdb", today=date(2026, 5, 31))


@pytest.fixture(scope="session")
def empty_warehouse(empty_snapshot: Path) -> Build:
    return build(empty_snapshot.parent / "warehouse.next.duckdb", empty_snapshot)
