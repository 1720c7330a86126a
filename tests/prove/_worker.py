"""One flow run under a real Prefect worker, against the server that PREFECT_API_URL names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from flows.home import Home

_ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A worker of a pool of its own that runs a deployment of `name` once; signals go to the run's process."""

    def __init__(self, home: Home, name: str, environment: dict[str, str]) -> None:
        from prefect import Flow, flow
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.actions import WorkPoolCreate
        from prefect.deployments import run_deployment

        pool = f"pool-{uuid4().hex[:8]}"
        with get_client(sync_client=True) as client:
            client._client.post("/work_pools/", json=WorkPoolCreate(name=pool, type="process").model_dump(mode="json"))
        loaded = flow.from_source(source=str(_ROOT), entrypoint=f"flows/{name}.py:{name}")
        assert isinstance(loaded, Flow)
        kept = {key: value for key, value in environment.items() if key.startswith("PACEWRIGHT_")}
        settings = {"env": kept}
        loaded.deploy(name=pool, work_pool_name=pool, job_variables=settings, build=False, print_next_steps=False)
        run_deployment(f"{name}/{pool}", timeout=0, as_subflow=False)
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process", "--run-once"],
            env={**environment, "PREFECT_LOGGING_LEVEL": "CRITICAL"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def is_running(self) -> bool:
        return self._worker.poll() is None

    def signal(self, kind: signal.Signals) -> None:
        for pid in _descendants(self._worker.pid):
            command = Path(f"/proc/{pid}/cmdline")
            if command.exists() and b"prefect.engine" in command.read_bytes():
                os.kill(pid, kind)

    def wait(self, patience_s: float) -> int:
        return self._worker.wait(patience_s)


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_descendants(child)]
    return found
