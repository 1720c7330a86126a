"""The frame of a plan: which weeks it has, their phases, which of them are loaded, where the taper begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from coach.limits import GENERAL_PLAN_WEEKS, SPECIFIC_WEEKS_MAX, GoalRules
from coach.model import Phase, WeekKind

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One Monday-first week of the plan; `days` are those the plan covers, `taper_days` those of the taper among them."""

    number: int
    start_date: date
    days: tuple[date, ...]
    taper_days: tuple[date, ...]
    phase: Phase
    phase_week: int
    kind: WeekKind

    @property
    def loaded_days(self) -> tuple[date, ...]:
        return tuple(d for d in self.days if d not in self.taper_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """All weeks from the first planned day to race day (or the end of a general plan)."""

    frames: tuple[Frame, ...]
    race_date: date | None
    taper_blocks: tuple[tuple[date, ...], ...]  # seven days each, the last one ends on race day


def weeks_until(effective_date: date, race_date: date) -> int:
    """Whole weeks from the first planned day through race day: Monday to Sunday is one."""
    return ((race_date - effective_date).days + 1) // 7


def lay_out(effective_date: date, race_date: date | None, rules: GoalRules | None, *, in_a_row: int) -> Season:
    """The season of a race, or twelve weeks of general training when there is none."""
    monday = effective_date - timedelta(days=effective_date.weekday())
    if race_date is None or rules is None:
        full_from = monday if effective_date == monday else monday + _WEEK
        end = full_from + GENERAL_PLAN_WEEKS * _WEEK - timedelta(days=1)
        return _season(effective_date, end, (), race_date=None, rules=None, in_a_row=in_a_row)
    start = race_date - rules.taper_weeks * _WEEK + timedelta(days=1)
    blocks = tuple(
        tuple(start + block * _WEEK + timedelta(days=d) for d in range(7)) for block in range(rules.taper_weeks)
    )
    return _season(effective_date, race_date, blocks, race_date=race_date, rules=rules, in_a_row=in_a_row)


def _season(
    effective_date: date,
    end: date,
    blocks: tuple[tuple[date, ...], ...],
    *,
    race_date: date | None,
    rules: GoalRules | None,
    in_a_row: int,
) -> Season:
    taper_from = blocks[0][0] if blocks else end + timedelta(days=1)
    weeks = list(_mondays(effective_date, end))
    before = [monday for monday in weeks if max(monday, effective_date) < taper_from]
    cutbacks = _cutbacks(len(before), in_a_row, rolling=rules is None)
    phases = _phases(len(before), rules)
    frames: list[Frame] = []
    for index, monday in enumerate(weeks):
        days = tuple(d for d in (monday + timedelta(days=i) for i in range(7)) if effective_date <= d <= end)
        taper_days = tuple(d for d in days if d >= taper_from)
        mostly_taper = 2 * len(taper_days) > len(days)
        phase = Phase.TAPER if index >= len(before) or mostly_taper else phases[index]
        if race_date in days:
            kind = WeekKind.RACE
        elif taper_days:
            kind = WeekKind.TAPER
        elif len(days) < 7:
            kind = WeekKind.PARTIAL
        else:
            kind = WeekKind.CUTBACK if index in cutbacks else WeekKind.LOADED
        phase_week = frames[-1].phase_week + 1 if frames and frames[-1].phase is phase else 1
        frames.append(
            Frame(
                number=index + 1,
                start_date=days[0],
                days=days,
                taper_days=taper_days,
                phase=phase,
                phase_week=phase_week,
                kind=kind,
            )
        )
    return Season(frames=tuple(frames), race_date=race_date, taper_blocks=blocks)


def _mondays(first: date, last: date) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += _WEEK


def _cutbacks(weeks: int, in_a_row: int, *, rolling: bool) -> frozenset[int]:
    """Indices of cutback weeks: as few as allowed, the loaded blocks as even as possible, the last one loaded."""
    if rolling:
        return frozenset(i for i in range(weeks) if i % (in_a_row + 1) == in_a_row)
    count = max(0, ceil((weeks - in_a_row) / (in_a_row + 1)))
    small, larger = divmod(weeks - count, count + 1)
    cutbacks: set[int] = set()
    position = -1
    for block in range(count):
        position += small + (1 if block < larger else 0) + 1
        cutbacks.add(position)
    return frozenset(cutbacks)


def _phases(weeks: int, rules: GoalRules | None) -> list[Phase]:
    """The phase of every week before the taper: extra weeks go to base, then build; the far ones are general."""
    if rules is None:
        return [Phase.GENERAL] * weeks
    general = max(0, weeks + rules.taper_weeks - SPECIFIC_WEEKS_MAX)
    left = weeks - general
    peak = min(rules.peak_weeks, left)
    build = min(rules.build_weeks, left - peak)
    base = min(rules.base_weeks, left - peak - build)
    extra = left - peak - build - base
    more_base = min(extra, rules.base_weeks + 1)
    more_build = min(extra - more_base, rules.build_weeks)
    base += extra - more_build
    build += more_build
    return [Phase.GENERAL] * general + [Phase.BASE] * base + [Phase.BUILD] * build + [Phase.PEAK] * peak
