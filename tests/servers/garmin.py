"""Garmin's Personal API on loopback: keys that buy tokens of a day, ranges with caps, pages of 45, and files in zips."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import orjson

from connectors.garmin.api_config import GarminConfig
from connectors.garmin.api_files import BY_HAND, LEG, NONE_THERE
from connectors.http import Patience
from connectors.landing import canonical_json
from connectors.tokens import Grant
from tests.servers import garmin_payloads as tell
from tests.servers.base import Request, Response, Vendor, as_json
from tests.servers.faults import Fault, Faults
from tests.servers.world import Life, Run

_TOKEN_LIFE = timedelta(hours=24)
_LARGEST_PAGE = 45
# Too long a range: what Garmin answers.
_CAPS = {"sleep": (31, 400), "hrv": (365, 400), "day": (31, 500), "stress": (28, 400)}
_ZIP = "application/x-zip-compressed"
# Calls that may come at once, and how fast that leave grows again.
_BURST = 8.0
_CALLS_PER_S = 4.0


@dataclass(slots=True)
class _Key:
    ends_at: datetime
    is_revoked: bool = False


class GarminServer(Vendor):
    """`originals` are the files as the watches wrote them: whatever is edited later, they stay as they were first seen.

    `parents` makes activities legs of another; `files` replaces what a download answers with (bytes, or a status).
    With `is_strict` calls that come faster than four a second are turned away.
    """

    def __init__(self, life: Life, *, now: Callable[[], datetime], faults: Faults | None = None, port: int = 0) -> None:
        super().__init__(life, now=now, faults=faults, port=port)
        self.keys: dict[str, _Key] = {}
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.first_seen: dict[int, Run] = {}
        self.originals: dict[int, bytes] = {}
        self.parents: dict[int, int] = {}
        self.files: dict[int, bytes | int] = {}
        self.is_strict = True
        self.owner = tell.OWNER
        self._leave = _BURST
        self._asked_at: datetime | None = None
        self._random = Random(life.seed)
        self._look()

    # What tests ask for.

    def config(self, **changes: Any) -> GarminConfig:
        """How to reach this server, with little patience."""
        patience = Patience(connect_s=1.0, read_s=0.3, tries=4)
        told: dict[str, Any] = {"base_url": self.url, "patience": patience, **changes}
        return GarminConfig(**told)

    def new_key(self, *, days: float = 365) -> str:
        """A key as the athlete makes it on the web."""
        key = f"gk-{self._random.getrandbits(128):032x}"
        self.keys[key] = _Key(ends_at=self.now() + timedelta(days=days))
        self.secrets.add(key)
        return key

    def grant(self, **changes: Any) -> Grant:
        """A fresh sign-in."""
        key = self.new_key()
        token, expires_at = self._new_token(key)
        grant = Grant(
            source="garmin",
            key=key,
            access_token=token,
            expires_at=expires_at,
            key_ends_at=self.keys[key].ends_at,
            signed_in_at=self.now(),
        )
        return replace(grant, **changes)

    def expire_access(self) -> None:
        self.tokens.clear()

    def revoke(self) -> None:
        self.tokens.clear()
        for key in self.keys.values():
            key.is_revoked = True

    def truth(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The ledger's current view after a calm sync of everything; recordings are told by their links alone."""
        truth: dict[tuple[str, str], dict[str, Any]] = {("profile", "me"): tell.settings()}
        truth |= {("zones", zone["sport"]): zone for zone in tell.zones()}
        for entity in _CAPS:
            truth |= {(entity, day.isoformat()): payload for day, payload in tell.days(self.life, entity).items()}
        for run in self.life.runs.values():
            key, summary = str(run.run_id), self._summary(run)
            sha256 = hashlib.sha256(canonical_json(summary)).hexdigest()
            truth["activity", key] = summary
            truth["detail", key] = {**tell.detail(run, summary), "_summary_sha256": sha256}
            truth["file", key] = self._link(run)
        return truth

    # What the client asks for.

    def answer(self, request: Request) -> Response:
        self._look()
        if self.is_strict and self._is_too_fast():
            return self.refuse_storm(request)
        if request.path.endswith("/personal-api-key/token"):
            return self._token(request)
        key, expires_at = self.tokens.get(request.bearer, ("", self.now()))
        if expires_at <= self.now() or not self._is_live(key):
            return _refusal(401, "NotAuthorizedException")
        if request.method != "GET":
            return _refusal(405, "MethodNotAllowedException")
        for pattern, answer in _PLACES:
            found = re.fullmatch(pattern, request.path)
            if found is not None:
                return answer(self, request, *found.groups())
        return _refusal(404, "NotFoundException")

    def refuse_storm(self, request: Request) -> Response:
        return Response(status=429, body=b"{}", headers={"Retry-After": "14"})

    def spoil(self, fault: Fault, request: Request, response: Response) -> Response:
        if not response.body or response.content_type != "application/json":
            return response
        is_list = request.path.endswith("/search/activities")
        if fault == "vanish":
            if is_list:
                self._change_the_list()
            return response
        body = orjson.loads(response.body)
        items = _items(body)
        if not items:
            return response
        item = self._random.choice(items)
        match fault:
            case "extra":
                item["aNewThing"] = {"value": self._random.random()}
            case "missing":
                names = [name for name in item if name not in {"activityId", "calendarDate", "sport"}]
                if names:
                    del item[self._random.choice(names)]
            case "word":
                self._put_word(item)
            case "repeat":
                items.insert(self._random.randint(0, len(items)), dict(item))
        return as_json(body)

    def _put_word(self, item: dict[str, Any]) -> None:
        for name in ("activityType", "activityTypeDTO"):
            if name in item:
                item[name] = {"typeId": 999, "typeKey": "moon_running", "parentTypeId": 17}
        for name in ("status", "trainingMethod", "source"):
            if name in item:
                item[name] = "SPLENDID"

    def _change_the_list(self) -> None:
        """Somebody deletes or uploads an activity between two pages."""
        if self._random.random() < 0.5 and self.life.runs:
            del self.life.runs[self._random.choice(list(self.life.runs))]
        else:
            day = self.now().date() - timedelta(days=self._random.randint(1, 40))
            self.life.add_run(self._random, day)
        self._look()

    def _look(self) -> None:
        """Keep every new activity as it is uploaded."""
        for run_id, run in self.life.runs.items():
            if run_id not in self.first_seen:
                self.first_seen[run_id] = replace(run)

    def _is_too_fast(self) -> bool:
        now = self.now()
        if self._asked_at is not None:
            gained = max(0.0, (now - self._asked_at).total_seconds()) * _CALLS_PER_S
            self._leave = min(_BURST, self._leave + gained)
        self._asked_at = now
        if self._leave < 0.99:  # floats: four quarters of a second are one call
            return True
        self._leave -= 1
        return False

    # Keys and tokens.

    def _token(self, request: Request) -> Response:
        offered = request.headers.get("authorization", "").removeprefix("ApiKey ")
        if request.method != "POST" or not self._is_live(offered):
            return Response(status=401, body=b"{}")
        token, _ = self._new_token(offered)
        return Response(body=f'"{token}"\n'.encode(), content_type="text/plain")

    def _is_live(self, offered: str) -> bool:
        key = self.keys.get(offered)
        return key is not None and not key.is_revoked and key.ends_at > self.now()

    def _new_token(self, key: str) -> tuple[str, datetime]:
        expires_at = min(self.now() + _TOKEN_LIFE, self.keys[key].ends_at)
        claims = {"iat": tell.epoch_s(self.now()), "exp": tell.epoch_s(expires_at), "jti": self._random.getrandbits(64)}
        parts = (orjson.dumps({"alg": "RS256", "typ": "JWT"}), orjson.dumps(claims), b"signature")
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self.tokens[token] = (key, expires_at)
        self.secrets.add(token)
        return token, expires_at

    # Activities.

    def _list(self, request: Request) -> Response:
        asked = request.query
        limit, start = int(asked.get("limit", 99)), int(asked.get("start", 0))
        if not 1 <= limit <= _LARGEST_PAGE:
            return Response(status=500, body=b"{}")
        runs = [run for run in self.life.runs.values() if not (self._hides_legs(asked) and run.run_id in self.parents)]
        if "startDate" in asked:
            runs = [run for run in runs if tell.local_start(run).date() >= date.fromisoformat(asked["startDate"])]
        if "endDate" in asked:
            runs = [run for run in runs if tell.local_start(run).date() <= date.fromisoformat(asked["endDate"])]
        runs.sort(key=lambda run: (tell.local_start(run), run.run_id), reverse=asked.get("sortOrder") != "asc")
        return as_json([self._summary(run) for run in runs[start : start + limit]])

    @staticmethod
    def _hides_legs(asked: Any) -> bool:
        return bool(asked.get("excludeChildren", "true") == "true")

    def _summary(self, run: Run) -> dict[str, Any]:
        is_parent = run.run_id in self.parents.values()
        return tell.summary(run, owner=self.owner, parent=self.parents.get(run.run_id), is_parent=is_parent)

    def _detail(self, _: Request, run_id: str) -> Response:
        run = self.life.runs.get(int(run_id))
        if run is None:
            return _refusal(404, "NotFoundException")
        return as_json(tell.detail(run, self._summary(run)))

    def _download(self, request: Request, run_id: str) -> Response:
        if request.headers.get("accept") != _ZIP:
            return _refusal(406, "NotAcceptableException")
        run = self.life.runs.get(int(run_id))
        instead = self.files.get(int(run_id))
        if run is None or run.is_manual or run.run_id in self.parents or instead == 404:
            return _refusal(404, "NotFoundException")
        if isinstance(instead, int):
            return Response(status=instead, body=b"{}")
        body = instead if instead is not None else tell.zip_of({f"{run_id}_ACTIVITY.fit": self.original(run.run_id)})
        return Response(body=body, content_type=_ZIP)

    def original(self, run_id: int) -> bytes:
        """The file as the watch wrote it."""
        if run_id not in self.originals:
            self.originals[run_id] = tell.fit_of(self.first_seen[run_id])
        return self.originals[run_id]

    def _link(self, run: Run) -> dict[str, Any]:
        if run.is_manual:
            return {"file_sha256": None, "why": BY_HAND}
        if run.run_id in self.parents:
            return {"file_sha256": None, "why": LEG}
        if self.files.get(run.run_id) == 404:
            return {"file_sha256": None, "why": NONE_THERE}
        self._look()
        return {"file_sha256": hashlib.sha256(self.original(run.run_id)).hexdigest(), "why": None}

    # Days.

    def _range(self, request: Request, entity: str, first: str, last: str) -> Response:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
        longest, status = _CAPS[entity]
        if begin > end or (end - begin).days >= longest:
            return _refusal(status, "BadRequestException")
        items = [payload for day, payload in tell.days(self.life, entity).items() if begin <= day <= end]
        if entity == "hrv":
            return as_json({"userProfilePk": 1, "hrvSummaries": items}) if items else Response(status=204)
        return as_json({"data": items} if entity == "day" else items)

    def _sleep(self, request: Request) -> Response:
        return self._range(request, "sleep", request.query["startDate"], request.query["endDate"])

    def _day(self, request: Request) -> Response:
        return self._range(request, "day", request.query["startDate"], request.query["endDate"])

    def _hrv(self, request: Request, first: str, last: str) -> Response:
        return self._range(request, "hrv", first, last)

    def _stress(self, request: Request, first: str, last: str) -> Response:
        return self._range(request, "stress", first, last)

    def _zones(self, _: Request) -> Response:
        return as_json(tell.zones())

    def _settings(self, _: Request) -> Response:
        return as_json(tell.settings())


_DATE = r"(\d{4}-\d{2}-\d{2})"
_PLACES: tuple[tuple[str, Callable[..., Response]], ...] = (
    (r"/activitylist-service/activities/search/activities", GarminServer._list),
    (r"/activity-service/activity/(\d+)", GarminServer._detail),
    (r"/download-service/files/activity/(\d+)", GarminServer._download),
    (r"/sleep-service/sleep/dailySleepSummariesByDate", GarminServer._sleep),
    (rf"/hrv-service/hrv/daily/{_DATE}/{_DATE}", GarminServer._hrv),
    (r"/usersummary-service/v2/dailysummaries", GarminServer._day),
    (rf"/usersummary-service/stats/stress/daily/{_DATE}/{_DATE}", GarminServer._stress),
    (r"/biometric-service/heartRateZones/v2", GarminServer._zones),
    (r"/userprofile-service/userprofile/settings", GarminServer._settings),
)


def _refusal(status: int, error: str) -> Response:
    return as_json({"error": error, "clientMessage": "", "message": "", "errorId": "1"}, status=status)


def _items(body: Any) -> list[dict[str, Any]]:
    """What may be spoilt in an answer."""
    if isinstance(body, list):
        return body
    for name in ("data", "hrvSummaries"):
        if isinstance(body.get(name), list):
            items: list[dict[str, Any]] = body[name]
            return items
    return [body]
