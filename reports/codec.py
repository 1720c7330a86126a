"""Frozen dataclasses to JSON-ready values and back, so that a stored view renders to the same bytes years later.

A field that a newer version added is taken from its default; a field that it dropped is ignored.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

View = TypeVar("View")


def encode(value: Any) -> Any:
    """Values that `json.dumps` takes: dates as ISO text, enumerations as their value, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


def decode(kind: type[View], stored: Any) -> View:
    """The dataclass that `encode` was given."""
    built: View = _decode(kind, stored)
    return built


def _decode(kind: Any, stored: Any) -> Any:
    origin = get_origin(kind)
    if stored is None:
        return None
    if origin in (Union, UnionType):
        return _decode_union(kind, stored)
    if origin is tuple:
        return _decode_tuple(get_args(kind), stored)
    return _decode_dataclass(kind, stored) if is_dataclass(kind) else _decode_value(kind, stored)


def _decode_value(kind: Any, stored: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(stored)
    if kind in (date, datetime):
        return kind.fromisoformat(stored)
    return float(stored) if kind is float else stored


def _decode_dataclass(kind: Any, stored: Any) -> Any:
    hints = _hints(kind)
    return kind(
        **{name: _decode(hints[name], stored[name]) for field in fields(kind) if (name := field.name) in stored}
    )


def _decode_tuple(item_kinds: tuple[Any, ...], stored: Any) -> Any:
    if item_kinds[-1] is Ellipsis:
        return tuple(_decode(item_kinds[0], item) for item in stored)
    return tuple(_decode(item_kind, item) for item_kind, item in zip(item_kinds, stored, strict=True))


def _decode_union(kind: Any, stored: Any) -> Any:
    members = [member for member in get_args(kind) if member is not NoneType]
    return _decode(members[0], stored) if len(members) == 1 else stored


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
