"""What a build fails on is found by halves and set aside: one recording that nobody foresaw costs itself and no morning."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from coach.words import number
from flows.home import Home
from flows.ledger import open_ledger

# Ours: enough to find one among ten thousand; what is still undecided then is set aside as a whole.
MOST_BUILDS = 24
_NAMED = 3
_OF_THE_MACHINE = re.compile(
    r"\b(out of memory|no space left|disk quota|too many open files|io error|could not allocate)\b", re.IGNORECASE
)
_KEY = "athlete_id, source, entity, source_key, version"
_SCHEMA = pa.schema([*((name, pa.string()) for name in _KEY.split(", ")[:-1]), ("version", pa.int32())])


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """One version of one thing that one source told."""

    athlete_id: str
    source: str
    entity: str
    source_key: str
    version: int


def arrivals(snapshot: Path, *, since: datetime | None) -> list[Arrival]:
    """What a snapshot holds that arrived after an instant, in the order of arrival; all of it without one."""
    with duckdb.connect(str(snapshot), read_only=True) as con:
        rows = con.execute(
            f"select {_KEY} from raw.payloads where not is_deleted and landed_at > coalesce(?, '-infinity'::timestamptz) "  # noqa: S608  names above
            f"order by landed_at, {_KEY}",
            [since],
        ).fetchall()
    return [Arrival(*row) for row in rows]


def culprits(suspects: Sequence[Arrival], is_built_with: Callable[[Sequence[Arrival]], bool]) -> list[Arrival]:
    """Those suspects without which a build that fails with all of them succeeds; none where it fails without any of them.

    `is_built_with` says whether one with these suspects and no others does. Each culprit costs about twice the binary
    logarithm of their number.
    """
    if not suspects or not is_built_with(()):
        return []
    kept: list[Arrival] = []
    guilty: list[Arrival] = []
    builds = 1

    def is_fine(group: Sequence[Arrival]) -> bool:
        nonlocal builds
        builds += 1
        return builds <= MOST_BUILDS and is_built_with((*kept, *group))

    def look_through(group: Sequence[Arrival]) -> None:
        """What is kept and the whole group together fail."""
        if len(group) == 1 or builds >= MOST_BUILDS:
            guilty.extend(group)
            return
        first, second = group[: len(group) // 2], group[len(group) // 2 :]
        if is_fine(first):
            kept.extend(first)
            look_through(second)
            return
        look_through(first)
        if is_fine(second):
            kept.extend(second)
        else:
            look_through(second)

    look_through(suspects)
    return guilty


def is_of_the_machine(error: Exception) -> bool:
    """Whether a build failed for want of room or for a faulty disk: then it is nothing's fault that arrived."""
    return _OF_THE_MACHINE.search(str(error)) is not None


def without(snapshot: Path, taken_out: Sequence[Arrival], *, path: Path) -> Path:
    """A copy of a snapshot that does not know of these arrivals; what was told before them holds in it."""
    shutil.copyfile(snapshot, path)
    take_out(path, taken_out)
    return path


def take_out(snapshot: Path, taken_out: Sequence[Arrival]) -> None:
    """Make a snapshot forget arrivals, and the samples of those that are recordings."""
    with duckdb.connect(str(snapshot)) as con:
        con.register("taken_out", pa.Table.from_pylist([asdict(one) for one in taken_out], schema=_SCHEMA))
        con.execute("create temporary table gone as select * from taken_out")
        _forget(con)


def leave_out(snapshot: Path, *, code_fingerprint: str) -> None:
    """Make a snapshot forget what this code has set aside."""
    with duckdb.connect(str(snapshot)) as con:
        con.execute(
            f"create temporary table gone as select {_KEY} from raw.set_aside where code_fingerprint = ?",  # noqa: S608  names above
            [code_fingerprint],
        )
        _forget(con)


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "delete from raw.payloads using gone where payloads.athlete_id = gone.athlete_id and payloads.source = gone.source "
        "and payloads.entity = gone.entity and payloads.source_key = gone.source_key and payloads.version = gone.version"
    )
    # What was told of the same file before still has its samples.
    con.execute(
        "delete from raw.streams using gone where gone.entity = 'recording' and streams.athlete_id = gone.athlete_id "
        "and streams.file_sha256 = gone.source_key and not exists (from raw.payloads as still "
        "where still.entity = 'recording' and still.athlete_id = gone.athlete_id and still.source_key = gone.source_key)"
    )
    con.execute("checkpoint")


def set_aside(home: Home, guilty: Sequence[Arrival], *, code_fingerprint: str, now: datetime) -> str:
    """Remember in the ledger what this code cannot build with, of which nothing is lost; what to tell its owner."""
    with open_ledger(home.ledger) as con:
        con.executemany(
            "insert into raw.set_aside values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            [[*astuple(one), code_fingerprint, now] for one in guilty],
        )
        names = [_name(con, one) for one in guilty[:_NAMED]]
    more = f" and {number(len(guilty) - _NAMED)} more" if len(guilty) > _NAMED else ""
    what, them = (
        ("One arrival was", "it") if len(guilty) == 1 else (f"{number(len(guilty)).capitalize()} arrivals were", "them")
    )
    return (
        f"{what} set aside, because no warehouse can be built with {them}: {', '.join(names)}{more}. Nothing of {them} is "
        f"lost; `pacewright rebuild` tries {them} again, and so does a newer Pacewright."
    )


def try_again(home: Home, *, code_fingerprint: str) -> None:
    """Forget what this code has set aside, so that the next build is with it again."""
    with open_ledger(home.ledger) as con:
        con.execute("delete from raw.set_aside where code_fingerprint = ?", [code_fingerprint])


def _name(con: duckdb.DuckDBPyConnection, one: Arrival) -> str:
    row = con.execute(
        "select max(name) from raw.files where athlete_id = ? and file_sha256 = ?", [one.athlete_id, one.source_key]
    ).fetchone()
    return str(row[0]) if row and row[0] else f"{one.source} {one.entity} {one.source_key}"
