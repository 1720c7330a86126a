"""Zip files with the same bytes every time: entries in the given order, dated by the take-out."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path


def write_zip(path: Path, members: Mapping[str, bytes], *, dated: date) -> None:
    """A zip of these members; what is packed already is stored as it is."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, date_time=(dated.year, dated.month, dated.day, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, whatever system this runs on
            archive.writestr(entry, data)
