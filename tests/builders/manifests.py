"""The dbt project as dbt itself understands it: its parsed manifest, of this tree or of a copy with something planted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.builders.warehouse import PROJECT


def parse(folder: Path, *, project: Path = PROJECT) -> dict[str, Any]:
    """Parse a project without a database; what dbt writes goes into `folder`."""
    from dbt.cli.main import dbtRunner

    os.environ["PACEWRIGHT_WAREHOUSE_NEXT"] = str(folder / "next.duckdb")
    os.environ["PACEWRIGHT_SNAPSHOT"] = str(folder / "snapshot.duckdb")
    places = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(folder)]
    answer = dbtRunner().invoke(["parse", *places, "--log-path", str(folder), "--log-level", "none", "--quiet"])
    assert answer.success, str(answer.exception)
    manifest: dict[str, Any] = answer.result.writable_manifest().to_dict()
    return manifest
