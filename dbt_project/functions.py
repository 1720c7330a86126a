"""The coach's equations and rules as DuckDB functions, so that none is written twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import list_type, struct_type
from duckdb.func import FunctionNullHandling
from duckdb.sqltypes import DATE, DOUBLE, VARCHAR

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_RUNNER = {
    "race_fitness": DOUBLE,
    "race_distance_m": DOUBLE,
    "races": list_type(list_type(DOUBLE)),
    "weekly_km": DOUBLE,
    "training_pace_s_per_km": DOUBLE,
    "critical_speed_m_per_s": DOUBLE,
}
_EQUIVALENT = {"time_s": DOUBLE, "fastest_s": DOUBLE, "slowest_s": DOUBLE, "methods": list_type(VARCHAR)}


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb publishes no types
    """Registers the coach's functions on the connection that builds the warehouse."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        register(conn)


def register(con: DuckDBPyConnection) -> None:
    """Make the functions callable in SQL on this connection. Unknown or impossible arguments give null.

    They are called row by row: ask them of few rows, one per athlete, effort or day, never of samples.
    """
    from coach import fitness, history  # dbt imports plugins to parse; these are needed only to build
    from dbt_project import assignment, reps

    equations: tuple[tuple[str, Callable[..., float], list[Any]], ...] = (
        ("race_fitness", fitness.race_fitness, [DOUBLE, DOUBLE]),
        ("race_time_s", fitness.race_time_s, [DOUBLE, DOUBLE]),
        ("training_pace_s_per_km", fitness.training_pace, [DOUBLE, VARCHAR]),
    )
    for name, equation, arguments in equations:
        con.create_function(name, _null_safe(equation), arguments, DOUBLE, null_handling=FunctionNullHandling.SPECIAL)
    assignment.register(con)
    reps.register(con)
    # Of these some arguments may be unknown.
    con.create_function(
        "training_pace_range_s_per_km",
        _training_pace_range,
        [DOUBLE, VARCHAR, DOUBLE],
        struct_type({"fastest": DOUBLE, "slowest": DOUBLE}),
        null_handling=FunctionNullHandling.SPECIAL,
    )
    con.create_function(
        "volume_reference_m",
        lambda weeks: history.volume_reference_m(weeks or ()),
        [list_type(DOUBLE)],
        DOUBLE,
        null_handling=FunctionNullHandling.SPECIAL,
    )
    con.create_function(
        "race_equivalent",
        _race_equivalent,
        [DOUBLE, struct_type(_RUNNER)],
        struct_type(_EQUIVALENT),
        null_handling=FunctionNullHandling.SPECIAL,
    )
    con.create_function(
        "longest_safe_run_m",
        _longest_safe_run_m,
        [DATE, list_type(DATE), list_type(DOUBLE), DOUBLE],
        DOUBLE,
        null_handling=FunctionNullHandling.SPECIAL,
    )


def _null_safe(equation: Callable[..., float]) -> Callable[..., float | None]:
    def answer(first: float | None, second: float | str | None) -> float | None:
        if first is None or second is None:
            return None
        try:
            return equation(first, second)
        except ValueError:
            return None

    return answer


def _training_pace_range(
    race_fitness: float | None, intensity: str | None, own_easy_s_per_km: float | None
) -> dict[str, float] | None:
    from coach.pace import pace_range

    if race_fitness is None or intensity is None:
        return None
    try:
        fastest, slowest = pace_range(race_fitness, intensity, own_easy_s_per_km)
    except ValueError:
        return None
    return {"fastest": fastest, "slowest": slowest}


def _race_equivalent(distance_m: float | None, runner: dict[str, Any] | None) -> dict[str, Any] | None:
    from coach.prediction import Runner, race_equivalent

    if distance_m is None or runner is None or runner["race_fitness"] is None:
        return None
    known = {name: value for name, value in runner.items() if value is not None}
    known["races"] = tuple((race_m, race_s) for race_m, race_s in known.get("races", ()))
    try:
        found = race_equivalent(Runner(**known), distance_m)
    except ValueError:
        return None
    return {
        "time_s": found.likely_s,
        "fastest_s": found.fast_s,
        "slowest_s": found.slow_s,
        "methods": list(found.methods),
    }


def _longest_safe_run_m(
    day: date | None, run_dates: list[date] | None, distances_m: list[float] | None, longest_90d_m: float | None
) -> float | None:
    from coach.history import longest_safe_run_m

    if day is None:
        return None
    done = zip(run_dates or (), distances_m or (), strict=True)
    return longest_safe_run_m(day, done, longest_90d_m)
