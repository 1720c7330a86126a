"""Rows put aside on disk, so that a list of any length can be looked over before any of it lands."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import orjson


class Spool(Mapping[str, Mapping[str, Any]]):
    """A mapping from key to row whose rows lie in a temporary file. A key put again has its last row."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the block that this object is for
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def put(self, key: str, row: Mapping[str, Any]) -> None:
        """Put a row aside. Raises TypeError for what JSON cannot hold."""
        text = orjson.dumps(row)
        self._file.seek(self._end)
        self._places[key] = (self._end, len(text))
        self._end += self._file.write(text)

    def rows_within(self, size_bytes: int) -> int:
        """How many of the rows make up this size, taken the average."""
        return max(size_bytes * len(self._places) // max(self._end, 1), 1)

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        start, size = self._places[key]
        self._file.seek(start)
        row: Mapping[str, Any] = orjson.loads(self._file.read(size))
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
