"""What the ledger still lacks of the activities it knows, and what in it belongs to none of them any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from connectors.landing import Landed, land
from connectors.strava.api_rules import SOURCE
from connectors.syncing import Desk, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One activity and what is to be asked about it. `summary` holds only what its recording's link repeats."""

    activity_id: str
    summary: Mapping[str, Any]
    summary_sha256: str
    needs_detail: bool
    needs_streams: bool
    is_recheck: bool

    @property
    def is_due(self) -> bool:
        return not self.is_recheck and (self.needs_detail or self.needs_streams)


def known_activities(desk: Desk, recheck: Mapping[str, Any], keep_since: datetime | None) -> list[Todo]:
    """Every activity the ledger holds, and what is to be asked about it."""
    begun_at = datetime.fromisoformat(recheck["begun_at"]) if recheck else None
    with desk.store.open_ledger() as con:
        rows = con.execute(
            _KNOWN,
            {"athlete_id": desk.athlete_id, "source": SOURCE, "begun_at": begun_at, "keep_since": keep_since},
        ).fetchall()
    known = []
    for activity_id, summary, sha256, is_manual, needs_detail, needs_streams, is_older in rows:
        todo = Todo(
            activity_id=activity_id,
            summary=orjson.loads(summary),
            summary_sha256=sha256,
            needs_detail=needs_detail,
            needs_streams=needs_streams,
            is_recheck=False,
        )
        is_below = recheck and (recheck["before"] is None or place(todo) < recheck["before"])
        if is_older and is_below:
            # What lacks only its recording is looked at whole now: the recheck passes its place and does not come back.
            todo = replace(todo, needs_detail=True, needs_streams=not is_manual, is_recheck=not todo.is_due)
        known.append(todo)
    return known


def place(todo: Todo) -> list[str]:
    """Where an activity stands in time; later is larger."""
    return [str(todo.summary["start_date"]), todo.activity_id]


def tidy(desk: Desk, tally: Tally) -> None:
    """Let go with an activity what belongs to it: details, links, and recordings that no link names."""
    with desk.store.open_ledger() as con:
        rows = con.execute(_BEREFT, {"athlete_id": desk.athlete_id, "source": SOURCE}).fetchall()
        things = [thing(desk, entity, key, None) for entity, key in rows]
        if things:
            tally.add(land(con, things, now=desk.clock.now()))


def thing(desk: Desk, entity: str, key: str, payload: Mapping[str, Any] | None) -> Landed:
    """Something of Strava's to be landed; without a payload it is gone."""
    return Landed(athlete_id=desk.athlete_id, source=SOURCE, entity=entity, source_key=key, payload=payload)


# The arrows of JSON bind more loosely than comparisons do, hence the brackets.
_LATEST = """
with newest as (

    select entity, source_key, max(version) as version
    from raw.payloads
    where athlete_id = $athlete_id and source = $source
    group by all

),

latest as (

    select payloads.*
    from raw.payloads
    inner join newest using (entity, source_key, version)
    where payloads.athlete_id = $athlete_id and payloads.source = $source and not payloads.is_deleted

)
"""
_KNOWN = "\n".join(
    (
        _LATEST,
        """
select
    activity.source_key,
    json_object(
        'start_date', activity.payload -> 'start_date',
        'utc_offset', activity.payload -> 'utc_offset',
        'upload_id', activity.payload -> 'upload_id',
        'moving_time', activity.payload -> 'moving_time',
        'distance', activity.payload -> 'distance'
    ) as summary,
    activity.payload_sha256,
    coalesce((activity.payload ->> 'manual'), '') = 'true' as is_manual,
    (detail.payload ->> '_summary_sha256') is distinct from activity.payload_sha256 as needs_detail,
    not is_manual and (
        streams.source_key is null
        or (streams.payload ->> '_started_at') is distinct from (activity.payload ->> 'start_date')
        or (streams.payload ->> 'upload_id') is distinct from (activity.payload ->> 'upload_id')
        or (streams.payload ->> 'moving_time') is distinct from (activity.payload ->> 'moving_time')
        or (streams.payload ->> 'distance') is distinct from (activity.payload ->> 'distance')
    ) as needs_streams,
    coalesce(least(detail.landed_at, streams.landed_at) <= $begun_at, false) as is_older
from latest as activity
left join latest as detail on activity.source_key = detail.source_key and detail.entity = 'detail'
left join latest as streams on activity.source_key = streams.source_key and streams.entity = 'streams'
where
    activity.entity = 'activity'
    and try_cast((activity.payload ->> 'start_date') as timestamptz)
    >= coalesce($keep_since, '-infinity'::timestamptz)
""",
    )
)
_BEREFT = "\n".join(
    (
        _LATEST,
        """
select one.entity, one.source_key
from latest as one
where
    (
        one.entity in ('detail', 'streams')
        and one.source_key not in (select source_key from latest where entity = 'activity')
    )
    or (
        one.entity = 'recording'
        and one.source_key not in (
            select (link.payload ->> 'file_sha256')
            from latest as link
            inner join latest as activity on link.source_key = activity.source_key and activity.entity = 'activity'
            where link.entity = 'streams' and (link.payload ->> 'file_sha256') is not null
        )
    )
order by all
""",
    )
)
