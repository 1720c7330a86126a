"""Signing in through a browser: the address to open, the answer on loopback or pasted, and what must be true of it."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, SimpleQueue
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.errors import ConnectorError

_ANSWERED = (
    b"<!doctype html><title>Pacewright</title><p>That is all. You can close this page and go back to the terminal.</p>"
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class SignInFailed(ConnectorError):
    """The browser came back without what is needed; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as its owner registered it with a vendor. `scopes` are all needed; vendors differ in how they join them."""

    name: str
    source: str
    authorise_url: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    scope_separator: str = " "

    @property
    def is_answered_here(self) -> bool:
        """Whether the browser can be caught on this machine; a vendor that insists on https cannot."""
        place = urlsplit(self.redirect_uri)
        return place.scheme == "http" and place.hostname in _LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brought: a code for one exchange, and the scopes the athlete left ticked, if it says."""

    code: str
    scopes: tuple[str, ...] | None


def new_state() -> str:
    """A value nobody can guess, so that only the sign-in that we began is taken for ours."""
    return secrets.token_urlsafe(24)


def address(app: App, state: str, **more: str) -> str:
    """The page on which the athlete says yes."""
    asked = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "scope": app.scope_separator.join(app.scopes),
        "state": state,
        **more,
    }
    return f"{app.authorise_url}?{urlencode(asked)}"


def read_answer(url: str, *, app: App, state: str) -> Answer:
    """What the redirected address says. Raises `SignInFailed` for a no, a stranger's answer or a scope left out."""
    asked = parse_qs(urlsplit(url.strip()).query)
    again = f"Run `pacewright connect {app.source}` again"
    came_back = asked.get("state", [""])[0]
    if not hmac.compare_digest(came_back.encode(), state.encode()):
        raise SignInFailed("The answer does not belong to this sign-in.", f"{again} and use the newest page.")
    if "error" in asked:
        raise SignInFailed(f"{app.name} says that access was not given.", f"{again} and agree on the page.")
    code = asked.get("code", [""])[0]
    if not code:
        raise SignInFailed("The answer holds no code.", f"{again} and paste the whole address.")
    scopes = None
    if "scope" in asked:
        scopes = tuple(asked["scope"][0].replace(",", " ").split())
        check_scopes(scopes, app)
    return Answer(code=code, scopes=scopes)


def check_scopes(granted: tuple[str, ...], app: App) -> None:
    """Raise `SignInFailed` when a scope is missing: half the data would look deleted."""
    missing = [scope for scope in app.scopes if scope not in granted]
    if missing:
        raise SignInFailed(
            f"{app.name} gave less than asked for: {', '.join(missing)} is missing.",
            f"Run `pacewright connect {app.source}` again and leave every box ticked.",
        )


@contextmanager
def listening(app: App, state: str) -> Iterator[SimpleQueue[str]]:
    """Catch the browser on this machine: the queue gets the address it was redirected to with our state.

    Only 127.0.0.1 is listened on, and what comes without our state is not ours: any page could send the browser here.
    """
    place = urlsplit(app.redirect_uri)
    caught: SimpleQueue[str] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            came_back = parse_qs(asked.query).get("state", [""])[0]
            is_ours = asked.path == (place.path or "/") and hmac.compare_digest(came_back.encode(), state.encode())
            self.send_response(200 if is_ours else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.end_headers()
            if is_ours:
                self.wfile.write(_ANSWERED)
                caught.put(self.path)

        def log_message(self, *_: object) -> None:
            """The address holds the code."""

    try:
        server = HTTPServer(("127.0.0.1", place.port or 80), Handler)
    except OSError as error:
        raise SignInFailed(
            f"Nothing can listen on {place.netloc} ({error.strerror}).",
            "End what uses that port, or sign in with --paste.",
        ) from None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield caught
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def caught_within(caught: SimpleQueue[str], seconds: float) -> str | None:
    """The redirected address, or None when the browser did not come back in time."""
    try:
        return caught.get(timeout=seconds)
    except Empty:
        return None
