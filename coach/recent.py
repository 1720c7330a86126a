"""What just happened, read from the marts for the coach's words: yesterday, the week so far, the last closed week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from coach.explain import DayDone, WeekSoFar
from coach.explain_week import WeekDone
from coach.model import Plan, WorkoutType
from coach.readiness import read_reds
from coach.words import day_and_date, inside

_NOT_RUN = (WorkoutType.REST, WorkoutType.CROSS, WorkoutType.RACE)
_SOURCE_NAMES = {"whoop_export": "WHOOP", "whoop_api": "WHOOP", "garmin_export": "Garmin", "garmin_api": "Garmin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recently:
    """Yesterday and the week so far. `is_yesterday_known` is False where nothing has arrived that could say so.

    `yesterdays_session` is what became of the session of that day where it was not run on it.
    """

    yesterday: DayDone | None
    is_yesterday_known: bool
    yesterdays_session: str
    week: WeekSoFar
    recovery_source: str
    newest_night: date | None
    flags: tuple[str, ...]


def read_recently(con: duckdb.DuckDBPyConnection, athlete_id: str, *, day: date, plan: Plan | None) -> Recently:
    """Yesterday and the week so far as the published marts know them; `plan` says what the week still holds."""
    yesterday = day - timedelta(days=1)
    sunday = day + timedelta(days=6 - day.weekday())
    known = con.execute(
        "select is_run_known from marts.athlete_days where athlete_id = ? and local_date = ?", [athlete_id, yesterday]
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
    source, newest_night = _recovery_source(con, athlete_id)
    return Recently(
        yesterday=_yesterday(con, athlete_id, yesterday),
        is_yesterday_known=bool(known and known[0]),
        yesterdays_session=_session_of(con, athlete_id, plan, yesterday),
        week=WeekSoFar(
            done_m=float(week[0]) if week else 0.0,
            done_runs=int(week[1]) if week else 0,
            to_go_m=sum(workout.distance_m for workout in to_go),
            to_go_runs=len(to_go),
        ),
        recovery_source=source,
        newest_night=newest_night,
        flags=_stale(con, athlete_id),
    )


def read_week(con: duckdb.DuckDBPyConnection, athlete_id: str, *, week_start_date: date) -> WeekDone | None:
    """A closed week beside its plan; None where the marts hold no such week."""
    row = con.execute(
        """
        select
            distance_m, run_count, planned_distance_m, planned_run_count, completed_count, partial_count, missed_count,
            unknown_count, longest_run_m, easy_share, distance_4w_mean_m, skipped_count, unknown_run_days
        from marts.athlete_weeks
        where athlete_id = ? and week_start_date = ?
        """,
        [athlete_id, week_start_date],
    ).fetchone()
    if row is None:
        return None
    sunday = week_start_date + timedelta(days=6)
    reds = read_reds(con, athlete_id, day=sunday)
    raced = con.execute(
        "select coalesce(sum(distance_m) filter (where is_race), 0), max(distance_m) filter (where not is_race) "
        "from marts.activities where athlete_id = ? and is_run and local_date between ? and ?",
        [athlete_id, week_start_date, sunday],
    ).fetchone()
    before_plan = con.execute(
        "select coalesce(sum(activities.distance_m), 0) from marts.activities as activities "
        "inner join (select min(workout_date) as first_date from marts.plan_adherence where athlete_id = $athlete) as plans "
        "on activities.local_date < plans.first_date and plans.first_date <= $sunday "
        "where athlete_id = $athlete and is_run and not is_race and local_date >= $monday",
        {"athlete": athlete_id, "monday": week_start_date, "sunday": sunday},
    ).fetchone()
    return WeekDone(
        done_m=row[0] or 0.0,
        done_runs=row[1] or 0,
        planned_m=row[2],
        planned_runs=row[3] or 0,
        completed=row[4] or 0,
        partial=row[5] or 0,
        missed=row[6] or 0,
        skipped=row[11] or 0,
        unknown=row[7] or 0,
        raced_m=float(raced[0]) if raced else 0.0,
        longest_m=row[8],
        longest_training_m=raced[1] if raced else None,
        easy_share=row[9],
        mean_4w_m=row[10],
        unknown_days=row[12] or 0,
        red_days=len(reds),
        before_plan_m=float(before_plan[0]) if before_plan else 0.0,
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


def read_done_elsewhere(
    con: duckdb.DuckDBPyConnection, athlete_id: str, plan_id: str, *, day: date
) -> tuple[tuple[str, date], ...]:
    """Sessions of `day` and later that were run on another day: the workout and that day."""
    rows = con.execute(
        "select workout_id, done_date from marts.plan_adherence where athlete_id = ? and plan_id = ? "
        "and workout_date >= ? and done_date is not null and done_date <> workout_date order by workout_id",
        [athlete_id, plan_id, day],
    ).fetchall()
    return tuple((workout_id, done_date) for workout_id, done_date in rows)


def _session_of(con: duckdb.DuckDBPyConnection, athlete_id: str, plan: Plan | None, day: date) -> str:
    """What became of a day's session, where it was run on another day or left out with a reason."""
    if plan is None:
        return ""
    row = con.execute(
        "select title, status, done_date, reason from marts.plan_adherence "
        "where athlete_id = ? and plan_id = ? and workout_date = ? order by workout_id limit 1",
        [athlete_id, plan.plan_id, day],
    ).fetchone()
    if row is None:
        return ""
    if row[2] is not None and row[2] != day:
        return f"Yesterday's {inside(row[0])} was done on {day_and_date(row[2])}."
    return f"Yesterday's {inside(row[0])}: {row[3]}." if row[1] == "skipped" else ""


def _recovery_source(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[str, date | None]:
    """The source that told of the newest night, by its name, and the day that began with it."""
    row = con.execute(
        "select source, newest_local_date from marts.source_freshness where athlete_id = ? and kind = 'recovery' "
        "order by newest_at desc nulls last, source limit 1",
        [athlete_id],
    ).fetchone()
    return ("", None) if row is None else (_SOURCE_NAMES.get(row[0], "Your recovery source"), row[1])


def _stale(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[str, ...]:
    """What is wanting: no run at all, or nights that used to come. What was never there is not missed."""
    rows = con.execute(
        "select kind, bool_and(newest_local_date is null), bool_and(state <> 'fresh') from marts.source_freshness "
        "where athlete_id = ? group by kind",
        [athlete_id],
    ).fetchall()
    known = {kind: (is_absent, is_stale) for kind, is_absent, is_stale in rows}
    flags = []
    if known.get("activities", (True, True))[0]:
        flags.append("No recording has arrived yet: import your runs, or connect a source.")
    if known.get("recovery", (True, True)) == (False, True):
        flags.append("No source of recovery is fresh. Until one is, mornings are neutral.")
    return tuple(flags)
