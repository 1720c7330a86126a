"""The week's words: a verdict, one action, what changed and what comes; and how to say that nothing can be said."""

from __future__ import annotations

from dataclasses import dataclass

from coach.explain import change_text
from coach.guardrails.content import is_quality, is_run
from coach.model import Adjustment, PlanWeek, WeekKind, WorkoutType
from coach.words import count, day_and_date, distance, listed, number, percent

_DONE_SHARE = 0.90
_MOST_SHARE = 0.60
_OVER_SHARE = 1.20
_RED_DAYS_MANY = 3
_EASY_SHARE_MIN = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDone:
    """A closed week beside its plan; None is unknown. The caps are those in force when it began.

    `raced_m` of `done_m` were races, which neither plan nor caps count; `longest_training_m` is the longest other run.
    `before_plan_m` of it was trained before the plan began in that week, which the plan knows nothing of.
    `unknown_days` are the days of it of which nothing is known.
    """

    done_m: float
    done_runs: int
    planned_m: float | None = None
    planned_runs: int = 0
    completed: int = 0
    partial: int = 0
    missed: int = 0
    skipped: int = 0
    unknown: int = 0
    raced_m: float = 0.0
    longest_m: float | None = None
    longest_training_m: float | None = None
    easy_share: float | None = None
    mean_4w_m: float | None = None
    cap_m: float | None = None
    longest_cap_m: float | None = None
    unknown_days: int = 0
    red_days: int = 0
    before_plan_m: float = 0.0

    @property
    def trained_m(self) -> float:
        """What the caps are about."""
        return self.done_m - self.raced_m

    @property
    def trained_by_plan_m(self) -> float:
        """What the plan is about."""
        return self.trained_m - self.before_plan_m


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekWords:
    """What the weekly report says: subject line, one sentence, one action, changes, the next week, a trend or why none."""

    verdict: str
    sentence: str
    action: str
    changes: tuple[str, ...]
    next_week: str
    trend: str


def weekly(
    *,
    week: WeekDone,
    next_week: PlanWeek | None,
    adjustments: tuple[Adjustment, ...] = (),
    trend: str = "",
    units: str = "metric",
) -> WeekWords:
    """The words for a closed week. `trend` is one like-for-like finding; empty says that the evidence is insufficient."""
    return WeekWords(
        verdict=_verdict(week, units),
        sentence=_sentence(week, units),
        action=_action(week, next_week, units),
        changes=tuple(change_text(a) for a in adjustments) or ("Nothing in the plan changed.",),
        next_week=_next_week(next_week, units),
        trend=trend or insufficient("a trend"),
    )


def insufficient(what: str, *, have: int | None = None, need: int | None = None, noun: str = "run") -> str:
    """How to say that nothing can be said: "Not enough evidence for a trend: two comparable runs, at least four are needed." """
    text = f"Not enough evidence for {what}"
    if have is None or need is None:
        return f"{text} yet."
    return f"{text}: {count(have, f'comparable {noun}')}, at least {number(need)} are needed."


def _verdict(week: WeekDone, units: str) -> str:
    since = " since the plan began" if week.before_plan_m else ""
    done = f"{distance(week.trained_by_plan_m, units)}{' beside the race' if week.raced_m else ''}{since}"
    if week.planned_m is None:
        return f"{distance(week.done_m, units)} in {count(week.done_runs, 'run')}"
    if not week.planned_m:
        return (
            f"{distance(week.done_m, units)} in a week without planned runs"
            if week.done_m
            else "A week of rest, as planned"
        )
    share, planned = week.trained_by_plan_m / week.planned_m, distance(week.planned_m, units)
    table = (
        (
            week.unknown and not week.done_m,
            f"Nothing has arrived yet; {count(week.unknown, 'session')} not yet known",
        ),
        (week.unknown and share < _DONE_SHARE, f"{done} so far; {count(week.unknown, 'session')} not yet known"),
        (share > _OVER_SHARE, f"{done} run, {planned} planned: more than was good"),
        (_beyond(week, units), f"{done} of {planned}: too much at once"),
        (not week.missed and share >= _DONE_SHARE, f"{done}: the week went as planned"),
        (share >= _MOST_SHARE, f"{done} of {planned}: most of the week is in"),
        (week.done_m, f"{done} of {planned}: a short week"),
        (True, f"No runs recorded; {planned} were planned"),
    )
    return next(text for holds, text in table if holds)


def _sentence(week: WeekDone, units: str) -> str:
    parts = []
    if week.planned_runs:
        parts.append(f"{week.completed} of {week.planned_runs} planned sessions completed")
    if week.partial:
        parts.append(f"{week.partial} cut short")
    if week.missed:
        parts.append(f"{week.missed} missed")
    if week.skipped:
        parts.append(f"{week.skipped} skipped")
    if week.unknown:
        why = "because recordings have not arrived" if week.unknown_days else "because the days for them are not over"
        parts.append(f"{week.unknown} not yet known {why}")
    text = f"{listed(parts).capitalize()}." if parts else f"{count(week.done_runs, 'run').capitalize()}."
    if week.longest_m:
        text += f" The longest run was {distance(week.longest_m, units)}."
    if week.mean_4w_m and not week.unknown_days:
        change = week.done_m / week.mean_4w_m - 1
        side = "above" if change >= 0 else "below"
        text += f" Volume was {percent(abs(round(change, 2)))} {side} your mean of four weeks."
    return f"{text}{_beyond(week, units)}"


def _beyond(week: WeekDone, units: str) -> str:
    """A week or a run beyond what was safe is never passed over."""
    compared = (
        ("{} in the week", week.trained_m, week.cap_m),
        ("a run of {}", week.longest_training_m, week.longest_cap_m),
    )
    parts = []
    for what, done_m, safe_m in compared:
        if done_m is None or safe_m is None or done_m <= safe_m:
            continue
        done, safe = distance(done_m, units), distance(safe_m, units)
        if done != safe:  # a few metres that nobody would see are no reproach
            parts.append(f"{what.format(done)}, where at most {safe} were safe")
    return f" Too much at once: {listed(parts)}." if parts else ""


def _action(week: WeekDone, next_week: PlanWeek | None, units: str) -> str:
    """One thing to do; the most important one only."""
    planned = week.planned_m
    if week.unknown and week.unknown_days:
        return "Sync your watch: what has not arrived can neither be counted nor planned on."
    if week.red_days >= _RED_DAYS_MANY:
        return f"{count(week.red_days, 'red morning').capitalize()} in one week: put sleep before kilometres this week."
    if week.easy_share is not None and week.easy_share < _EASY_SHARE_MIN:
        return f"Only {percent(round(week.easy_share, 2))} of the time was easy: slow the easy runs down until you can talk."
    if (planned and week.trained_by_plan_m > _OVER_SHARE * planned) or _beyond(week, units):
        ahead_m = 0.0 if next_week is None else sum(w.distance_m for w in next_week.workouts if is_run(w))
        plan = f" of {distance(ahead_m, units)}" if ahead_m else ""
        return f"Hold back: keep the days ahead to their plan{plan}, even if you feel good."
    if planned and week.trained_by_plan_m < _MOST_SHARE * planned:
        return "Do not make up for what was missed; start the next session as it is written."
    key = _key_session(next_week)
    return key or "Keep the easy runs easy."


def _key_session(week: PlanWeek | None) -> str:
    if week is None:
        return ""
    quality = [w for w in week.workouts if is_quality(w)]
    key = quality or [w for w in week.workouts if w.workout_type is WorkoutType.LONG]
    return f"Keep {day_and_date(key[0].workout_date)} free for the key session: {key[0].title}." if key else ""


def _next_week(week: PlanWeek | None, units: str) -> str:
    if week is None:
        return "The plan ends here."
    runs = [w for w in week.workouts if is_run(w)]
    text = f"Next week: {distance(sum(w.distance_m for w in runs), units)} in {count(len(runs), 'run')}"
    longest = max((w for w in runs), key=lambda w: w.distance_m, default=None)
    if longest is not None:
        text += f", the longest {distance(longest.distance_m, units)} on {day_and_date(longest.workout_date)}"
    kinds = {
        WeekKind.CUTBACK: " A lighter week on purpose: it lets the training of the weeks before take hold.",
        WeekKind.TAPER: " The taper: less running, the same rhythm, fresh legs.",
        WeekKind.RACE: " Race week.",
        WeekKind.RETURN: " A careful week after the break.",
    }
    return f"{text}.{kinds.get(week.kind, '')}"
