"""What Garmin tells of one activity alone: fetched when its summary is new or has changed, newest first.

A detail remembers in `_summary_sha256` which summary it was fetched for. Of an activity that is gone, the detail, the
link to its file and the recording go as well.
"""

from __future__ import annotations

from datetime import timedelta

from connectors.garmin.api_calls import Payload
from connectors.garmin.api_round import Round

_AT_A_TIME = 10


def sync_details(work: Round, budget: int | None, done: set[str]) -> None:
    """Fetch up to so many details (None: of every activity there is, again); `done` are left out and added to."""
    due = [(key, sha256) for key, sha256 in _due(work, is_every=budget is None) if key not in done]
    taken = due if budget is None else due[: max(0, budget)]
    fetched: dict[str, Payload | None] = {}
    try:
        for key, sha256 in taken:
            with work.forgiving():
                detail = work.garmin.activity(key)
                done.add(key)
                # One that is gone since it was listed is settled by the next list.
                if detail is not None:
                    fetched[key] = {**detail, "_summary_sha256": sha256}
            if len(fetched) >= _AT_A_TIME:
                work.land("detail", fetched)
                fetched = {}
    finally:
        work.land("detail", fetched)
        _tell(work)


def clear_gone(work: Round) -> None:
    """Let what hangs on activities that are gone go with them."""
    gone = work.ask(
        """
        select entity, source_key
        from latest
        where
            entity in ('detail', 'file')
            and source_key not in (select source_key from latest where entity = 'activity')
        """
    )
    for entity in ("detail", "file"):
        keys = [key for kind, key in gone if kind == entity]
        if keys:
            work.land(entity, dict.fromkeys(keys))
    orphans = work.ask(
        """
        select source_key
        from latest
        where
            entity = 'recording'
            and source_key in (
                select (payload ->> '$.file_sha256')
                from raw.payloads
                where athlete_id = $athlete_id and source = $source and entity = 'file' and not is_deleted
            )
            and source_key not in (
                select (payload ->> '$.file_sha256')
                from latest
                where entity = 'file' and (payload ->> '$.file_sha256') is not null
            )
        """
    )
    if orphans:
        work.land("recording", {key: None for (key,) in orphans})


def _due(work: Round, *, is_every: bool) -> list[tuple[str, str]]:
    """Activities whose details are to be fetched, newest first, with the hash of their summary."""
    return [
        (key, sha256)
        for key, sha256 in work.ask(
            """
            select activity.source_key, activity.payload_sha256
            from latest as activity
            left join latest as detail on activity.source_key = detail.source_key and detail.entity = 'detail'
            where
                activity.entity = 'activity'
                and (
                    $is_every
                    or (detail.payload ->> '$._summary_sha256') is distinct from activity.payload_sha256
                    or try_cast(activity.payload ->> '$.startTimeLocal' as timestamp) >= $again_from
                )
            order by (activity.payload ->> '$.startTimeLocal') desc nulls last, activity.source_key desc
            """,
            is_every=is_every,
            again_from=work.today - timedelta(days=work.config.detail_again_days),
        )
    ]


def _tell(work: Round) -> None:
    """Say how many activities are still without details of their present summary."""
    ((left, total),) = work.ask(
        """
        select
            count(*) filter (
                where (detail.payload ->> '$._summary_sha256') is distinct from activity.payload_sha256
            ) as left_over,
            count(*) as total
        from latest as activity
        left join latest as detail on activity.source_key = detail.source_key and detail.entity = 'detail'
        where activity.entity = 'activity'
        """
    )
    if left:
        work.tally.held_back["details"] = f"{left:,} of {total:,} activities without details"
    else:
        work.tally.held_back.pop("details", None)
