"""The gate: expectations on what arrived, and on whether the coach may trust the marts today."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from flows.errors import GateClosed
from flows.snapshot import Snapshot
from flows.suites import ARRIVALS, MARTS, Suite, suites_of, threshold_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Frames are small: marts are aggregated in their queries, and of a flood of arrivals this many rows tell as much as all.
_MOST_ROWS = 20_000
# What the gate remembers of the published warehouse; of a home's first build there is nothing to remember.
_REMEMBERED = {
    "activities": "athlete_id, started_at, local_date, is_run, distance_m, heart_rate_avg_bpm, training_load",
    "athlete_profile": "athlete_id, as_of_date, race_fitness",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation in words and how it fared. `detail` never holds the values themselves, only counts."""

    suite: str
    expectation: str
    passed: bool
    detail: str
    remedy: str
    closes_gate: bool = True
    threshold: str = ""
    since: str = ""
    source: str = ""
    why: str = ""
    judged_at: str = ""

    @property
    def state(self) -> str:
        """passed, warned (shown, and closes nothing) or failed."""
        return "passed" if self.passed else "failed" if self.closes_gate else "warned"


def judge_arrivals(snapshot: Snapshot, *, since: datetime | None) -> tuple[Check, ...]:
    """Judge the payloads that arrived since the published warehouse was built."""
    with duckdb.connect(str(snapshot.path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return judge(con, suites_of(ARRIVALS), {"since": since or _EPOCH})


def judge_marts(candidate: Path, *, previous: Path | None) -> tuple[Check, ...]:
    """Judge the marts of a candidate warehouse, also against the published one that it would replace."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{_quoted(candidate)}' as candidate (read_only)")
        remembered = "candidate"
        if previous is not None and previous.exists():
            con.execute(f"attach '{_quoted(previous)}' as previous (read_only)")
            remembered = "previous"
        for mart, columns in _REMEMBERED.items():
            con.execute(
                f"create view previous_{mart} as select {columns} from {remembered}.marts.{mart} "  # noqa: S608  names above
                f"where {remembered == 'previous'}"
            )
        con.execute("use candidate")
        return judge(con, suites_of(MARTS), {})


def close_when_failed(checks: Iterable[Check]) -> None:
    """Raise GateClosed when any check failed, naming the first few and what to do; warnings close nothing."""
    failed = [check for check in checks if check.state == "failed"]
    if failed:
        facts = "; ".join(
            f"“{check.expectation}” does not hold ({check.detail}). {check.remedy}" for check in failed[:3]
        )
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise GateClosed(f"The new warehouse was not published: {facts}{more}")


def judged(checks: Iterable[Check], *, at: datetime, before: Iterable[Check]) -> tuple[Check, ...]:
    """The checks with their instant; what nothing new arrived for keeps how it fared when it last was judged."""
    now = tuple(replace(check, judged_at=at.isoformat()) for check in checks)
    known = {(check.suite, check.expectation) for check in now}
    arrivals = {suite.name for suite in suites_of(ARRIVALS)}
    return now + tuple(
        check for check in before if check.suite in arrivals and (check.suite, check.expectation) not in known
    )


def written(checks: Iterable[Check]) -> str:
    """The checks as they are kept in the warehouse that they judged."""
    return orjson.dumps([asdict(check) for check in checks]).decode()


def read(text: str) -> tuple[Check, ...]:
    """The checks of a warehouse, also of one that an older Pacewright built."""
    return tuple(Check(**one) for one in orjson.loads(text))


def judge(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite], parameters: dict[str, Any]) -> tuple[Check, ...]:
    frames = []
    for suite in suites:
        wanted = {name: value for name, value in parameters.items() if f"${name}" in suite.query}
        query = f"select * from ({suite.query}) as rows using sample reservoir({_MOST_ROWS} rows) repeatable (1)"  # noqa: S608  ours
        frame = con.execute(query, wanted).df()
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
    return [_check(one, suite) for one in result.results]


def _check(one: Any, suite: Suite) -> Check:
    config, meta = one.expectation_config, one.expectation_config.meta
    odd_rows = one.result.get("unexpected_count", meta.get("evidence_rows", 1))
    born = meta["biography"][-1]
    return Check(
        suite=suite.name,
        expectation=str(meta["says"]),
        passed=bool(one.success),
        detail=_counts(one, suite.rows),
        remedy=str(meta["remedy"]),
        closes_gate=config.severity.value != "warning" and odd_rows >= meta.get("evidence_rows", 1),
        threshold=threshold_of({"type": config.type, "kwargs": config.kwargs}),
        since=str(born["date"]),
        source=str(born["source"]),
        why=str(born["why"]),
    )


def _counts(one: Any, rows: str) -> str:
    if one.exception_info.get("raised_exception"):
        return f"could not be judged: {one.exception_info.get('exception_message')}"
    result = one.result
    if "unexpected_count" in result:
        return f"{result['element_count'] - result['unexpected_count']} of {result['element_count']} {rows}"
    return f"observed {result.get('observed_value')}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
