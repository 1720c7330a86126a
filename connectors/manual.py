"""What a person lands by hand: a run without a watch, corrections of what devices recorded, and which of them are one run."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.errors import Skipped
from connectors.landing import Landed

SOURCE = "manual"
RUN, CORRECTION, GROUPING = "run", "correction", "grouping"
MERGE, SPLIT = "merge", "split"
SPORTS = ("run", "ride", "swim", "walk", "hike", "strength", "other")
RUN_TYPES = (
    *("race", "intervals", "fartlek", "hills", "tempo", "progression"),
    *("long", "recovery", "easy", "steady"),
)

TITLE_MAX = 200
TEXT_MAX = 4000
# Unicode's marks that turn the reading direction: text that shows otherwise than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# What a person can have meant; beyond it a unit was mixed up. The fastest run is the marts' own limit of 2:00 per km.
_DISTANCE_MAX_M = 1_000_000.0
_MOVING_MAX_S = 7 * 86_400.0
_HEART_RATE_BPM = (30.0, 220.0)
_CLIMB_MAX_M = 20_000.0
_RUN_FASTEST_S_PER_KM = 120.0
_RUN_SLOWEST_S_PER_KM = 1800.0
_FASTEST_S_PER_KM = 30.0  # 120 km/h, on a bicycle downhill


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What may be said of an activity by hand; None is unsaid."""

    sport: str | None = None
    title: str | None = None
    distance_m: float | None = None
    moving_s: float | None = None
    heart_rate_avg_bpm: float | None = None
    perceived_exertion: int | None = None
    is_race: bool | None = None
    is_treadmill: bool | None = None
    run_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Said):
    """An activity that no device recorded. `note` is the athlete's own words about it."""

    elevation_gain_m: float | None = None
    is_trail: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Said):
    """What a recorded activity really was. An ignored one counts for nothing until it is undone."""

    is_ignored: bool | None = None


def run_key(started_at: datetime, local_date: str) -> str:
    """The entry id of a run that began at an instant: the same run said twice is one run."""
    digest = hashlib.sha256(started_at.astimezone(UTC).isoformat().encode()).hexdigest()[:6]
    return f"{RUN}-{local_date.replace('-', '')}-{digest}"


def land_run(
    athlete_id: str, key: str, run: Run, *, started_at: datetime, utc_offset_s: int, is_start_assumed: bool = False
) -> Landed:
    """A run as it is landed. Raises Skipped, naming the value that cannot be meant."""
    _check(run)
    _check_range("A climb", run.elevation_gain_m, 0.0, _CLIMB_MAX_M, "m")
    _check_text("note", run.note, limit=TEXT_MAX, is_one_line=False)
    if run.distance_m is None and run.moving_s is None:
        raise Skipped("Neither a distance nor a time was given.", "Add --distance-km 8.2, --time 45:10, or both.")
    payload: dict[str, Any] = {
        "started_at": started_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "utc_offset_s": utc_offset_s,
        **_given(run),
    }
    payload.setdefault("sport", "run")
    if is_start_assumed:
        payload["_is_start_assumed"] = True
    return Landed(athlete_id=athlete_id, source=SOURCE, entity=RUN, source_key=key, payload=payload)


def land_correction(athlete_id: str, recording_id: str, correction: Correction) -> Landed:
    """A correction as it is landed. Raises Skipped, naming the value that cannot be meant."""
    _check(correction)
    given = _given(correction)
    if not given:
        raise Skipped("Nothing to correct was named.", "Add what it really was, such as --distance-km 8.2 or --race.")
    return Landed(athlete_id=athlete_id, source=SOURCE, entity=CORRECTION, source_key=recording_id, payload=given)


def land_grouping(
    athlete_id: str, key: str, kind: str, recordings: Sequence[Sequence[str]], *, local_date: str
) -> Landed:
    """That recordings are one run, or that those of different lists are not: it names recordings, so that it holds
    whatever their activities are called later. `local_date` is the day of the run, for lists of what was said.
    """
    lists = [sorted(one) for one in recordings]
    payload = {"kind": kind, "recordings": sorted(lists), "local_date": local_date}
    return Landed(athlete_id=athlete_id, source=SOURCE, entity=GROUPING, source_key=key, payload=payload)


def take_back(athlete_id: str, entity: str, key: str) -> Landed:
    """The tombstone of a run, correction or grouping; everything said before stays in the ledger."""
    return Landed(athlete_id=athlete_id, source=SOURCE, entity=entity, source_key=key, payload=None)


def said_before(payload: Mapping[str, Any], later: Run | Correction) -> dict[str, Any]:
    """Everything said of an entry so far with what is said now over it; what is not said now stays."""
    fields = type(later).__dataclass_fields__
    return {name: value for name, value in payload.items() if name in fields} | _given(later)


def check_text(what: str, text: str, *, limit: int = TEXT_MAX, is_one_line: bool = False) -> str:
    """The text without outer blanks. Raises Skipped where it is too long or holds what cannot be shown."""
    text = text.replace("\r\n", "\n").strip()
    _check_text(what, text, limit=limit, is_one_line=is_one_line)
    return text


def _given(said: Said) -> dict[str, Any]:
    return {name: value for name, value in asdict(said).items() if value is not None}


def _check(said: Said) -> None:
    if said.sport is not None and said.sport not in SPORTS:
        raise Skipped(f"{said.sport[:40]!r} is no sport known here.", f"Write one of {', '.join(SPORTS)}.")
    if said.run_type is not None and said.run_type not in RUN_TYPES:
        raise Skipped(f"{said.run_type[:40]!r} is no type of run known here.", f"Write one of {', '.join(RUN_TYPES)}.")
    _check_range("A distance", said.distance_m, 10.0, _DISTANCE_MAX_M, "m")
    _check_range("A time", said.moving_s, 10.0, _MOVING_MAX_S, "s")
    _check_range("A heart rate", said.heart_rate_avg_bpm, *_HEART_RATE_BPM, "bpm")
    _check_range("An exertion (RPE)", said.perceived_exertion, 1, 10, "")
    _check_text("title", said.title, limit=TITLE_MAX, is_one_line=True)
    _check_pace(said)


def _check_range(what: str, value: float | None, low: float, high: float, unit: str) -> None:
    if value is None or (math.isfinite(value) and low <= value <= high):
        return
    remedy = f"Name one from {low:,.0f} to {high:,.0f} {unit}".strip()
    raise Skipped(f"{what} of {value:,.10g} {unit}".strip() + " cannot be meant.", f"{remedy}.")


def _check_pace(said: Said) -> None:
    if said.distance_m is None or said.moving_s is None:
        return
    s_per_km = 1000 * said.moving_s / said.distance_m
    is_run = said.sport in {None, "run"}
    how = f"{said.distance_m / 1000:.2f} km in {_clock(said.moving_s)}"
    remedy = "Times are h:mm:ss or mm:ss: 1:45:00 is an hour and 45 minutes, 1:45 less than two minutes."
    if s_per_km < (_RUN_FASTEST_S_PER_KM if is_run else _FASTEST_S_PER_KM):
        raise Skipped(f"{how} is faster than anybody {'runs' if is_run else 'moves'}.", remedy)
    if said.sport == "run" and s_per_km > _RUN_SLOWEST_S_PER_KM:
        raise Skipped(f"{how} is slower than walking.", remedy)


def _check_text(what: str, text: str | None, *, limit: int, is_one_line: bool) -> None:
    if text is None:
        return
    if len(text) > limit:
        raise Skipped(f"The {what} has {len(text):,} characters.", f"Keep it to {limit:,}.")
    allowed = "" if is_one_line else "\n\t"
    if any(_is_unprintable(sign) and sign not in allowed for sign in text):
        raise Skipped(f"The {what} holds a control character.", "Write it as plain text.")


def _is_unprintable(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _TURNING


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
