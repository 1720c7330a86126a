"""Prefect on this machine: its settings, and a server for the length of one command where none is running."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flows.errors import FlowError
from flows.home import Home

_START_WITHIN_S = 180.0
_SEND_WITHIN_S = 30.0
_LOOPBACK = ["127.0.0.1", "localhost"]
SILENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}


def configure(home: Home) -> None:
    """Set Prefect up before it is imported: its files inside the home, nothing sent anywhere, this terminal silent."""
    wanted = {
        "PREFECT_HOME": str(home.root / "prefect"),
        "PREFECT_LOGGING_LEVEL": "INFO",
        # A failure is one sentence by the command line and a log on the run's page; no tracebacks in between.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    os.environ.update(SILENT)
    (home.root / "prefect").mkdir(parents=True, exist_ok=True)  # Prefect makes its own folder, but not its parents


def guarded(port: int, auth: str) -> dict[str, str]:
    """The environment of a server that answers to one secret, to one origin, and to nobody who asks without either."""
    origin = f"http://127.0.0.1:{port}"
    return {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": origin,
        "PREFECT_SERVER_CORS_ALLOWED_METHODS": "GET",
        "PREFECT_SERVER_CORS_ALLOWED_HEADERS": "Authorization",
    }


def use(url: str, auth: str) -> None:
    """Let flows and clients of this process, and what it starts, speak to this server."""
    os.environ["PREFECT_API_URL"] = url
    os.environ["PREFECT_API_AUTH_STRING"] = auth
    _notice_settings()


class Server:
    """A Prefect server on a loopback port. It starts in the background and ends with the process that asked for it."""

    def __init__(self, home: Home) -> None:
        configure(home)
        self._prefect_home = str(home.root / "prefect")
        self.external = bool(os.environ.get("PREFECT_API_URL"))
        self.started_at = time.monotonic()
        self._child: subprocess.Popen[bytes] | None = None
        if self.external:
            return
        self._port = free_port()
        self._auth = f"pacewright:{secrets.token_urlsafe(32)}"  # this process's own; nobody else on this machine has it
        # The child reads its standard input and ends when that closes, which even `kill -9` of this process does.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "flows.orchestrator", str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches all of a terminal; the run still has to tell how it ended
            env={
                **os.environ,
                **guarded(self._port, self._auth),
                "PREFECT_UI_ENABLED": "0",
                "PREFECT__SERVER_EPHEMERAL": "1",
                "PREFECT__SERVER_FINAL": "1",
            },
        )

    def wait(self) -> None:
        """Return when the server answers; from then on flows of this process use it."""
        if self._child is None:
            return
        url = f"http://127.0.0.1:{self._port}/api"
        wait_for(url, is_over=lambda: self._child is not None and self._child.poll() is not None)
        use(url, self._auth)

    def stop(self) -> None:
        if self._child is None:
            return
        _send_what_is_queued()
        if os.environ.get("PREFECT_API_URL", "").endswith(f":{self._port}/api"):
            os.environ.pop("PREFECT_API_URL")
            os.environ.pop("PREFECT_API_AUTH_STRING", None)
        if os.environ.get("PREFECT_HOME") == self._prefect_home:
            os.environ.pop("PREFECT_HOME")
        _notice_settings()
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(timeout=30)


@contextmanager
def server(home: Home) -> Iterator[Server]:
    """A server for flows of this process: the configured one, or one of our own until the block ends."""
    running = Server(home)
    try:
        yield running
    finally:
        running.stop()


def wait_for(url: str, *, is_over: Callable[[], bool]) -> None:
    """Return when the server at `url` answers. Raises FlowError when it ended, or took longer than anybody waits."""
    deadline = time.monotonic() + _START_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310  our own loopback address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if is_over():
                raise FlowError(
                    f"No Prefect server answers at {url}: it has ended. Run `pacewright server` in another terminal to see why."
                ) from None
            if time.monotonic() > deadline:
                raise FlowError(
                    f"The Prefect server did not answer within {_START_WITHIN_S:.0f} s. The machine may be too busy; "
                    "run this again, or set PREFECT_API_URL to a server that runs."
                ) from None
            time.sleep(0.05)


def _send_what_is_queued() -> None:
    """Prefect sends events and logs from threads of their own; what finds no server any more would hold up the exit."""
    if "prefect.events.worker" in sys.modules:
        from prefect.events.worker import EventsWorker

        EventsWorker.drain_all(timeout=_SEND_WITHIN_S)
    if "prefect.logging.handlers" in sys.modules:
        from prefect.logging.handlers import APILogWorker

        APILogWorker.drain_all(timeout=_SEND_WITHIN_S)


def _notice_settings() -> None:
    """Prefect reads its settings once, when it is imported; if that has happened, let it read them again."""
    if "prefect" in sys.modules:
        from prefect.context import refresh_global_settings_context

        refresh_global_settings_context()


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def app() -> Any:
    """Prefect's server for this machine alone: a page that a foreign name leads here is not answered."""
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    return TrustedHostMiddleware(create_app(), allowed_hosts=_LOOPBACK)


def listen(port: int) -> None:
    """Serve until the process ends; its environment says how (see `guarded`)."""
    import uvicorn

    uvicorn.run("flows.orchestrator:app", factory=True, host="127.0.0.1", port=port, log_level="error", lifespan="on")


def _end_with_parent() -> None:
    while os.read(0, 64):  # the plain call: a buffered read would hold a lock that a failing start-up trips over
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    listen(int(sys.argv[1]))
