"""stravalib's requests through our own client: our timeouts, retries, quotas and token, and no other host."""

from __future__ import annotations

import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from stravalib import exc
from stravalib.protocol import ApiV3

from connectors.errors import NotAllowed, SourceChanged
from connectors.http import Api


class Protocol(ApiV3):
    """stravalib's protocol on our client. It neither reads the environment nor warns that it found nothing there.

    Its token renewal and its rate limiter, which sleeps inside a request, stay off: both are the client's.
    """

    def __init__(self, api: Api) -> None:
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", Adapter(api))
        super().__init__(requests_session=session)

    def _check_credentials(self) -> None:
        """The sign-in is the token store's."""

    def found(self, path: str, **params: Any) -> Any:
        """The parsed answer, before any model touches it; None where nothing is (404)."""
        try:
            return self.get(path, **params)
        except exc.ObjectNotFound:
            return None
        except exc.Fault:
            # `from None`: the fault carries the whole answer.
            raise SourceChanged(
                "Strava answers with a message instead of data.", "Try again tomorrow, or upgrade Pacewright."
            ) from None


class Adapter(BaseAdapter):
    """Carries GETs for stravalib's fixed address to the configured one. Raises only `SyncEnded` and its kinds."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api
        self._fixed = f"https://{ApiV3.server}{ApiV3.api_base}/"

    def send(  # noqa: PLR0917  requests names these and their order
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = request.url or ""
        if request.method != "GET" or not url.startswith(self._fixed):
            raise NotAllowed("stravalib wants more than to read Strava's data.", "Install the version that is locked.")
        reply = self._api.get(url.removeprefix(self._fixed))
        response = requests.Response()
        response.request = request
        response.url = url
        response.status_code = reply.status
        response.reason = HTTPStatus(reply.status).phrase
        response.headers = CaseInsensitiveDict(reply.headers)
        response.encoding = "utf-8"
        response.raw = io.BytesIO(b"null" if reply.is_empty else reply.body)
        return response

    def close(self) -> None:
        """The client is closed by whoever opened it."""
