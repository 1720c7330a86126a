"""What is this file? Told by what is in it, never by its name."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Literal

from connectors.garmin.export_rows import garmin_entity
from connectors.strava.columns import is_activities_table, is_gear_table
from connectors.tables import peek_table
from connectors.tabular.columns import TabularEntity, tabular_entity
from connectors.unpack import peek_gunzipped
from connectors.whoop.columns import whoop_entity

FileKind = Literal[
    "empty",
    "zip",
    "fit",
    "gpx",
    "tcx",
    "xml",
    "gzip",
    "strava_activities",
    "strava_gear",
    "whoop_cycle",
    "whoop_sleep",
    "whoop_workout",
    "whoop_journal",
    "garmin_activities",
    "garmin_sleep",
    "garmin_day",
    "garmin_health",
    "sqlite",
    "csv_activities",
    "csv_nights",
    "unknown",
]

# How much of a file has to be seen: the longest header known (a Strava table in German) is under 3 kB, and one row
# has to follow it.
HEAD_BYTES = 16 * 1024

# Worth handing to the reader of activity files, which has the last word.
ACTIVITY_KINDS: frozenset[FileKind] = frozenset({"fit", "gpx", "tcx", "xml", "gzip"})
STRAVA_KINDS: frozenset[FileKind] = frozenset({"strava_activities", "strava_gear"})
WHOOP_KINDS: frozenset[FileKind] = frozenset({"whoop_cycle", "whoop_sleep", "whoop_workout", "whoop_journal"})
# A database is GarminDB's or nobody's; which, its tables say.
GARMINDB_KINDS: frozenset[FileKind] = frozenset({"sqlite"})
TABULAR_KINDS: frozenset[FileKind] = frozenset({"csv_activities", "csv_nights"})
GARMIN_KINDS: frozenset[FileKind] = frozenset({"garmin_activities", "garmin_sleep", "garmin_day", "garmin_health"})
# Read by the landers in `connectors.exports`, which names one for every kind here and for no other.
EXPORT_KINDS: frozenset[FileKind] = STRAVA_KINDS | WHOOP_KINDS | GARMIN_KINDS | GARMINDB_KINDS | TABULAR_KINDS
# What makes a zip worth opening.
_USABLE_ACTIVITIES: frozenset[FileKind] = frozenset({"fit", "gpx", "tcx", "gzip"})
USABLE_KINDS = _USABLE_ACTIVITIES | EXPORT_KINDS

# For whoever offered something else.
WHAT_TO_OFFER = (
    "Offer FIT, TCX or GPX files, a Strava archive, a WHOOP or Garmin export, "
    "GarminDB's databases, or a table as `pacewright import --csv-format` describes it."
)

_SQLITE_MAGIC = b"SQLite format 3\0"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GARMIN_KIND_OF: dict[str, FileKind] = {
    "activity": "garmin_activities",
    "sleep": "garmin_sleep",
    "day": "garmin_day",
    "health": "garmin_health",
}
_WHOOP_KIND_OF: dict[str, FileKind] = {
    "cycle": "whoop_cycle",
    "sleep": "whoop_sleep",
    "workout": "whoop_workout",
    "journal": "whoop_journal",
}
_TABULAR_KIND_OF: dict[TabularEntity, FileKind] = {"activity": "csv_activities", "night": "csv_nights"}


def what_is(head: bytes) -> FileKind:
    """What the first `HEAD_BYTES` of a file say it is. A gzipped file is what is inside."""
    if not head:
        return "empty"
    if head.startswith(_ZIP_MAGICS):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        inside = what_is(peek_gunzipped(head, HEAD_BYTES))
        return inside if inside in {"fit", "gpx", "tcx", "xml"} else "gzip"
    # A FIT header is 12 or 14 bytes long and names itself in the middle.
    if head[8:12] == b".FIT":
        return "fit"
    if head.startswith(_SQLITE_MAGIC):
        return "sqlite"
    return _what_xml_is(head) or _what_json_is(head) or _what_table_is(head) or "unknown"


def _what_xml_is(head: bytes) -> FileKind | None:
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        head = head.replace(b"\0", b"")[2:]
    text = head.removeprefix(BOM_UTF8).lstrip()
    if not text.startswith(b"<"):
        return None
    if b"<gpx" in text or b":gpx" in text:
        return "gpx"
    return "tcx" if b"TrainingCenterDatabase" in text else "xml"


def _what_json_is(head: bytes) -> FileKind | None:
    if not head.removeprefix(BOM_UTF8).lstrip().startswith((b"[", b"{")):
        return None
    entity = garmin_entity(head)
    return None if entity is None else _GARMIN_KIND_OF[entity]


def _what_table_is(head: bytes) -> FileKind | None:
    table = peek_table(head)
    if table is None:
        return None
    published = tabular_entity(table)
    if published is not None:
        return _TABULAR_KIND_OF[published]
    if is_activities_table(table):
        return "strava_activities"
    if is_gear_table(table):
        return "strava_gear"
    entity = whoop_entity(table)
    return None if entity is None else _WHOOP_KIND_OF[entity]
