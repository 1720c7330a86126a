"""A copy of what dbt builds from, with a wrong line planted in it, and builds from such a copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.builders.warehouse import ROOT
from tests.builders.warm import bring_parsed

_BUILD = """
import sys, pathlib
from tests.builders.warehouse import build
build(*map(pathlib.Path, sys.argv[1:3]), *sys.argv[3:])
"""


def copied_project(folder: Path) -> Path:
    """The dbt project and the coach's equations that its models call, free to be changed."""
    for package in ("coach", "connectors", "dbt_project", "tests/builders"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    bring_parsed(folder)
    return folder


def plant(project: Path, file: str, right: str, wrong: str) -> None:
    """Put the wrong words in the place of the right ones, which stand there once."""
    text = (project / file).read_text()
    assert text.count(right) == 1, f"{file} says {text.count(right)} times: {right}"
    (project / file).write_text(text.replace(right, wrong))


def build_in(project: Path, warehouse: Path, snapshot: Path, *more: str) -> str:
    """Build in a process of its own, which imports the planted coach too; why it failed, empty when it did not."""
    words = [sys.executable, "-c", _BUILD, str(warehouse), str(snapshot), *more]
    ended = subprocess.run(words, cwd=project, check=False, capture_output=True, text=True)
    return ended.stderr.strip()[-1000:] or "no word" if ended.returncode else ""
