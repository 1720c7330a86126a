"""Frozen dataclasses to JSON-ready values and back, so that a stored view renders to the same bytes years later.

A field that a newer version added is taken from its default; a field that it dropped is ignored.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

View = TypeVar("View")
_DECIMALS = 6


def encode(value: Any) -> Any:
    """Values that `json.dumps` takes: dates as ISO text, enumerations as their value, tuples as lists.

    Numbers keep six decimals: an incremental build may add them up in another order than a full one, and the last bits
    of a sum must not make a decision look new. Decimals rather than digits, because a form near zero is all last bits.
    """
    kind: Any = type(value)
    return _rounded(_adapter(kind).dump_python(value, mode="json", warnings="none"))


def decode(kind: type[View], stored: Any) -> View:
    """The dataclass that `encode` was given, its numbers rounded."""
    declared: Any = kind
    return cast("View", _adapter(declared).validate_python(stored, extra="ignore"))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
