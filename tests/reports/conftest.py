"""The same three views for every test of the reports, as they come out of store: they are frozen, so they can be shared."""

from __future__ import annotations

import duckdb
import pytest

from reports.view import DailyView, SiteView, WeeklyView
from tests.builders.reports import build_daily, build_site, build_weekly, half_marathon_plan
from tests.builders.reports_warehouse import warehouse


@pytest.fixture(scope="session")
def marts() -> duckdb.DuckDBPyConnection:
    return warehouse(half_marathon_plan())


@pytest.fixture(scope="session")
def daily(marts: duckdb.DuckDBPyConnection) -> DailyView:
    return DailyView.from_json(build_daily(marts).to_json())


@pytest.fixture(scope="session")
def weekly(marts: duckdb.DuckDBPyConnection) -> WeeklyView:
    return WeeklyView.from_json(build_weekly(marts).to_json())


@pytest.fixture(scope="session")
def site(marts: duckdb.DuckDBPyConnection) -> SiteView:
    return SiteView.from_json(build_site(marts).to_json())
