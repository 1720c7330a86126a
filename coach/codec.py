"""Coach values to plain JSON values and back, exactly: the declared type of every field decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from coach.errors import UnreadablePlan

_Value = TypeVar("_Value")


def encode(value: object) -> Any:
    """A frozen coach value as JSON values; a tuple of them as a list."""
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    kind: Any = type(value)
    return _codec(kind)[0](value)


def decode(kind: type[_Value], obj: object) -> _Value:
    """The value that `encode` wrote. Raises UnreadablePlan, naming what is wrong."""
    declared: Any = kind
    try:
        return cast("_Value", _codec(declared)[1](obj))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadablePlan(
            f"A stored {kind.__name__} cannot be read: {error}. Restore the ledger from a backup."
        ) from error


@cache
def _codec(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How to write and read a declared type."""
    if is_dataclass(kind):
        return _of_dataclass(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple:
        write, read = _codec(parts[0])
        return (lambda value: [write(item) for item in value]), (lambda obj: tuple(read(item) for item in obj))
    if origin in {Union, UnionType}:
        return _of_union([part for part in parts if part is not NoneType])
    return _of_scalar(kind)


def _of_scalar(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if issubclass(kind, Enum):
        return (lambda value: value.value), kind
    if kind is date:
        return date.isoformat, date.fromisoformat
    if kind is float:
        return float, _number
    return (lambda value: value), _of(kind)


def _of_dataclass(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    parts = {field.name: _codec(hints[field.name]) for field in fields(kind)}
    needed = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}

    def write(value: Any) -> dict[str, Any]:
        return {name: part[0](getattr(value, name)) for name, part in parts.items()}

    def read(obj: Any) -> Any:
        unknown, missing = obj.keys() - parts.keys(), needed - obj.keys()
        if unknown or missing:
            raise ValueError(f"{kind.__name__} with unknown {sorted(unknown)} and missing {sorted(missing)}")
        return kind(**{name: parts[name][1](item) for name, item in obj.items()})

    return write, read


def _of_union(kinds: list[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """An optional value, or a number or text."""
    if len(kinds) == 1:
        write, read = _codec(kinds[0])
        return (
            lambda value: None if value is None else write(value),
            lambda obj: None if obj is None else read(obj),
        )
    return (lambda value: float(value) if isinstance(value, int) else value), (lambda obj: obj)


def _number(obj: Any) -> float:
    if isinstance(obj, bool) or not isinstance(obj, int | float):
        raise TypeError(f"{obj!r} is no number")
    return float(obj)


def _of(kind: Any) -> Callable[[Any], Any]:
    def read(obj: Any) -> Any:
        if not isinstance(obj, kind):
            raise TypeError(f"{obj!r} is not {kind.__name__}")
        return obj

    return read
