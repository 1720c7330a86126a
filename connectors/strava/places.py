"""Where in all that was offered Strava archives lie, and which of their files are ours to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from connectors.folders import Entry, Refused
from connectors.takeout import USABLE_KINDS

_ACTIVITIES = "activities"
# Routes are plans without times, media are pictures, clubs are other people.
_NEVER_READ = frozenset({"routes", "media", "clubs"})

_Place = tuple[int, PurePosixPath]


class StravaArchives:
    """The archives among what was found: every folder that holds a list of activities."""

    def __init__(self, found: Sequence[Entry | Refused]) -> None:
        self._roots = {
            (each.offer, PurePosixPath(each.place).parent)
            for each in found
            if isinstance(each, Entry) and each.kind == "strava_activities"
        }
        self._sha256_at: dict[_Place, str] = {}

    def holds(self, entry: Entry) -> bool:
        """Whether the file is one of an archive's recordings."""
        inside = self._inside(entry.offer, entry.place)
        return inside is not None and inside.parts[0] == _ACTIVITIES and len(inside.parts) > 1

    def ignores(self, found: Entry | Refused) -> bool:
        """Whether this belongs to an archive and is none of our business.

        Something plainly meant for us that merely lies beside it (a WHOOP table, a run, another archive) is not ignored.
        """
        inside = self._inside(found.offer, found.place)
        if inside is None or inside.parts[0] == _ACTIVITIES:
            return False
        if inside.parts[0] in _NEVER_READ:
            return True
        return isinstance(found, Entry) and found.kind not in USABLE_KINDS

    def remember(self, entry: Entry, sha256: str) -> None:
        """Keep which bytes lie where, for the rows that name them."""
        if self._roots:
            self._sha256_at[entry.offer, PurePosixPath(entry.place)] = sha256

    def files_beside(self, entry: Entry) -> dict[str, str]:
        """The hashes of the files in the archive of this list, by their place in it."""
        root = PurePosixPath(entry.place).parent
        return {
            place.relative_to(root).as_posix(): sha256
            for (offer, place), sha256 in self._sha256_at.items()
            if offer == entry.offer and place.is_relative_to(root)
        }

    def _inside(self, offer: int, name: str) -> PurePosixPath | None:
        """The way from the nearest archive's root, or None outside of all."""
        if not self._roots:
            return None
        place = PurePosixPath(name)
        for parent in place.parents:
            if (offer, parent) in self._roots:
                return place.relative_to(parent)
        return None
