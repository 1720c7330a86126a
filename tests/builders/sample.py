"""Reads the sample's take-outs back with nothing but the standard library and fitdecode."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fitdecode

BERLIN = ZoneInfo("Europe/Berlin")


def table(archive: Path, member: str) -> list[list[str]]:
    """A CSV member's rows, the header first."""
    with zipfile.ZipFile(archive) as opened:
        return list(csv.reader(io.StringIO(opened.read(member).decode())))


def activities(archive: Path) -> list[dict[str, str]]:
    """The rows of activities.csv; a header's second occurrence gets " (2)"."""
    header, *rows = table(archive, "activities.csv")
    names = [name if name not in header[:index] else f"{name} (2)" for index, name in enumerate(header)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def whoop_rows(export: Path, member: str) -> list[dict[str, str]]:
    header, *rows = table(export, member)
    return [dict(zip(header, row, strict=True)) for row in rows]


def started_at(activity: dict[str, str]) -> datetime:
    return datetime.strptime(activity["Activity Date"], "%b %d, %Y, %I:%M:%S %p").replace(tzinfo=UTC)


def home_date(activity: dict[str, str]) -> date:
    """The day in Berlin; the same as the athlete's own but for evenings abroad."""
    return started_at(activity).astimezone(BERLIN).date()


def runs(archive: Path) -> list[dict[str, str]]:
    return [row for row in activities(archive) if row["Activity Type"] == "Run"]


def original_file(archive: Path, activity: dict[str, str]) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return gzip.decompress(opened.read(activity["Filename"]))


def messages(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every FIT message as fitdecode reads it; a wrong checksum raises."""
    with fitdecode.FitReader(io.BytesIO(data), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                yield frame.name, {field.name: field.value for field in frame.fields}


def first_message(data: bytes, name: str) -> dict[str, Any]:
    return next(values for found, values in messages(data) if found == name)
