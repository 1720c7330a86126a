"""Where in all that was offered Garmin account exports lie, and which of their files are ours to read.

Of an export only the documents of activities, nights, days and health are read, and of the uploads only recordings of
activities. The rest (profile, payments, contacts, every day's device logs) is left alone and only counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from connectors.errors import Damaged, Unsafe
from connectors.folders import Entry, Refused, printable
from connectors.takeout import EXPORT_KINDS, GARMIN_KINDS, USABLE_KINDS

_TOP = "di_connect"
_PART = "di-connect-"
_UPLOADS = re.compile(r"di-connect-uploaded-files|uploadedfiles_.*", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?:_\d+)?", re.IGNORECASE)
_RECORDING_NAME = re.compile(r".*\.(?:fit|tcx|gpx)(?:\.gz)?", re.IGNORECASE)
_RECORDINGS = frozenset({"fit", "gpx", "tcx"})

# FIT: the first message of a file says of what type it is.
_FIT_HEAD_BYTES = 512
_FIT_ACTIVITY = 4
_FILE_ID_MESSAGE = 0
_TYPE_FIELD = 0

_Root = tuple[int, PurePosixPath]


class GarminExports:
    """The exports among what was found, told by the names of their folders, and how much of each was left alone."""

    def __init__(self) -> None:
        self._left_alone: Counter[_Root] = Counter()
        self._roots: set[_Root] = set()

    def leaves_alone(self, found: Entry | Refused) -> bool:
        """Whether this belongs to an export and is none of our business; if so it is counted."""
        place = _inside(found)
        if place is None:
            return False
        self._roots.add((found.offer, place))
        if _is_ours(found):
            return False
        self._left_alone[found.offer, place] += 1
        return True

    def leaves_alone_beside(self, found: Entry | Refused) -> bool:
        """The same for what lies beside an export's folders; to be asked when all of them are known."""
        if (isinstance(found, Entry) and found.kind in USABLE_KINDS) or _inside(found) is not None:
            return False
        for parent in PurePosixPath(found.place).parents:
            if (found.offer, parent) in self._roots:
                self._left_alone[found.offer, parent] += 1
                return True
        return False

    def holds(self, entry: Entry) -> bool:
        """Whether the file is one of an export's recordings."""
        return _inside(entry) is not None

    def left_alone(self) -> list[tuple[str, int]]:
        """Every export by the name a person knows, and how many of its files were not looked into."""
        return [(printable(str(root)), count) for (_, root), count in self._left_alone.items()]


class LooseGarminFiles:
    """Documents of an export that somebody took out of its folders: what lies beside them is not ours either."""

    def __init__(self, found: Sequence[Entry | Refused]) -> None:
        self._folders = {
            (each.offer, PurePosixPath(each.place).parent)
            for each in found
            if isinstance(each, Entry) and each.kind in GARMIN_KINDS
        }

    def ignores(self, found: Entry | Refused) -> bool:
        """Whether this is another document beside one of ours."""
        return (
            isinstance(found, Entry)
            and found.kind == "unknown"
            and found.place.casefold().endswith(".json")
            and (found.offer, PurePosixPath(found.place).parent) in self._folders
        )


def _inside(found: Entry | Refused) -> PurePosixPath | None:
    """Where the export begins that this lies in: the folder around its folders, or the whole zip."""
    parts = PurePosixPath(found.place).parts
    for depth, part in enumerate(parts[:-1]):
        folded = part.casefold()
        if folded == _TOP or folded.startswith(_PART) or _UPLOADS.fullmatch(part):
            top = max(depth - 1, 0)
            while top > 0 and _UUID.fullmatch(parts[top]):
                top -= 1
            return PurePosixPath(*parts[: top + 1])
    return None


def _is_ours(found: Entry | Refused) -> bool:
    path = PurePosixPath(found.place)
    if isinstance(found, Refused):
        is_recording = bool(_RECORDING_NAME.fullmatch(path.name)) or found.kind == "zip"
        return is_recording and isinstance(found.why, Damaged | Unsafe)
    if found.kind in EXPORT_KINDS:
        return True
    return (
        found.kind in _RECORDINGS
        and any(_UPLOADS.fullmatch(part) for part in path.parts[:-1])
        and not (found.kind == "fit" and _fit_type(found.read_up_to(_FIT_HEAD_BYTES)) not in {None, _FIT_ACTIVITY})
    )


def _fit_type(head: bytes) -> int | None:
    """The type a FIT file gives itself in its first message; None if that cannot be told from the head."""
    try:
        at = head[0]
        if head[at] & 0xE0 != 0x40:  # anything but a plain definition
            return None
        byte_order: Literal["little", "big"] = "little" if head[at + 2] == 0 else "big"
        if int.from_bytes(head[at + 3 : at + 5], byte_order) != _FILE_ID_MESSAGE:
            return None
        count = head[at + 5]
        fields = [(head[at + 6 + 3 * index], head[at + 7 + 3 * index]) for index in range(count)]
        at += 6 + 3 * count + 1
        for number, size in fields:
            if number == _TYPE_FIELD:
                return head[at]
            at += size
    except IndexError:
        pass
    return None
