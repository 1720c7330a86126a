"""A Strava on loopback: its sign-in, its paging that hides things, its quotas, its words of refusal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson

from connectors.http import Patience
from connectors.landing import VOLATILE_FIELDS, Landed, canonical_json, payload_sha256
from connectors.strava.api_config import StravaConfig
from connectors.tokens import Grant
from tests.servers.base import Request, Response, Vendor, as_json
from tests.servers.faults import Fault, Faults
from tests.servers.strava_words import (
    ATHLETE,
    INACTIVE,
    INVALID_TOKEN,
    LIMIT_EXCEEDED,
    NOT_FOUND,
    SCOPE_MISSING,
    TOO_MANY_ATHLETES,
    ZONES,
    detail_of,
    gear_of,
    streams_of,
    summary_of,
)
from tests.servers.world import Life, Run

SCOPES = ("read", "activity:read_all", "profile:read_all")
ACCESS_LASTS = timedelta(hours=6)
_PREFIX = "/api/v3"


@dataclass(slots=True)
class Quota:
    """Calls allowed in a quarter of an hour and in a day; `used` since each began."""

    quarter: int
    day: int
    used_quarter: int = 0
    used_day: int = 0
    began: tuple[int, int] = (0, 0)

    def count(self, now: datetime) -> bool:
        """Count one call; whether it is still within both. Refused calls count too."""
        at = int(now.timestamp())
        quarter, day = at // 900, at // 86_400
        if self.began[0] != quarter:
            self.used_quarter = 0
        if self.began[1] != day:
            self.used_day = 0
        self.began = (quarter, day)
        self.used_quarter += 1
        self.used_day += 1
        return self.used_quarter <= self.quarter and self.used_day <= self.day


class StravaServer(Vendor):
    """A fake Strava for one athlete.

    Switches: `is_inactive` (the owner has no subscription), `is_full` (too many athletes), `lacks` (scopes the token
    does not have), `hidden_starts` (activities whose time of day is not shown), `athlete_id` (whose account it is),
    `granted` (what the page gives: the athlete may untick).
    """

    def __init__(
        self,
        life: Life,
        *,
        now: Callable[[], datetime],
        faults: Faults | None = None,
        port: int = 0,
        overall: Quota | None = None,
        reads: Quota | None = None,
        page_size: int = 200,
    ) -> None:
        super().__init__(life, now=now, faults=faults, port=port)
        self.overall = overall or Quota(200, 2_000)
        self.reads = reads or Quota(100, 1_000)
        self.page_size = page_size
        self.client_id = "4711"
        self.client_secret = "strava-client-secret"
        self.athlete_id = ATHLETE["id"]
        self.is_inactive = False
        self.is_full = False
        self.lacks: set[str] = set()
        self.granted: tuple[str, ...] = SCOPES
        self.hidden_starts: set[int] = set()
        self.secrets.add(self.client_secret)
        self._random = Random(life.seed)
        self._serial = 0
        self._codes: set[str] = set()
        self._access: dict[str, datetime] = {}
        self._refresh = ""

    # What tests ask of it.

    def config(self, **changes: Any) -> StravaConfig:
        """The connector's configuration for this server, with little patience."""
        patience = Patience(connect_s=1.0, read_s=0.3, answer_s=5.0, tries=4)
        asked: dict[str, Any] = {
            "base_url": f"{self.url}{_PREFIX}",
            "oauth_url": f"{self.url}/oauth",
            "page_size": self.page_size,
            "patience": patience,
            **changes,
        }
        return StravaConfig(**asked)

    def grant(self, **changes: Any) -> Grant:
        """A fresh sign-in, as if the browser had been through it."""
        with self.lock:
            self._begin_grant()
            access = self._new_access()
            signed_in: dict[str, Any] = {
                "source": "strava",
                "access_token": access,
                "refresh_token": self._refresh,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "expires_at": self._access[access],
                "scopes": SCOPES,
                "signed_in_at": self.now(),
                **changes,
            }
            return Grant(**signed_in)

    def truth(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the ledger must hold after a calm look at everything, without coordinates and volatile fields."""
        with self.lock:
            truth: dict[tuple[str, str], dict[str, Any]] = {
                ("athlete", "me"): self._athlete(),
                ("zones", "athlete"): ZONES,
            }
            for gear_id in self._gear_ids():
                truth["gear", gear_id] = gear_of(gear_id, self.life)
            for run in self._visible():
                key = str(run.run_id)
                summary = _placeless(self._summary(run))
                landed = Landed(athlete_id="", source="strava_api", entity="activity", source_key=key, payload=summary)
                truth["activity", key] = summary
                truth["detail", key] = {
                    **_placeless(detail_of(run, summary, self.life)),
                    "_summary_sha256": payload_sha256(landed),
                }
                if not run.is_manual:
                    truth["streams", key] = _link(summary, _placeless(streams_of(run)))
            return {key: _settled(key[0], payload) for key, payload in truth.items()}

    def accepts(self, refresh_token: str) -> bool:
        """Whether that refresh token could still be used."""
        return bool(refresh_token) and refresh_token == self._refresh

    def expire_access(self) -> None:
        self._access.clear()

    def revoke(self) -> None:
        self._access.clear()
        self._refresh = ""

    # Answering.

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/oauth/"):
            return self._sign_in(request)
        if not request.path.startswith(f"{_PREFIX}/"):
            return as_json(NOT_FOUND, status=404)
        is_within = [quota.count(self.now()) for quota in (self.overall, self.reads)]
        ends_at = self._access.get(request.bearer)
        if ends_at is None or ends_at <= self.now():
            return self._counted(as_json(INVALID_TOKEN, status=401))
        if self.is_inactive:
            return self._counted(as_json(INACTIVE, status=403))
        if not all(is_within):
            return self._counted(as_json(LIMIT_EXCEEDED, status=429))
        return self._counted(self._data(request.path.removeprefix(_PREFIX), request.query))

    def refuse_storm(self, request: Request) -> Response:
        return self._counted(as_json(LIMIT_EXCEEDED, status=429))

    def spoil(self, fault: Fault, request: Request, response: Response) -> Response:
        if not request.path.startswith(f"{_PREFIX}/"):
            return response
        said = orjson.loads(response.body)
        if fault == "vanish":
            self._edit_between_pages()
            return response
        items = said if isinstance(said, list) else [said]
        if not items:
            return response
        item = self._random.choice(items)
        if fault == "extra":
            item["wobble_index"] = {"value": 3, "unit": "wobbles"}
            item["a_list_of_things"] = [1, "two", None]
        elif fault == "missing":
            for name in ("average_cadence", "max_speed", "calories", "heartrate", "weight", "brand_name"):
                item.pop(name, None)
        elif fault == "word":
            item |= {name: "Rumba" for name in ("sport_type", "type", "visibility") if name in item}
        elif fault == "repeat" and isinstance(said, list):
            anywhere = self._random.choice(self._visible())
            said += [item, self._summary(anywhere)]
        return Response(body=orjson.dumps(said), headers=response.headers)

    def _counted(self, response: Response) -> Response:
        headers = {
            "X-RateLimit-Limit": f"{self.overall.quarter},{self.overall.day}",
            "X-RateLimit-Usage": f"{self.overall.used_quarter},{self.overall.used_day}",
            "X-ReadRateLimit-Limit": f"{self.reads.quarter},{self.reads.day}",
            "X-ReadRateLimit-Usage": f"{self.reads.used_quarter},{self.reads.used_day}",
        }
        return Response(status=response.status, body=response.body, headers=headers)

    def _data(self, path: str, query: Mapping[str, str]) -> Response:
        is_profile = path in {"/athlete", "/athlete/zones"} or path.startswith("/gear/")
        if self.lacks & {"activity:read_all"} and not is_profile:
            return as_json(SCOPE_MISSING, status=401)
        found: Any = None
        match path.strip("/").split("/"):
            case ["athlete"]:
                found = self._athlete()
            case ["athlete", "zones"]:
                found = ZONES
            case ["gear", gear_id]:
                found = gear_of(gear_id, self.life) if gear_id in self._gear_ids() else None
            case ["athlete", "activities"]:
                found = self._page(query)
            case ["activities", number]:
                run = self._run(number)
                found = None if run is None else detail_of(run, self._summary(run), self.life)
            case ["activities", number, "streams"]:
                run = self._run(number)
                found = None if run is None or run.is_manual else _asked_for(streams_of(run), query)
        return as_json(NOT_FOUND, status=404) if found is None else as_json(found)

    def _page(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Filtered by true start, cut into pages, and only then rid of what is hidden."""
        before, after = query.get("before"), query.get("after")
        runs = [
            run
            for run in self.life.runs.values()
            if (before is None or run.start_at.timestamp() < int(before))
            and (after is None or run.start_at.timestamp() > int(after))
        ]
        runs.sort(key=lambda run: (run.start_at, run.run_id), reverse=after is None)
        size = min(200, int(query.get("per_page", 30)))
        first = (int(query.get("page", 1)) - 1) * size
        return [self._summary(run) for run in runs[first : first + size] if not run.is_hidden]

    def _visible(self) -> list[Run]:
        return [run for run in self.life.runs.values() if not run.is_hidden]

    def _run(self, number: str) -> Run | None:
        run = self.life.runs.get(int(number))
        return None if run is None or run.is_hidden else run

    def _summary(self, run: Run) -> dict[str, Any]:
        return summary_of(run, athlete_id=self.athlete_id, hides_start=run.run_id in self.hidden_starts)

    def _athlete(self) -> dict[str, Any]:
        return {**ATHLETE, "id": self.athlete_id}

    def _gear_ids(self) -> list[str]:
        named = {run.gear for run in self._visible() if run.gear}
        return sorted(named | {shoe["id"] for shoe in ATHLETE["shoes"]})

    def _edit_between_pages(self) -> None:
        """Something is deleted, or uploaded late, while somebody reads on."""
        newest = sorted(self.life.runs, key=lambda number: self.life.runs[number].start_at)[-20:]
        if self._random.random() < 0.5 and newest:
            del self.life.runs[self._random.choice(newest)]
        else:
            day = (self.now() - timedelta(days=self._random.randint(0, 10))).date()
            self.life.add_run(self._random, day)

    # Signing in.

    def _sign_in(self, request: Request) -> Response:
        match request.path.removeprefix("/oauth/"):
            case "authorize":
                return self._authorise(request.query)
            case "token" if request.method == "POST":
                return self._token(request.form)
            case "revoke" if request.method == "POST":
                return self._revoked(request)
        return as_json(NOT_FOUND, status=404)

    def _authorise(self, query: Mapping[str, str]) -> Response:
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            return as_json({"message": "Bad Request", "errors": [_error("Application", "client_id")]}, status=400)
        code = self._secret("code")
        self._codes.add(code)
        answer = {"state": query.get("state", ""), "code": code, "scope": ",".join(self.granted)}
        return Response(status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    def _token(self, form: Mapping[str, str]) -> Response:
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            return as_json({"message": "Authorization Error", "errors": [_error("Application", "")]}, status=401)
        if self.is_full:
            return as_json(TOO_MANY_ATHLETES, status=403)
        return self._exchanged(form) if form.get("grant_type") == "authorization_code" else self._renewed(form)

    def _exchanged(self, form: Mapping[str, str]) -> Response:
        code = form.get("code", "")
        if code not in self._codes:
            return as_json({"message": "Bad Request", "errors": [_error("AuthorizationCode", "code")]}, status=400)
        self._codes.remove(code)
        self._begin_grant()
        return as_json({**self._tokens(self._new_access()), "athlete": {"id": self.athlete_id}})

    def _renewed(self, form: Mapping[str, str]) -> Response:
        if not self._refresh or form.get("refresh_token") != self._refresh:
            return as_json({"message": "Bad Request", "errors": [_error("RefreshToken", "refresh_token")]}, status=400)
        for access, ends_at in self._access.items():
            if ends_at - self.now() > timedelta(hours=1):
                return as_json(self._tokens(access))
        self._refresh = self._secret("refresh")
        return as_json(self._tokens(self._new_access()))

    def _revoked(self, request: Request) -> Response:
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return as_json({"message": "Authorization Error", "errors": []}, status=401)
        if request.form.get("token") in {self._refresh, *self._access}:
            self.revoke()
        return as_json({})

    def _begin_grant(self) -> None:
        self._access.clear()
        self._refresh = self._secret("refresh")

    def _new_access(self) -> str:
        access = self._secret("access")
        self._access = {access: self.now() + ACCESS_LASTS}
        return access

    def _tokens(self, access: str) -> dict[str, Any]:
        ends_at = self._access[access]
        return {
            "token_type": "Bearer",
            "access_token": access,
            "refresh_token": self._refresh,
            "expires_at": int(ends_at.timestamp()),
            "expires_in": int((ends_at - self.now()).total_seconds()),
        }

    def _secret(self, kind: str) -> str:
        self._serial += 1
        secret = f"strava-{kind}-{self._serial}-{self._random.getrandbits(64):016x}"
        self.secrets.add(secret)
        return secret


def _error(resource: str, field: str) -> dict[str, str]:
    return {"resource": resource, "field": field, "code": "invalid"}


def _asked_for(streams: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    keys = query.get("keys", "").split(",")
    return {name: stream for name, stream in streams.items() if name in keys}


def _placeless(payload: Mapping[str, Any]) -> dict[str, Any]:
    places = {"map", "start_latlng", "end_latlng", "latlng"}
    kept = {name: value for name, value in payload.items() if name not in places}
    if "segment_efforts" in kept:
        kept["segment_efforts"] = [
            {**each, "segment": {k: v for k, v in each["segment"].items() if k not in places}}
            for each in kept["segment_efforts"]
        ]
    return kept


def _link(summary: Mapping[str, Any], streams: Mapping[str, Any]) -> dict[str, Any]:
    about = {name: summary[name] for name in ("id", "start_date", "utc_offset")}
    return {
        "file_sha256": hashlib.sha256(canonical_json({**about, "streams": streams})).hexdigest(),
        "upload_id": summary["upload_id"],
        "moving_time": summary["moving_time"],
        "distance": summary["distance"],
        "_started_at": summary["start_date"],
    }


def _settled(entity: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    volatile = VOLATILE_FIELDS.get(("strava_api", entity), frozenset())
    return {name: value for name, value in payload.items() if name not in volatile}
