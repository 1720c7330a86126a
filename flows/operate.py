"""Prefect that stays: a server of this home, our deployments on it, and a worker that runs them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

from connectors.locks import held
from flows import orchestrator
from flows.errors import FlowError, NotSetUp
from flows.home import Home, home_from_environment

POOL = "pacewright"
PORT = 4200
_CHECKOUT = Path(__file__).resolve().parents[1]

# What a run may choose of how it is started: nothing. The worker's own environment, folder and command are the only ones,
# so that a request for a run is never a request for a program.
POOL_TEMPLATE: dict[str, Any] = {
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}


def serve(home: Home, *, port: int = PORT) -> None:
    """Run this home's server until it is interrupted: on this machine only, for whoever knows the home's key."""
    orchestrator.configure(home)
    is_running = FlowError("A server of this home runs already. End it first, or use it.")
    with held(home.root / "prefect" / "server.lock", wait_s=0.0, otherwise=is_running):
        os.environ.update(orchestrator.guarded(port, key_of(home)))
        os.environ["PREFECT_UI_API_URL"] = _url(port)
        os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "NOTSET"
        _port_file(home).write_text(str(port), encoding="utf-8")
        try:
            orchestrator.listen(port)
        finally:
            _port_file(home).unlink(missing_ok=True)


def reach(home: Home) -> None:
    """Let this process and its children speak to the home's server, or to the one that PREFECT_API_URL names."""
    orchestrator.configure(home)
    if os.environ.get("PREFECT_API_URL"):
        return
    if not _port_file(home).exists():
        raise FlowError("No server of this home runs. Start one in another terminal: `pacewright server`.")
    url = _url(int(_port_file(home).read_text(encoding="utf-8")))
    orchestrator.wait_for(url, is_over=lambda: True)
    orchestrator.use(url, key_of(home))


def deploy(home: Home) -> None:
    """Make the pool and register every deployment of prefect.yaml. Safe to repeat; a new time zone needs it again."""
    reach(home)
    _make_pool()
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", "prefect.yaml"],
        cwd=_CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FlowError(f"Prefect refused the deployments: {_last_line(done.stdout + done.stderr)}")


def work(home: Home) -> NoReturn:
    """Become the worker: run what is due until interrupted. The runs inherit this process's environment and nothing else."""
    reach(home)
    os.environ["PACEWRIGHT_HOME"] = str(home.root)
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "NOTSET"
    words = ["-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "pacewright"]
    os.chdir(_CHECKOUT)
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606  the same process, so that a signal meets the worker


def this_home() -> dict[str, str]:
    """The step that prefect.yaml takes its folder and its time zone from: the checkout, and where the athlete lives."""
    from flows.athlete import settings_of

    home = home_from_environment()
    if not home.ledger.exists():
        raise NotSetUp(f"{home.root} is no home yet. Set PACEWRIGHT_HOME, or say who you are first: `pacewright init`.")
    return {"checkout": str(_CHECKOUT), "time_zone": settings_of(home).time_zone}


def key_of(home: Home) -> str:
    """What the home's server asks of everybody; made once, readable by the home's owner only."""
    file = home.root / "prefect" / "server.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(f"pacewright:{secrets.token_urlsafe(32)}")
    return file.read_text(encoding="utf-8")


def _make_pool() -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists

    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(
                WorkPoolCreate(name=POOL, type="process", base_job_template=POOL_TEMPLATE), overwrite=False
            )
        except ObjectAlreadyExists:
            client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=POOL_TEMPLATE))


def _port_file(home: Home) -> Path:
    return home.root / "prefect" / "server.port"


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/api"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"
