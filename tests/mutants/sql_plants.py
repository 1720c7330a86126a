"""Plants in SQL and in the table of constants: bounds, windows, join kinds, dropped filters, turned orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from tests.mutants.plants import Plant, Spot

Change = Callable[[re.Match[str]], str]

# What is left out of a statement must leave a statement: `where x` and `and x` become `where true` and `and true`.
_CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("bound made inclusive", r"(?<![<>=!-])([<>])(?![<>=])", lambda m: f"{m[1]}="),
    ("bound made exclusive", r"(?<!<)([<>])=(?!>)", lambda m: m[1]),
    ("comparison turned round", r"(?<![<>=!-])([<>])(?=\s)", lambda m: ">" if m[1] == "<" else "<"),
    ("equal to unequal", r"(?<=\s)=(?=\s)", lambda _: "!="),
    ("unequal to equal", r"(?<=\s)(?:!=|<>)(?=\s)", lambda _: "="),
    ("sum to difference", r"(?<=[\w)]) \+ (?=[\w(])", lambda _: " - "),
    ("difference to sum", r"(?<=[\w)]) - (?=[\w(])", lambda _: " + "),
    ("product to quotient", r"(?<=[\w)]) \* (?=[\w(])", lambda _: " / "),
    ("left join to inner join", r"\bleft join\b", lambda _: "inner join"),
    ("inner join to left join", r"\binner join\b", lambda _: "left join"),
    ("and to or", r"\band\b(?! (?:current row|\d+ following))", lambda _: "or"),
    ("or to and", r"\bor\b", lambda _: "and"),
    ("filter left out", r"\b(where|and|having|qualify) (?!true\b)([^(){}\n]+)(?=\n)", lambda m: f"{m[1]} true"),
    ("not left out", r"\bnot (?!null\b|exists\b|materialized\b)", lambda _: ""),
    ("is null to is not null", r"\bis null\b", lambda _: "is not null"),
    ("is not null to is null", r"\bis not null\b", lambda _: "is null"),
    ("min to max", r"\bmin\(", lambda _: "max("),
    ("max to min", r"\bmax\(", lambda _: "min("),
    ("least to greatest", r"\bleast\(", lambda _: "greatest("),
    ("greatest to least", r"\bgreatest\(", lambda _: "least("),
    ("order turned", r"\bdesc\b", lambda _: "asc"),
    ("distinct left out", r"\bdistinct (?!on\b)(?!from\b)", lambda _: ""),
    ("number by one", r"(?<![\w.'])(\d+)(?![\w.'])", lambda m: str(int(m[1]) + 1)),
    ("number by a tenth", r"(?<![\w.'])(\d+\.\d+)(?![\w'])", lambda m: f"{float(m[1]) * 1.1:.6g}"),
)
# Comments, strings, and what the template engine reads, are no SQL.
_APART = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def sql_spots(path: str, source: str) -> list[Spot]:
    """Every place of one model or macro for a plant."""
    apart = [(m.start(), m.end()) for m in _APART.finditer(source)]
    found = []
    for name, pattern, change in _CHANGES:
        for match in re.finditer(pattern, source):
            if not any(first < match.end() and match.start() < last for first, last in _touched(apart, match)):
                found.append(Spot(name=name, plant=partial(_plant, path, source, name, match, change)))
    return found


def constant_spots(path: str, source: str) -> list[Spot]:
    """Each constant a tenth higher and a tenth lower."""
    lines = source.splitlines(keepends=True)
    found = []
    for index, line in enumerate(lines[1:], 1):
        number = re.match(r"([^,]+),(-?\d+(?:\.\d+)?)(?=,)", line)
        if number is None or float(number[2]) == 0:
            continue
        for share in (1.1, 0.9):
            changed = f"{number[1]},{float(number[2]) * share:.8g}{line[number.end() :]}"
            text = "".join([*lines[:index], changed, *lines[index + 1 :]])
            plant = Plant(path=path, line=index + 1, name="constant by a tenth", text=text)
            found.append(Spot(name=plant.name, plant=partial(_itself, plant)))
    return found


def _plant(path: str, source: str, name: str, match: re.Match[str], change: Change) -> Plant:
    changed = source[: match.start()] + change(match) + source[match.end() :]
    return Plant(path=path, line=source.count("\n", 0, match.start()) + 1, name=name, text=changed)


def _itself(plant: Plant) -> Plant:
    return plant


def _touched(apart: list[tuple[int, int]], match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """What is apart matters where the change lies; a dropped condition may hold a string."""
    is_whole_line = match.lastindex == 2
    for first, last in apart:
        if not is_whole_line or first <= match.start() < last:
            yield first, last
