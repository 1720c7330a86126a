"""Strava's words in the languages its archives come in: column names, kinds of sport and months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

from connectors.tables import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Each mapping goes from a folded foreign word to the English or canonical one."""

    columns: Mapping[str, str]
    short_columns: Mapping[str, str]
    gear_columns: Mapping[str, str]
    sports: Mapping[str, str]
    months: Mapping[str, int]
    positions: tuple[str, ...]


@cache
def words() -> Words:
    """The words, read once."""
    data = orjson.loads(files("connectors.strava").joinpath("words.json").read_bytes())
    return Words(
        columns=_inverted(data["columns"]),
        short_columns=data["short_columns"],
        gear_columns=_inverted(data["gear_columns"]),
        sports={fold_sport(word): sport for sport, known in data["sports"].items() for word in known},
        months={word: int(month) for month, known in data["months"].items() for word in known},
        positions=tuple(data["positions"]),
    )


def fold(text: str) -> str:
    """A header without what varies in writing it."""
    return plain(text).casefold()


def fold_sport(text: str) -> str:
    """A sport without blanks and hyphens, so that `TrailRun`, `Trail Run` and `Trail-Run` are one."""
    return "".join(char for char in fold(text) if char.isalnum())


def canonical_sport(text: str) -> str:
    """The sport in our words; a word nobody knows stays as it is."""
    return words().sports.get(fold_sport(text), plain(text))


def _inverted(known: Mapping[str, list[str]]) -> dict[str, str]:
    return {fold(word): name for name, foreign in known.items() for word in [name, *foreign]}
