"""The coach's race equations as DuckDB functions, so that no formula is written twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import FunctionNullHandling
from duckdb.sqltypes import DOUBLE, VARCHAR

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb publishes no types
    """Registers race_fitness, race_time_s and training_pace_s_per_km on the connection that builds the warehouse."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        register(conn)


def register(con: DuckDBPyConnection) -> None:
    """Make the race equations callable in SQL on this connection. Unknown or impossible arguments give null."""
    from coach import fitness  # dbt imports plugins to parse; these are needed only to build
    from dbt_project import assignment

    def training_pace(race_fitness: float, intensity: str) -> float:
        return float(getattr(fitness.training_paces(race_fitness), intensity))

    equations: tuple[tuple[str, Callable[..., float], list[Any]], ...] = (
        ("race_fitness", fitness.race_fitness, [DOUBLE, DOUBLE]),
        ("race_time_s", fitness.race_time_s, [DOUBLE, DOUBLE]),
        ("training_pace_s_per_km", training_pace, [DOUBLE, VARCHAR]),
    )
    for name, equation, arguments in equations:
        con.create_function(name, _null_safe(equation), arguments, DOUBLE, null_handling=FunctionNullHandling.SPECIAL)
    assignment.register(con)


def _null_safe(equation: Callable[..., float]) -> Callable[..., float | None]:
    def answer(first: float | None, second: float | str | None) -> float | None:
        if first is None or second is None:
            return None
        try:
            return equation(first, second)
        except ValueError:
            return None

    return answer
