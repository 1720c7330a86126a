"""WHOOP's four lists, page by page, and the single objects behind them; any other shape than ours ends the sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.errors import SourceChanged, TryLater
from connectors.http import Api

Payload = Mapping[str, Any]

PAGE_SIZE = 25  # the most that WHOOP gives
# Far more pages than any account fills: a list that does not end sends us round in circles.
_MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One kind of thing that WHOOP lists. A recovery has no time of its own: its cycle's counts (`timed_by`)."""

    entity: Literal["cycle", "recovery", "sleep", "workout"]
    path: str
    single_path: str
    key_field: str = "id"
    timed_by: str | None = None


CYCLES = Collection(entity="cycle", path="/v2/cycle", single_path="/v2/cycle/{key}")
# Recoveries come after the cycles that say when they were.
COLLECTIONS = (
    CYCLES,
    Collection(
        entity="recovery",
        path="/v2/recovery",
        single_path="/v2/cycle/{key}/recovery",
        key_field="cycle_id",
        timed_by="cycle",
    ),
    Collection(entity="sleep", path="/v2/activity/sleep", single_path="/v2/activity/sleep/{key}"),
    Collection(entity="workout", path="/v2/activity/workout", single_path="/v2/activity/workout/{key}"),
)


def pages(
    api: Api, collection: Collection, *, since: datetime | None, until: datetime | None, size: int = PAGE_SIZE
) -> Iterator[dict[str, Payload]]:
    """Page by page, newest first, what happened from `since` on and before `until`, by key."""
    asked: dict[str, Any] = {"limit": size}
    if since is not None:
        asked["start"] = as_text(since)
    if until is not None:
        asked["end"] = as_text(until)
    for _ in range(_MOST_PAGES):
        answer = _answer(api, collection, collection.path, asked)
        if answer is None:
            raise _changed(collection, "list is gone")
        records = answer.get("records")
        if not isinstance(records, list):
            raise _changed(collection, "list has no `records`")
        page: dict[str, Payload] = {}
        for record in records:
            merge(page, {_key(collection, record): record})
        yield page
        token = answer.get("next_token")
        if not token:
            return
        if not isinstance(token, str) or token == asked.get("nextToken"):
            raise _changed(collection, "list has a `next_token` that leads nowhere")
        # The dates stay: without them the next page would be one of another list.
        asked["nextToken"] = token
    raise _changed(collection, "list does not end")


def merge(known: dict[str, Payload], page: Mapping[str, Payload]) -> None:
    """Add a page. What two pages hold counts once, as it was updated last."""
    for key, payload in page.items():
        before = known.get(key)
        if before is None or str(before.get("updated_at") or "") <= str(payload.get("updated_at") or ""):
            known[key] = payload


def single(api: Api, collection: Collection, key: str) -> Payload | None:
    """One object as it is now; None only if WHOOP says that there is none."""
    found = _answer(api, collection, collection.single_path.format(key=key), None)
    if found is not None and _key(collection, found) != key:
        raise _changed(collection, f"answer has another `{collection.key_field}` than asked for")
    return found


def body(api: Api) -> Payload | None:
    """The athlete's measurements; None if there are none."""
    reply = api.get("/v2/user/measurement/body")
    if reply.is_missing:
        return None
    found = reply.json()
    if not isinstance(found, dict):
        raise SourceChanged("WHOOP's body measurement is not what we know.", _REPORT)
    return found


def started_at(payload: Payload) -> datetime | None:
    """The instant a thing began; None where it does not say."""
    try:
        at = datetime.fromisoformat(str(payload.get("start")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def as_text(at: datetime) -> str:
    """An instant as WHOOP writes it, in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_REPORT = "Upgrade Pacewright; if that does not help, report it with this sentence."


def _answer(api: Api, collection: Collection, path: str, asked: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The object at a path, None for 404. An empty answer is no answer: it must never look like a deletion."""
    reply = api.get(path, asked)
    if reply.is_missing:
        return None
    if reply.is_empty:
        raise TryLater(
            f"WHOOP sent an empty answer about a {collection.entity}.", "Nothing to do: the next sync tries again."
        )
    answer = reply.json()
    if not isinstance(answer, dict):
        raise _changed(collection, "answer is no object")
    return answer


def _key(collection: Collection, record: object) -> str:
    if not isinstance(record, dict):
        raise _changed(collection, "list holds something that is no object")
    key = record.get(collection.key_field)
    if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
        raise _changed(collection, f"object has no `{collection.key_field}`")
    return str(key)


def _changed(collection: Collection, what: str) -> SourceChanged:
    return SourceChanged(f"WHOOP's {collection.entity} {what}.", _REPORT)
