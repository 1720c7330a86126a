"""The one recording in a zip that Garmin sends, unpacked in memory within limits."""

from __future__ import annotations

import io
import zipfile

from connectors.errors import Damaged, NothingToImport, NotRecognised, Unsafe
from connectors.takeout import HEAD_BYTES, FileKind, what_is
from connectors.unpack import Limits, too_large
from connectors.zips import ZIP_ERRORS, is_encrypted, refuse_bomb

# The best first: only FIT holds everything the watch wrote.
_KINDS: tuple[FileKind, ...] = ("fit", "tcx", "gpx")
_MEMBERS = 100


def unzipped(data: bytes, limits: Limits, *, name: str) -> bytes:
    """The recording in the zip, or the data itself if it is a recording without a zip. Raises `Skipped`.

    Of several FIT files the one called `name` is taken, else the largest; TCX and GPX only where there is no FIT.
    """
    kind = what_is(data[:HEAD_BYTES])
    if kind in _KINDS or kind == "gzip":
        return data
    if kind != "zip":
        raise NotRecognised("What Garmin sent is neither a zip nor a recording.", "Nothing to do.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _best(archive, limits, name)
    except ZIP_ERRORS as error:
        raise Damaged("The zip is damaged.", "Nothing to do.") from error


def _best(archive: zipfile.ZipFile, limits: Limits, name: str) -> bytes:
    members = [each for each in archive.infolist() if not each.is_dir() and each.file_size]
    if len(members) > _MEMBERS:
        raise Unsafe(f"The zip lists {len(members):,} files.", "Nothing of it was kept.")
    found: list[tuple[tuple[int, bool, int], zipfile.ZipInfo]] = []
    refusal: Unsafe | NotRecognised | None = None
    for member in members:
        try:
            _refuse(member, limits)
        except (Unsafe, NotRecognised) as why:
            refusal = why
            continue
        with archive.open(member) as file:
            kind = what_is(file.read(HEAD_BYTES))
        if kind in _KINDS:
            is_named = member.filename.rpartition("/")[2].startswith(name)
            found.append(((_KINDS.index(kind), not is_named, -member.file_size), member))
    if not found:
        raise refusal or NothingToImport("The zip holds no recording.", "Nothing to do.")
    chosen = min(found, key=lambda each: each[0])[1]
    with archive.open(chosen) as file:
        unpacked = file.read(limits.file_bytes + 1)
    if len(unpacked) > limits.file_bytes:
        raise too_large(limits.file_bytes)
    return unpacked


def _refuse(member: zipfile.ZipInfo, limits: Limits) -> None:
    if is_encrypted(member):
        raise NotRecognised("The zip is encrypted.", "Nothing of it was kept.")
    if member.file_size > limits.file_bytes:
        raise too_large(limits.file_bytes)
    refuse_bomb(member, limits)
