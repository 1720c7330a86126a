"""What just happened, read from the marts for the coach's words: yesterday, the week so far, the last closed week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from coach.explain import DayDone, WeekSoFar
from coach.explain_week import WeekDone
from coach.guardrails.volume import WEEKLY_GROWTH_MAX
from coach.model import Plan, WorkoutType
from coach.readiness import read_reds

_NOT_RUN = (WorkoutType.REST, WorkoutType.CROSS, WorkoutType.RACE)
_SOURCE_NAMES = {"whoop_export": "WHOOP", "whoop_api": "WHOOP", "garmin_export": "Garmin", "garmin_api": "Garmin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recently:
    """Yesterday and the week so far. `is_yesterday_known` is False where nothing has arrived that could say so."""

    yesterday: DayDone | None
    is_yesterday_known: bool
    week: WeekSoFar
    recovery_source: str
    flags: tuple[str, ...]


def read_recently(con: duckdb.DuckDBPyConnection, athlete_id: str, *, day: date, plan: Plan | None) -> Recently:
    """Yesterday and the week so far as the published marts know them; `plan` says what the week still holds."""
    yesterday = day - timedelta(days=1)
    sunday = day + timedelta(days=6 - day.weekday())
    known = con.execute(
        "select load_is_known from marts.athlete_days where athlete_id = ? and local_date = ?", [athlete_id, yesterday]
    ).fetchone()
    week = con.execute(
        "select coalesce(sum(distance_m), 0), coalesce(sum(run_count), 0) from marts.athlete_days "
        "where athlete_id = ? and local_date between ? and ?",
        [athlete_id, day - timedelta(days=day.weekday()), day],
    ).fetchone()
    to_go = [
        workout
        for workout in (plan.workouts if plan is not None else ())
        if day <= workout.workout_date <= sunday and workout.workout_type not in _NOT_RUN
    ]
    return Recently(
        yesterday=_yesterday(con, athlete_id, yesterday),
        is_yesterday_known=bool(known and known[0]),
        week=WeekSoFar(
            done_m=float(week[0]) if week else 0.0,
            done_runs=int(week[1]) if week else 0,
            to_go_m=sum(workout.distance_m for workout in to_go),
            to_go_runs=len(to_go),
        ),
        recovery_source=_recovery_source(con, athlete_id),
        flags=_stale(con, athlete_id),
    )


def read_week(con: duckdb.DuckDBPyConnection, athlete_id: str, *, week_start_date: date) -> WeekDone | None:
    """A closed week beside its plan; None where the marts hold no such week."""
    row = con.execute(
        """
        select
            distance_m, run_count, planned_distance_m, planned_run_count, completed_count, partial_count, missed_count,
            unknown_count, longest_run_m, easy_share, distance_4w_mean_m, distance_4w_max_m, skipped_count
        from marts.athlete_weeks
        where athlete_id = ? and week_start_date = ?
        """,
        [athlete_id, week_start_date],
    ).fetchone()
    if row is None:
        return None
    reds = read_reds(con, athlete_id, day=week_start_date + timedelta(days=6))
    reference = max(filter(None, (row[0], row[11])), default=None)
    return WeekDone(
        done_m=row[0] or 0.0,
        done_runs=row[1] or 0,
        planned_m=row[2],
        planned_runs=row[3] or 0,
        completed=row[4] or 0,
        partial=row[5] or 0,
        missed=row[6] or 0,
        skipped=row[12] or 0,
        unknown=row[7] or 0,
        longest_m=row[8],
        easy_share=row[9],
        mean_4w_m=row[10],
        cap_m=None if reference is None else reference * (1 + WEEKLY_GROWTH_MAX),
        red_days=len(reds),
    )


def _yesterday(con: duckdb.DuckDBPyConnection, athlete_id: str, yesterday: date) -> DayDone | None:
    row = con.execute(
        """
        select sum(distance_m), sum(moving_s), arg_max(run_type, moving_s) from marts.activities
        where athlete_id = ? and is_run and local_date = ? having count(*) > 0
        """,
        [athlete_id, yesterday],
    ).fetchone()
    if row is None:
        return None
    kept = con.execute(
        "select compliance, detail from marts.plan_adherence "
        "where athlete_id = ? and done_date = ? and compliance is not null order by workout_id limit 1",
        [athlete_id, yesterday],
    ).fetchone()
    return DayDone(
        distance_m=row[0] or 0.0,
        moving_s=row[1] or 0.0,
        run_type=row[2] or "",
        compliance=kept[0] if kept else None,
        detail=(kept[1] or "") if kept else "",
    )


def _recovery_source(con: duckdb.DuckDBPyConnection, athlete_id: str) -> str:
    row = con.execute(
        "select source from marts.source_freshness where athlete_id = ? and kind = 'recovery' "
        "order by newest_at desc nulls last, source limit 1",
        [athlete_id],
    ).fetchone()
    return "" if row is None else _SOURCE_NAMES.get(row[0], "Your recovery source")


def _stale(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[str, ...]:
    rows = con.execute(
        "select kind from marts.source_freshness where athlete_id = ? group by kind "
        "having bool_and(state <> 'fresh') order by kind",
        [athlete_id],
    ).fetchall()
    said = {
        "activities": "No source of activities is fresh. Until one is, nothing is called missed.",
        "recovery": "No source of recovery is fresh. Until one is, mornings are neutral.",
    }
    return tuple(said[kind] for (kind,) in rows if kind in said)
