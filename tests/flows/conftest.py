"""What the tests of flows share."""

from __future__ import annotations

import fcntl
import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from flows.home import Home
from tests.builders.homes import HomeAt, home_before_the_morning


@pytest.fixture(scope="session")
def home_at(tmp_path_factory: pytest.TempPathFactory) -> HomeAt:
    """Makes homes that stand before the morning of 20 May 2026: the first process that asks builds one, each is a copy of it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    first, half = shared / "home-before-the-morning", shared / "home-half-built"
    with (shared / "home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not first.exists():
            shutil.rmtree(half, ignore_errors=True)
            home_before_the_morning(half, seed=3, today=date(2026, 5, 20))
            half.rename(first)

    def copied(root: Path) -> Home:
        shutil.copytree(first, root)
        return Home(root)

    return copied
