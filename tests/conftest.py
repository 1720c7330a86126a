"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Nothing phones home, and no test touches the developer's own data.
os.environ.update(
    DO_NOT_TRACK="1",
    GX_ANALYTICS_ENABLED="false",
    DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
)
for name in [name for name in os.environ if name.startswith("PACEWRIGHT_")]:
    del os.environ[name]
# Test processes share the processors already: two queries of a build at once would only cost more.
os.environ["PACEWRIGHT_BUILD_QUERIES"] = "1"

_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings beside the checkout."""
    if not _DATA.is_dir():
        pytest.skip("the real recordings are not beside this checkout")
    return _DATA


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are not a name: a packed file holds the second it was packed in, and each process would collect another test."""
    return argname if isinstance(val, bytes) else None


# What takes longest comes first, so that no process is left with it while the others have nothing more to do; and of the
# first three one makes the home that many of the others begin with.
_LONGEST = (
    "test_signals",
    "test_claims",
    "test_histories",
    "test_operate",
    "test_morning",
    "test_erase",
    "test_due",
    "test_vectors",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; otherwise the order in which they were found."""
    rank = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))
