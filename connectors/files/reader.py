"""One way in for every activity file: what it is is seen from its content, never from its name."""

from __future__ import annotations

from datetime import datetime

from connectors.errors import NotRecognised, NothingToImport
from connectors.files.fit import read_fit_recording
from connectors.files.gpx import read_gpx_recording
from connectors.files.recording import DecodedFile
from connectors.files.tcx import read_tcx_recording
from connectors.files.xml import parse_xml, root_name

_PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd", b"Rar!": "rar"}
_XML_BEGINNINGS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_FIT_MAGIC = b".FIT"


def read_activity_file(data: bytes, *, name: str, now: datetime | None = None) -> DecodedFile:
    """Decode a FIT, TCX or GPX file, salvaging what a damaged one still holds.

    `now` is the day's instant, to tell a clock that runs in the future; without it only clocks of the past are judged.
    Raises a `Skipped` that says why there is nothing to take.
    """
    if not data:
        raise NothingToImport(f"{name} is empty.", "Export it again if it should hold an activity.")
    packed = next((kind for magic, kind in _PACKED.items() if data.startswith(magic)), None)
    if packed:
        raise NotRecognised(
            f"{name} is still packed ({packed}).", "Unpack it, or give the importer the file as it came."
        )
    if data[8:12] == _FIT_MAGIC or _FIT_MAGIC in data[: 1 << 16]:
        return read_fit_recording(data, now=now)
    text = data.lstrip()
    if text.startswith(_XML_BEGINNINGS):
        root, faults = parse_xml(text, name=name)
        match root_name(root):
            case "gpx":
                return read_gpx_recording(root, faults, now=now)
            case "TrainingCenterDatabase":
                return read_tcx_recording(root, faults, now=now)
            case other:
                raise NotRecognised(f"{name} is XML of the kind “{other}”.", "Give FIT, TCX or GPX files.")
    raise NotRecognised(f"{name} is no FIT, TCX or GPX file.", "Give files as a watch or a sports site exports them.")
