"""Prefect comes up and goes away with the process that asked for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TWO_SERVERS = """
import sys
from pathlib import Path
from flows.home import Home
from flows.orchestrator import server
from tests.builders.warm import warmed

for name in ("first", "second"):
    with server(warmed(Home(Path(sys.argv[1]) / name))) as running:
        running.wait()
        from prefect import flow, task

        @task
        def step(number: int) -> int:
            return number

        @flow
        def steps() -> None:
            for number in range(10):
                step(number)

        steps()
print("finished", flush=True)
"""


def test_a_process_ends_after_its_servers_whatever_was_still_to_be_sent(tmp_path: Path) -> None:
    """What is queued for a server that is gone is tried again and again; the process must not wait for that at its exit."""
    ended = subprocess.run(
        [sys.executable, "-c", TWO_SERVERS, str(tmp_path)], capture_output=True, text=True, timeout=540, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, "finished\n")
