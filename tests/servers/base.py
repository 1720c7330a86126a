"""What every fake vendor is made of: a real HTTP server on loopback, a life to tell of, faults, and a simulated clock."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.tokens import Grant
from tests.servers.faults import Fault, Faults
from tests.servers.world import Life

SLOW_S = 0.6  # longer than the tests' patience for one read


@dataclass(slots=True)
class SimulatedClock:
    """A clock that only tests move; waiting is moving it. A `connectors.http.Clock`."""

    at: datetime
    slept_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept_s += seconds
            self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came in. `query` and `form` keep the last of repeated names; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer to be sent."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(status=status, body=orjson.dumps(value), headers=headers or {})


class Vendor:
    """A fake vendor, running while its `with` block does. Subclasses answer; this class listens, and breaks things.

    `answer` runs under a lock, one request at a time, so a life can be edited between any two requests. `asked` keeps
    what was requested, `secrets` every secret ever handed out or in, for tests that look for leaks.
    """

    def __init__(self, life: Life, *, now: Callable[[], datetime], faults: Faults | None = None, port: int = 0) -> None:
        self.life = life
        self.now = now
        self.faults = faults or Faults()
        self.lock = threading.RLock()
        self.asked: list[Request] = []
        self.secrets: set[str] = set()
        self._port = port

    # What a vendor is.

    def answer(self, request: Request) -> Response:
        """The vendor's answer on a good day."""
        raise NotImplementedError

    def config(self, **changes: Any) -> Any:
        """The connector's configuration for this server, with little patience."""
        raise NotImplementedError

    def grant(self, **changes: Any) -> Grant:
        """A fresh sign-in, as if the browser had been through it."""
        raise NotImplementedError

    def truth(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(entity, key) → payload: what the ledger must hold after a calm look at everything."""
        raise NotImplementedError

    def refuse_storm(self, request: Request) -> Response:
        """What this vendor says when it is asked too often."""
        return Response(status=429)

    def spoil(self, fault: Fault, request: Request, response: Response) -> Response:
        """The answer with a drifting fault in it ("extra", "missing", "word", "repeat", "vanish"); as it is where that
        makes no sense."""
        return response

    def expire_access(self) -> None:
        """End every access token now."""

    def revoke(self) -> None:
        """End every grant now: refresh tokens too."""

    # Listening.

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as one that was broken off does, is nothing to print; anything else is a bug here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the base class knows more kinds


class _Handler(BaseHTTPRequestHandler):
    owner: Vendor
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Tests read `asked` instead."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode() if length else ""
        place = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=place.path,
            query=dict(parse_qsl(place.query, keep_blank_values=True)),
            form=dict(parse_qsl(body, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        vendor = self.owner
        with vendor.lock:
            vendor.asked.append(request)
            fault = vendor.faults.draw()
            response = self._response(vendor, request, fault)
        self._send(response, fault, vendor)

    @staticmethod
    def _response(vendor: Vendor, request: Request, fault: Fault | None) -> Response:
        match fault:
            case "storm":
                return vendor.refuse_storm(request)
            case "error":
                return Response(status=vendor.faults.random.choice((500, 502, 503, 504)), body=b"{}")
            case "page":
                return Response(body=b"<html><body>We will be right back.</body></html>", content_type="text/html")
            case "expire":
                vendor.expire_access()
            case "revoke":
                vendor.revoke()
        response = vendor.answer(request)
        if fault in {"extra", "missing", "word", "repeat", "vanish"} and response.status == 200:
            return vendor.spoil(fault, request, response)
        return response

    def _send(self, response: Response, fault: Fault | None, vendor: Vendor) -> None:
        body = response.body
        if fault == "cut" and len(body) > 2:
            body = body[: vendor.faults.random.randrange(1, len(body))]
        head = [f"HTTP/1.1 {response.status} {'OK' if response.status < 400 else 'No'}"]
        if response.status != 204:
            head += [f"Content-Type: {response.content_type}"]
        head += [f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        text = ("\r\n".join(head) + "\r\n\r\n").encode()
        try:
            if fault == "lost":
                self._break_off(b"")
            elif fault == "reset" and body:
                self._break_off(text + body[: len(body) // 2])
            elif fault == "slow":
                self.wfile.write(text + body[:1])
                time.sleep(SLOW_S)
                self.wfile.write(body[1:])
            else:
                self.wfile.write(text + body)
        except OSError:
            self.close_connection = True  # the client had enough

    def _break_off(self, sent: bytes) -> None:
        """Send that much, then end the connection the hard way."""
        self.wfile.write(sent)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
