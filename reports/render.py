"""Jinja environments: outside text is always escaped, a misspelt name is an error, unknown is spelled out."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from coach.model import Call, GoalKind, ReadinessState
from reports import format as say
from reports import sessions
from reports.facts import Activity, Day, DayStatus, Recording, Source

# Every state has a sign of its own shape and a word: colour only repeats them.
STATUSES = {
    DayStatus.COMPLETED: ("✓", "done"),
    DayStatus.PARTIAL: ("◐", "partly done"),
    DayStatus.MISSED: ("✕", "missed"),
    DayStatus.MOVED: ("⇄", "moved"),
    DayStatus.SKIPPED: ("⊘", "skipped"),
    DayStatus.UNKNOWN: ("?", "unknown"),
    DayStatus.PLANNED: ("○", "planned"),
    DayStatus.REST: ("·", "rest"),
    DayStatus.EXTRA: ("+", "extra"),
}
SIGNALS = {
    ReadinessState.GREEN: ("●", "green"),
    ReadinessState.AMBER: ("▲", "amber"),
    ReadinessState.RED: ("■", "red"),
    ReadinessState.NEUTRAL: ("○", "unavailable"),
}
FRESHNESS = {"fresh": ("●", "fresh"), "stale": ("▲", "stale"), "absent": ("○", "no data yet")}
CHECKS = {"passed": ("✓", "passed"), "warned": ("▲", "warned"), "failed": ("✕", "failed")}
CALLS = {Call.GO: "Go", Call.EASE: "Ease", Call.SWAP: "Swap", Call.REST: "Rest"}
GOALS = {
    GoalKind.FIVE_K: "5 km",
    GoalKind.TEN_K: "10 km",
    GoalKind.HALF: "Half marathon",
    GoalKind.MARATHON: "Marathon",
    GoalKind.GENERAL: "General fitness",
}
# Where a threshold or pace comes from, as the marts name it and as the profile says it.
ORIGINS = {
    "said": "as you said",
    "measured": "measured",
    "measured_once": "seen once, not confirmed",
    "listed": "from the lists of your devices, not confirmed",
    "tanaka": "by age alone",
    "run_mean": "above the mean of a run, not confirmed",
    "share_of_max": "90 % of the maximum",
    "race": "from a race",
    "hard effort": "from a hard effort",
    "critical_speed": "from critical speed",
}
CAPS = {"distance_m": "distance", "longest_run_m": "the long run"}
ZONES = (
    ("training_pace", "s/km", "Training paces", "What to run:"),
    ("heart_rate", "bpm", "Heart rate zones", "Friel's shares of threshold heart rate:"),
    ("pace", "s/km", "Pace zones", "Friel's shares of threshold pace:"),
    ("three_zone", "bpm", "Easy, moderate and hard by heart rate", "How your time is counted:"),
    ("three_zone", "s/km", "Easy, moderate and hard by pace", "The same without a strap:"),
)
_ACRONYMS = {"hrv": "HRV", "rhr": "Resting heart rate", "acwr": "Load ratio", "tsb": "Form"}
_SOURCE_NAMES = {
    "file": "Watch files",
    "strava_archive": "Strava archive",
    "strava_api": "Strava",
    "whoop_export": "WHOOP export",
    "whoop_api": "WHOOP",
    "garmin_export": "Garmin export",
    "garmin_api": "Garmin",
    "garmindb": "GarminDB",
    "manual": "Entered by hand",
}
_HIGH_CONFIDENCE = 0.8
_MEDIUM_CONFIDENCE = 0.5
_UNKNOWN_HTML = Markup('<span class="unknown" title="unknown">–<span class="vh"> unknown</span></span>')  # a literal
_UNKNOWN_MAIL = Markup('<span title="unknown">–</span>')  # a literal
_LINKS = {
    "alone": "the only one",
    "by_hand": "joined by hand",
    "same_file": "the same file",
    "overlap": "at the same time",
    "start": "began with it",
    "clock_change": "an hour off, and equally long",
    "day_only": "the same day, equally long and far",
}


def render(template: str, **values: Any) -> str:
    """A page of the site."""
    return _environment("site").get_template(template).render(**values)


def render_mail(template: str, **values: Any) -> str:
    """The HTML part of a mail, styles not yet inlined."""
    return _environment("mail").get_template(template).render(**values)


def render_text(template: str, **values: Any) -> str:
    """The plain-text part of a mail."""
    return _environment("text").get_template(template).render(**values)


def activity_name(activity: Activity) -> str:
    """The title its owner gave it, or what it was."""
    return activity.title or say.sentence(say.words(activity.run_type or activity.sport or "activity"))


def source_name(source: Source | str) -> str:
    code = source if isinstance(source, str) else source.source
    return _SOURCE_NAMES.get(code, say.sentence(say.words(code)))


def source_names(codes: str) -> str:
    return ", ".join(source_name(code.strip()) for code in codes.split(",") if code.strip())


def signal_name(code: str) -> str:
    return _ACRONYMS.get(code, say.sentence(say.words(code)))


def one_line(text: str) -> str:
    """Text from outside on one line, so that it cannot pose as a line of ours in a plain-text mail."""
    return " ".join(text.split())


def day_status(day: Day) -> tuple[str, str]:
    """The day's sign and word; without a plan nothing is extra and no day is a rest."""
    if day.workout is None and day.status is DayStatus.REST:
        return STATUSES[DayStatus.REST][0], "no run"
    if day.workout is None and day.status is DayStatus.EXTRA and not day.reason:
        return STATUSES[DayStatus.COMPLETED][0], "run"
    return STATUSES[day.status]


def confidence(share: float) -> str:
    """A confidence between 0 and 1 in words."""
    return "high" if share >= _HIGH_CONFIDENCE else "medium" if share >= _MEDIUM_CONFIDENCE else "low"


def link_words(recording: Recording) -> str:
    """Why a recording belongs to its run."""
    why = [_LINKS.get(recording.link_rule, say.words(recording.link_rule))]
    if recording.is_cover:
        why.append("holds another run too, so asked last")
    if recording.is_part:
        why.append("knows only part of it")
    return "; ".join(why)


def padded(text: str, width: int) -> str:
    """Text on one line, filled up to a column of a plain-text table."""
    word = "unknown" if isinstance(text, say.Unknown) else one_line(text)
    return word.ljust(width)


def safe_link(link: str) -> str:
    """A link that only opens a page or a mail; anything else becomes no link."""
    return link if link.startswith(("https://", "http://", "mailto:")) else "#"


@cache
def _environment(kind: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=kind != "text",  # noqa: S701  # plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize(kind),
    )
    environment.filters |= say.FILTERS
    environment.filters |= {
        "steps": sessions.steps,
        "shape": sessions.shape,
        "size": sessions.size,
        "rep_length": sessions.length,
        "target_text": sessions.target_text,
        "activity_name": activity_name,
        "source_name": source_name,
        "source_names": source_names,
        "signal_name": signal_name,
        "one_line": one_line,
        "padded": padded,
        "day_status": day_status,
        "confidence": confidence,
        "link_words": link_words,
        "safe_link": safe_link,
    }
    environment.globals |= {
        "STATUSES": STATUSES, "SIGNALS": SIGNALS, "FRESHNESS": FRESHNESS, "CHECKS": CHECKS, "CALLS": CALLS,
        "GOALS": GOALS, "ORIGINS": ORIGINS, "ZONES": ZONES, "CAPS": CAPS, "count": say.count,
    }  # fmt: skip
    return environment


def _finalize(kind: str) -> Any:
    spelled = {"site": _UNKNOWN_HTML, "mail": _UNKNOWN_MAIL, "text": "unknown"}[kind]

    def finalize(value: Any) -> Any:
        return spelled if isinstance(value, say.Unknown) else value

    return finalize
