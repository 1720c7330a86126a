"""One way in for every activity file: what it is is seen from its content, never from its name."""

from __future__ import annotations

from datetime import datetime

from connectors.errors import NothingToImport, NotRecognised
from connectors.files.fit import read_fit_recording
from connectors.files.gpx import read_gpx_recording
from connectors.files.recording import DecodedFile
from connectors.files.tcx import read_tcx_recording
from connectors.files.xml_tree import local_name, parse_xml

_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
}
_UTF8_MARK = b"\xef\xbb\xbf"
_XML_BEGINNINGS = (b"<", b"\xff\xfe", b"\xfe\xff")
_FIT_MAGIC = b".FIT"
_SEARCHED = 1 << 16
"""How far into a file without a header a FIT header is looked for."""


def read_activity_file(data: bytes, *, name: str, now: datetime | None = None) -> DecodedFile:
    """Decode a FIT, TCX or GPX file, salvaging what a damaged one still holds.

    `now` is the day's instant, to tell a clock that runs in the future; without it only clocks of the past are judged.
    Raises a `Skipped` that says why there is nothing to take.
    """
    if not data.strip():
        raise NothingToImport(f"{name} is empty.", "Export it again if it should hold an activity.")
    packed = next((kind for magic, kind in _PACKED.items() if data.startswith(magic)), None)
    if packed:
        raise NotRecognised(
            f"{name} is still packed ({packed}).", "Unpack it, or give the importer the file as it came."
        )
    if data[8:12] == _FIT_MAGIC:
        return read_fit_recording(data, now=now)
    text = data.removeprefix(_UTF8_MARK).lstrip()
    if text.startswith(_XML_BEGINNINGS):
        root, faults = parse_xml(text, name=name)
        read = read_gpx_recording if local_name(root) == "gpx" else read_tcx_recording
        return read(root, faults, now=now)
    if _FIT_MAGIC in data[:_SEARCHED]:
        return read_fit_recording(data, now=now)
    raise NotRecognised(f"{name} is no FIT, TCX or GPX file.", "Give files as a watch or a sports site exports them.")
