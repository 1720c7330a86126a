"""What the tests of flows share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.builders.homes import HomeAt, home_before_the_morning
from tests.builders.warm import without_data_tests


@pytest.fixture(scope="session")
def home_at() -> HomeAt:
    """Makes homes that stand before the morning of 20 May 2026."""
    return lambda root: home_before_the_morning(root, seed=3, today=date(2026, 5, 20))


@pytest.fixture(scope="module")
def lean_builds() -> Iterator[None]:
    """Builds without dbt's data tests, for what is not about the marts."""
    with without_data_tests():
        yield
