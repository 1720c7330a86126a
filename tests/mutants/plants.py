"""What a plant is, and the files of each package that may carry one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One small change of one file: where it is, what it is called and how the file reads with it."""

    path: str  # from the root of the project
    line: int
    name: str
    text: str  # of the whole file, changed

    def words(self) -> str:
        """The changed line before and after, for whoever reads the list of survivors."""
        before = (ROOT / self.path).read_text(encoding="utf-8").splitlines()
        after = self.text.splitlines()
        old = before[self.line - 1].strip() if self.line <= len(before) else ""
        new = after[self.line - 1].strip() if self.line <= len(after) else ""
        return f"{self.path}:{self.line} {self.name}: {old}  ->  {new}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place for a plant; `plant` is None where the change would be no program, or the same one."""

    name: str
    plant: Callable[[], Plant | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is mutated, and the tests that mirror it: the quick ones first, the rest only where those saw nothing."""

    sources: tuple[str, ...]  # globs
    quick: tuple[str, ...]  # arguments of pytest
    thorough: tuple[str, ...] = ()


PACKAGES = {
    "guardrails": Package(sources=("coach/guardrails/*.py",), quick=("tests/coach",)),
    "coach": Package(sources=("coach/*.py",), quick=("tests/coach",)),
    "connectors": Package(
        sources=("connectors/**/*.py",), quick=("tests/connectors", "-m", "not slow"), thorough=("tests/connectors",)
    ),
    "dbt": Package(
        sources=(
            "dbt_project/models/**/*.sql",
            "dbt_project/macros/*.sql",
            "dbt_project/*.py",
            "dbt_project/seeds/constants.csv",
        ),
        quick=("tests/dbt/test_unit_tests.py",),
        thorough=("tests/dbt", "-m", "slow or not slow"),
    ),
    "flows": Package(
        sources=("flows/*.py",), quick=("tests/flows", "-m", "not slow"), thorough=("tests/flows", "-m", "slow")
    ),
    "reports": Package(
        sources=("reports/*.py",), quick=("tests/reports", "-m", "not slow"), thorough=("tests/reports", "-m", "slow")
    ),
}


def sources(package: Package) -> list[Path]:
    """The files of a package that may carry a plant, in a fixed order."""
    found = {path for glob in package.sources for path in ROOT.glob(glob)}
    return sorted(path for path in found if path.stem != "__init__" or path.parent.name == "guardrails")
