"""How long a full rebuild and an incremental morning take, and which step takes what share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from connectors.sample import write_takeouts
from flows.home import Home
from flows.ingest import import_files
from flows.orchestrator import Server
from flows.refresh import refresh
from tests.builders.homes import home_before_the_morning, morning_of, settings_for

_TODAY = date(2026, 3, 4)


def run() -> dict[str, object]:
    """Figures in seconds of one run, and shares of the incremental morning; compare them only within this run."""
    with tempfile.TemporaryDirectory(prefix="pacewright-bench-") as scratch:
        home = home_before_the_morning(Path(scratch) / "home", seed=5, today=_TODAY)
        settings = settings_for(home)
        now = morning_of(_TODAY)
        inbox = sorted(home.inbox.iterdir())
        started = time.perf_counter()
        result = import_files(home, settings, inbox, now=now)
        import_s = time.perf_counter() - started
        started = time.perf_counter()
        full = refresh(home, now=now, today=_TODAY, from_nothing=True)
        full_s = time.perf_counter() - started

        # The next day: one night more, yesterday's run, and everything else as it was.
        shutil.rmtree(home.inbox)
        tomorrow = _TODAY + timedelta(days=1)
        write_takeouts(home.inbox, seed=5, today=tomorrow)
        os.environ.update(PACEWRIGHT_HOME=str(home.root), PACEWRIGHT_NOW=morning_of(tomorrow).isoformat())
        steps, morning_s = _one_morning(home)
        command_s = _whole_command(home)
    accounted = sum(steps.values())
    return {
        "files": len(result.files),
        "import_s": round(import_s, 2),
        "full_rebuild_s": round(full_s, 2),
        "full_rebuild_steps_s": _rounded(full.seconds),
        "incremental_morning_s": round(morning_s, 2),
        "steps_s": _rounded(steps),
        "shares": {name: round(seconds / morning_s, 3) for name, seconds in steps.items()},
        "share_accounted_for": round(accounted / morning_s, 3),
        "repeated_morning_command_s": round(command_s, 2),
    }


def _one_morning(home: Home) -> tuple[dict[str, float], float]:
    started = time.perf_counter()
    server = Server(home)
    try:
        server.wait()
        from flows.morning import morning

        orchestrator_s = time.perf_counter() - started
        summary = morning()
    finally:
        server.stop()
    whole_s = time.perf_counter() - started
    seconds = summary["seconds"]
    steps = {
        "orchestrator start": orchestrator_s,
        "import": seconds["ingest"],
        "dbt": seconds.get("dbt", 0.0),
        "gate": seconds.get("gate", 0.0),
        "coach": seconds["coach"],
        "reports": seconds["reports"],
    }
    steps["orchestrator while running and the rest"] = whole_s - sum(steps.values())
    return steps, whole_s


def _whole_command(home: Home) -> float:
    """The command a person types, run again when there is nothing new: start-ups and nothing else."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "flows.cli", "morning"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in seconds.items()}
