"""What only the athlete can tell, in words, with the commands that answer."""

from __future__ import annotations

import duckdb

from reports import marts
from reports.facts import OpenQuestion
from reports.format import clock, full_date, km, race_distance, short_id
from reports.view import Question


def open_questions(con: duckdb.DuckDBPyConnection, athlete_id: str) -> tuple[Question, ...]:
    """Everything that the marts ask, the newest day first."""
    return tuple(_question(asked) for asked in marts.read_questions(con, athlete_id))


def _question(asked: OpenQuestion) -> Question:
    day, name = full_date(asked.local_date), short_id(asked.activity_id)
    if asked.kind == "race":
        return Question(
            text=f"Was {day} a race? You ran {_over(asked.distance_m)} in {clock(asked.time_s)}.",
            answers=(
                ("It was, and counts for my paces", f"pacewright log correct {name} --race"),
                ("It was not", f"pacewright log correct {name} --no-race"),
            ),
        )
    both = f"{name} {short_id(asked.other_id)}"
    counted, other = (f" of {km(each)}" if each else "" for each in (asked.distance_m, asked.other_distance_m))
    return Question(
        text=f"Two activities of {day} lie at the same time. The one{counted} counts, the other{other} does not.",
        answers=(
            ("They are one", f"pacewright log merge {both}"),
            ("I did both", f"pacewright log split {both}"),
        ),
    )


def _over(distance_m: float | None) -> str:
    name = race_distance(distance_m or 0.0)
    return name if name[0].isdigit() else f"a {name.lower()}"
