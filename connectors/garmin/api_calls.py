"""The calls to Garmin's Personal API that a sync makes, each answer checked for the little we rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from types import TracebackType
from typing import Any, Self

from connectors.errors import NotAllowed, SignInAgain, SourceChanged, SyncEnded
from connectors.garmin import api_auth
from connectors.garmin.api_config import GarminConfig
from connectors.http import Api, Reply
from connectors.syncing import Desk, Tally
from connectors.tokens import Keeper

Payload = Mapping[str, Any]

_UPGRADE = "Upgrade Pacewright; if that does not help, report it with this text."
# octet-stream is answered with 406.
_ZIP = "application/x-zip-compressed"


class Garmin:
    """One athlete's Personal API for the length of one sync. Raises only `SyncEnded` and its kinds."""

    def __init__(self, desk: Desk, tally: Tally, config: GarminConfig) -> None:
        self._page = config.page
        self._asking = ""
        keeper = Keeper(
            desk.tokens,
            api_auth.CONNECT_NAME,
            name=api_auth.NAME,
            clock=desk.clock,
            refresh=lambda grant: api_auth.refresh(config, grant, clock=desk.clock),
        )
        self._api = Api(
            name=api_auth.NAME,
            source=api_auth.CONNECT_NAME,
            base_url=config.base_url,
            clock=desk.clock,
            bearer=keeper,
            budget=tally.budget,
            explain=self._explain,
            spacing_s=config.spacing_s,
            patience=config.patience,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.__exit__(kind, error, trace)

    def activities(self, *, first: date | None, last: date | None, start: int) -> list[Payload]:
        """One page of the activities of these local days, oldest first, legs of multisport activities among them."""
        asked = {
            "start": start,
            "limit": self._page,
            "sortBy": "startLocal",
            "sortOrder": "asc",
            "excludeChildren": "false",
            "startDate": first,
            "endDate": last,
        }
        return self._page_of("activities", {name: value for name, value in asked.items() if value is not None})

    def oldest_activity(self) -> Payload | None:
        """The first activity of all; None if there is none."""
        asked = {"start": 0, "limit": 1, "sortBy": "startLocal", "sortOrder": "asc", "excludeChildren": "false"}
        return next(iter(self._page_of("the oldest activity", asked)), None)

    def activity(self, activity_id: str) -> Payload | None:
        """An activity's details; None if it does not exist."""
        answer = self._json("activity", f"/activity-service/activity/{activity_id}")
        if answer is None:
            return None
        if not isinstance(answer, dict):
            raise _changed("activity", "is no object")
        if key_of(answer, "activityId", "activity") != activity_id:
            raise _changed("activity", "is about another activity than asked for")
        return answer

    def file(self, activity_id: str) -> Reply:
        """The zip with an activity's recording, or what came instead; 404 when it has none."""
        self._asking = "the download of a recording"
        return self._api.get(f"/download-service/files/activity/{activity_id}", accept=_ZIP, is_json=False)

    def days(self, entity: str, first: date, last: date) -> dict[str, Payload]:
        """What one kind of daily values holds for these days, by calendar date; days outside of them are left out."""
        place, params, unwrap = _DAILY[entity]
        answer = self._json(
            f"{entity} by day",
            place.format(first=first, last=last),
            {name: value.format(first=first, last=last) for name, value in params.items()},
        )
        items = unwrap(answer)
        if items is None:
            raise _changed(f"{entity} by day", "is no list")
        days: dict[str, Payload] = {}
        for item in items:
            key = key_of(item, "calendarDate", entity)
            day = _date(key)
            if day is None:
                raise _changed(entity, "has a calendarDate that is no date")
            if first <= day <= last:
                days[key] = item
        return days

    def zones(self) -> dict[str, Payload]:
        """Today's heart rate zones, by sport."""
        answer = self._json("heart rate zones", "/biometric-service/heartRateZones/v2", {"generateDefaults": "false"})
        items = _listed(answer)
        if items is None:
            raise _changed("heart rate zones", "is no list")
        return {key_of(item, "sport", "zones"): item for item in items}

    def settings(self) -> Payload | None:
        """The athlete's settings: time zone, units and the like."""
        answer = self._json("settings", "/userprofile-service/userprofile/settings")
        if answer is not None and not isinstance(answer, dict):
            raise _changed("settings", "is no object")
        return answer or None

    def _page_of(self, what: str, asked: Mapping[str, Any]) -> list[Payload]:
        items = _listed(self._json(what, "/activitylist-service/activities/search/activities", asked))
        if items is None:
            raise _changed(what, "is no list")
        for item in items:
            key_of(item, "activityId", "activity")
        return items

    def _json(self, what: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        self._asking = what
        return self._api.get_json(path, params)

    def _explain(self, status: int, _: bytes) -> SyncEnded | None:
        """Garmin's refusals. Its error bodies are often `{}`, so the number and the question are all there is."""
        if status == 401:
            return SignInAgain("Garmin no longer accepts the key.", api_auth.NEW_KEY)
        if status == 403:
            return NotAllowed(
                f"Garmin refuses {self._asking} (403).",
                "Look at the key's page at Garmin: the terms may have to be accepted anew.",
            )
        return SourceChanged(f"Garmin does not take our question for {self._asking} ({status}).", _UPGRADE)


def key_of(item: Any, name: str, entity: str) -> str:
    """The item's key as text. Raises `SourceChanged` for an item without one."""
    if not isinstance(item, dict):
        raise _changed(entity, "holds something that is no object")
    key = item.get(name)
    if isinstance(key, bool) or not isinstance(key, int | str) or key == "":
        raise _changed(entity, f"has no {name}")
    if name == "activityId":
        with suppress(ValueError):
            return str(int(key))
        raise _changed(entity, f"has an {name} that is no number")
    return str(key)


def span(first: date, last: date, longest: int) -> list[tuple[date, date]]:
    """The days from first to last in ranges no longer than allowed, oldest first."""
    ranges = []
    while first <= last:
        end = min(last, first + timedelta(days=longest - 1))
        ranges.append((first, end))
        first = end + timedelta(days=1)
    return ranges


def _date(text: str) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        # The text is the key in the ledger: one spelling only.
        return day if day.isoformat() == text else None
    return None


def _changed(what: str, how: str) -> SourceChanged:
    return SourceChanged(f"Garmin's answer is not what we know: {what} {how}.", _UPGRADE)


def _listed(answer: Any) -> list[Any] | None:
    """The items of a plain list; none where Garmin sends no data at all."""
    if answer is None:
        return []
    return answer if isinstance(answer, list) else None


def _listed_below(name: str) -> Callable[[Any], Sequence[Any] | None]:
    def unwrap(answer: Any) -> Sequence[Any] | None:
        if answer is None:
            return []
        if not isinstance(answer, dict) or name not in answer:
            return None
        return _listed(answer[name])

    return unwrap


_BETWEEN = {"startDate": "{first}", "endDate": "{last}"}
_DAILY: Mapping[str, tuple[str, Mapping[str, str], Callable[[Any], Sequence[Any] | None]]] = {
    "sleep": ("/sleep-service/sleep/dailySleepSummariesByDate", _BETWEEN, _listed),
    "hrv": ("/hrv-service/hrv/daily/{first}/{last}", {}, _listed_below("hrvSummaries")),
    "day": ("/usersummary-service/v2/dailysummaries", _BETWEEN, _listed_below("data")),
    "stress": ("/usersummary-service/stats/stress/daily/{first}/{last}", {}, _listed),
}
