"""What the tests of flows share."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from flows.home import Home
from tests.builders.homes import HomeAt, home_before_the_morning


@pytest.fixture(scope="session")
def home_at(tmp_path_factory: pytest.TempPathFactory) -> HomeAt:
    """Makes homes that stand before the morning of 20 May 2026: one is built, each is a copy of it."""
    first = home_before_the_morning(tmp_path_factory.mktemp("homes") / "first", seed=3, today=date(2026, 5, 20))

    def copied(root: Path) -> Home:
        shutil.copytree(first.root, root)
        return Home(root)

    return copied
