"""Rows of the published warehouse as report values. Reads only; null and NaN both mean unknown."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import duckdb

from reports.facts import (
    Activity,
    DayFigures,
    FaultCount,
    Lap,
    OpenQuestion,
    PlannedRep,
    Recording,
    Rep,
    Source,
    WeekFigures,
)
from reports.profile import BestEffort, ProfileFigures, RaceEquivalent, Zone

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """One row of `marts.plan_adherence`: what became of one planned workout."""

    workout_id: str
    workout_date: date
    status: str
    activity_id: str = ""
    done_date: date | None = None
    done_distance_m: float | None = None
    done_moving_s: float | None = None
    reason: str = ""
    detail: str = ""
    is_by_hand: bool = False


def read_activities(
    con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: date, until: date
) -> tuple[Activity, ...]:
    """Activities from one local day to another, both included, newest first."""
    return _read(
        con,
        Activity,
        """
        select
            * exclude (provenance),
            strftime(local_started_at, '%H:%M') as started_time
        from marts.activities
        where athlete_id = $athlete_id and local_date between $since and $until
        order by local_started_at desc, activity_id
        """,
        athlete_id=athlete_id,
        since=since,
        until=until,
    )


def read_laps(con: duckdb.DuckDBPyConnection, athlete_id: str, activity_id: str) -> tuple[Lap, ...]:
    return _read(
        con,
        Lap,
        "select * from marts.laps where athlete_id = $athlete_id and activity_id = $activity_id order by lap_number",
        athlete_id=athlete_id,
        activity_id=activity_id,
    )


def read_reps(con: duckdb.DuckDBPyConnection, athlete_id: str, activity_id: str) -> tuple[Rep, ...]:
    return _read(
        con,
        Rep,
        "select * from marts.reps where athlete_id = $athlete_id and activity_id = $activity_id order by rep_number",
        athlete_id=athlete_id,
        activity_id=activity_id,
    )


def read_planned_reps(con: duckdb.DuckDBPyConnection, athlete_id: str, activity_id: str) -> tuple[PlannedRep, ...]:
    """What the plan asked of an activity, rep by rep, in the planned order."""
    return _read(
        con,
        PlannedRep,
        """
        select * from marts.rep_adherence
        where athlete_id = $athlete_id and activity_id = $activity_id
        order by rep_number
        """,
        athlete_id=athlete_id,
        activity_id=activity_id,
    )


def read_recordings(con: duckdb.DuckDBPyConnection, athlete_id: str, activity_id: str) -> tuple[Recording, ...]:
    """What an activity was merged from, the recording that is asked first at the head."""
    return _read(
        con,
        Recording,
        """
        select
            recordings.*,
            strftime(
                timezone('UTC', recordings.started_at) + to_seconds(activities.utc_offset_s), '%H:%M'
            ) as started_time
        from marts.recordings as recordings
        inner join marts.activities as activities
            on recordings.athlete_id = activities.athlete_id and recordings.activity_id = activities.activity_id
        where recordings.athlete_id = $athlete_id and recordings.activity_id = $activity_id
        order by recordings.merge_rank
        """,
        athlete_id=athlete_id,
        activity_id=activity_id,
    )


def read_days(con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: date, until: date) -> tuple[DayFigures, ...]:
    """Days with heart-rate variability back in milliseconds beside its usual range."""
    return _read(
        con,
        DayFigures,
        """
        select
            *,
            exp(ln_hrv_7d_mean) as hrv_7d_mean_ms,
            hrv_normal_low_ms as hrv_low_ms,
            hrv_normal_high_ms as hrv_high_ms
        from marts.athlete_days
        where athlete_id = $athlete_id and local_date between $since and $until
        order by local_date
        """,
        athlete_id=athlete_id,
        since=since,
        until=until,
    )


def read_weeks(con: duckdb.DuckDBPyConnection, athlete_id: str, *, until: date, count: int) -> tuple[WeekFigures, ...]:
    """The last `count` weeks that began by `until`, oldest first. Of a week that nobody told of nothing is said by a zero."""
    return _read(
        con,
        WeekFigures,
        """
        with weeks as (

            select
                *,
                run_count > 0 or coalesce(unknown_run_days, 0) = 0 as is_told,
                avg(easy_share) over (
                    partition by athlete_id order by week_start_date rows between 4 preceding and 1 preceding
                ) as easy_share_4w_mean
            from marts.athlete_weeks
            where athlete_id = $athlete_id and week_start_date <= $until

        )

        select
            * replace (
                case when is_told then run_count end as run_count,
                case when is_told then distance_m end as distance_m,
                case when is_told then moving_s end as moving_s,
                case when is_told then training_load end as training_load
            )
        from weeks
        where week_start_date > $until::date - 7 * $count::integer
        order by week_start_date
        """,
        athlete_id=athlete_id,
        until=until,
        count=count,
    )


def read_adherence(con: duckdb.DuckDBPyConnection, athlete_id: str, plan_id: str) -> dict[str, Adherence]:
    """What became of each workout of a plan, by workout."""
    rows = _read(
        con,
        Adherence,
        "select * from marts.plan_adherence where athlete_id = $athlete_id and plan_id = $plan_id order by workout_date",
        athlete_id=athlete_id,
        plan_id=plan_id,
    )
    return {row.workout_id: row for row in rows}


def read_sources(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[Source, ...]:
    """How fresh each source is; a kind of data that no source ever brought has no line."""
    return _read(
        con,
        Source,
        """
        select
            * exclude (newest_landed_at),
            newest_local_date as newest_date,
            epoch_us(newest_landed_at) as newest_landed_at
        from marts.source_freshness
        where athlete_id = $athlete_id and source <> 'none'
        order by kind, source
        """,
        athlete_id=athlete_id,
    )


def read_faults(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[FaultCount, ...]:
    """What was flagged or left out, by source and reason, the most frequent first."""
    return _read(
        con,
        FaultCount,
        """
        select
            source,
            kind,
            effect,
            count(distinct recording_id) as count,
            max(local_date) as newest_date
        from marts.recording_faults
        where athlete_id = $athlete_id
        group by source, kind, effect
        order by effect, count desc, source, kind
        """,
        athlete_id=athlete_id,
    )


def read_questions(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[OpenQuestion, ...]:
    """What only the athlete can tell, the newest day first; nothing where an earlier version built the warehouse."""
    if not con.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'questions'"
    ).fetchone():
        return ()
    return _read(
        con,
        OpenQuestion,
        "select * from marts.questions where athlete_id = $athlete_id order by local_date desc, question_id",
        athlete_id=athlete_id,
    )


def read_profile(con: duckdb.DuckDBPyConnection, athlete_id: str) -> ProfileFigures | None:
    rows = _read(
        con, ProfileFigures, "select * from marts.athlete_profile where athlete_id = $athlete_id", athlete_id=athlete_id
    )
    return rows[0] if rows else None


def read_bests(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[BestEffort, ...]:
    """The personal best over each distance with the title of its run."""
    return _read(
        con,
        BestEffort,
        """
        select
            bests.*,
            activities.title
        from marts.best_efforts as bests
        left join marts.activities as activities
            on bests.athlete_id = activities.athlete_id and bests.activity_id = activities.activity_id
        where bests.athlete_id = $athlete_id and bests.is_personal_best
        order by bests.distance_m
        """,
        athlete_id=athlete_id,
    )


def read_equivalents(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[RaceEquivalent, ...]:
    return _read(
        con,
        RaceEquivalent,
        "select * from marts.race_equivalents where athlete_id = $athlete_id order by distance_m",
        athlete_id=athlete_id,
    )


def read_zones(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[Zone, ...]:
    """Training zones and paces, kind by kind, from easy to hard."""
    return _read(
        con,
        Zone,
        "select * from marts.training_zones where athlete_id = $athlete_id order by kind, unit, zone_order",
        athlete_id=athlete_id,
    )


def _read(con: duckdb.DuckDBPyConnection, kind: type[Row], query: str, **values: Any) -> tuple[Row, ...]:
    """Rows as dataclasses, by column name; what is null keeps the field's default."""
    # Only the asked-for columns are fetched: DuckDB needs a further package to hand over a timestamp with time zone.
    wanted = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every caller passes a dataclass
    found = con.sql(query, params=values)
    columns = [column for column in found.columns if column in wanted]
    rows = found.select(*columns).fetchall()
    return tuple(_build(kind, columns, row) for row in rows)


def _build(kind: type[Row], columns: list[str], row: tuple[Any, ...]) -> Row:
    present = {column: _known(value) for column, value in zip(columns, row, strict=True)}
    landed_us = present.get("newest_landed_at")
    if landed_us is not None:
        present["newest_landed_at"] = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=landed_us)
    return kind(**{column: value for column, value in present.items() if value is not None})


def _known(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return tuple(value) if isinstance(value, list) else value
