"""What the athlete said, as it bears on one day: no running, easy only, how they feel. Free text is never among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coach.logbook import Checkin, Entry, Illness, Injury, Off, Severity, Travel
from coach.model import Evidence
from coach.words import count, day_and_date

# Rule ids of what is decided because of it.
ILL = "illness"
INJURED = "injury"
COMING_BACK = "coming_back"

# After fever, chest or stomach: a day without symptoms first, then as many easy days as there were ill ones, at least two.
SYMPTOM_FREE_DAYS = 1
EASY_DAYS_MIN = 2
# After an injury the first days are easy too (the first days back are never hard); a week of them at most (ours).
EASY_DAYS_AFTER_INJURY_MAX = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was said and holds on a day.

    `is_ill` and `is_injured` mean no running; `is_mildly_ill` is a cold in the head: easy at most. Nothing hard comes up
    to and with `easy_until`. `feeling_pct` is the day's check-in, 0 to 100; None is no check-in.
    """

    is_ill: bool = False
    is_injured: bool = False
    is_mildly_ill: bool = False
    ill_since: date | None = None
    easy_until: date | None = None
    feeling_pct: float | None = None
    headline: str = ""
    said: tuple[Evidence, ...] = ()
    flags: tuple[str, ...] = ()
    entry_ids: tuple[str, ...] = ()


def health_on(entries: Sequence[Entry], day: date) -> Health:
    """What the entries, as they stood when the day is decided, mean for it."""
    held = [entry for entry in entries if not entry.is_withdrawn]
    ill = [e for e in held if isinstance(e.said, Illness) and e.covers(day)]
    seriously = [e for e in ill if _is_serious(e)]
    clearing = [e for e in held if _is_serious(e) and _clears_on(e, day)]
    injured = [e for e in held if isinstance(e.said, Injury) and e.covers(day)]
    returning = [e for e in held if (until := _easy_until(e)) is not None and _days_off_until(e) < day <= until]
    travelling = [e for e in held if isinstance(e.said, Travel) and e.covers(day)]
    off = [e for e in held if isinstance(e.said, Off) and e.covers(day)]
    is_stopped = bool(seriously or clearing or injured)
    said: list[Evidence] = []
    if injured:
        said.append(Evidence(metric=INJURED, text=f"You said you {_since('injured', _first_day(injured), day)}."))
    if ill:
        said.append(Evidence(metric=ILL, text=f"You said you {_since('ill', _first_day(ill), day)}."))
    elif clearing:
        said.append(Evidence(metric=ILL, text="You were ill until yesterday: a day without symptoms comes first."))
    if not is_stopped:
        said += [_return_evidence(entry) for entry in returning]
    return Health(
        is_ill=bool(seriously or clearing),
        is_injured=bool(injured),
        is_mildly_ill=bool(ill) and not seriously,
        ill_since=_first_day(ill) if ill else None,
        easy_until=max((until for e in returning if (until := _easy_until(e)) is not None), default=None),
        feeling_pct=feelings(held).get(day),
        headline=_headline(is_injured=bool(injured), is_ill=bool(seriously), is_clearing=bool(clearing)),
        said=tuple(said),
        flags=(*_how_to_end(ill, injured, off), *_travel_flags(travelling)),
        entry_ids=tuple(e.entry_id for e in held if e in [*ill, *clearing, *injured, *returning, *travelling]),
    )


def feelings(entries: Sequence[Entry]) -> dict[date, float]:
    """The check-in of every day that has one: the mean answer, 1 as 0 % and 5 as 100 %."""
    return {
        entry.begin_date: 25.0 * (sum(entry.said.parts) / len(entry.said.parts) - 1.0)
        for entry in entries
        if isinstance(entry.said, Checkin) and entry.said.parts and not entry.is_withdrawn
    }


def _is_serious(entry: Entry) -> bool:
    """An illness that forbids running: all but a mild one that is known to be above the neck."""
    said = entry.said
    return isinstance(said, Illness) and not (said.severity is Severity.MILD and said.is_below_neck is False)


def _clears_on(entry: Entry, day: date) -> bool:
    return entry.end_date is not None and entry.end_date < day <= _days_off_until(entry)


def _days_off_until(entry: Entry) -> date:
    """The last day without running; for what has no end, the last day there is."""
    if entry.end_date is None:
        return date.max
    return entry.end_date + timedelta(days=SYMPTOM_FREE_DAYS if isinstance(entry.said, Illness) else 0)


def _easy_until(entry: Entry) -> date | None:
    """The last easy day after it; None where nothing follows."""
    if entry.end_date is None or not (isinstance(entry.said, Injury) or _is_serious(entry)):
        return None
    days = max(EASY_DAYS_MIN, _days_of(entry))
    if isinstance(entry.said, Injury):
        days = min(days, EASY_DAYS_AFTER_INJURY_MAX)
    return _days_off_until(entry) + timedelta(days=days)


def _days_of(entry: Entry) -> int:
    return 0 if entry.end_date is None else (entry.end_date - entry.begin_date).days + 1


def _first_day(entries: Sequence[Entry]) -> date:
    return min((entry.begin_date for entry in entries), default=date.max)


def _since(state: str, begin: date, day: date) -> str:
    return f"are {state}" if begin >= day else f"have been {state} since {day_and_date(begin)}"


def _return_evidence(entry: Entry) -> Evidence:
    until, end = _easy_until(entry) or date.max, entry.end_date or date.max
    was = "ill" if isinstance(entry.said, Illness) else "injured"
    text = f"You were {was} for {count(_days_of(entry), 'day')}, until {day_and_date(end)}: easy until {day_and_date(until)}."
    return Evidence(metric=COMING_BACK, text=text, value=float(_days_of(entry)), unit="days")


def _headline(*, is_injured: bool, is_ill: bool, is_clearing: bool) -> str:
    if is_injured:
        return "No running until you are cleared"
    if is_ill:
        return "No running while you are ill"
    return "One more day without running" if is_clearing else ""


def _how_to_end(ill: Sequence[Entry], injured: Sequence[Entry], off: Sequence[Entry]) -> tuple[str, ...]:
    """What to say when it is over: the coach waits for the athlete's own word."""
    well = "When you are well again, say so: pacewright log illness --over."
    cleared = "When you are cleared to run, say so: pacewright log injury --over."
    running = "When you run again, say so or import the run: pacewright log off --over."
    is_open = [any(entry.end_date is None for entry in entries) for entries in (ill, injured, off)]
    return tuple(text for text, holds in zip((well, cleared, running), is_open, strict=True) if holds)


def _travel_flags(travelling: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(
        f"You said you are travelling{'' if entry.end_date is None else f', until {day_and_date(entry.end_date)}'}."
        for entry in travelling
    )
