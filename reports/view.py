"""What a report shows, gathered and frozen: the same view always renders to the same bytes.

Distances in metres, durations in seconds, paces in s/km, heart rates in bpm; None is unknown. Formatting is the templates' work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, Self

from coach.model import (
    Adjustment,
    Athlete,
    Call,
    Evidence,
    Goal,
    Phase,
    Prediction,
    ReadinessState,
    Signal,
    WeekKind,
    Workout,
)
from reports import codec
from reports.facts import Activity, Day, DayFigures, FaultCount, Source, WeekFigures
from reports.profile import BestEffort, ProfileFigures, RaceEquivalent, Zone


class BriefWords(Protocol):
    """The coach's words for a day, as `coach.explain` writes them."""

    @property
    def headline(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def today_line(self) -> str: ...
    @property
    def yesterday_line(self) -> str: ...
    @property
    def week_line(self) -> str: ...
    @property
    def easier_option(self) -> str: ...
    @property
    def flags(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The coach's words for a day, as a report keeps them."""

    headline: str
    why: str = ""
    today_line: str = ""
    yesterday_line: str = ""
    week_line: str = ""
    easier_option: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Under what circumstances a report was made: what the reader must know before believing it."""

    freshness_note: str = ""
    is_sync_pending: bool = False
    data_as_of_at: datetime | None = None
    time_zone: str = "UTC"  # whose clock the report's instants are told by
    versions: tuple[tuple[str, str], ...] = ()
    sent_to_model: str = "nothing"
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A cap in force for a week: `metric` is distance_m or longest_run_m, `rule_id` the guardrail that sets it."""

    metric: str
    value: float
    rule_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryLine:
    """One recovery measure of the week against the athlete's own baseline; `unit` is ms, bpm or s."""

    name: str
    unit: str
    value: float | None
    baseline: float | None
    nights: int
    expected_nights: int
    baseline_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One like-for-like comparison in words; not sufficient means the evidence does not carry one."""

    text: str
    is_sufficient: bool
    change: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """The race and how far off it is, with an honest range of times."""

    goal: Goal
    days_left: int
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something the coach wants to know; `link` opens the answer (a form or a mail), empty where there is none.

    `answers` are what may be said, each with the command that says it.
    """

    text: str
    link: str = ""
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWords:
    """The verdict that becomes the subject (no health values in it), one sentence and one action."""

    verdict: str
    sentence: str
    action: str


class _Stored:
    """A view that goes into the ledger and comes out again."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        encoded: dict[str, Any] = codec.encode(self)
        return encoded

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return codec.decode(cls, stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyView(_Stored):
    """Everything the daily brief shows."""

    athlete_id: str
    athlete_name: str
    day: date
    call: Call
    brief: Brief
    readiness_state: ReadinessState
    readiness_score: float | None
    readiness_rule: str
    signals: tuple[Signal, ...]
    today: Workout | None
    adjustments: tuple[Adjustment, ...]
    week: tuple[Day, ...]
    week_figures: WeekFigures | None
    yesterday: tuple[Activity, ...]
    recent: tuple[DayFigures, ...]
    countdown: Countdown | None
    sources: tuple[Source, ...]
    edition: Edition
    has_plan: bool
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyView(_Stored):
    """Everything the weekly mail shows, in the order it shows it."""

    athlete_id: str
    athlete_name: str
    day: date
    week_start_date: date
    words: WeeklyWords
    sources: tuple[Source, ...]
    days: tuple[Day, ...]
    figures: WeekFigures | None
    limits: tuple[Limit, ...]
    history: tuple[WeekFigures, ...]
    recovery: tuple[RecoveryLine, ...]
    recent: tuple[DayFigures, ...]
    trend: Trend
    adjustments: tuple[Adjustment, ...]
    next_days: tuple[Day, ...]
    next_note: str
    countdown: Countdown | None
    flags: tuple[str, ...]
    questions: tuple[Question, ...]
    edition: Edition
    has_plan: bool
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteWeek:
    """One week of the plan, or of training without one."""

    week_start_date: date
    days: tuple[Day, ...]
    week_number: int | None = None
    phase: Phase | None = None
    phase_week: int | None = None
    kind: WeekKind | None = None
    note: str = ""
    planned_distance_m: float | None = None
    done_distance_m: float | None = None
    planned_from_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One data-quality check of the last build: passed, warned or failed, and why its threshold is what it is."""

    name: str
    state: str
    detail: str = ""
    suite: str = ""
    remedy: str = ""
    threshold: str = ""
    since: str = ""
    source: str = ""
    why: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNote:
    """What became of one offered file that was not simply imported, and why."""

    name: str
    state: str
    reason: str
    landed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView(_Stored):
    """Everything the site shows."""

    athlete_id: str
    athlete_name: str
    day: date
    daily: DailyView
    week: SiteWeek
    next_week: SiteWeek | None
    plan_weeks: tuple[SiteWeek, ...]
    goal: Goal | None
    labels: tuple[Evidence, ...]
    level: str
    history: tuple[WeekFigures, ...]
    days: tuple[DayFigures, ...]
    activities: tuple[Activity, ...]
    profile: ProfileFigures | None
    bests: tuple[BestEffort, ...]
    changes: tuple[Adjustment, ...]
    sources: tuple[Source, ...]
    checks: tuple[Check, ...]
    files: tuple[FileNote, ...]
    edition: Edition
    revision: int | None = None
    refused: tuple[Check, ...] = ()
    faults: tuple[FaultCount, ...] = ()
    equivalents: tuple[RaceEquivalent, ...] = ()
    zones: tuple[Zone, ...] = ()
    questions: tuple[Question, ...] = ()


def display_name(athlete: Athlete) -> str:
    """The athlete's name, or a greeting that fits without one."""
    return athlete.name or "Runner"
