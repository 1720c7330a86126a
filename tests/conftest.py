"""What every test may use."""

from __future__ import annotations

import os
import shutil
from collections import Counter
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out and why, so that a run of fewer tests is seen as one."""
    skipped = terminalreporter.stats.get("skipped", [])
    # Told by another process it is a list, by this one a tuple: the file, the line and the reason.
    reasons = Counter(
        str(report.longrepr[2] if isinstance(report.longrepr, tuple | list) else "") for report in skipped
    )
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} left out: {reason.removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the recordings and a browser are, nothing may be left out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    has_all = _DATA.is_dir() and shutil.which("chromium") is not None and shutil.which("chromedriver") is not None
    if has_all and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
