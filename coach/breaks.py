"""Days without running that are known, by recordings or by the athlete's word, and how running begins again after them."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, timedelta

from coach.limits import RETURN_SHARES
from coach.model import DoneRun
from coach.silence import Silence
from coach.words import count, day_and_date

BREAK = "break"

# Up to so many days less one the plan stands; then a share of the usual, by days off.
BREAK_DAYS_MIN = RETURN_SHARES[-1][0]
EASY_ONLY_DAYS = 10
FIRST_DAYS = 7
_LOOK_BACK_DAYS = 56
_EASY_RUNS_FIRST = 2
_DAY = timedelta(days=1)
_WEEKLY_GROWTH = 0.10
# The usual week: the best four of eight, of twelve where fewer than four of the eight hold a run.
_BEST_WEEKS = 4
_USUAL_WEEKS, _USUAL_WEEKS_SPARSE = 8, 12
_REACH_BACK_WEEKS = 52  # over weeks of which nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Days off that matter still. `back_date` is the day of the first run after them, None while they last.

    `usual_m` is the usual week and `longest_m` the longest run of the 90 days before it, as on the last day before it.
    """

    begin_date: date
    days: int
    back_date: date | None
    usual_m: float
    longest_m: float

    @property
    def share(self) -> float:
        """How much of the usual the first seven days hold; a longer break never gives more."""
        return next((share for days, share in RETURN_SHARES if self.days >= days), 1.0)

    def weeks_since(self, day: date) -> int:
        """Whole weeks from the first run back to a day."""
        return 0 if self.back_date is None else max(0, (day - self.back_date).days // 7)

    def week_m(self, day: date) -> float:
        """What a week may rest on: the share of the usual, a tenth more with each week since, the usual at most."""
        return min(self.usual_m, self.share * self.usual_m * (1 + _WEEKLY_GROWTH) ** self.weeks_since(day))

    def run_m(self) -> float:
        """What a single run may rest on."""
        return self.share * self.longest_m

    def first_days_end(self, today: date) -> date:
        """The last of the first seven days back; while the break lasts they would begin today."""
        return (self.back_date or today) + timedelta(days=FIRST_DAYS - 1)

    def is_easy_only(self, runs_since: int) -> bool:
        """Whether the next run is easy: all of the first week after ten days off, else the first two runs."""
        return self.days >= EASY_ONLY_DAYS or runs_since < _EASY_RUNS_FIRST

    @property
    def text(self) -> str:
        """The fact in a sentence."""
        return f"You have not run for {count(self.days, 'day')} from {day_and_date(self.begin_date)} on."


def find_break(done: Iterable[DoneRun], silence: Silence, *, today: date, assumed: Iterable[date] = ()) -> Break | None:
    """The latest break that lasts or ended within eight weeks; days of which nothing is known are none of it.

    `assumed` are the days of approved runs that stand in for what is not known: on the first of them a break ends.
    """
    runs = [run for run in done if run.run_date <= today]
    days = sorted({run.run_date for run in runs} | {day for day in assumed if runs and runs[0].run_date < day <= today})
    if not days:
        return None
    unknown = set(silence.days)
    ends: list[date | None] = [*days[1:], None if days[-1] < today else days[-1]]
    for last, back in reversed(list(zip(days, ends, strict=True))):
        until = back or today
        if (today - until).days > _LOOK_BACK_DAYS:
            return None
        off = [d for d in _between(last, until) if d not in unknown]
        if len(off) >= BREAK_DAYS_MIN:
            since = last - timedelta(days=90)
            return Break(
                begin_date=off[0],
                days=len(off),
                back_date=back,
                usual_m=_usual_m(runs, unknown, before=off[0]),
                longest_m=max((run.distance_m for run in runs if since <= run.run_date <= last), default=0.0),
            )
    return None


def _usual_m(runs: Iterable[DoneRun], unknown: Set[date], *, before: date) -> float:
    """The usual week as on the day before a break: the mean of the best of the last known full weeks (Monday to Sunday)."""
    volumes: dict[date, float] = {}
    for run in runs:
        monday = run.run_date - timedelta(days=run.run_date.weekday())
        volumes[monday] = volumes.get(monday, 0.0) + run.distance_m
    this_week = before - timedelta(days=before.weekday())
    weeks = (this_week - timedelta(weeks=back) for back in range(1, _REACH_BACK_WEEKS + 1))
    known = [volumes.get(week, 0.0) for week in weeks if not unknown & set(_between(week - _DAY, week + 7 * _DAY))]
    last = known[:_USUAL_WEEKS]
    if sum(volume > 0 for volume in last) < _BEST_WEEKS:
        last = known[:_USUAL_WEEKS_SPARSE]
    best = sorted(last, reverse=True)[:_BEST_WEEKS]
    return sum(best) / len(best) if best else 0.0


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(1, (last - first).days)]
