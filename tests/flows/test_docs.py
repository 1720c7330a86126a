"""The models' documentation: one page that holds everything it shows and asks nobody for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with dbt; its types are a package of their own

from flows.docs import write_docs
from flows.transform import project_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_docs(tmp_path_factory.mktemp("docs") / "site").read_text(encoding="utf-8")


def told(page: str) -> Iterator[dict[str, Any]]:
    """The objects that the page's script reads: first what the project says, then what the warehouse has."""
    at = page.find('{"metadata"')
    while at >= 0:
        found, end = json.JSONDecoder().raw_decode(page, at)
        yield found
        at = page.find('{"metadata"', end)


def test_every_mart_and_column_is_described_and_found_in_the_warehouse(page: str) -> None:
    manifest, catalog = told(page)
    described = yaml.safe_load((project_folder() / "models" / "marts" / "_marts.yml").read_text())["models"]

    assert described
    for model in described:
        key = f"model.pacewright.{model['name']}"
        assert manifest["nodes"][key]["description"].startswith("One row per ")
        columns = [column["name"] for column in model["columns"]]
        assert list(manifest["nodes"][key]["columns"]) == columns
        assert list(catalog["nodes"][key]["columns"]) == columns
        assert all(column["description"] for column in manifest["nodes"][key]["columns"].values())
    assert "What Pacewright knows of the past" in manifest["docs"]["doc.pacewright.__overview__"]["block_contents"]
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False


def test_the_browser_is_told_to_ask_nobody(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)

    assert policy is not None
    assert "default-src" in policy.group(1)
    assert "http" not in policy.group(1)
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="https?://', page)
