"""The boundaries of the tree, held by tests: who may know whom, and that the README's map is the tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "connectors", "coach", "reports")


def imported_by(package: str) -> dict[str, set[str]]:
    """Module path → the top-level names it imports, wherever in the file."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module)
        found[path.relative_to(ROOT).as_posix()] = names
    return found


@pytest.mark.parametrize("package", ["connectors", "coach", "reports"])
def test_only_flows_know_the_orchestrator(package: str) -> None:
    guilty = [path for path, names in imported_by(package).items() if any(n.split(".")[0] == "prefect" for n in names)]

    assert guilty == []


def test_reports_know_only_the_value_types_of_the_coach() -> None:
    known = {
        name
        for names in imported_by("reports").values()
        for name in names
        if name == "coach" or name.startswith("coach.")
    }

    assert known <= {"coach.model"}


@pytest.mark.parametrize("package", ["connectors", "coach", "reports"])
def test_only_flows_read_the_clock_and_the_environment(package: str) -> None:
    forbidden = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|os\.environ|os\.getenv")

    guilty = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / package).rglob("*.py"))
        if forbidden.search(path.read_text(encoding="utf-8"))
    ]

    assert guilty == []


def test_the_readme_maps_every_room_of_the_tree() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Code map", 1)[1].split("\n## ", 1)[0]
    mapped = set(re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE))

    rooms = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in [ROOT / package, *(ROOT / package).iterdir()]
        if (path.is_dir() and (path / "__init__.py").exists()) or (path.suffix == ".py" and path.name != "__init__.py")
    }
    rooms |= {
        path.relative_to(ROOT).as_posix()
        for path in [
            ROOT / "dbt_project",
            *(ROOT / "dbt_project").iterdir(),
            *(ROOT / "dbt_project" / "models").iterdir(),
        ]
        if path.is_dir() and path.name not in {"__pycache__", "target", "logs"}
    }

    assert rooms - mapped == set(), "in the tree, not in the README's map"
    assert {name for name in mapped if not (ROOT / name).exists()} == set(), "in the README's map, not in the tree"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for package in (*PACKAGES, "tests")
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert silent == []
