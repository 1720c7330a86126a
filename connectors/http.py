"""One client for every vendor's API: patient where waiting helps, frugal with quotas, silent about secrets."""

from __future__ import annotations

import email.utils
import math
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

import httpx
import orjson

from connectors.errors import NotAllowed, Paused, SignInAgain, SourceChanged, SyncEnded, TooLarge, TryLater, Unanswered

USER_AGENT = "pacewright/0.1 (self-hosted; one athlete)"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Worth asking again: the server was busy, restarting, or lost its own back end.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS_FOLLOWED = 3
_LONGEST_ASKED_S = 86_400.0


class Clock(Protocol):
    """The time, and waiting. Below the flows nobody reads the machine's clock."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, and for what. Times are seconds.

    longest_wait_s: a server that asks for more is asked again by the next sync. Garmin's client honours up to 60.
    answer_s: for one whole answer, however slowly it drips.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    answer_s: float = 300.0
    tries: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    answer_bytes: int = 64 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One quota as the vendor counts it: so many calls until it starts anew."""

    name: str
    limit: int
    used: int
    resets_at: datetime

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(slots=True)
class Budget:
    """What is left of a vendor's quotas. A little is always left over for the athlete's own commands."""

    buckets: dict[str, Bucket] = field(default_factory=dict)
    reserve_share: float = 0.02

    def learn(self, buckets: Sequence[Bucket]) -> None:
        """Take over what the vendor says it counted."""
        self.buckets.update({bucket.name: bucket for bucket in buckets})

    def check(self, now: datetime, *, name: str) -> None:
        """Raise `Paused` when the next call would go into the reserve of a quota that has not started anew."""
        spent = [
            bucket
            for bucket in self.buckets.values()
            if bucket.resets_at > now and bucket.left <= bucket.limit * self.reserve_share
        ]
        if spent:
            latest = max(spent, key=lambda bucket: bucket.resets_at)
            raise Paused(
                f"{name}'s quota of {latest.limit:,} calls ({latest.name}) is used up.",
                "Nothing to do: the next sync goes on where this one stopped.",
                resumes_at=latest.resets_at,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A vendor's answer, whole. `status` is 2xx or 404; an empty body is no data."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_missing(self) -> bool:
        return self.status == httpx.codes.NOT_FOUND

    @property
    def is_empty(self) -> bool:
        return self.status == httpx.codes.NO_CONTENT or not self.body.strip()

    def json(self) -> Any:
        """The parsed body; None where there is no data."""
        return None if self.is_empty else orjson.loads(self.body)


class Bearer(Protocol):
    """Who hands out access tokens; `refused` is the one that the vendor has just turned down."""

    def access_token(self, refused: str | None = None) -> str: ...


Explain = Callable[[int, bytes], SyncEnded | None]
ReadQuota = Callable[[Mapping[str, str], datetime], Sequence[Bucket]]


class Api:
    """Calls to one vendor, one at a time. GETs are repeated where that can help, everything else is sent once.

    `name` is the vendor as people know it and `source` what `pacewright connect` calls it. `explain` knows the vendor's
    own refusals; `read_quota` its quota headers. Raises only `SyncEnded` and its kinds.
    """

    def __init__(
        self,
        *,
        name: str,
        source: str,
        base_url: str,
        clock: Clock,
        bearer: Bearer | None = None,
        budget: Budget | None = None,
        explain: Explain | None = None,
        read_quota: ReadQuota | None = None,
        spacing_s: float = 0.0,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self.budget = budget or Budget()
        self._source = source
        self._base_url = _checked(base_url).rstrip("/")
        self._clock = clock
        self._bearer = bearer
        self._explain = explain
        self._read_quota = read_quota
        self._spacing_s = spacing_s
        self._patience = patience or Patience()
        self._last_at: datetime | None = None
        self._client = httpx.Client(
            timeout=httpx.Timeout(self._patience.read_s, connect=self._patience.connect_s),
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=2),
            headers={"User-Agent": USER_AGENT},
            follow_redirects=False,
            verify=_trust(self._base_url),
            # A proxy has no business between two programs of one machine.
            trust_env=self._base_url.startswith("https://"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get_json(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The parsed answer; None for no data (204, an empty body) and for what is not there (404)."""
        reply = self.get(path, params)
        return None if reply.is_missing else reply.json()

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "application/json",
        is_json: bool = True,
    ) -> Reply:
        """The whole answer, asked for again while that can help. With `is_json` a body that does not parse is a fault."""
        refused: str | None = None
        failure: TryLater | None = None
        url = self._url(path)
        attempt = 0
        while attempt < self._patience.tries:
            if failure is not None:
                self._wait(attempt, failure)
            self._keep_to_quota()
            token = self._bearer.access_token(refused) if self._bearer else None
            try:
                reply = self._send("GET", url, params=params, headers=_headers(accept, token))
            except TryLater as error:
                failure = error
                attempt += 1
                continue
            if reply.status == httpx.codes.UNAUTHORIZED and token is not None and refused is None:
                refused = token
                continue
            failure = self._judge(reply)
            if failure is None and is_json and not reply.is_missing and not _parses(reply):
                failure = TryLater(f"{self.name} sent an answer that is cut short or no JSON.", _NEXT_TIME)
            if failure is None:
                return reply
            attempt += 1
        raise failure or TryLater(f"{self.name} did not answer.", _NEXT_TIME)

    def send_once(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send something that must not be repeated blindly; any status comes back as a reply.

        Raises `Unanswered` when it may have been carried out, plain `TryLater` when it never left.
        """
        return self._send(method, self._url(url), form=form, headers=headers or {}, auth=auth)

    def _url(self, path: str) -> str:
        return _checked(path) if "://" in path else f"{self._base_url}/{path.lstrip('/')}"

    def _keep_to_quota(self) -> None:
        """Wait where a quota starts anew within our patience, end the sync where it does not."""
        now = self._clock.now()
        try:
            self.budget.check(now, name=self.name)
        except Paused as pause:
            wait_s = (pause.resumes_at - now).total_seconds() if pause.resumes_at else None
            if wait_s is None or wait_s > self._patience.longest_wait_s:
                raise
            self._clock.sleep(wait_s)
            now = self._clock.now()
        if self._spacing_s and self._last_at is not None:
            early_s = self._spacing_s - (now - self._last_at).total_seconds()
            if 0 < early_s <= self._spacing_s:
                self._clock.sleep(early_s)
        self._last_at = self._clock.now()

    def _wait(self, attempt: int, failure: TryLater) -> None:
        """Wait before asking again, or give up when the vendor wants more time than a sync should take."""
        wait_s = self._patience.first_wait_s * 2 ** max(0, attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311  jitter
        if failure.resumes_at is not None:
            wait_s = max(wait_s, (failure.resumes_at - self._clock.now()).total_seconds())
        if wait_s > self._patience.longest_wait_s:
            raise failure
        self._clock.sleep(wait_s)

    def _judge(self, reply: Reply) -> TryLater | None:
        """None for an answer to use, `TryLater` for one to ask again; raises for what asking again cannot change."""
        if reply.status < 300 or reply.is_missing:
            return None
        now = self._clock.now()
        if reply.status in _PASSING:
            after_s = _retry_after_s(reply.headers, now)
            resumes_at = None if after_s is None else now + timedelta(seconds=after_s)
            if reply.status == httpx.codes.TOO_MANY_REQUESTS:
                try:
                    self.budget.check(now, name=self.name)
                except Paused as pause:
                    return pause  # it knows best when the quota starts anew
                return Paused(f"{self.name} asks for fewer calls.", _NEXT_TIME, resumes_at=resumes_at)
            return TryLater(f"{self.name} has a fault of its own ({reply.status}).", _NEXT_TIME, resumes_at=resumes_at)
        explained = self._explain(reply.status, reply.body) if self._explain else None
        if explained is not None:
            raise explained
        if reply.status == httpx.codes.UNAUTHORIZED:
            raise SignInAgain(f"{self.name} does not accept our token.", sign_in(self._source))
        if reply.status == httpx.codes.FORBIDDEN:
            raise NotAllowed(
                f"{self.name} refuses this ({reply.status}).",
                "Look at the app's and the account's state at the vendor.",
            )
        raise SourceChanged(
            f"{self.name} does not understand our question ({reply.status}).",
            "Upgrade Pacewright; if that does not help, report it with this number.",
        )

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        deadline = time.monotonic() + self._patience.answer_s
        for _ in range(_REDIRECTS_FOLLOWED):
            request = self._client.build_request(method, url, params=params, data=form, headers=headers)
            if auth is not None:
                request = next(httpx.BasicAuth(*auth).auth_flow(request))
            reply, redirected_to = self._one_answer(request, deadline)
            if redirected_to is None:
                if self._read_quota is not None:
                    self.budget.learn(self._read_quota(reply.headers, self._clock.now()))
                return reply
            if method != "GET" or not _is_same_host(request.url, redirected_to):
                raise SourceChanged(
                    f"{self.name} sends us on to another address.", "Nothing was sent there. Upgrade Pacewright."
                )
            url, params = str(redirected_to), None
        raise SourceChanged(f"{self.name} sends us round in circles.", "Try again tomorrow, or upgrade Pacewright.")

    def _one_answer(self, request: httpx.Request, deadline: float) -> tuple[Reply, httpx.URL | None]:
        body = bytearray()
        try:
            response = self._client.send(request, stream=True)
            try:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > self._patience.answer_bytes:
                        raise TooLarge(
                            f"{self.name} sends more than {self._patience.answer_bytes // 1024**2} MB in one answer.",
                            "Report it; nothing of it was kept.",
                        )
                    if time.monotonic() > deadline:
                        raise Unanswered(f"{self.name} answers too slowly.", _NEXT_TIME)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TryLater(f"{self.name} cannot be reached ({type(error).__name__}).", _NO_NETWORK) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            # `from None`: the request that such an error carries holds the token.
            raise Unanswered(f"{self.name} broke off ({type(error).__name__}).", _NEXT_TIME) from None
        reply = Reply(status=response.status_code, headers=response.headers, body=bytes(body))
        return reply, response.next_request.url if response.next_request is not None else None


_NEXT_TIME = "Nothing to do: the next sync tries again."
_NO_NETWORK = "Check the machine's network; the next sync tries again."


def sign_in(source: str) -> str:
    """The remedy for a token that no longer works."""
    return f"Sign in again: `pacewright connect {source}`."


def _headers(accept: str, token: str | None) -> dict[str, str]:
    return {"Accept": accept} if token is None else {"Accept": accept, "Authorization": f"Bearer {token}"}


def _parses(reply: Reply) -> bool:
    with suppress(orjson.JSONDecodeError):
        reply.json()
        return True
    return False


def _checked(url: str) -> str:
    """The address, if a token may be sent there: encrypted, or to this machine."""
    parsed = httpx.URL(url)
    if parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in _LOOPBACK):
        return url
    raise NotAllowed(
        f"The address {parsed.scheme}://{parsed.host} is not encrypted.", "Write https:// in the configuration."
    )


def _trust(base_url: str) -> ssl.SSLContext:
    """Whom to believe: the usual authorities, or nobody where the calls stay on this machine (reading the list is slow)."""
    if base_url.startswith("https://"):
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_same_host(asked: httpx.URL, redirected_to: httpx.URL) -> bool:
    return (asked.scheme, asked.host, asked.port) == (redirected_to.scheme, redirected_to.host, redirected_to.port)


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, at most a day; it is a number or a date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    asked_s: float | None = None
    with suppress(TypeError, ValueError, OverflowError):
        date = email.utils.parsedate_to_datetime(text)
        asked_s = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    with suppress(ValueError):
        asked_s = float(text)
    # What is no number at all ("nan") asks for nothing; what is beyond any calendar must not break the sync.
    return None if asked_s is None or math.isnan(asked_s) else min(max(0.0, asked_s), _LONGEST_ASKED_S)
