"""A copy of the project with one plant in it, and the tests run against that copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.plants import ROOT, Package, Plant

_PASSED, _FAILED, _COLLECTION_FAILED = 0, 1, 2
_LONGEST_S = 3600.0


class TestsAreBroken(Exception):
    """The tests do not pass as the project stands, so nothing can be said of plants."""


@dataclass(slots=True, kw_only=True)
class Copy:
    """The project's files once more, in a folder of their own, for one plant at a time."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> Copy:
        """A fresh copy of what git knows or would know; the real recordings stay where they are and are pointed to."""
        shutil.rmtree(root, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for name in listed:
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        beside, shared = root.parent / "shared", ROOT.parent / "shared"
        if shared.is_dir() and not beside.exists():
            beside.symlink_to(shared)
        return cls(root=root)

    def baseline_s(self, package: Package) -> tuple[float, float]:
        """How long the quick and the thorough tests take when nothing is wrong.

        Raises:
            TestsAreBroken: they fail without any plant.
        """
        took = []
        for arguments in (package.quick, package.thorough):
            began = time.monotonic()
            if arguments and self._tests(arguments, _LONGEST_S) != _PASSED:
                raise TestsAreBroken(f"`pytest {' '.join(arguments)}` fails without a plant; mend that first.")
            took.append(time.monotonic() - began)
        return took[0], took[1]

    def notices(self, plant: Plant, package: Package, limits_s: tuple[float, float]) -> bool:
        """Whether a test fails, or hangs, with this plant."""
        path = self.root / plant.path
        before = path.read_text(encoding="utf-8")
        path.write_text(plant.text, encoding="utf-8")
        try:
            for arguments, limit_s in zip((package.quick, package.thorough), limits_s, strict=True):
                if arguments and self._tests(arguments, limit_s) != _PASSED:
                    return True
            return False
        finally:
            path.write_text(before, encoding="utf-8")

    def _tests(self, arguments: tuple[str, ...], limit_s: float) -> int:
        """The exit code of pytest; one that takes too long has noticed by hanging.

        Raises:
            TestsAreBroken: pytest could not do what it was asked to.
        """
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return _FAILED
        if process.returncode not in {_PASSED, _FAILED, _COLLECTION_FAILED}:
            raise TestsAreBroken(f"`{' '.join(command)}` ended with {process.returncode}:\n{output[-2000:]}")
        return process.returncode
