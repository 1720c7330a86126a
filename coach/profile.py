"""The athlete's profile and runs, read from the marts."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import duckdb

from coach.errors import UnknownAthlete
from coach.model import DoneRun, Profile

# What the planner calls quality among the types the marts know.
_QUALITY_RUNS = frozenset({"race", "intervals", "fartlek", "hills", "tempo", "progression"})


def read_profile(con: duckdb.DuckDBPyConnection, athlete_id: str) -> Profile:
    """The profile of one athlete. Raises UnknownAthlete when the marts hold none."""
    names = [field.name for field in fields(Profile)]
    row = con.execute(
        f"select {', '.join(names)} from marts.athlete_profile where athlete_id = ?",  # noqa: S608  # our own field names
        [athlete_id],
    ).fetchone()
    if row is None:
        raise UnknownAthlete(f"Nothing is known of {athlete_id!r} yet. Import some runs first: `pacewright import`.")
    facts = dict(zip(names, row, strict=True))
    facts["weekly_distances_m"] = tuple(float(m) for m in facts["weekly_distances_m"] or ())
    facts["weekly_start_dates"] = tuple(facts["weekly_start_dates"] or ())
    for name, unknown in (("max_heart_rate_confidence", "low"), ("race_fitness_source", ""), ("confidence", "low")):
        facts[name] = facts[name] or unknown
    facts["current_week_distance_m"] = facts["current_week_distance_m"] or 0.0
    facts["races_18m"] = facts["races_18m"] or 0
    return Profile(**facts)


def read_done_runs(con: duckdb.DuckDBPyConnection, athlete_id: str, *, since: date) -> tuple[DoneRun, ...]:
    """The runs done since a day, oldest first; a run of unknown distance is left out rather than counted as nothing."""
    rows = con.execute(
        """
        select local_date, distance_m, coalesce(moving_s, elapsed_s, 0), coalesce(run_type, ''), is_race
        from marts.activities
        where athlete_id = ? and is_run and local_date >= ? and distance_m > 0
        order by started_at, activity_id
        """,
        [athlete_id, since],
    ).fetchall()
    return tuple(
        DoneRun(
            run_date=run_date,
            distance_m=float(distance_m),
            duration_s=float(duration_s),
            run_type="race" if is_race else run_type,
            is_quality=bool(is_race) or run_type in _QUALITY_RUNS,
        )
        for run_date, distance_m, duration_s, run_type, is_race in rows
    )
