"""The gate: expectations on what arrived, and on whether the coach may trust the marts today.

The suites are data beside what they judge (`expectations.json` in each connector and in `coach`): a query that gathers a
small frame, and Great Expectations' own expectation types with the remedy in their `meta`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import orjson

from flows.errors import GateClosed
from flows.snapshot import Snapshot

ARRIVALS = (
    "connectors.files",
    "connectors.strava",
    "connectors.whoop",
    "connectors.garmin",
    "connectors.garmindb",
    "connectors.tabular",
)
MARTS = ("coach",)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation in words and how it fared. `detail` never holds the values themselves, only counts."""

    suite: str
    expectation: str
    passed: bool
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    name: str
    query: str
    expectations: tuple[dict[str, Any], ...]


def suites_of(packages: Sequence[str]) -> tuple[Suite, ...]:
    """The suites that lie beside what they judge."""
    found: list[Suite] = []
    for package in packages:
        for written in orjson.loads((resources.files(package) / "expectations.json").read_bytes()):
            found.append(
                Suite(name=written["name"], query=written["query"], expectations=tuple(written["expectations"]))
            )
    return tuple(found)


def judge_arrivals(snapshot: Snapshot, *, since: datetime | None) -> tuple[Check, ...]:
    """Judge the payloads that arrived since the published warehouse was built."""
    with duckdb.connect(str(snapshot.path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return _judge(con, suites_of(ARRIVALS), {"since": since or _EPOCH})


def judge_marts(candidate: Path, *, previous: Path | None) -> tuple[Check, ...]:
    """Judge the marts of a candidate warehouse, also against the published one that it would replace."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{_quoted(candidate)}' as candidate (read_only)")
        if previous is not None and previous.exists():
            con.execute(f"attach '{_quoted(previous)}' as previous (read_only)")
            con.execute(
                "create view previous_activities as select athlete_id, started_at from previous.marts.activities"
            )
        else:
            con.execute(
                "create view previous_activities as select athlete_id, started_at from candidate.marts.activities where false"
            )
        con.execute("use candidate")
        return _judge(con, suites_of(MARTS), {})


def close_when_failed(checks: Iterable[Check]) -> None:
    """Raise GateClosed when any check failed, naming the first few and what to do."""
    failed = [check for check in checks if not check.passed]
    if failed:
        facts = "; ".join(
            f"“{check.expectation}” does not hold ({check.detail}). {check.remedy}" for check in failed[:3]
        )
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise GateClosed(f"The new warehouse was not published: {facts}{more}")


def _judge(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite], parameters: dict[str, Any]) -> tuple[Check, ...]:
    frames = []
    for suite in suites:
        wanted = {name: value for name, value in parameters.items() if f"${name}" in suite.query}
        frame = con.execute(suite.query, wanted).df() if wanted else con.execute(suite.query).df()
        if len(frame):
            frames.append((suite, frame))
    if not frames:
        return ()
    context = _context()
    source = context.data_sources.add_pandas("frames")
    checks: list[Check] = []
    for suite, frame in frames:
        batch = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
        checks.extend(_run(batch.get_batch(batch_parameters={"dataframe": frame}), suite))
    return tuple(checks)


def _context() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["TQDM_DISABLE"] = "1"
    import great_expectations as gx  # two to four seconds: only a build that found something new pays for it

    logging.getLogger("great_expectations").propagate = False  # it announces its temporary folders
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def _run(batch: Any, suite: Suite) -> list[Check]:
    import great_expectations as gx

    result = batch.validate(
        gx.ExpectationSuite(name=suite.name, expectations=[dict(written) for written in suite.expectations]),
        result_format="BASIC",
    )
    return [
        Check(
            suite=suite.name,
            expectation=str(one.expectation_config.meta["says"]),
            passed=bool(one.success),
            detail=_counts(one),
            remedy=str(one.expectation_config.meta["remedy"]),
        )
        for one in result.results
    ]


def _counts(one: Any) -> str:
    if one.exception_info.get("raised_exception"):
        return f"could not be judged: {one.exception_info.get('exception_message')}"
    result = one.result
    if "unexpected_count" in result:
        return f"{result['element_count'] - result['unexpected_count']} of {result['element_count']} rows"
    return f"observed {result.get('observed_value')}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
