"""Strava's answers as plain payloads: what they are is checked, what they mean is not, and coordinates are left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from stravalib.model import DetailedActivity, SummaryActivity

from connectors.errors import SourceChanged
from connectors.http import Api
from connectors.strava.api_config import StravaConfig
from connectors.strava.api_transport import Protocol

_STREAMS = (
    "time",
    "distance",
    "altitude",
    "velocity_smooth",
    "heartrate",
    "cadence",
    "watts",
    "temp",
    "moving",
    "grade_smooth",
)
_PLACES = frozenset(
    {
        "map",
        "start_latlng",
        "end_latlng",
        "latlng",
        "polyline",
        "summary_polyline",
        "start_latitude",
        "start_longitude",
        "end_latitude",
        "end_longitude",
    }
)
# stravalib replaces a sport it does not know by "Workout" and logs it each time; a new sport is no change of shape.
_SPORTS = frozenset({"type", "sport_type"})
# The most pages one question may have. At 200 a page this is more than anybody has ever done.
_PAGES = 500
_UPGRADE = "Upgrade Pacewright; what came before it is kept."


class Strava:
    """One athlete's Strava, read only. `drifted` names the payloads that stravalib's models refuse; they land all the same."""

    def __init__(self, api: Api, config: StravaConfig) -> None:
        self._protocol = Protocol(api)
        self._config = config
        self.drifted: set[tuple[str, str]] = set()

    def athlete(self) -> dict[str, Any]:
        """Whose token it is."""
        return self._kept("athlete", _object("athlete", self._protocol.found("/athlete")))

    def zones(self) -> dict[str, Any] | None:
        """Heart-rate and power zones; None if there are none."""
        return _object_or_none("zones", self._protocol.found("/athlete/zones"))

    def gear(self, gear_id: str) -> dict[str, Any] | None:
        """One shoe or bike; None if it is gone."""
        return _object_or_none("gear", self._protocol.found("/gear/{id}", id=gear_id))

    def page(self, *, before: int | None, number: int, after: int | None = None) -> dict[str, dict[str, Any]]:
        """One page of summaries by id, newest first. Empty is the end; short is not, hidden ones are left out of pages."""
        bounds = {name: value for name, value in (("before", before), ("after", after)) if value is not None}
        rows = self._protocol.found("/athlete/activities", per_page=self._config.page_size, page=number, **bounds)
        if not isinstance(rows, list):
            raise SourceChanged("Strava's list of activities is no list.", _UPGRADE)
        if number > _PAGES:
            raise SourceChanged("Strava's list of activities does not end.", _UPGRADE)
        return {_id("activity", row): self._activity(row, SummaryActivity, "activity") for row in rows}

    def summary_around(self, activity_id: str, started_at: datetime) -> dict[str, Any] | None:
        """The summary of an activity whose start is known, from a list of hardly more than itself."""
        margin = timedelta(seconds=2)
        if has_hidden_start(started_at):
            # It is listed by its true start, some time on that day, wherever on Earth that was.
            margin = timedelta(days=2)
        before, after = int((started_at + margin).timestamp()), int((started_at - margin).timestamp())
        for number in range(1, _PAGES):
            rows = self.page(before=before, after=after, number=number)
            if not rows or activity_id in rows:
                return rows.get(activity_id)
        return None

    def detail(self, activity_id: str) -> dict[str, Any] | None:
        """Everything about one activity but its streams; None if it is gone or hidden."""
        found = self._protocol.found("/activities/{id}", id=activity_id, include_all_efforts="false")
        if found is None:
            return None
        if _id("detail", found) != activity_id:
            raise SourceChanged("Strava answers with another activity than the one asked for.", _UPGRADE)
        return self._activity(found, DetailedActivity, "detail")

    def streams(self, activity_id: str) -> dict[str, Any] | None:
        """The samples of one activity by stream; None where there are none."""
        keys = (*_STREAMS, "latlng") if self._config.keeps_locations else _STREAMS
        found = self._protocol.found(
            "/activities/{id}/streams", id=activity_id, keys=",".join(keys), key_by_type="true"
        )
        return self._kept("streams", found) if _object_or_none("streams", found) else None

    def _activity(self, payload: Any, model: type[BaseModel], entity: str) -> dict[str, Any]:
        kept = self._kept(entity, _object(entity, payload))
        start_of(kept, entity)
        try:
            model.model_validate({name: value for name, value in kept.items() if name not in _SPORTS})
        except ValidationError:
            self.drifted.add((entity, _id(entity, kept)))
        return kept

    def _kept(self, entity: str, payload: dict[str, Any]) -> dict[str, Any]:
        return payload if self._config.keeps_locations else _without_places(payload)


def start_of(payload: Mapping[str, Any], entity: str = "activity") -> datetime:
    """When the activity started, in UTC."""
    try:
        started_at = datetime.fromisoformat(payload["start_date"])
    except (KeyError, TypeError, ValueError):
        raise SourceChanged(f"Strava's {entity} has no start_date that is an instant.", _UPGRADE) from None
    return started_at if started_at.tzinfo else started_at.replace(tzinfo=UTC)


def has_hidden_start(started_at: datetime) -> bool:
    """Whether this start only says the day: Strava writes a hidden time as one second past midnight."""
    return (started_at.hour, started_at.minute, started_at.second) == (0, 0, 1)


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_places(each) for name, each in value.items() if name not in _PLACES}
    return [_without_places(each) for each in value] if isinstance(value, list) else value


def _object(entity: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SourceChanged(f"Strava's {entity} is no object.", _UPGRADE)
    return value


def _object_or_none(entity: str, value: Any) -> dict[str, Any] | None:
    return None if value is None else _object(entity, value)


def _id(entity: str, value: Any) -> str:
    number = _object(entity, value).get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise SourceChanged(f"Strava's {entity} has no id that is a number.", _UPGRADE)
    return str(number)
