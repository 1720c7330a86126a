"""What a build may see: a private copy of the ledger as of one instant."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from connectors.redecoding import bring_back_samples
from flows.damage import unreadable
from flows.errors import BuildFailed
from flows.home import Home
from flows.ingest import store_of
from flows.ledger import damaged, open_ledger

# Every append-only table and the column that says when its row became known.
_KNOWN_AT = {
    "raw.payloads": "landed_at",
    "raw.files": "landed_at",
    "raw.streams": "landed_at",
    "raw.syncs": "ended_at",
    "coach.athletes": "said_at",
    "coach.goals": "said_at",
    "coach.plan_revisions": "made_at",
    "coach.plan_states": "said_at",
    "coach.planned_workouts": "made_at",
    "coach.planned_segments": "made_at",
    "coach.logbook": "said_at",
    "coach.decisions": "decided_at",
    "coach.deliveries": "said_at",
}
# What the marts are computed from; decisions and deliveries are outcomes, not inputs. Of syncs only how the last one of a day
# ended changes what is known: one that brings nothing new every half hour is no reason to build.
_OUTCOMES = ("coach.decisions", "coach.deliveries", "coach.goals")
_BUILT_FROM = [name for name in _KNOWN_AT if name not in (*_OUTCOMES, "raw.syncs")]
_LAST_SYNCS = """
    select athlete_id, source, state, cast(ended_at as date)
    from raw.syncs
    qualify row_number() over (partition by athlete_id, source order by ended_at desc, sync_id desc) = 1
    order by athlete_id, source
"""

_SAMPLE_COLUMNS = """
    null::text as athlete_id, null::text as file_sha256, null::timestamptz as sample_at, null::double as latitude_deg,
    null::double as longitude_deg, null::double as distance_m, null::float as speed_m_per_s, null::float as altitude_m,
    null::smallint as heart_rate_bpm, null::float as cadence_rpm, null::integer as power_w,
    null::smallint as temperature_c, null::float as vertical_oscillation_mm, null::float as stance_time_ms,
    null::float as step_length_mm
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A read-only copy of the ledger; `fingerprint` changes when anything the marts are computed from changed."""

    path: Path
    as_of_at: datetime
    today: date
    fingerprint: str
    is_empty: bool


def take_snapshot(home: Home, *, as_of_at: datetime, today: date, path: Path | None = None) -> Snapshot:
    """Copy the ledger under its lock after a checkpoint, and drop from the copy what was not known at `as_of_at`.

    The copy also gets the build's clock (`raw.clock`) and `raw.stream_samples`, a view over the Parquet files that the
    ledger names, so that dbt sees nothing but tables.
    """
    target = path or home.snapshot
    for leftover in (target, Path(f"{target}.wal")):
        leftover.unlink(missing_ok=True)
    bring_back_samples(store_of(home), now=as_of_at)
    with open_ledger(home.ledger) as con:
        con.execute("checkpoint")
        shutil.copyfile(home.ledger, target)
    with duckdb.connect(str(target)) as con:
        # The copy, not the ledger: nobody has to wait for this, and a bad block is as bad here.
        if fault := unreadable(con):
            raise damaged(home.ledger, fault)
        con.execute("set TimeZone = 'UTC'")
        for table, known_at in _KNOWN_AT.items():
            con.execute(f"delete from {table} where {known_at} > ?", [as_of_at])  # noqa: S608  names from the list above
        con.execute(
            "create table raw.clock as select ?::timestamptz as as_of_at, ?::date as today_date", [as_of_at, today]
        )
        _add_samples(con, home.streams)
        fingerprint = _fingerprint(con, today)
        is_empty = con.execute("select 1 from raw.payloads limit 1").fetchone() is None
        con.execute("checkpoint")
    return Snapshot(path=target, as_of_at=as_of_at, today=today, fingerprint=fingerprint, is_empty=is_empty)


def _add_samples(con: duckdb.DuckDBPyConnection, streams: Path) -> None:
    names = [row[0] for row in con.execute("select distinct stream_file from raw.streams order by 1").fetchall()]
    if not names:
        con.execute(f"create view raw.stream_samples as select {_SAMPLE_COLUMNS} where false")
        return
    missing = [name for name in names if not (streams / name).exists()]
    if missing:
        raise BuildFailed(
            f"{len(missing)} sample files that the ledger names are gone, the first is {streams / missing[0]}, and so are the "
            "originals that they could be made from. Restore streams/ or files/ from your backup, or import the originals again."
        )
    files = ", ".join("'" + str(streams / name).replace("'", "''") + "'" for name in names)
    con.execute(
        # A file may hold samples of recordings that were not known yet: keep what the ledger's copy names.
        f"""create view raw.stream_samples as
        select samples.*
        from read_parquet([{files}], union_by_name = true) as samples
        semi join raw.streams as known
            on samples.athlete_id = known.athlete_id and samples.file_sha256 = known.file_sha256"""  # noqa: S608  file names quoted above
    )


def _fingerprint(con: duckdb.DuckDBPyConnection, today: date) -> str:
    digest = hashlib.sha256(today.isoformat().encode())
    for table in _BUILT_FROM:
        row = con.execute(f"select count(*), max({_KNOWN_AT[table]}) from {table}").fetchone()  # noqa: S608  names from the list above
        digest.update(f"{table}{row}".encode())
    digest.update(f"raw.syncs{con.execute(_LAST_SYNCS).fetchall()}".encode())
    return digest.hexdigest()
