"""Coach values to plain JSON values and back, exactly: the declared type of every field decides."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from coach.errors import UnreadablePlan

_Value = TypeVar("_Value")


def encode(value: object) -> Any:
    """A frozen coach value as JSON values; a tuple of them as a list."""
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    kind: Any = type(value)
    # A whole number where a number or a text may stand is no mistake, though pydantic would warn of it.
    return _adapter(kind).dump_python(value, mode="json", warnings="none")


def decode(kind: type[_Value], obj: object) -> _Value:
    """The value that `encode` wrote. Raises UnreadablePlan, naming what is wrong."""
    # As JSON text, because strict reading takes a date from a text there, and still no number from one.
    written, declared = orjson.dumps(obj), cast("Any", kind)
    try:
        return cast("_Value", _adapter(declared).validate_json(written, strict=True, extra="forbid"))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UnreadablePlan(
            f"A stored {kind.__name__} cannot be read: {wrong}. Restore the ledger from a backup."
        ) from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
