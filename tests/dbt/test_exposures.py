"""Exposures tell the truth: each lists exactly the marts that its modules read, and no reader is left out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with dbt; its types are a package of their own

from tests.builders.warehouse import PROJECT, ROOT

LIBRARY = "reports/marts.py"  # one function for each mart; a module reads what it calls there
READ = re.compile(r"\b(?:from|join)\s+(?:\w+\.)?marts\.([a-z_]+)")
EXPOSURES: dict[str, dict[str, Any]] = {
    one["name"]: one for one in yaml.safe_load((PROJECT / "models" / "_exposures.yml").read_text())["exposures"]
}


@cache
def tables_of_functions() -> dict[str, set[str]]:
    """What each function of the library reads."""
    source = (ROOT / LIBRARY).read_text()
    return {
        function.name: set(READ.findall(ast.get_source_segment(source, function) or ""))
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
    }


def read_by(module: Path) -> set[str]:
    """The marts that one file reads, in SQL of its own or through the library."""
    text = module.read_text()
    if module.suffix == ".json":
        return set(READ.findall(text))
    found: set[str] = set()
    for part in ast.walk(ast.parse(text)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= set(READ.findall(part.value))
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "marts":
            found |= tables_of_functions().get(part.attr, set())
    return found


@pytest.mark.parametrize("name", EXPOSURES)
def test_an_exposure_lists_exactly_the_marts_its_modules_read(name: str) -> None:
    exposure = EXPOSURES[name]
    listed = {re.findall(r"'(\w+)'", ref)[0] for ref in exposure["depends_on"]}
    read = set().union(*(read_by(ROOT / module) for module in exposure["config"]["meta"]["modules"]))

    assert listed == read


def test_every_module_that_reads_a_mart_belongs_to_an_exposure() -> None:
    listed = {module for exposure in EXPOSURES.values() for module in exposure["config"]["meta"]["modules"]}
    reading = {
        path.relative_to(ROOT).as_posix()
        for package in ("coach", "reports", "flows", "connectors")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".json"} and read_by(path)
    }

    assert reading - {LIBRARY} == listed
