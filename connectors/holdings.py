"""What one source brought, and nothing else did: the rows and files that go when the source is erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

# How the kinds of tables and databases begin that only one source sends; activity files may have come from several.
_KINDS_OF: dict[str, str] = {
    "strava_archive": "strava_",
    "whoop_export": "whoop_",
    "garmin_export": "garmin_",
    "garmindb": "sqlite",
    "file": "csv_",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What goes: the payload keys, the originals and samples nobody else brought, and since when any of it was known.

    `words` counts entries of the athlete's logbook, which belong to what was said by hand.
    """

    source: str
    keys: tuple[tuple[str, str], ...]
    file_sha256s: tuple[str, ...]
    words: int
    landed_since: datetime | None

    @property
    def is_empty(self) -> bool:
        return not self.keys and not self.file_sha256s and not self.words


def held_by(con: duckdb.DuckDBPyConnection, *, athlete_id: str, source: str) -> Holding:
    """Everything of a source."""
    keys = con.execute(
        "select distinct entity, source_key from raw.payloads where athlete_id = ? and source = ? order by all",
        [athlete_id, source],
    ).fetchall()
    tables = con.execute(
        "select file_sha256 from raw.files where athlete_id = ? and starts_with(kind, ?)",
        [athlete_id, _KINDS_OF.get(source, "nothing of its own")],
    ).fetchall()
    return _holding(con, athlete_id, source, keys, [sha256 for (sha256,) in tables])


def held_before(con: duckdb.DuckDBPyConnection, *, athlete_id: str, source: str, before: datetime) -> Holding:
    """Everything of a source about activities that began before an instant, tombstoned ones too."""
    keys = con.execute(
        """
        with old as (

            select source_key
            from raw.payloads
            where athlete_id = $athlete_id and source = $source and entity = 'activity' and not is_deleted
            group by source_key
            having max(try_cast(payload ->> 'start_date' as timestamptz)) < $before

        ),

        recordings as (

            select distinct payload ->> 'file_sha256' as source_key
            from raw.payloads
            semi join old using (source_key)
            where athlete_id = $athlete_id and source = $source and entity = 'streams'

        )

        select distinct entity, source_key
        from raw.payloads
        where
            athlete_id = $athlete_id
            and source = $source
            and (
                (entity in ('activity', 'detail', 'streams') and source_key in (select source_key from old))
                or (entity = 'recording' and source_key in (select source_key from recordings))
            )
        order by all
        """,
        {"athlete_id": athlete_id, "source": source, "before": before},
    ).fetchall()
    return _holding(con, athlete_id, source, keys, [])


def _holding(
    con: duckdb.DuckDBPyConnection,
    athlete_id: str,
    source: str,
    keys: Sequence[tuple[str, str]],
    tables: Collection[str],
) -> Holding:
    recordings = [key for entity, key in keys if entity == "recording"]
    elsewhere = {
        sha256
        for (sha256,) in con.execute(
            "select distinct source_key from raw.payloads where athlete_id = ? and entity = 'recording' and source <> ?",
            [athlete_id, source],
        ).fetchall()
    }
    row = con.execute(
        """
        with known as (

            select landed_at as known_at, 0 as words
            from raw.payloads
            where athlete_id = $athlete_id and source = $source
            union all
            select said_at as known_at, 1 as words
            from coach.logbook
            where athlete_id = $athlete_id and $source = 'manual'

        )

        select min(known_at), coalesce(sum(words), 0) from known
        """,
        {"athlete_id": athlete_id, "source": source},
    ).fetchone()
    assert row is not None
    return Holding(
        source=source,
        keys=tuple(keys),
        file_sha256s=tuple(sorted({*tables, *(sha256 for sha256 in recordings if sha256 not in elsewhere)})),
        words=row[1],
        landed_since=row[0],
    )
