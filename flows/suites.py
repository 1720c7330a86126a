"""The suites of expectations: data beside what they judge, each threshold with its words and its biography."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import orjson

ARRIVALS = (
    "connectors.files",
    "connectors.strava",
    "connectors.whoop",
    "connectors.garmin",
    "connectors.garmindb",
    "connectors.tabular",
)
MARTS = ("coach",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A query that gathers a small frame, what its rows are, and Great Expectations' own expectation types over it.

    Each expectation's `meta` says it in words, gives the remedy and the biography of its threshold, the newest step last.
    One of severity `warning` is shown and closes nothing; one with `evidence_rows` closes the gate only from that many
    odd rows on, because a format that changed shows everywhere and one odd row is a sensor's.
    """

    name: str
    query: str
    expectations: tuple[dict[str, Any], ...]
    rows: str = "rows"


def suites_of(packages: Sequence[str]) -> tuple[Suite, ...]:
    """The suites that lie beside what they judge."""
    found: list[Suite] = []
    for package in packages:
        for written in orjson.loads((resources.files(package) / "expectations.json").read_bytes()):
            query = written["query"]
            found.append(
                Suite(
                    name=written["name"],
                    query=query if isinstance(query, str) else "\n".join(query),
                    expectations=tuple(written["expectations"]),
                    rows=written.get("rows", "rows"),
                )
            )
    return tuple(found)


def threshold_of(expectation: Mapping[str, Any]) -> str:
    """What an expectation asks for, in words; the last step of its biography repeats it."""
    wanted: Mapping[str, Any] = expectation["kwargs"]
    column = wanted.get("column")
    match expectation["type"]:
        case "expect_column_values_to_be_between":
            said = f"{column} {_between(wanted.get('min_value'), wanted.get('max_value'))}"
        case "expect_column_values_to_be_in_set":
            said = f"{column} is {' or '.join(map(_plain, wanted['value_set']))}"
        case "expect_column_values_to_match_regex":
            said = f"{column} matches {wanted['regex']}"
        case "expect_column_values_to_not_be_null":
            said = f"{column} is known"
        case "expect_column_values_to_be_unique":
            said = f"{column} never repeats"
        case "expect_compound_columns_to_be_unique":
            said = f"{' and '.join(wanted['column_list'])} never repeat together"
        case other:
            raise ValueError(f"{other} has no words yet; give it some in flows/suites.py.")
    mostly = wanted.get("mostly", 1)
    return said if mostly == 1 else f"{said}, in {_plain(100 * mostly)} % of rows"


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {_plain(high)}"
    return f"at least {_plain(low)}" if high is None else f"{_plain(low)} to {_plain(high)}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)
