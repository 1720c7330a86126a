"""What the apps on a watch say about the fields they add to its messages."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

FieldKey = tuple[int, int]
"""Which app, and which of its fields."""


@dataclass(frozen=True, slots=True)
class DeveloperField:
    """What a field_description says about a field that an app added."""

    name: str
    units: str | None
    base_type: int
    scale: float
    offset: float
    native_message: int | None
    native_field: int | None


@dataclass(slots=True)
class Descriptions:
    """The field descriptions of one FIT file in the order they were written; a later one replaces an earlier one for
    the definitions that follow it."""

    _at: dict[FieldKey, list[int]] = field(default_factory=dict)
    _fields: dict[FieldKey, list[DeveloperField]] = field(default_factory=dict)

    def add(self, at: int, key: FieldKey, described: DeveloperField) -> None:
        """Note the description that stands at this place among the descriptions."""
        self._at.setdefault(key, []).append(at)
        self._fields.setdefault(key, []).append(described)

    def find(self, key: FieldKey, *, before: int) -> DeveloperField | None:
        """The last description of a field among the first `before` ones."""
        at = bisect_left(self._at.get(key, []), before)
        return self._fields[key][at - 1] if at else None
