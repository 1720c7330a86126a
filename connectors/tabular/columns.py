"""The two published headers: what each column is called, holds and may be, and which table has which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import orjson

from connectors.tables import Table

TabularEntity = Literal["activity", "night"]
ColumnKind = Literal["text", "time", "zone", "number", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One published column. Numbers outside `low` to `high` cannot be."""

    name: str
    kind: ColumnKind
    says: str
    example: str
    is_required: bool = False
    low: float = 0
    high: float = 0


# An activities table must also hold one of these, or there is nothing in it to learn from.
MEASURES = ("distance_m", "moving_s", "elapsed_s")


@cache
def columns() -> Mapping[TabularEntity, tuple[Column, ...]]:
    """Both headers, in the order they are published."""
    data = orjson.loads(files("connectors.tabular").joinpath("columns.json").read_bytes())
    return {
        "activity": tuple(Column(**each) for each in data["activity"]),
        "night": tuple(Column(**each) for each in data["night"]),
    }


def tabular_entity(table: Table) -> TabularEntity | None:
    """Which of the two tables this is; None if it lacks a required column of both."""
    names = set(published_names(table.header))
    for entity, known in columns().items():
        if all(each.name in names for each in known if each.is_required) and (
            entity == "night" or not names.isdisjoint(MEASURES)
        ):
            return entity
    return None


def published_names(header: Sequence[str]) -> tuple[str, ...]:
    """The header in lower case, as it is published; words that nobody published stay as they are."""
    known = {each.name for both in columns().values() for each in both}
    return tuple(folded if (folded := cell.strip().casefold()) in known else cell for cell in header)
