"""Everything inside what was offered: folders walked, zips listed, nothing unpacked to disk under a name from outside."""

from __future__ import annotations

import io
import lzma
import os
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.errors import Damaged, NotFound, NotRecognised, Skipped, Unsafe
from connectors.takeout import HEAD_BYTES, USABLE_KINDS, FileKind, what_is
from connectors.unpack import Limits, too_large

# A zip in a zip is common (Garmin's account export); a third level is not.
_ZIP_LEVELS = 2
_DOS_EPOCH_YEAR = 1980
_ENCRYPTED = 0x1

# Everything Python's zip reader is known to raise on damaged input.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_REPACK = "Unpack it yourself and import the folder."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file found, on disk or in a zip, and what its first bytes say it is.

    `offer` counts the path it came with, so that two folders of the same name stay apart. `name` is what a person is
    told: the offered name and the way from there. `exported_at` is the date a zip gives its member.
    """

    offer: int
    name: str
    kind: FileKind
    exported_at: datetime | None
    read_up_to: Callable[[int], bytes]

    def read(self, limits: Limits) -> bytes:
        """The whole file; refused above the size limit."""
        data = self.read_up_to(limits.file_bytes + 1)
        if len(data) > limits.file_bytes:
            raise too_large(limits.file_bytes)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something offered that gives nothing to read, and why."""

    offer: int
    name: str
    kind: str
    why: Skipped


def walk(paths: Sequence[Path], stack: ExitStack, limits: Limits) -> Iterator[Entry | Refused]:
    """Every file in the paths, in the same order every time. The stack keeps zips open while entries are read."""
    for offer, path in enumerate(paths):
        walker = _Walker(offer, stack, limits)
        name = printable(path.name or path.resolve().name)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield Refused(offer=offer, name=name, kind="unknown", why=_cannot_open(error))
            continue
        if stat.S_ISDIR(mode):
            yield from walker.folder(path, name)
        else:
            yield from walker.file(path, name)


def printable(name: str) -> str:
    """A file name that can be printed and stored: undecodable bytes and control characters replaced."""
    name = name.encode("utf-8", "replace").decode()
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) == "Cc" else char for char in name)


class _Walker:
    def __init__(self, offer: int, stack: ExitStack, limits: Limits) -> None:
        self._offer = offer
        self._stack = stack
        self._limits = limits

    def folder(self, path: Path, name: str) -> Iterator[Entry | Refused]:
        unreadable: list[OSError] = []
        found = False
        for folder, folder_names, file_names in os.walk(path, onerror=unreadable.append):
            folder_names[:] = sorted(each for each in folder_names if not _is_noise(each))
            for file_name in sorted(file_names):
                if not _is_noise(file_name):
                    found = True
                    file = Path(folder) / file_name
                    yield from self.file(file, f"{name}/{printable(file.relative_to(path).as_posix())}")
        for error in unreadable:
            found = True
            yield Refused(
                offer=self._offer, name=printable(Path(error.filename).name), kind="folder", why=_cannot_open(error)
            )
        if not found:
            yield Refused(
                offer=self._offer,
                name=name,
                kind="folder",
                why=NotFound("The folder is empty.", "Offer the folder that holds the files."),
            )

    def file(self, path: Path, name: str) -> Iterator[Entry | Refused]:
        def read_up_to(size: int) -> bytes:
            try:
                with path.open("rb") as file:
                    return file.read(size)
            except OSError as error:
                raise _cannot_open(error) from error

        try:
            # A pipe or a device would be waited for without end.
            if not stat.S_ISREG(path.stat().st_mode):
                raise NotRecognised("It is not an ordinary file.", "Offer files, folders or zips.")
            kind = what_is(read_up_to(HEAD_BYTES))
        except OSError as error:
            yield Refused(offer=self._offer, name=name, kind="unknown", why=_cannot_open(error))
        except Skipped as why:
            yield Refused(offer=self._offer, name=name, kind="unknown", why=why)
        else:
            if kind == "zip":
                yield from self._zip(name, lambda: path.open("rb"), level=1)
            else:
                yield Entry(offer=self._offer, name=name, kind=kind, exported_at=None, read_up_to=read_up_to)

    def _zip(self, name: str, open_file: Callable[[], io.BufferedIOBase], *, level: int) -> Iterator[Entry | Refused]:
        try:
            archive = self._stack.enter_context(zipfile.ZipFile(self._stack.enter_context(open_file())))
            members = sorted((each for each in archive.infolist() if not each.is_dir()), key=lambda each: each.filename)
        except _ZIP_ERRORS:
            yield Refused(
                offer=self._offer,
                name=name,
                kind="zip",
                why=Damaged("The zip is damaged or incomplete.", "Download or copy it again, then import it again."),
            )
            return
        if len(members) > self._limits.zip_members:
            yield Refused(
                offer=self._offer, name=name, kind="zip", why=Unsafe(f"The zip lists {len(members):,} files.", _REPACK)
            )
            return
        # What is above the size of one file is never unpacked: videos in Strava's archive, for example.
        if (
            sum(each.file_size for each in members if each.file_size <= self._limits.file_bytes)
            > self._limits.zip_bytes
        ):
            size_gb = self._limits.zip_bytes // 1024**3
            yield Refused(
                offer=self._offer,
                name=name,
                kind="zip",
                why=Unsafe(f"The zip unpacks to more than {size_gb} GB.", _REPACK),
            )
            return
        if members and all(each.flag_bits & _ENCRYPTED for each in members):
            yield Refused(offer=self._offer, name=name, kind="zip", why=_encrypted())
            return
        found = [
            each
            for member in members
            if not _is_noise(member.filename)
            for each in self._member(archive, member, f"{name}/{printable(member.filename)}", level=level)
        ]
        if any(isinstance(each, Refused) or each.kind in USABLE_KINDS for each in found):
            yield from found
        else:
            yield Refused(
                offer=self._offer,
                name=name,
                kind="zip",
                why=NotRecognised(
                    "The zip holds nothing we can read.",
                    "Offer FIT, TCX or GPX files, a Strava archive or a WHOOP export.",
                ),
            )

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, *, level: int
    ) -> Iterator[Entry | Refused]:
        def read_up_to(size: int) -> bytes:
            if member.file_size > size:
                raise too_large(size)
            try:
                with archive.open(member) as file:
                    return file.read(size)
            except _ZIP_ERRORS as error:
                raise _damaged_member() from error

        try:
            _refuse_unsafe(member, self._limits)
            with archive.open(member) as file:
                kind = what_is(file.read(HEAD_BYTES))
        except _ZIP_ERRORS:
            yield Refused(offer=self._offer, name=name, kind="unknown", why=_damaged_member())
            return
        except Skipped as why:
            yield Refused(offer=self._offer, name=name, kind="unknown", why=why)
            return
        if kind != "zip":
            exported_at = _zip_date(member)
            yield Entry(offer=self._offer, name=name, kind=kind, exported_at=exported_at, read_up_to=read_up_to)
        elif level < _ZIP_LEVELS:
            yield from self._nested_zip(archive, member, name, level=level + 1)
        else:
            yield Refused(
                offer=self._offer,
                name=name,
                kind="zip",
                why=NotRecognised("It is a zip in a zip in a zip.", "Unpack the outer ones first."),
            )

    def _nested_zip(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, *, level: int
    ) -> Iterator[Entry | Refused]:
        if member.file_size > self._limits.nested_zip_bytes:
            yield Refused(
                offer=self._offer,
                name=name,
                kind="zip",
                why=Unsafe("The zip in the zip is too large to copy out.", _REPACK),
            )
            return
        copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        try:
            with archive.open(member) as file:
                while part := file.read(1 << 20):
                    copy.write(part)
        except _ZIP_ERRORS:
            yield Refused(offer=self._offer, name=name, kind="zip", why=_damaged_member())
            return
        yield from self._zip(name, lambda: copy, level=level)


def _refuse_unsafe(member: zipfile.ZipInfo, limits: Limits) -> None:
    """Names are never used to write, but a zip that tries this is not one any of our sources made."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise Unsafe("Its name in the zip points outside the zip.", "Leave it out, or unpack the zip and look at it.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unsafe("It is a link, not a file.", _REPACK)
    if member.flag_bits & _ENCRYPTED:
        raise _encrypted()
    if member.file_size > limits.ratio_from_bytes and member.file_size > limits.ratio * max(member.compress_size, 1):
        raise Unsafe(f"It unpacks to more than {limits.ratio} times its size, as no recording does.", "Leave it out.")


def _encrypted() -> NotRecognised:
    return NotRecognised("It is encrypted.", "Unpack the zip with its password and import the folder.")


def _damaged_member() -> Damaged:
    return Damaged("The zip is damaged at this file.", "Download or copy the zip again, then import it again.")


def _cannot_open(error: OSError) -> Skipped:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return NotFound("There is nothing at this path.", "Check the spelling, or mount the disk it is on.")
        case PermissionError():
            return NotFound("It may not be read.", "Give yourself permission to read it (chmod u+r).")
        case _:
            return NotFound(f"The system cannot read it ({error.strerror}).", "Copy it elsewhere and import the copy.")


def _zip_date(member: zipfile.ZipInfo) -> datetime | None:
    """The member's date, read as UTC (zips do not say); None for the date that stands for unknown."""
    try:
        date = datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        return None
    return date if date.year > _DOS_EPOCH_YEAR else None


def _is_noise(name: str) -> bool:
    """What desktops leave behind: hidden files, resource forks, thumbnails."""
    parts = name.replace("\\", "/").split("/")
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part in {"__MACOSX", "Thumbs.db", "desktop.ini"}
        for part in parts
    )
