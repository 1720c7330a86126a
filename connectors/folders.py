"""Everything inside what was offered: folders walked, zips listed, nothing unpacked to disk under a name from outside."""

from __future__ import annotations

import io
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from connectors.errors import Damaged, NotFound, NotRecognised, Skipped, Unsafe
from connectors.takeout import HEAD_BYTES, USABLE_KINDS, WHAT_TO_OFFER, FileKind, what_is
from connectors.unpack import Limits, too_large
from connectors.zips import ZIP_ERRORS, is_encrypted, refuse_bomb

# A zip in a zip is common (Garmin's account export); a third level is not.
_ZIP_LEVELS = 2
_PIECE_BYTES = 1 << 20
_DOS_EPOCH_YEAR = 1980
# Vendors name uploads after the account. Whatever stands before the sign goes, up to the folder; a little too much
# masked is better than too little.
_EMAIL = re.compile(r"[^/\s]*(?:@|%40|\N{FULLWIDTH COMMERCIAL AT})[\w-]+?(?:\.[A-Za-z0-9-]+)+", re.IGNORECASE)
_REPACK = "Unpack it yourself and import the folder."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file found, on disk or in a zip, and what its first bytes say it is.

    `offer` counts the path it came with, so that two folders of the same name stay apart. `place` is the offered name
    and the way from there, for this import's own use: it may hold what must not be shown. `exported_at` is the date a
    zip gives its member. `copy_out` gives the file's own path, or copies a zip's member to a file that the stack
    deletes and gives that.
    """

    offer: int
    place: str = field(repr=False)
    kind: FileKind
    exported_at: datetime | None
    size_bytes: int
    read_up_to: Callable[[int], bytes]
    copy_out: Callable[[ExitStack], Path]

    @property
    def name(self) -> str:
        """What a person is told."""
        return printable(self.place)

    def read(self, limits: Limits) -> bytes:
        """The whole file; refused above the size limit."""
        if self.size_bytes > limits.file_bytes:
            raise too_large(limits.file_bytes)
        data = self.read_up_to(limits.file_bytes + 1)
        if len(data) > limits.file_bytes:
            raise too_large(limits.file_bytes)
        return data

    @contextmanager
    def on_disk(self, limits: Limits) -> Iterator[Path]:
        """The file as a path to read from, for as long as the block lasts; for readers that cannot take bytes."""
        if self.size_bytes > limits.export_bytes:
            raise too_large(limits.export_bytes)
        with ExitStack() as stack:
            yield self.copy_out(stack)

    @contextmanager
    def open(self, limits: Limits) -> Iterator[BinaryIO]:
        """The file as a seekable handle, for what is too large to hold in memory."""
        with self.on_disk(limits) as path:
            try:
                handle = path.open("rb")
            except OSError as error:
                raise _cannot_open(error) from error
            with handle:
                yield handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something offered that gives nothing to read, and why."""

    offer: int
    place: str = field(repr=False)
    kind: str
    why: Skipped

    @property
    def name(self) -> str:
        """What a person is told."""
        return printable(self.place)


def walk(paths: Sequence[Path], stack: ExitStack, limits: Limits) -> Iterator[Entry | Refused]:
    """Every file in the paths, in the same order every time. The stack keeps zips open while entries are read."""
    for offer, path in enumerate(paths):
        walker = _Walker(offer, stack, limits)
        place = path.name or path.resolve().name
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield Refused(offer=offer, place=place, kind="unknown", why=_cannot_open(error))
            continue
        if stat.S_ISDIR(mode):
            yield from walker.folder(path, place)
        else:
            yield from walker.file(path, place)


def printable(name: str) -> str:
    """A file name that can be shown and stored: what cannot be printed replaced, e-mail addresses masked."""
    name = name.encode("utf-8", "replace").decode()
    name = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) == "Cc" else char for char in name)
    return _EMAIL.sub("\N{HORIZONTAL ELLIPSIS}", name)


class _Walker:
    def __init__(self, offer: int, stack: ExitStack, limits: Limits) -> None:
        self._offer = offer
        self._stack = stack
        self._limits = limits

    def folder(self, path: Path, place: str) -> Iterator[Entry | Refused]:
        unreadable: list[OSError] = []
        found = False
        for folder, folder_names, file_names in os.walk(path, onerror=unreadable.append):
            folder_names[:] = sorted(each for each in folder_names if not _is_noise(each))
            for file_name in sorted(file_names):
                if not _is_noise(file_name):
                    found = True
                    file = Path(folder) / file_name
                    yield from self.file(file, f"{place}/{file.relative_to(path).as_posix()}")
        for error in unreadable:
            found = True
            yield Refused(offer=self._offer, place=Path(error.filename).name, kind="folder", why=_cannot_open(error))
        if not found:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="folder",
                why=NotFound("The folder is empty.", "Offer the folder that holds the files."),
            )

    def file(self, path: Path, place: str) -> Iterator[Entry | Refused]:
        def read_up_to(size: int) -> bytes:
            try:
                with path.open("rb") as file:
                    return file.read(size)
            except OSError as error:
                raise _cannot_open(error) from error

        try:
            # A pipe or a device would be waited for without end.
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                raise NotRecognised("It is not an ordinary file.", "Offer files, folders or zips.")
            kind = what_is(read_up_to(HEAD_BYTES))
        except OSError as error:
            yield Refused(offer=self._offer, place=place, kind="unknown", why=_cannot_open(error))
        except Skipped as why:
            yield Refused(offer=self._offer, place=place, kind="unknown", why=why)
        else:
            if kind == "zip":
                yield from self._zip(place, lambda: path.open("rb"), level=1)
            else:
                yield Entry(
                    offer=self._offer,
                    place=place,
                    kind=kind,
                    exported_at=None,
                    size_bytes=about.st_size,
                    read_up_to=read_up_to,
                    copy_out=lambda _: path,
                )

    def _zip(self, place: str, open_file: Callable[[], io.BufferedIOBase], *, level: int) -> Iterator[Entry | Refused]:
        try:
            archive = self._stack.enter_context(zipfile.ZipFile(self._stack.enter_context(open_file())))
            members = sorted((each for each in archive.infolist() if not each.is_dir()), key=lambda each: each.filename)
        except ZIP_ERRORS:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="zip",
                why=Damaged("The zip is damaged or incomplete.", "Download or copy it again, then import it again."),
            )
            return
        if len(members) > self._limits.zip_members:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="zip",
                why=Unsafe(f"The zip lists {len(members):,} files.", _REPACK),
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
                place=place,
                kind="zip",
                why=Unsafe(f"The zip unpacks to more than {size_gb} GB.", _REPACK),
            )
            return
        if members and all(is_encrypted(each) for each in members):
            yield Refused(offer=self._offer, place=place, kind="zip", why=_encrypted())
            return
        found = [
            each
            for member in members
            if not _is_noise(member.filename)
            for each in self._member(archive, member, f"{place}/{member.filename}", level=level)
        ]
        if any(isinstance(each, Refused) or each.kind in USABLE_KINDS for each in found):
            yield from found
        else:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="zip",
                why=NotRecognised("The zip holds nothing we can read.", WHAT_TO_OFFER),
            )

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, *, level: int
    ) -> Iterator[Entry | Refused]:
        def read_up_to(size: int) -> bytes:
            try:
                with archive.open(member) as file:
                    return file.read(size)
            except ZIP_ERRORS as error:
                raise _damaged_member() from error

        def copy_out(stack: ExitStack) -> Path:
            copy = stack.enter_context(tempfile.NamedTemporaryFile())  # noqa: SIM115  # the stack closes it
            _copy(archive, member, copy)
            copy.flush()
            return Path(copy.name)

        try:
            _refuse_unsafe(member, self._limits)
            with archive.open(member) as file:
                kind = what_is(file.read(HEAD_BYTES))
        except ZIP_ERRORS:
            yield Refused(offer=self._offer, place=place, kind="unknown", why=_damaged_member())
            return
        except Skipped as why:
            yield Refused(offer=self._offer, place=place, kind="unknown", why=why)
            return
        if kind != "zip":
            exported_at = _zip_date(member)
            yield Entry(
                offer=self._offer,
                place=place,
                kind=kind,
                exported_at=exported_at,
                size_bytes=member.file_size,
                read_up_to=read_up_to,
                copy_out=copy_out,
            )
        elif level < _ZIP_LEVELS:
            yield from self._nested_zip(archive, member, place, level=level + 1)
        else:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="zip",
                why=NotRecognised("It is a zip in a zip in a zip.", "Unpack the outer ones first."),
            )

    def _nested_zip(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, *, level: int
    ) -> Iterator[Entry | Refused]:
        if member.file_size > self._limits.nested_zip_bytes:
            yield Refused(
                offer=self._offer,
                place=place,
                kind="zip",
                why=Unsafe("The zip in the zip is too large to copy out.", _REPACK),
            )
            return
        copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        try:
            _copy(archive, member, copy)
        except Skipped as why:
            yield Refused(offer=self._offer, place=place, kind="zip", why=why)
            return
        yield from self._zip(place, lambda: copy, level=level)


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, to: IO[bytes]) -> None:
    try:
        with archive.open(member) as file:
            while part := file.read(_PIECE_BYTES):
                to.write(part)
    except ZIP_ERRORS as error:
        raise _damaged_member() from error


def _refuse_unsafe(member: zipfile.ZipInfo, limits: Limits) -> None:
    """Names are never used to write, but a zip that tries this is not one any of our sources made."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise Unsafe("Its name in the zip points outside the zip.", "Leave it out, or unpack the zip and look at it.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unsafe("It is a link, not a file.", _REPACK)
    if is_encrypted(member):
        raise _encrypted()
    refuse_bomb(member, limits)


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
