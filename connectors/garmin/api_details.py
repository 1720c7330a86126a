"""What Garmin tells of one activity alone: fetched when its summary is new or has changed, newest first.

A detail remembers in `_summary_sha256` which summary it was fetched for. Of an activity that is gone, the detail, the
link to its file and the recording go as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from connectors.garmin.api_calls import Payload
from connectors.garmin.api_round import Round

_AT_A_TIME = 10


def sync_details(work: Round, budget: int | None, done: set[str]) -> None:
    """Fetch up to so many details (None: of every activity there is, again); `done` are left out and added to."""
    due = [each for each in _due(work, is_every=budget is None) if each.key not in done]
    lacking = {each.key for each in due if each.is_lacking}
    fetched: dict[str, Payload | None] = {}
    try:
        for each in due if budget is None else due[: max(0, budget)]:
            with work.forgiving(f"detail {each.key}"):
                detail = work.garmin.activity(each.key)
                done.add(each.key)
                # One that is gone since it was listed is settled by the next list.
                if detail is not None:
                    fetched[each.key] = {**detail, "_summary_sha256": each.summary_sha256}
                    lacking.discard(each.key)
            if len(fetched) >= _AT_A_TIME:
                work.land("detail", fetched)
                fetched = {}
    finally:
        work.land("detail", fetched)
        _tell(work, len(lacking))


def clear_gone(work: Round) -> None:
    """Let what hangs on activities that are gone go with them. A kill in between is made good by the next sync."""
    gone = work.ask(
        ("activity", "detail", "file", "recording"),
        """
        select entity, source_key
        from latest
        where
            entity in ('detail', 'file')
            and source_key not in (select source_key from latest where entity = 'activity')

        union all

        -- Recordings that a link once named, and that no activity's link names any more.
        select entity, source_key
        from latest
        where
            entity = 'recording'
            and source_key in (
                select (payload ->> '$.file_sha256')
                from raw.payloads
                where athlete_id = $athlete_id and source = $source and entity = 'file' and not is_deleted
            )
            and source_key not in (
                select (link.payload ->> '$.file_sha256')
                from latest as link
                inner join latest as activity
                    on link.source_key = activity.source_key and activity.entity = 'activity'
                where link.entity = 'file' and (link.payload ->> '$.file_sha256') is not null
            )
        """,
    )
    for entity in sorted({entity for entity, _ in gone}):
        work.land(entity, {key: None for kind, key in gone if kind == entity})


class _Due(NamedTuple):
    """An activity whose detail is to be fetched; `is_lacking` when there is none of its present summary."""

    key: str
    summary_sha256: str
    is_lacking: bool


def _due(work: Round, *, is_every: bool) -> list[_Due]:
    """Activities whose details are to be fetched, newest first."""
    rows = work.ask(
        ("activity", "detail"),
        """
        select
            activity.source_key,
            activity.payload_sha256,
            (detail.payload ->> '$._summary_sha256') is distinct from activity.payload_sha256 as is_lacking
        from latest as activity
        left join latest as detail on activity.source_key = detail.source_key and detail.entity = 'detail'
        where
            activity.entity = 'activity'
            and (
                $is_every
                or is_lacking
                or try_cast((activity.payload ->> '$.startTimeLocal') as timestamp) >= $again_from
            )
        order by (activity.payload ->> '$.startTimeLocal') desc nulls last, activity.source_key desc
        """,
        is_every=is_every,
        again_from=work.today - timedelta(days=work.config.detail_again_days),
    )
    return [_Due(*row) for row in rows]


def _tell(work: Round, left: int) -> None:
    if left:
        ((total,),) = work.ask(["activity"], "select count(*) from latest")
        work.tally.held_back["details"] = f"{left:,} of {total:,} activities without details"
    else:
        work.tally.held_back.pop("details", None)
