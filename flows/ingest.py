"""Files into the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from connectors.importer import ImportResult, Progress, import_paths
from connectors.landing import Store
from connectors.originals import sweep
from flows.home import Home
from flows.ledger import open_ledger
from flows.settings import Settings

NOTHING_YET = (
    "Nothing is known of your running yet. Run `pacewright import PATH…` first, or `pacewright connect` a source."
)


def has_arrived(home: Home, settings: Settings) -> bool:
    """Whether anything of the athlete is in the ledger; without it nothing need be built."""
    with open_ledger(home.ledger) as con:
        found = con.execute("select 1 from raw.payloads where athlete_id = ? limit 1", [settings.athlete_id]).fetchone()
    return found is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the ledger holds of the athlete, and how much of it landed at one instant for the first time."""

    recordings: int
    activities: int  # listed by a vendor or in a table; many of them are recordings too
    nights: int
    first_date: date | None
    last_date: date | None
    new: int


def holding(home: Home, settings: Settings, *, landed_at: datetime) -> Holding:
    """Recordings, listed activities and nights that are there now, with their first and last day in UTC."""
    query = """
        with things as (
            select
                source_key,
                case
                    when entity = 'recording' then 'recording'
                    when entity not in ('sleep', 'night') then 'activity'
                    when max(payload ->> '$.Nap') is distinct from 'true' then 'night'
                end as kind,
                arg_max(is_deleted, version) as is_gone,
                min(landed_at) as first_landed_at,
                max(coalesce(payload ->> '$._started_at', payload ->> '$.sessions[0].started_at')) as begun_at
            from raw.payloads
            where athlete_id = ? and entity in ('recording', 'activity', 'workout', 'sleep', 'night')
            group by source, entity, source_key
        )
        select
            count(*) filter (where kind = 'recording'),
            count(*) filter (where kind = 'activity'),
            count(*) filter (where kind = 'night'),
            cast(min(try_cast(begun_at as timestamptz)) at time zone 'UTC' as date),
            cast(max(try_cast(begun_at as timestamptz)) at time zone 'UTC' as date),
            count(*) filter (where first_landed_at = ?)
        from things where not is_gone and kind is not null
    """
    with open_ledger(home.ledger) as con:
        row = con.execute(query, [settings.athlete_id, landed_at]).fetchone()
    assert row is not None
    recordings, activities, nights, first_date, last_date, new = row
    return Holding(
        recordings=recordings, activities=activities, nights=nights, first_date=first_date, last_date=last_date, new=new
    )


def store_of(home: Home) -> Store:
    """Where a connector may write in this home."""
    return Store(files_dir=home.files, streams_dir=home.streams, open_ledger=partial(open_ledger, home.ledger))


def import_files(
    home: Home,
    settings: Settings,
    paths: Sequence[Path],
    *,
    now: datetime,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportResult:
    """Import whatever the paths hold; each file says for itself what became of it. What killed imports left is swept."""
    store = store_of(home)
    result = import_paths(
        paths,
        athlete_id=settings.athlete_id,
        store=store,
        now=now,
        home_zone=settings.time_zone,
        processes=settings.processes,
        on_progress=on_progress,
    )
    sweep(store, now=now)
    return result


def inbox_paths(home: Home) -> tuple[Path, ...]:
    """What lies in the inbox, in a fixed order; the folder's own hidden files are nobody's recordings."""
    return tuple(sorted(path for path in home.inbox.iterdir() if not path.name.startswith(".")))
