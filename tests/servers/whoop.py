"""WHOOP as it answers: API v2, its OAuth with refresh tokens that work once, and its quotas."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from connectors.http import Patience
from connectors.tokens import Grant
from connectors.whoop.api_config import WhoopConfig
from tests.servers.base import Request, Response, Vendor, as_json
from tests.servers.faults import Fault, Faults
from tests.servers.whoop_payloads import Item, cycle, nap, nap_at, recovery, sleep, workout
from tests.servers.world import Life, Night

CLIENT_ID = "whoop-app"
CLIENT_SECRET = "whoop-app-secret"
REDIRECT_URI = "https://localhost:8787/callback"
SCOPES = "offline read:body_measurement read:cycles read:recovery read:sleep read:workout"
ACCESS_S = 3600
MINUTE_LIMIT, DAY_LIMIT = 100, 10_000
# By list: what an item may lack, at the top or in its score.
_NOT_GUARANTEED = ("spo2_percentage", "skin_temp_celsius", "respiratory_rate", "distance_meter", "altitude_gain_meter")


@dataclass(slots=True)
class _Leave:
    """One athlete's yes to one app, with every token that came of it."""

    is_ended: bool = False
    refresh_token: str = ""
    access: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Listed:
    """One thing in a list: when it happened, and how to tell it."""

    at: datetime
    key: str
    tell: Callable[[], Item]


class WhoopServer(Vendor):
    """One member's account. `used_again` counts refresh tokens that came a second time, which ends the whole leave."""

    def __init__(self, life: Life, *, now: Callable[[], datetime], faults: Faults | None = None, port: int = 0) -> None:
        super().__init__(life, now=now, faults=faults, port=port)
        self.body: Item | None = {"height_meter": 1.8288, "weight_kilogram": 71.4, "max_heart_rate": 191}
        self.used_again = 0
        self.refreshed = 0
        self.minute_limit, self.day_limit = MINUTE_LIMIT, DAY_LIMIT
        self.secrets |= {CLIENT_SECRET}
        self._codes: dict[str, _Leave] = {}
        self._leaves: list[_Leave] = []
        self._used: dict[str, _Leave] = {}
        self._calls: dict[int, tuple[int, int]] = {}  # by length of window: which one, and calls in it
        self._repeated: Item | None = None

    def config(self, **changes: Any) -> WhoopConfig:
        """This server in WHOOP's place, and a test's patience."""
        told: dict[str, Any] = {
            "base_url": f"{self.url}/developer",
            "oauth_url": f"{self.url}/oauth/oauth2",
            "patience": Patience(connect_s=1, read_s=0.3, tries=4),
        }
        return WhoopConfig(**{**told, **changes})

    def grant(self, **changes: Any) -> Grant:
        """A fresh sign-in, as if the athlete had just said yes."""
        with self.lock:
            leave = _Leave()
            self._leaves.append(leave)
            tokens = self._tokens(leave)
        told: dict[str, Any] = {
            "source": "whoop",
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "expires_at": self.now() + timedelta(seconds=ACCESS_S),
            "scopes": tuple(SCOPES.split()),
            "signed_in_at": self.now(),
        }
        return Grant(**{**told, **changes})

    def truth(self) -> dict[tuple[str, str], Item]:
        """(entity, key) → payload: all there is."""
        with self.lock:
            told = {
                (entity, each.key): each.tell()
                for entity, listed in (
                    ("cycle", self._cycles()),
                    ("recovery", self._recoveries()),
                    ("sleep", self._sleeps()),
                    ("workout", self._workouts()),
                )
                for each in listed
            }
            if self.body is not None:
                told["body", "me"] = dict(self.body)
            return told

    def accepts(self, refresh_token: str) -> bool:
        """Whether that refresh token could still be used."""
        return any(not leave.is_ended and leave.refresh_token == refresh_token for leave in self._leaves)

    def expire_access(self) -> None:
        for leave in self._leaves:
            leave.access.clear()

    def revoke(self) -> None:
        for leave in self._leaves:
            leave.is_ended = True
            leave.access.clear()

    def refuse_storm(self, request: Request) -> Response:
        if "/oauth/" in request.path:
            return Response(status=429)
        headers = {"X-RateLimit-Limit": self._limits(MINUTE_LIMIT), "X-RateLimit-Remaining": "0"}
        return as_json({"error": "Too Many Requests"}, status=429, headers={**headers, "X-RateLimit-Reset": "7"})

    def answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/oauth/oauth2/auth":
                return self._authorise(request)
            case "POST", "/oauth/oauth2/token":
                return self._token(request)
        if not request.path.startswith("/developer/v2/"):
            return as_json({"error": "not found"}, status=404)
        leave = self._leave_of(request.bearer)
        if leave is None:
            return as_json({"error": "Authorization was not valid"}, status=401)
        is_within, headers = self._count()
        if not is_within:
            return as_json({"error": "Too Many Requests"}, status=429, headers=headers)
        response = self._data(request, leave)
        return Response(status=response.status, body=response.body, headers={**headers, **response.headers})

    # Signing in.

    def _authorise(self, request: Request) -> Response:
        """The page on which the athlete says yes, said at once."""
        asked = request.query
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != REDIRECT_URI:
            return as_json({"error": "invalid_client"}, status=400)
        if len(asked.get("state", "")) < 8:
            came_back = {"error": "invalid_state", "state": asked.get("state", "")}
        else:
            code = f"code-{secrets.token_hex(8)}"
            self.secrets.add(code)
            leave = _Leave()
            self._codes[code] = leave
            came_back = {"code": code, "scope": asked.get("scope", ""), "state": asked["state"]}
        return Response(status=302, headers={"Location": f"{REDIRECT_URI}?{urlencode(came_back)}"})

    def _token(self, request: Request) -> Response:
        form = request.form
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return as_json({"error": "invalid_client"}, status=401)
        if form.get("grant_type") == "authorization_code":
            leave = self._codes.pop(form.get("code", ""), None)
            if leave is None or form.get("redirect_uri") != REDIRECT_URI:
                return as_json({"error": "invalid_grant"}, status=400)
            self._leaves.append(leave)
            return as_json(self._tokens(leave))
        return self._refresh(form)

    def _refresh(self, form: Mapping[str, str]) -> Response:
        token = form.get("refresh_token", "")
        if token in self._used:
            # A token that comes twice may have been stolen: the leave ends, the newest tokens too.
            self.used_again += 1
            self._used[token].is_ended = True
            self._used[token].access.clear()
        leave = next((each for each in self._leaves if each.refresh_token == token and not each.is_ended), None)
        if leave is None:
            return as_json({"error": "invalid_grant", "error_description": f"token {token[:4]}… was used"}, status=400)
        if form.get("scope") != "offline":
            return as_json({"error": "invalid_scope"}, status=400)
        self._used[token] = leave
        self.refreshed += 1
        leave.access.clear()
        return as_json(self._tokens(leave))

    def _tokens(self, leave: _Leave) -> Item:
        access, refresh = f"access-{secrets.token_hex(12)}", f"refresh-{secrets.token_hex(12)}"
        leave.access[access] = self.now() + timedelta(seconds=ACCESS_S)
        leave.refresh_token = refresh
        self.secrets |= {access, refresh}
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": ACCESS_S,
            "scope": SCOPES,
            "token_type": "bearer",
        }

    def _leave_of(self, token: str) -> _Leave | None:
        for leave in self._leaves:
            if not leave.is_ended and leave.access.get(token, self.now()) > self.now():
                return leave
        return None

    # Quotas.

    def _count(self) -> tuple[bool, dict[str, str]]:
        """Count one call, if it may still be made; and the headers of the quota that is nearest to its end."""
        now_s = int(self.now().timestamp())
        limits = {60: self.minute_limit, 86_400: self.day_limit}
        for window_s in limits:
            which = now_s // window_s
            if self._calls.get(window_s, (-1, 0))[0] != which:
                self._calls[window_s] = (which, 0)
        is_within = all(self._calls[window_s][1] < limit for window_s, limit in limits.items())
        if is_within:
            self._calls = {window_s: (which, calls + 1) for window_s, (which, calls) in self._calls.items()}
        nearest_s = min(limits, key=lambda window_s: limits[window_s] - self._calls[window_s][1])
        return is_within, {
            "X-RateLimit-Limit": self._limits(limits[nearest_s]),
            "X-RateLimit-Remaining": str(limits[nearest_s] - self._calls[nearest_s][1]),
            "X-RateLimit-Reset": str(nearest_s - now_s % nearest_s),
        }

    def _limits(self, nearest: int) -> str:
        return f"{nearest}, {self.minute_limit};window=60, {self.day_limit};window=86400"

    # Data.

    def _data(self, request: Request, leave: _Leave) -> Response:
        path = request.path.removeprefix("/developer/v2")
        if (request.method, path) == ("DELETE", "/user/access"):
            leave.is_ended = True
            leave.access.clear()
            return Response(status=204)
        lists = {
            "cycle": self._cycles,
            "recovery": self._recoveries,
            "activity/sleep": self._sleeps,
            "activity/workout": self._workouts,
        }
        place, _, key = path.strip("/").rpartition("/")
        if path.strip("/") in lists:
            return self._page(request, lists[path.strip("/")]())
        if key == "recovery" and place.startswith("cycle/"):
            return _one(self._recoveries(), place.removeprefix("cycle/"))
        if place in lists:
            return _one(lists[place](), key)
        if key == "body" and self.body is not None:
            return as_json(self.body)
        return as_json({"error": "not found"}, status=404)

    def _page(self, request: Request, listed: Sequence[_Listed]) -> Response:
        """Newest first, by the time things happened; the token holds for the question it was given to."""
        asked = request.query
        try:
            limit = int(asked.get("limit", "10"))
            since = _instant(asked["start"]) if "start" in asked else None
            until = _instant(asked["end"]) if "end" in asked else None
            offset = self._offset(asked)
        except ValueError:
            return as_json({"error": "bad parameter"}, status=400)
        if not 1 <= limit <= 25:
            return as_json({"error": "limit"}, status=400)
        within = [each for each in listed if (since is None or each.at >= since) and (until is None or each.at < until)]
        within.sort(key=lambda each: (each.at, each.key), reverse=True)
        records = [each.tell() for each in within[offset : offset + limit]]
        if self._repeated is not None and offset > 0 and _is_alike(self._repeated, records):
            records.insert(0, self._repeated)
        self._repeated = None
        answer: Item = {"records": records}
        if offset + limit < len(within):
            answer["next_token"] = _token(asked, offset + limit)
        return as_json(answer)

    def _offset(self, asked: Mapping[str, str]) -> int:
        if "nextToken" not in asked:
            return 0
        told = orjson.loads(base64.urlsafe_b64decode(asked["nextToken"]))
        if (told["start"], told["end"]) != (asked.get("start"), asked.get("end")):
            raise ValueError
        return int(told["offset"])

    def spoil(self, fault: Fault, request: Request, response: Response) -> Response:
        answer = orjson.loads(response.body) if request.path.startswith("/developer/") and response.body else None
        records = answer.get("records") if isinstance(answer, dict) else None
        if not records:
            return response
        record = self.faults.random.choice(records)
        match fault:
            case "extra":
                record["mood_of_the_strap"] = {"is_good": True}
            case "missing":
                for name in (*_NOT_GUARANTEED, "v1_id"):
                    record.pop(name, None)
                    record.get("score", {}).pop(name, None)
            case "word":
                record["score_state" if "sport_name" not in record else "sport_name"] = "SOMETHING_NEW"
            case "repeat":
                records.append(records[0])
                self._repeated = records[-1]
            case "vanish":
                self._vanish(records)
        return as_json(answer, headers=response.headers)

    def _vanish(self, records: Sequence[Item]) -> None:
        """Delete a workout that was just listed, or find another one: the pages to come shift by one."""
        listed = {record.get("id") for record in records}
        gone = next((run.run_id for run in self.life.runs.values() if run.uuid in listed), None)
        if gone is not None:
            del self.life.runs[gone]
        else:
            self.life.add_run(self.faults.random, self.life.today - timedelta(days=1)).updated_at = self.now()

    def _nights(self) -> list[tuple[Night, datetime | None]]:
        """Every night with the onset of the next one, at which its cycle ends."""
        nights = sorted(self.life.nights.values(), key=lambda night: night.onset_at)
        ends: list[datetime | None] = [night.onset_at for night in nights[1:]]
        return list(zip(nights, [*ends, None], strict=False))

    def _cycles(self) -> list[_Listed]:
        return [
            _Listed(night.onset_at, str(night.cycle_id), partial(cycle, night, end)) for night, end in self._nights()
        ]

    def _recoveries(self) -> list[_Listed]:
        """By the onset of the sleep that they belong to."""
        return [
            _Listed(night.onset_at, str(night.cycle_id), partial(recovery, night))
            for night, _ in self._nights()
            if night.has_recovery
        ]

    def _sleeps(self) -> list[_Listed]:
        listed = []
        for night, end in self._nights():
            listed.append(_Listed(night.onset_at, night.sleep_uuid, partial(sleep, night)))
            if night.nap_s and end is not None:
                listed.append(_Listed(nap_at(night), night.nap_uuid, partial(nap, night)))
        return listed

    def _workouts(self) -> list[_Listed]:
        """What the strap felt; it knows nothing of what was typed in elsewhere."""
        return [
            _Listed(run.start_at, run.uuid, partial(workout, run))
            for run in self.life.runs.values()
            if not run.is_manual
        ]


def _one(listed: Sequence[_Listed], key: str) -> Response:
    found = next((each for each in listed if each.key == key), None)
    return as_json({"error": "not found"}, status=404) if found is None else as_json(found.tell())


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at


def _token(asked: Mapping[str, str], offset: int) -> str:
    told = {"start": asked.get("start"), "end": asked.get("end"), "offset": offset}
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode()


def _is_alike(repeated: Item, records: Sequence[Item]) -> bool:
    """Whether they are of one list: a workout is not repeated among sleeps."""
    return bool(records) and ("sport_name" in repeated, "nap" in repeated, "cycle_id" in repeated) == (
        "sport_name" in records[0],
        "nap" in records[0],
        "cycle_id" in records[0],
    )
