"""Reading a CSV as people's exports really are: any encoding, any delimiter, cells with newlines, rows of odd length."""

from __future__ import annotations

import csv
import io
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, replace

from connectors.errors import Damaged, NothingToImport

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, every row as long as the header, cells as text. `odd_rows` did not fit and were padded or cut.

    `lines` says on which line of the file each row begins; rows on `cut_lines` lost cells that were not empty.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    odd_rows: int = 0
    lines: tuple[int, ...] = ()
    cut_lines: frozenset[int] = frozenset()


def read_table(data: bytes) -> Table:
    """All of the file as a table. Raises `Damaged` if it is none, `NothingToImport` without a single row of cells."""
    try:
        table = _parse(_decoded(data))
    except (csv.Error, UnicodeError) as error:
        raise Damaged("The table cannot be read as CSV.", "Download it again and do not edit it.") from error
    if table is None:
        raise NothingToImport("The table is empty.", "Download it again.")
    return table


def peek_table(head: bytes) -> Table | None:
    """The table at the start of a file, without the row that the head cuts; None for what is not text in columns."""
    if b"\0" in head and not head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return None
    try:
        text = _decoded(head, is_cut=True)
        table = _parse(text)
    except (csv.Error, UnicodeError):
        return None
    if table is None or len(table.header) < 2:
        return None
    is_whole = text.endswith(("\n", "\r"))
    if is_whole or not table.rows:
        return table
    return replace(table, rows=table.rows[:-1], lines=table.lines[:-1])


def plain(text: str) -> str:
    """A cell or header with all its odd blanks and apostrophes made ordinary ones."""
    text = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "").split())


def _parse(text: str) -> Table | None:
    first_line = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    numbered, line = [], 1
    for row in reader:
        if any(map(str.strip, row)):
            numbered.append((line, row))
        line = reader.line_num + 1
    if not numbered:
        return None
    (_, first), *rest = numbered
    header = tuple(plain(cell) for cell in first)
    width = len(header)
    return Table(
        header,
        rows=tuple(tuple(row[:width]) + ("",) * (width - len(row)) for _, row in rest),
        odd_rows=sum(1 for _, row in rest if len(row) != width),
        lines=tuple(line for line, _ in rest),
        cut_lines=frozenset(line for line, row in rest if any(map(str.strip, row[width:]))),
    )


def _decoded(data: bytes, *, is_cut: bool = False) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "ignore" if is_cut else "strict")
    data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if is_cut and error.start > len(data) - 4:  # the head ends within a character
            return data[: error.start].decode("utf-8")
        # Saved again by an old spreadsheet; every byte means something in this encoding or is dropped.
        return data.decode("cp1252", "ignore")
